"""The whole full-screen program against the sandbox, driven by keys and read by its screen."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from textual.pilot import Pilot

from tests.support.sandbox_thread import Sandbox
from tests.support.screen_text import screen_text
from tests.support.waiting import idle, until
from tui.app import WxtuiApp
from tui.config.settings import Settings
from tui.kept_screen.early import EarlyScreen
from tui.paths import find_profile
from tui.screens.chat.chat_screen import ChatScreen
from tui.screens.dialogs.identity_question import CarefulChoice
from tui.screens.dialogs.question import Question
from tui.services.session.login_options import LoginOptions
from tui.store.store import Store
from tui.wire.names import Endpoint


class ProgramPilot:
    """Full-screen program that runs under Textual's Pilot."""

    def __init__(self, app: WxtuiApp, pilot: Pilot[None], written: list[str]) -> None:
        self.app = app
        self.pilot = pilot
        self.written = written

    @property
    def lines(self) -> list[str]:
        return screen_text(self.app)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def chat(self) -> ChatScreen:
        found = [screen for screen in self.app.screen_stack if isinstance(screen, ChatScreen)]
        return found[0]

    async def sees(self, wanted: str | Callable[[str], bool]) -> str:
        """Wait until it is on the screen; the screen."""
        text = ""

        def is_seen() -> bool:
            nonlocal text
            text = self.text
            return wanted in text if isinstance(wanted, str) else wanted(text)

        try:
            await self.until(is_seen)
        except TimeoutError:
            raise AssertionError(f"{wanted!r} is not on the screen:\n{text}") from None
        return text

    async def asked(self, question: str) -> None:
        """Wait until a question stands on the screen, and can be answered."""
        await self.sees(question)
        screen = self.app.screen
        assert isinstance(screen, Question | CarefulChoice)
        await self.until(screen.settling.answers)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until it is so, after what was begun has been drawn."""

        async def is_so() -> bool:
            await self.pilot.pause()
            return true()

        await until(is_so)

    async def idle(self) -> None:
        """Wait until keys, the loop and the store have nothing left to do: see `waiting.idle`."""
        await self.until(lambda: not self.app.input_waiting and not self.app.is_busy(letter=False))
        await idle(self.app.context.store)
        await self.pilot.pause()

    async def answer(self, key: str) -> None:
        """A question's answer: pressed again where the question was too new to be answered."""
        asked = self.app.screen
        assert isinstance(asked, Question)
        await self.press_until(key, lambda: not self.app.is_running or self.app.screen is not asked)

    async def press_until(self, key: str, true: Callable[[], bool], every: float = 0.05) -> None:
        """Press a key until it counts: one that comes too early, or as the rest of a word, means nothing.

        `every`: seconds between two tries; Enter that is held down never counts, so it takes longer ones.
        """

        async def counts() -> bool:
            if not true():
                await self.press(key)
            return true()

        await until(counts, every=every)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Letter by letter, as fingers do."""
        names = {
            " ": "space",
            "/": "slash",
            "@": "at",
            "\n": "ctrl+j",
            ".": "full_stop",
            "-": "minus",
            "_": "underscore",
        }
        await self.press(*(names.get(char, char) for char in text))

    async def opened(self, name: str) -> None:
        """Open a conversation as `/goto NAME` does, where the name is known; else as a person does, with Ctrl+K."""
        known = [one for one in self.chat.conversation_list.every if one.name == name]
        if len(known) == 1 and self.app.screen is self.chat:
            await self.chat.actions.run("goto", name)
        else:
            await self.opened_by_keys(name)
        await self.until(lambda: self.chat.conversation is not None and self.chat.conversation.name == name)

    async def opened_by_keys(self, name: str) -> None:
        """Go to a conversation by Ctrl+K."""
        await self.press("ctrl+k")
        await self.sees("Go to")
        await self.type(name)
        # In the list of the overlay, below the line that says what was typed.
        row = re.compile(rf"›\s+(?:\S )?{re.escape(name)}")
        await self.sees(lambda text: len(row.findall(text)) > 1)
        await self.press("enter")


@asynccontextmanager
async def run_program(
    sandbox: Sandbox,
    size: tuple[int, int] = (100, 30),
    settings: Settings | None = None,
    *,
    online: bool = True,
    endpoint: Endpoint | None = None,
    first: Endpoint = Endpoint.WEB,
    shown: EarlyScreen | None = None,
    began: Callable[[WxtuiApp], None] = lambda app: None,
) -> AsyncIterator[ProgramPilot]:
    """The program on the default profile; `online`: wait until the stored session is in use.

    `shown`: the kept screen that it takes over. `began` is called before there is a screen.
    """
    written: list[str] = []

    class Recorded(WxtuiApp):
        """Keeps what is written to the terminal besides the screen."""

        def write(self, text: str) -> None:
            written.append(text)

        def on_load(self) -> None:
            began(self)

    profile = find_profile("default")
    async with await Store.open(profile.store_file, clock=lambda: datetime.now(UTC)) as store:
        # Without last messages in the list: words on the screen are in the log.
        app = Recorded(
            profile, LoginOptions(endpoint, sandbox.origin, first), settings or Settings(list="one"), store, shown=shown
        )
        async with app.run_test(size=size) as pilot:
            program = ProgramPilot(app, pilot, written)
            if online:
                await program.sees("online")
            yield program
