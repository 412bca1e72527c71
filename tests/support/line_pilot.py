"""Chat of plain mode against the sandbox, driven by lines and read by what it says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, cast

from tests.support.sandbox_thread import Sandbox
from tests.support.waiting import idle, until
from tui.config.settings import Settings
from tui.paths import find_profile
from tui.plain.chat.line_chat import LineChat
from tui.plain.dialogs.questions import PROMPT
from tui.plain.line_terminal import Completer
from tui.screens.app_context import AppContext
from tui.services.contacts.display_names import DisplayNames
from tui.services.runtime import Runtime, RuntimeEvent
from tui.services.session.login_options import LoginOptions
from tui.store.store import Store
from tui.widgets.base.styles import Tone


class ScriptedLines:
    """Terminal whose lines a test gives beforehand; after the last one comes the end of input."""

    def __init__(self, *, prefills: bool) -> None:
        self.prefills = prefills
        self.attended = True
        self.said: list[str] = []
        self.answers: list[str] = []
        self.completers: list[Completer | None] = []
        self.commands: list[Sequence[str]] = []

    def say(self, text: str, tone: Tone = Tone.TEXT) -> None:
        self.said.append(text)

    def say_once(self, text: str) -> None:
        self.said.append(text)

    async def ask_line(self, prompt: str, complete: Completer | None = None, *, text: str = "") -> str | None:
        self.completers.append(complete)
        if prompt != PROMPT:
            # What begins a line is read, too.
            self.said.append(prompt)
        return self.answers.pop(0) if self.answers else None

    async def run(self, command: Sequence[str], environ: Mapping[str, str]) -> int:
        self.commands.append(command)
        return 0


class LinePilot:
    """Chat without a screen that a test types to."""

    def __init__(self, chat: LineChat, terminal: ScriptedLines) -> None:
        self.chat = chat
        self.terminal = terminal
        self.left = False

    async def line(self, text: str, *answers: str) -> str:
        """Type a line, and answer what it asks; what was said since, all answers used up."""
        self.terminal.said.clear()
        self.terminal.answers[:] = answers
        await self.chat.submit(text)
        await idle(self.chat.context.store)
        assert not self.terminal.answers, f"not asked for: {self.terminal.answers}\n{self.text}"
        return self.text

    @property
    def text(self) -> str:
        return "\n".join(self.terminal.said)

    async def says(self, wanted: str) -> str:
        """Wait until it was said since the last line."""
        try:
            await until(lambda: wanted in self.text)
        except TimeoutError:
            raise AssertionError(f"{wanted!r} was not said:\n{self.text}") from None
        return self.text


@asynccontextmanager
async def run_lines(
    sandbox: Sandbox, settings: Settings | None = None, *, prefills: bool = False
) -> AsyncIterator[LinePilot]:
    """Run a chat on the default profile, with its stored session in use, and the messages that waited for it."""
    profile, wanted = find_profile("default"), settings or Settings()
    terminal = ScriptedLines(prefills=prefills)
    chats: list[LineChat] = []

    def hear(event: RuntimeEvent) -> None:
        if chats:
            chats[0].hear(event)

    def now() -> datetime:
        return datetime.now(UTC)

    async with await Store.open(profile.store_file, clock=now) as store:
        runtime = Runtime(profile, store, LoginOptions(None, sandbox.origin), wanted.keep, hear, settings=wanted)

        def use(settings: Settings) -> None:
            context.settings = settings

        async def switch(profile: Any, store: Store) -> None:
            terminal.say(f"switched to {profile.name}")
            await store.close()

        context = AppContext(
            profile=profile,
            store=store,
            settings=wanted,
            names=DisplayNames(store),
            clock=now,
            runtime=runtime,
            write=terminal.say,
            log_in=lambda: terminal.say("login"),
            redraw=lambda: None,
            use_settings=use,
            terminal=cast(Any, None),
            begin=lambda: None,
            switch=switch,
        )
        chat = LineChat(context, terminal, lambda: terminal.say("left"))
        chats.append(chat)
        async with runtime:
            await until(lambda: runtime.client is not None)
            await chat.load()
            await until(lambda: any(one.unread for one in chat.conversation_list.every))
            try:
                yield LinePilot(chat, terminal)
            finally:
                await chat.close()
