"""Every key is another one: no screen names an old key, and the new ones do what is said of them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import product

import pytest

from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tui import keymap
from tui.config.settings import Settings
from tui.key_table import KEY_TABLE, PLAIN, Area
from tui.keymap import BINDINGS, shown_key
from tui.screens.chat.chat_screen import ChatScreen
from tui.screens.dialogs.help import HelpScreen
from tui.screens.dialogs.help_text import sections
from tui.screens.pictures.picture_screen import PictureScreen
from tui.widgets.base.page import Page

_HELD = ("ctrl", "alt", "shift", "super", "hyper", "alt+ctrl", "alt+shift", "ctrl+shift", "alt+ctrl+shift", "meta")
OWN = {one: f"{held}+f{at}" for one, (held, at) in zip(BINDINGS, product(_HELD, range(2, 25)), strict=False)}
"""Binding → the key that it has here: of no other binding, and like no key that anything has by default."""

_NAMED = r"Esc|Enter|Tab|PgUp|PgDn|Ins|Del|Backspace|Home|End|Space|[↑↓←→]"
OLD = re.compile(rf"(?:Ctrl|Alt|Shift)\+(?!(?:Ctrl\+|Shift\+)*F\d)|(?<![\w+/])(?:F\d+|{_NAMED})(?!\w)")
"""A key by default."""
LETTER = re.compile(r"(?:^|[·│╰─] )([^\s│╭╰─]) \w+(?: \w+)? (?:·|─)")
"""A hint with a key of one character, beside other hints."""
TYPED = {"/"}
"""Characters that are typed and no keys: a command begins with a slash."""


def test_there_are_keys_enough() -> None:
    assert set(OWN) == set(BINDINGS)
    assert all(map(keymap.key_name, OWN.values()))


class Tour:
    """Goes about the program with the new keys, and reads each screen."""

    def __init__(self, program: ProgramPilot) -> None:
        self.program = program
        self.seen: list[str] = []

    async def press(self, *ids: str) -> None:
        await self.program.press(*(OWN[one] for one in ids))

    async def read(self, what: str, wanted: str | None = None) -> None:
        """Read the screen; `wanted` is a binding that it must name."""
        text = await self.program.sees(shown_key(OWN[wanted])) if wanted else self.program.text
        lines = [line for line in text.splitlines() if not re.search(r"Alice|张三|Bob", line)]
        old = [found for line in lines for found in OLD.findall(line)]
        letters = [found for line in lines for found in LETTER.findall(line) if found not in TYPED]
        assert (old, letters) == ([], []), f"{what}:\n{text}"
        self.seen.append(text)

    async def on(self, screen: Callable[[], bool]) -> None:
        await self.program.until(screen)

    async def over(self, *ids: str) -> None:
        """Open a screen over the chat."""
        await self.press(*ids)
        try:
            await self.program.until(lambda: not isinstance(self.program.app.screen, ChatScreen))
        except TimeoutError:
            raise AssertionError(f"{ids} opened nothing:\n{self.program.text}") from None

    async def back(self, leave: str) -> None:
        """Leave it again."""
        await self.program.press_until(OWN[leave], lambda: isinstance(self.program.app.screen, ChatScreen))

    async def help(self) -> None:
        """Read the help of the screen that is shown."""
        await self.press("help")
        await self.program.until(lambda: isinstance(self.program.app.screen, HelpScreen))
        await self.read("help", "overlay.leave")
        page = self.program.app.screen.query_one(Page)
        whole = "\n".join("".join(text for text, _tone in line) for line in page.lines)
        assert OLD.findall(whole) == [], whole
        await self.press("help")
        await self.program.until(lambda: not isinstance(self.program.app.screen, HelpScreen))


@asynccontextmanager
async def tour(sandbox: Sandbox, size: tuple[int, int]) -> AsyncIterator[Tour]:
    settings = Settings(keys={one: (key,) for one, key in OWN.items()})
    async with run_program(sandbox, size=size, settings=settings) as program:
        yield Tour(program)


@pytest.fixture(autouse=True)
def default_keys_again() -> Iterator[None]:
    yield
    keymap.use({})


@pytest.mark.usefixtures("logged_in")
@pytest.mark.parametrize("size", [(160, 45), (50, 20)])
async def test_no_screen_names_an_old_key(sandbox: Sandbox, size: tuple[int, int]) -> None:
    async with tour(sandbox, size) as going:
        program = going.program
        await going.over("goto")
        await going.read("finder", "overlay.leave")
        await going.help()
        await program.type("李四")
        await going.press("field.submit")
        await program.until(lambda: program.chat.conversation is not None and program.chat.conversation.name == "李四")
        await going.read("bar", "help")
        await program.type("hello")
        await going.press("bar.send")
        await program.sees("✓")
        await going.help()
        await program.type("/")
        await going.read("suggestions")
        await going.press("completion.leave", "interrupt")
        await going.press("interrupt")
        await going.read("the last line after an interruption")
        await going.press("pane.next")
        await going.read("messages", "back")
        await going.over("revoke_last")
        await going.read("question", "question.no")
        await going.help()
        await going.back("question.no")
        await going.press("mark")
        await going.read("marked", "back")
        await going.press("back", "back", "pane.next")
        await going.over("open")
        await going.read("details", "overlay.leave")
        await going.help()
        await going.back("overlay.leave")
        await going.over("forward")
        await going.read("forward", "overlay.leave")
        await going.back("overlay.leave")
        await going.press("pane.next")
        await going.read("list")
        await going.press("sidebar.filter")
        await going.read("filter", "back")
        await going.press("back")
        await _pictures(going, sandbox)
        await _files(going)
        await _others(going)


async def _pictures(going: Tour, sandbox: Sandbox) -> None:
    program = going.program
    for kind in ("emoticon", "image"):
        sandbox.post("push", type=kind, **{"from": "lisi"})
    await program.sees("▣ image")
    await program.type("/sticker")
    await going.over("bar.send")
    await going.read("stickers", "overlay.leave")
    await going.back("overlay.leave")
    await going.press("pane.next", "log.last")
    await going.over("open")
    await program.until(lambda: isinstance(program.app.screen, PictureScreen))
    await going.read("picture", "picture.leave")
    await going.help()
    await going.back("picture.leave")
    await going.press("back")


async def _files(going: Tour) -> None:
    await going.over("send")
    await going.read("files", "picker.back")
    await going.help()
    await going.press("picker.filter")
    await going.read("filter of files", "picker.back")
    await going.press("picker.back", "picker.tree")
    await going.read("tree", "picker.back")
    await going.press("picker.back")
    await going.program.type("zzz")
    await going.read("no such name", "picker.filter")
    await going.back("picker.back")


async def _others(going: Tour) -> None:
    program = going.program
    await going.over("search_all")
    await going.read("search", "overlay.leave")
    await going.help()
    await going.back("overlay.leave")
    await going.over("transfers")
    await going.read("no uploads", "send")
    await going.help()
    await going.back("transfers.leave")
    await going.over("palette")
    await going.read("palette", "overlay.leave")
    for shown in ("help", "unread", "search"):
        await program.type(shown)
        await going.read("palette", shown)
        await going.press("text.cut_line_back")
    await going.back("overlay.leave")
    await going.over("help")
    await going.read("help", "overlay.leave")
    await going.back("overlay.leave")
    await program.type("/login")
    await going.press("bar.send")
    await program.until(lambda: not isinstance(program.app.screen, ChatScreen))
    await going.read("login", "login.back")
    await going.help()
    await going.back("login.back")


def test_the_help_names_the_new_key_of_every_binding_that_has_one() -> None:
    keymap.use({one: (key,) for one, key in OWN.items()})
    every = " ".join(entry.keys + " " + entry.help for section in sections(tuple(Area)) for entry in section.entries)
    words = set(re.split(r"[\s;,()]+", every))
    plain = {row.id for row in KEY_TABLE if row.help is PLAIN}
    assert {
        one
        for one, key in OWN.items()
        if one not in plain and not one.endswith(".quiet") and shown_key(key) not in words
    } == set()
    assert OLD.findall(every) == []
