"""What is typed while a kept screen is shown: text and its editing reach the bar, and nothing else happens."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from textual import events

from tests.support.keys_at_once import NAMES
from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tests.support.text_fields_app import TextFieldsApp, key
from tui.app import WxtuiApp
from tui.kept_screen.picture import KeptPicture, line_of
from tui.screens.settling import SETTLE
from tui.terminal.frame import Frame
from tui.terminal.graphemes import sure
from tui.terminal.textual_patches import placed_strips, whole_update
from tui.widgets.composer.blind_typing import BlindTyping

KEYS = {"⏎": "enter", "⌫": "backspace", "←": "left", "⇤": "ctrl+u", "↵": "alt+enter", " ": "space", "/": "slash"}
KEYS |= {"␑": "ctrl+q", "␃": "ctrl+c"}


def type_blind(blind: BlindTyping, keys: str) -> None:
    for char in keys:
        name = KEYS.get(char, char)
        blind.take(key(name, 0.0, char if char not in KEYS or char in " /" else ""))
    blind.finish()


@pytest.mark.parametrize(
    ("keys", "sent", "left"),
    [
        ("你好 helo⌫lo⏎", ["你好 hello"], ""),
        ("one⏎two⏎thre", ["one", "two"], "thre"),
        ("a↵b⏎", ["a\nb"], ""),
        ("⏎ ⏎x", [], " x"),
        ("ab←←x⇤⏎", ["ab"], ""),
        # Held, as a command is; each line behind it is edited by itself, and nothing of it is sent.
        ("/quit⏎hello⌫⌫p⏎⌫⌫⌫x⇤y⏎⏎ ⏎z", [], "/quit\nhelp\ny\nz"),
        ("/quit⏎⏎⌫⇤", [], "/quit"),
        # The way out: what was typed before stays a draft, and what comes behind it means nothing.
        ("␑", [], ""),
        ("one⏎tw␑o⏎three␑", ["one"], "tw"),
        ("/quit⏎tw␑o⏎", [], "/quit\ntw"),
        ("ab␃c⏎", ["c"], ""),
        ("/quit⏎ab␃c␃d", [], "/quit\nd"),
    ],
)
async def test_text_is_edited_and_enter_sends_it_unless_it_is_held(keys: str, sent: list[str], left: str) -> None:
    app = TextFieldsApp()
    async with app.run_test(size=(40, 12)) as pilot:
        left_with: list[str] = []
        blind = BlindTyping(
            app.bar,
            lambda pressed: app.bar.text.startswith("/"),
            list,
            lambda: app.bar.load(""),
            lambda: left_with.append(app.bar.text),
        )
        type_blind(blind, keys)
        await pilot.pause()
        assert len(left_with) == ("␑" in keys)
        assert [text for text, _files in app.sent()] == sent
        assert app.bar.text == left


async def test_other_keys_and_clicks_mean_nothing_and_a_pasted_line_never_sends() -> None:
    app = TextFieldsApp()
    async with app.run_test(size=(40, 12)) as pilot:
        away: list[int] = []
        blind = BlindTyping(app.bar, lambda pressed: False, lambda: away.append(1), list, list)
        type_blind(blind, ":s")
        for char in "mi":
            blind.take(key(f"alt+{char}", 0.0, char))
        assert len(away) == 2  # Alt with a letter, or Escape and a letter.
        await pilot.app.workers.wait_for_complete()
        for name in ("escape", "left", "ctrl+e", "tab", "ctrl+k", "up", "f1", "ctrl+l", "ctrl+r", "alt+s", "pageup"):
            blind.take(key(name, 0.0, ""))
        blind.take(events.MouseDown(app.bar, 1, 1, 0, 0, 1, False, False, False))
        assert len(away) == 11
        blind.take(events.Paste(" two\nlines\r\n"))
        blind.take(events.Paste("x" * 5000))
        await pilot.pause()
        assert app.bar.text == ":smi two\nlines\n" + "x" * 5000
        assert not app.sent() and app.focused is app.bar
        # Suggestions are shown, but nobody has seen them: Enter sends.
        type_blind(blind, "⏎")
        await pilot.pause()
        assert len(app.sent()) == 1


# ---------------------------------------------------------------- the whole program


@dataclass
class Kept:
    """A kept screen that stands on the terminal, without a terminal."""

    picture: KeptPicture
    painted_at: float
    intact: bool = True


@pytest.fixture
async def kept(sandbox: Sandbox, logged_in: object) -> Kept:
    """The screen of a run that ended in the conversation with Alice, where a draft stands."""
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        await program.type("hi")
        return await left(program)


async def left(program: ProgramPilot) -> Kept:
    await program.idle()
    app, chat = program.app, program.chat
    frame: Frame = app._first_frame()
    frame.write(placed_strips(whole_update(chat)), app._caret(), synchronized=False)
    assert chat.conversation is not None
    lines = [line_of(row, sure) for row in frame.cells()]
    picture = KeptPicture(frame.width, lines, cursor=frame.cursor, conversation=chat.conversation.id)
    return Kept(picture, time.monotonic())


def typing(keys: str, *pastes: str, pressed: float = -math.inf) -> Callable[[WxtuiApp], None]:
    """Let these keys, and then the pastes, come in before there is a screen."""

    def begin(app: WxtuiApp) -> None:
        for char in keys:
            app.post_message(key(NAMES.get(char, char), pressed, char if char.isprintable() else None))
        for paste in pastes:
            app.post_message(events.Paste(paste))

    return begin


async def test_enter_counts_for_what_the_kept_screen_showed(sandbox: Sandbox, kept: Kept) -> None:
    # The draft could be read there for a while.
    readable = time.perf_counter() - (time.monotonic() - kept.painted_at) + SETTLE + 0.1
    began = typing("! there\rand", "\nmore\n", pressed=readable)
    async with run_program(sandbox, shown=kept, began=began) as program:
        await program.sees("hi! there")
        await program.until(lambda: texts(sandbox) == ["hi! there"])
        assert program.app.screen is program.chat and program.chat.composer.text == "and\nmore\n"
        assert sandbox.sent()[0]["to_name"] == "Alice"
        # Now every key means what it says.
        await program.press("ctrl+k")
        await program.sees("Go to")
    # It shows another draft than stands in the bar now.
    async with run_program(sandbox, shown=kept, online=False, began=typing("!\rbye\r", pressed=readable)) as program:
        await program.sees("Nothing was sent. Enter again sends the message.")
        assert program.chat.composer.text == "and\nmore\n!\nbye"
        program.chat.composer.load("")
        await program.chat.keep_draft()
    # Typed whole, a text is sent, pressed whenever; a command is not run blind.
    async with run_program(sandbox, shown=kept, online=False, began=typing("whole\r/quit\rnot")) as program:
        await program.sees("Nothing was done. Enter again runs the command.")
        await program.until(lambda: texts(sandbox) == ["hi! there", "whole"])
        assert program.chat.composer.text == "/quit\nnot"
        program.chat.composer.load("")
        await program.chat.keep_draft()
    # Who wants out gets out, also in one go with what was typed; nothing of it is sent.
    async with run_program(sandbox, shown=kept, online=False, began=typing("a draft\x11\r")) as program:
        await program.until(lambda: not program.app.is_running)
        assert program.app.return_code == 0
    async with run_program(sandbox, shown=kept, online=False) as program:
        await program.sees("› a draft")
        assert len(sandbox.sent()) == 2
        program.chat.composer.load("")
        await program.chat.keep_draft()
    # A name to look for is no message, also where its end and Enter are for the live screen.
    async with run_program(sandbox, shown=kept, online=False, began=typing("\x0bmama\r")) as program:
        await program.sees("Nothing was sent. Enter again sends the message.")
        assert program.chat.composer.text == "mama" and len(sandbox.sent()) == 2
        program.chat.composer.load("")
        await program.chat.keep_draft()
    async with run_program(sandbox, shown=kept, online=False, began=typing("\x0bma")) as program:
        await program.type("ma")
        await program.press("enter")
        await program.sees("Nothing was sent. Enter again sends the message.")
        assert program.chat.composer.text == "mama" and len(sandbox.sent()) == 2
        program.chat.composer.load("")
        await program.chat.keep_draft()
    # Another conversation opens than was shown.
    kept.picture.conversation += 1000
    async with run_program(sandbox, shown=kept, online=False, began=typing("to whom\r")) as program:
        await program.sees("Nothing was sent. Enter again sends it to “Alice”.")
        assert program.chat.composer.text == "to whom" and len(sandbox.sent()) == 2


async def test_what_enter_took_as_the_program_ended_is_stored_once(sandbox: Sandbox, kept: Kept) -> None:
    async with run_program(sandbox, shown=kept, online=False) as program:
        program.chat.composer.load("")
        await program.chat.keep_draft()
        for text in ("one", "two"):
            program.chat.composer.type(text)
            program.chat.composer.send()
        program.chat.composer.type("rest")
        program.app.exit()
    async with run_program(sandbox, online=False) as program:
        stored = [message.body.text for message in reversed(program.chat.message_log.own_messages)]
        assert "".join((*stored, program.chat.composer.text)).replace("\n", "") == "onetworest"


def texts(sandbox: Sandbox) -> list[object]:
    return [row["content"] for row in sandbox.sent()]
