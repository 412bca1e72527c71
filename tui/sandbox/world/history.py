"""What waits for the first login: a few conversations with one message of every kind."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Protocol

from tui.sandbox.options import SandboxOptions
from tui.sandbox.world.message import Json, Message
from tui.sandbox.world.people import SELF, Contact
from tui.sandbox.world.people_data import REQUESTS
from tui.sandbox.world.world import World


class Server(Protocol):
    """What history needs of the server's `State`, which is above this file."""

    world: World
    options: SandboxOptions

    def arrive(
        self,
        kind: str,
        chat: Contact,
        sender: str,
        content: str | Json | None = None,
        *,
        about: Contact | None = None,
        age: float = 0,
    ) -> Message:
        """A message comes in."""

    def take_back(self, message: Message) -> Message:
        """Its sender revokes it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One message: how old at login in minutes, where, from whom ("" the server), what. `recalled`: taken back."""

    minutes: float
    chat: str
    sender: str
    kind: str
    content: str | Json | None = None
    about: str = ""
    recalled: bool = False


LINES = (
    Line(
        2900, "daily", "daily", "link", {"title": "每日科技：终端回来了", "url": "https://example.com/daily?id=7&p=1"}
    ),
    Line(1500, "family", "mum", "text", "周末回来吃饭吗？\n我买了鱼"),
    Line(1490, "family", "liuyang", "red_packet"),
    Line(1488, "family", "", "notice"),
    Line(600, "climbing", "bob", "text", "Anyone up for the wall on Thursday? <5.10a & up>"),
    Line(590, "climbing", "alice", "emoticon"),
    Line(420, "nameless", "wangwei1", "text", "这个群还没起名字"),
    Line(300, "zhangsan", "zhangsan", "image", recalled=True),
    Line(290, "zhangsan", SELF, "text", "刚才那张图我看到了"),
    Line(285, "zhangsan", "zhangsan", "file", {"name": "第三季度 报表 (终版) & 附件.xlsx", "size": 18432}),
    Line(240, "project", "", "system", '"李四"邀请"小周"加入了群聊'),
    Line(230, "project", "lisi", "text", "明天能上线吗？"),
    Line(225, "project", "zhangsan", "quote"),
    Line(220, "project", "stranger", "text", "大家好，我是小周[微笑] 以后多多指教"),
    Line(180, "project", "alice", "video"),
    Line(150, "lisi", "lisi", "voice"),
    Line(140, "lisi", "lisi", "location"),
    Line(130, "lisi", "lisi", "transfer"),
    Line(95, "alice", "alice", "text", 'The build is green again :) see <a href="x">log</a>'),
    Line(94, "alice", "alice", "image"),
    Line(90, "alice", "alice", "card", about="bob"),
    Line(60, "reading", "zhaomin", "mini_program"),
    Line(55, "reading", "kitty", "short_video"),
    Line(45, "bob", "bob", "call"),
    Line(40, "bob", "bob", "live_location"),
    Line(30, REQUESTS, REQUESTS, "friend_request", "我是隔壁组的小周", about="stranger"),
    Line(12, "mum", "mum", "text", "到家了说一声"),
    Line(11, "mum", "mum", "app_emoticon"),
    Line(3, "mum", "mum", "text", "天冷了，多穿点"),
)
"""Oldest first."""

SMALL_TALK = (
    "好的",
    "收到，谢谢",
    "晚上一起吃饭？",
    "Sounds good to me.",
    "这个需求改了三次了……",
    "会议改到下午三点，会议室在 5 楼",
    "Can you review my patch?",
    "哈哈哈哈哈",
    "路上堵车，晚到十分钟",
    "文件我放到共享盘了，路径在群公告里，有问题再找我",
)


def populate(state: Server) -> None:
    """Let the world's lines, and `history` more texts before them, wait for the first login."""
    recent = list(state.world.recent)
    _small_talk(state)
    for line in LINES:
        world = state.world.contacts
        about = world[line.about] if line.about else None
        age = line.minutes * 60
        message = state.arrive(line.kind, world[line.chat], line.sender, line.content, about=about, age=age)
        if line.recalled:
            state.take_back(message).created = message.created + 60
    state.world.recent = recent


def _small_talk(state: Server) -> None:
    count = state.options.history
    rng = random.Random(f"history {state.options.seed}")
    chats = [state.world.contacts[key] for key in state.world.recent]
    for number in range(count):
        chat = rng.choice(chats)
        members = [member.key for member in chat.members] or [chat.key, chat.key, SELF]
        age = 3 * 86400 + (count - number) * 90
        state.arrive("text", chat, rng.choice(members), rng.choice(SMALL_TALK), age=age)
