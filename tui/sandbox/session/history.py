"""History that waits for the first login: a few conversations, with messages of every kind."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.sandbox.world.message import Json
from tui.sandbox.world.people import SELF
from tui.sandbox.world.people_data import REQUESTS

if TYPE_CHECKING:
    from tui.sandbox.session.state import State


@dataclass(frozen=True, slots=True)
class ScriptedMessage:
    """Message of the history: its age at login in minutes, chat, sender ("" the server), kind. `recalled`: revoked."""

    minutes: float
    chat: str
    sender: str
    kind: str
    content: str | Json | None = None
    about: str = ""
    recalled: bool = False


LINES = (
    ScriptedMessage(
        2900, "daily", "daily", "link", {"title": "每日科技：终端回来了", "url": "https://example.com/daily?id=7&p=1"}
    ),
    ScriptedMessage(1500, "family", "mum", "text", "周末回来吃饭吗？\n我买了鱼"),
    ScriptedMessage(1490, "family", "liuyang", "red_packet"),
    ScriptedMessage(1488, "family", "", "notice"),
    ScriptedMessage(600, "climbing", "bob", "text", "Anyone up for the wall on Thursday? <5.10a & up>"),
    ScriptedMessage(590, "climbing", "alice", "emoticon"),
    ScriptedMessage(420, "nameless", "wangwei1", "text", "这个群还没起名字"),
    ScriptedMessage(300, "zhangsan", "zhangsan", "image", recalled=True),
    ScriptedMessage(290, "zhangsan", SELF, "text", "刚才那张图我看到了"),
    ScriptedMessage(285, "zhangsan", "zhangsan", "file", {"name": "第三季度 报表 (终版) & 附件.xlsx", "size": 18432}),
    ScriptedMessage(240, "project", "", "system", '"李四"邀请"小周"加入了群聊'),
    ScriptedMessage(230, "project", "lisi", "text", "明天能上线吗？"),
    ScriptedMessage(225, "project", "zhangsan", "quote"),
    ScriptedMessage(220, "project", "stranger", "text", "大家好，我是小周[微笑] 以后多多指教"),
    ScriptedMessage(180, "project", "alice", "video"),
    ScriptedMessage(150, "lisi", "lisi", "voice"),
    ScriptedMessage(140, "lisi", "lisi", "location"),
    ScriptedMessage(130, "lisi", "lisi", "transfer"),
    ScriptedMessage(95, "alice", "alice", "text", 'The build is green again :) see <a href="x">log</a>'),
    ScriptedMessage(94, "alice", "alice", "image", {"picture": "screenshot"}),
    ScriptedMessage(90, "alice", "alice", "card", about="bob"),
    ScriptedMessage(60, "reading", "zhaomin", "mini_program"),
    ScriptedMessage(55, "reading", "kitty", "short_video"),
    ScriptedMessage(45, "bob", "bob", "call"),
    ScriptedMessage(40, "bob", "bob", "live_location"),
    ScriptedMessage(30, REQUESTS, REQUESTS, "friend_request", "我是隔壁组的小周", about="stranger"),
    ScriptedMessage(12, "mum", "mum", "text", "到家了说一声"),
    ScriptedMessage(11, "mum", "mum", "app_emoticon"),
    ScriptedMessage(3, "mum", "mum", "text", "天冷了，多穿点"),
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


def populate(state: State) -> None:
    """Let `LINES`, and `history` more texts before them, wait for the first login, unless nothing is to wait."""
    if not state.options.waiting:
        return
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


def _small_talk(state: State) -> None:
    count = state.options.history
    rng = random.Random(f"history {state.options.seed}")
    chats = [state.world.contacts[key] for key in state.world.recent]
    for number in range(count):
        chat = rng.choice(chats)
        members = [member.key for member in chat.members] or [chat.key, chat.key, SELF]
        age = 3 * 86400 + (count - number) * 90
        state.arrive("text", chat, rng.choice(members), rng.choice(SMALL_TALK), age=age)
