"""A sandbox in which people live: they write now and then by themselves, so that a newcomer sees what happens here.

`python -m tui.sandbox.living` serves it as a process of its own; `wxtui demo` starts that, see `world_request`.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import msgspec

from tui.sandbox.server import SandboxServer
from tui.sandbox.session.faults import Fault, FaultKind
from tui.sandbox.session.state import State
from tui.sandbox.world.deserted_folders import remove_deserted
from tui.sandbox.world.message import Json
from tui.sandbox.world.options import SandboxOptions
from tui.sandbox.world.people import SELF, Partner
from tui.sandbox.world.people_data import BUSY_GROUP, ECHO, PROJECT_GROUP, RECALLER, REQUESTS, SLOW
from tui.sandbox.world.samples import write_samples
from tui.sandbox.world.world_request import CONFIRM, HOMES, SCAN, WorldRequest
from tui.wire.names import ContactFlag, NotifyCode

UPLOAD_RATE = 2_000_000
"""Bytes a second: loopback would be done before anybody saw the bar move."""


@dataclass(frozen=True, slots=True)
class ScriptedAct:
    """A message that somebody writes unasked, `after` seconds after the one before; see `kinds` for `kind`.

    `recalled`: seconds after which its sender revokes it, 0 for never.
    """

    after: float
    chat: str
    sender: str
    kind: str
    content: str | Json | None = None
    recalled: float = 0
    about: str = ""
    """Key of the person who asks to be a friend."""


MORNING, SHOP, NEWCOMER, NOTICES, MUTED_GROUP = "morning", "shop", "newcomer", "notifymessage", "reading"


def inhabitants() -> tuple[Partner, ...]:
    """Return whom a world has in which people live, and no other: accounts that push, and somebody who is no friend."""
    return (
        Partner(MORNING, "早安新闻", verify_flag=24, alias="morning_news"),
        Partner(SHOP, "省钱大师", verify_flag=24),
        Partner(NOTICES, "服务通知", flags=int(ContactFlag.CHAT)),
        Partner(NEWCOMER, "林小雨", saved=False, flags=0, sex=2, province="浙江"),
    )


def push(title: str, number: int) -> Json:
    """Return the article that an official account pushes."""
    return {"title": title, "url": f"https://example.com/a?id={number}&p=1"}


DEEDS = (
    ScriptedAct(8, "zhangsan", "zhangsan", "text", "你看下这张图"),
    ScriptedAct(4, "zhangsan", "zhangsan", "image", {"picture": "city"}),
    ScriptedAct(8, PROJECT_GROUP, "lisi", "text", "@林小满\u2005今晚八点上线，你在吗？"),
    ScriptedAct(5, "zhangsan", "zhangsan", "image", {"picture": "dusk"}, recalled=12),
    ScriptedAct(3, MORNING, MORNING, "link", push("早安！今天的十件小事", 2)),
    ScriptedAct(6, PROJECT_GROUP, "alice", "text", "QA is green, ready when you are 🚀"),
    ScriptedAct(14, REQUESTS, REQUESTS, "friend_request", "我是小满的表妹小雨，换号码啦", about=NEWCOMER),
    ScriptedAct(9, NOTICES, NOTICES, "text", "快递已到 3 号柜，取件码 8-2-1947"),
    ScriptedAct(12, "mum", "mum", "voice", {"milliseconds": 4200}),
    ScriptedAct(20, MUTED_GROUP, "alice", "text", "Chapter 7 is wonderful, no spoilers please"),
    ScriptedAct(10, "daily", "daily", "link", push("今日头条：一切正常", 8)),
    ScriptedAct(45, "alice", "alice", "text", "Did you get the file? 📎"),
)
"""Messages after the first login, once: what matters, and what does not."""

NOISE = (
    (95, MORNING, MORNING, "link", push("昨夜今晨：一分钟看懂", 1)),
    (90, SHOP, SHOP, "link", push("仅限今天！第二件半价", 3)),
    (70, SHOP, SHOP, "link", push("最后三小时，再不抢就没了", 4)),
    (65, NOTICES, NOTICES, "text", "你预约的牙医：明天 9:30，请提前十分钟到"),
    (28, MUTED_GROUP, "kitty", "text", "这周读到第六章了"),
    (27, MUTED_GROUP, "zhaomin", "text", "@林小满\u2005下周轮到你领读，可以吗？"),
)
"""(minutes ago, chat, sender, kind, content): what a day brings that rings for nobody, and in it one question to me."""

WAITING = (
    (55, RECALLER, "我说过的话，常常一会儿就收回去了"),
    (50, SLOW, "在吗？我打字很慢，慢慢等我"),
    (2, ECHO, "Write to me: I send it back. 写点什么，我原样发回来。"),
)
"""(minutes ago, sender, text): people who answer are in the list from the start."""

READ = ("daily", "family", "climbing", "nameless", "lisi", "alice", "bob", "zhangsan", RECALLER, SLOW)
"""Chats that were read on the phone already: a list in which all is unread says nothing."""

SMALL_TALK = (
    ("bob", "Anyone for lunch?"),
    ("kitty", "楼下新开了一家面馆[旺柴]"),
    ("liuyang", "太远了，外面三十八度"),
    ("tomjerry", "Cheese place is open too 🧀"),
    ("wangwei2", "我在开会，帮我带一份"),
    ("kitty", "👨‍👩‍👧‍👦 周末带孩子去植物园，谁一起？"),
    ("liuyang", "+1"),
    ("bob", "Count me in 🇺🇸"),
)
_FIRST_PAUSE, _LONGEST_PAUSE = 15.0, 240.0
"""Seconds between two lines of the busy group: fewer and fewer, for this is no noise machine."""


def pauses(rng: random.Random) -> Iterator[float]:
    """Yield the seconds of silence before each line of the busy group: short at first, to be seen; soon minutes."""
    pause = _FIRST_PAUSE
    while True:
        yield pause * rng.uniform(0.8, 1.2)
        pause = min(pause * 1.6, _LONGEST_PAUSE)


def furnish(state: State) -> None:
    """Prepare the first login: conversations with people who answer, and most of the list read."""
    contacts = state.world.contacts
    for one in inhabitants():
        state.world.add(one)
    # At the end of the list, where accounts lie that only push.
    state.world.recent += (MORNING, SHOP, NOTICES)
    for minutes, chat, sender, kind, content in NOISE:
        state.arrive(kind, contacts[chat], sender, content, age=minutes * 60)
    for minutes, sender, text in WAITING:
        state.arrive("text", contacts[sender], sender, text, age=minutes * 60)
    for key in READ:
        state.arrive("status_notify", contacts[key], SELF, {"code": int(NotifyCode.ENTERED)}, age=60)


async def live(state: State) -> None:
    """Wait for the first login, then let people do what they do, until the sandbox ends."""
    while not state.live() and not state.closed:
        await state.pause(0.1)
    if state.options.scan_delay is not None:
        # The first login may have been wanted at once; from now on the phone takes its time.
        state.options = replace(state.options, scan_delay=SCAN, confirm_delay=CONFIRM)
    state.start(_talk(state))
    for deed in DEEDS:
        await state.pause(deed.after)
        if state.closed:
            return
        contacts = state.world.contacts
        about = contacts[deed.about] if deed.about else None
        said = state.arrive(deed.kind, contacts[deed.chat], deed.sender, deed.content, about=about)
        if deed.recalled:
            await state.pause(deed.recalled)
            state.take_back(said)


async def _talk(state: State) -> None:
    """Let the busy group talk, calmly."""
    rng = random.Random(f"talk {state.options.seed}")
    chat = state.world.contacts[BUSY_GROUP]
    start = rng.randrange(len(SMALL_TALK))
    for number, pause in zip(count(start), pauses(rng), strict=False):
        await state.pause(pause)
        if state.closed:
            return
        sender, text = SMALL_TALK[number % len(SMALL_TALK)]
        state.arrive("text", chat, sender, text)


def throttle(state: State) -> None:
    """Let every upload take its time."""
    state.faults.active.append(Fault("webwxuploadmedia", FaultKind.SLOW, UPLOAD_RATE, times=0))


# ---------------------------------------------------------------- as a process of its own


async def serve(wanted: WorldRequest) -> None:
    """Serve a living sandbox on the socket that was handed in."""
    scan, confirm = (0.0, 0.0) if wanted.at_once else (SCAN, CONFIRM)
    options = SandboxOptions(seed=wanted.seed, contacts=wanted.contacts, scan_delay=scan, confirm_delay=confirm)
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    with ExitStack() as left:
        left.callback(shutil.rmtree, wanted.home, ignore_errors=True)
        listening = left.enter_context(socket.socket(fileno=wanted.listening))
        listening.setblocking(False)
        loop.add_reader(0, _heard, over)
        async with SandboxServer(options, listening=listening) as server:
            throttle(server.state)
            furnish(server.state)
            server.state.start(live(server.state))
            with suppress(OSError):
                await asyncio.to_thread(write_samples, Path(wanted.samples), wanted.seed)
            await asyncio.to_thread(remove_deserted, Path(wanted.home).parent, HOMES)
            await over.wait()
        loop.remove_reader(0)


def _heard(over: asyncio.Event) -> None:
    if not os.read(0, 1024):
        over.set()


def main() -> None:
    """Serve the sandbox that the argument describes."""
    # Keys and broken connections of the terminal are for the program in front.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    asyncio.run(serve(msgspec.json.decode(sys.argv[1], type=WorldRequest)))


if __name__ == "__main__":
    main()
