"""After the start and after a login somebody can write at once: a conversation is open, and the caret is in the bar."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from tests.support.command_line import Wxtui
from tests.support.keys_at_once import press_at_once
from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import OPTIONS, Sandbox, SandboxThread
from tui.app import WxtuiApp
from tui.screens.chat.chat_screen import ChatScreen
from tui.screens.login.login_screen import LoginScreen
from tui.screens.login.login_state import LoginStage
from tui.terminal.textual_patches import Update, placed_strips
from tui.wire.names import Endpoint


@pytest.fixture
def phone() -> Iterator[Sandbox]:
    """A sandbox in which the test holds the phone."""
    with SandboxThread(replace(OPTIONS, scan_delay=None)) as sandbox:
        yield sandbox


@asynccontextmanager
async def at_the_login(
    sandbox: Sandbox, endpoint: Endpoint = Endpoint.WEB, size: tuple[int, int] = (100, 30)
) -> AsyncIterator[ProgramPilot]:
    """The program on a profile that was never logged in, with its code on the screen."""
    async with run_program(sandbox, size, online=False, endpoint=endpoint) as program:
        await program.sees("▀")
        yield program


def confirm(sandbox: Sandbox) -> None:
    sandbox.post("scan")
    sandbox.post("confirm")


def name(program: ProgramPilot) -> str:
    """The open conversation's."""
    return program.chat.conversation.name if program.chat.conversation is not None else ""


async def landed(program: ProgramPilot) -> None:
    await program.until(lambda: program.app.screen is program.chat and name(program) != "")
    await program.sees(name(program))


@pytest.mark.usefixtures("logged_in")
async def test_the_filter_that_is_not_shown_never_has_the_keys(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    focused = []
    name_keys = ChatScreen.show_hints

    def show_hints(chat: ChatScreen) -> None:
        focused.append(chat.focused)
        name_keys(chat)

    monkeypatch.setattr(ChatScreen, "show_hints", show_hints)
    async with run_program(sandbox) as program:
        assert program.chat.composer in focused
        assert program.chat.filter not in focused, "the last line named its keys, while everything was read"


@pytest.mark.parametrize("size", [(80, 24), (50, 20)])
async def test_a_first_login_opens_the_newest_conversation_with_the_caret_in_the_bar(
    phone: Sandbox, size: tuple[int, int]
) -> None:
    phone.post("push", type="text", content="the newest", **{"from": "Alice"})
    async with at_the_login(phone, size=size) as program:
        confirm(phone)
        await landed(program)
        assert name(program) == "Alice"
        await program.sees("the newest")
        assert program.chat.composer.has_focus
        await program.until(program.chat.enter_guard.settling.answers)
        await program.type("hello")
        await program.press("enter")
        await program.until(lambda: [one["content"] for one in phone.sent()] == ["hello"])


async def test_conversations_may_come_long_after_the_contacts(phone: Sandbox) -> None:
    phone.fault("webwxsync", "status", 502, times=0)
    phone.post("push", type="text", content="late", **{"from": "Alice"})
    async with at_the_login(phone) as program:
        confirm(phone)
        await program.until(lambda: program.app.screen is program.chat)
        await program.sees("Retrying")
        await program.type("hi")
        assert program.chat.composer.text == "hi", "it stands in the bar, not in the list's filter"
        await program.press("enter")
        await program.sees("Open a conversation first")
        phone.post("fault", clear=True)
        await landed(program)
        assert (name(program), program.chat.composer.text) == ("Alice", "hi")
        assert phone.sent() == []


async def test_no_conversation_opens_below_somebody_who_is_choosing_one(phone: Sandbox) -> None:
    phone.fault("webwxsync", "status", 502, times=0)
    phone.post("push", type="text", content="late", **{"from": "Alice"})
    async with at_the_login(phone) as program:
        confirm(phone)
        await program.until(lambda: program.app.screen is program.chat)
        await program.type("hi")
        await program.press("ctrl+k")
        await program.sees("Go to")
        phone.post("fault", clear=True)
        await program.until(lambda: len(program.chat.conversation_list.every) > 1)
        await program.idle()
        assert name(program) == ""
        await program.type("李四")
        await program.press("enter")
        await program.until(lambda: name(program) == "李四")
        assert program.chat.composer.text == "hi"


async def test_nobody_lands_at_an_account_or_in_a_muted_group(phone: Sandbox) -> None:
    phone.post("push", type="text", content="for me", **{"from": "张三"})
    phone.post("push", type="link", content={"title": "news", "url": "https://a.b"}, **{"from": "每日科技"})
    phone.post("push", type="text", content="noise", **{"from": "Alice", "group": "读书会 & 茶"})
    async with at_the_login(phone) as program:
        confirm(phone)
        await landed(program)
        assert name(program) == "张三"


@pytest.mark.parametrize("keys", ["hello\r", "hello\rworld"])
async def test_what_is_typed_at_the_login_stands_in_the_bar_and_nobody_gets_it(phone: Sandbox, keys: str) -> None:
    async with at_the_login(phone) as program:
        press_at_once(program.app, keys)
        await program.until(lambda: program.chat.composer.text == keys.rstrip("\r").replace("\r", "\n"))
        confirm(phone)
        await landed(program)
        assert program.chat.composer.text == keys.rstrip("\r").replace("\r", "\n")
        assert phone.sent() == []
        # However late: it was not written to this one.
        await program.until(program.chat.enter_guard.settling.answers)
        await program.press("enter")
        await program.sees(f"again sends it to “{name(program)}”")
        assert phone.sent() == []
        await program.until(program.chat.enter_guard.settling.answers)
        await program.press("enter")
        await program.until(lambda: len(phone.sent()) == 1)


async def test_after_the_phones_confirmation_every_letter_is_text(phone: Sandbox) -> None:
    phone.fault("webwxinit", "status", 502, times=0)
    async with at_the_login(phone) as program:
        codes = phone.calls()["jslogin"]
        login = program.app.screen
        assert isinstance(login, LoginScreen)
        confirm(phone)
        await program.until(lambda: login._login.stage is LoginStage.CONFIRMED)
        await program.type("fruit bq")
        await program.press("backspace", "enter")
        assert program.chat.composer.text == "fruit b"
        phone.post("fault", clear=True)
        await landed(program)
        assert program.chat.composer.text == "fruit b"
        assert (phone.calls()["jslogin"], phone.sent()) == (codes, [])


async def test_enter_while_the_login_screen_goes_does_not_log_in_again(phone: Sandbox) -> None:
    async with at_the_login(phone) as program:
        login = program.app.screen
        assert isinstance(login, LoginScreen)
        codes = phone.calls()["jslogin"]
        confirm(phone)
        await program.until(lambda: login._leaving)
        press_at_once(program.app, "\rf\r")
        await landed(program)
        await program.idle()
        assert phone.calls()["jslogin"] == codes
        assert phone.sent() == []


async def test_file_transfer_opens_its_only_conversation(phone: Sandbox) -> None:
    async with at_the_login(phone, Endpoint.FILEHELPER) as program:
        confirm(phone)
        await landed(program)
        assert program.chat.conversation is not None and program.chat.conversation.user_name == "filehelper"
        assert program.chat.composer.has_focus
        await program.until(program.chat.enter_guard.settling.answers)
        await program.type("to my phone")
        await program.press("enter")
        await program.until(lambda: [one["content"] for one in phone.sent()] == ["to my phone"])


@pytest.mark.usefixtures("logged_in")
async def test_a_later_start_has_the_caret_in_the_bar(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.type("a draft")
    drawn: list[str] = []

    def watch(app: WxtuiApp) -> None:
        def draw(update: Update) -> None:
            drawn.append("\n".join("".join(cell.text for cell in line) for _x, _y, line in placed_strips(update)))

        monkeypatch.setattr(app, "draw_update", draw)

    async with run_program(sandbox, online=False, began=watch) as program:
        assert name(program) == "张三"
        assert "› a draft" in next(text for text in drawn if "张三" in text), "it came a frame later"
        await program.press("ctrl+u")
        assert program.chat.composer.has_focus
        await program.sees("online")
        await program.type("jk")
        assert program.chat.composer.text == "jk"


@pytest.mark.usefixtures("logged_in")
async def test_what_is_typed_before_the_first_picture_is_sent_to_nobody(sandbox: Sandbox) -> None:
    """Behind `wxtui` in the shell, say: the conversation of the last run is open, but nobody has seen it."""
    async with run_program(sandbox) as program:
        await program.opened("张三")
    async with run_program(sandbox) as program:
        program.chat.enter_guard.opened("张三")
        press_at_once(program.app, "hi\r")
        await program.sees("again sends it to “张三”")
        assert (program.chat.composer.text, sandbox.sent()) == ("hi", [])
        # Taken away and typed anew it is for whom it is seen to be for.
        await program.press("ctrl+u")
        await program.until(program.chat.enter_guard.settling.answers)
        await program.type("you")
        await program.press("enter")
        await program.until(lambda: [one["content"] for one in sandbox.sent()] == ["you"])
        # A command is no message: it is not said to be sent.
        program.chat.enter_guard.opened("张三")
        press_at_once(program.app, "/requests\r")
        await program.sees("Nothing was done. Enter again runs the command in “张三”.")


# ---------------------------------------------------------------- nothing is open, nobody is logged in


@pytest.mark.parametrize("size", [(80, 24), (50, 20)])
async def test_a_login_that_was_left_says_so_and_offers_nothing_else(phone: Sandbox, size: tuple[int, int]) -> None:
    async with at_the_login(phone, size=size) as program:
        await program.press("escape")
        await program.until(lambda: program.app.screen is program.chat)
        text = await program.sees("Not logged in. /login")
        lines = text.splitlines()
        assert "○ Not logged in. /login" in lines[-1]
        assert sum("Not logged in. /login" in line for line in lines) == 2, "in the last line, and in the empty pane"
        assert "Not logged in: messages wait until /login" in text
        assert "online" not in text
        assert not any(word in lines[-1] for word in ("send", "open", "filter", "messages", "Ctrl+K")), lines[-1]
        await program.press("shift+tab")
        await program.until(lambda: program.chat.conversation_list.has_focus)
        assert not any(word in program.lines[-1] for word in ("Enter", "filter")), program.lines[-1]
        await program.press("escape")
        await program.type("/read")
        await program.press("enter")
        await program.sees("✗ Not logged in. /login")
        await program.type("/login")
        await program.press("enter")
        await program.sees("Scan this code")


@pytest.mark.usefixtures("logged_in")
async def test_a_session_that_ended_elsewhere_never_looks_like_one_that_goes_on(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        sandbox.fault("webwxpushloginurl", "ret", 1, times=0)
        sandbox.fault("login", "ret", 408, times=0)
        sandbox.post("expire", retcode=1101)
        await program.sees("Scan this code")
        await program.press("escape")
        await program.until(lambda: program.app.screen is program.chat)
        await program.sees("Not logged in. /login")
        assert "林小满" not in program.lines[0] and "online" not in program.text
        assert "Not logged in: messages wait until /login" in program.text


@pytest.mark.usefixtures("logged_in")
async def test_hints_name_what_is_possible_now(sandbox: Sandbox) -> None:
    async with run_program(sandbox, (120, 30)) as program:
        await program.opened("Alice")
        await program.sees(lambda text: "Enter send" in text.splitlines()[-1])
        await program.press("shift+tab")
        await program.sees(lambda text: "Enter open" in text.splitlines()[-1])
        await program.press("slash")
        await program.sees(lambda text: "Enter open · Esc show all" in text.splitlines()[-1])
        await program.type("zzzz")
        await program.sees(lambda text: "  Esc show all" in text.splitlines()[-1])
        await program.press("shift+tab")
        await program.sees(lambda text: "  / filter · Tab input" in text.splitlines()[-1])


@pytest.mark.usefixtures("logged_in")
async def test_a_conversation_without_messages_says_what_one_can_do(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("刘洋")
        await program.sees("No messages yet.")
        await program.sees("Write the first one; Ctrl+O sends a file.")
        await program.type("hi")
        await program.press("enter")
        await program.sees(lambda text: "No messages yet" not in text)


# ---------------------------------------------------------------- the first steps

STEPS = "Just write · Ctrl+O a file · /revoke recalls · Ctrl+K conversations · F1 help"


def steps(text: str) -> str:
    """What stands of the first steps above the bar, on one line or two."""
    lines = [line.rpartition("│")[2].strip() for line in text.splitlines()]
    at = next((at for at, line in enumerate(lines) if line.startswith("Just write")), None)
    return "" if at is None else " · ".join(lines[at : at + 2]).partition(" · ›")[0]


@pytest.mark.parametrize("size", [(80, 24), (140, 40), (50, 20)])
async def test_the_first_steps_are_named_until_a_first_message_is_sent(phone: Sandbox, size: tuple[int, int]) -> None:
    async with at_the_login(phone, size=size) as program:
        await program.press("escape")
        await program.sees("Not logged in. /login")
        assert steps(program.text) == "", "there is nobody to write to"
        confirm(phone)
        await landed(program)
        assert steps(await program.sees("Just write")) == STEPS
    async with run_program(phone, size) as program:
        await program.sees("Just write")
        await program.until(program.chat.enter_guard.settling.answers)
        await program.type("hello")
        assert steps(program.text) == STEPS
        await program.press("enter")
        await program.sees(lambda text: "Just write" not in text)
        await program.opened("Alice")
        assert steps(program.text) == ""
    async with run_program(phone, size) as program:
        await program.idle()
        assert "Just write" not in program.text


def test_who_has_sent_something_before_sees_no_first_steps(sandbox: Sandbox, logged_in: Wxtui) -> None:
    assert logged_in("send", "文件传输助手", "-m", "from a shell").code == 0

    async def start() -> None:
        async with run_program(sandbox) as program:
            await program.opened("Alice")
            await program.idle()
            assert "Just write" not in program.text
            assert await program.chat.context.store.value("sent") == "1", "also when that message is deleted one day"

    asyncio.run(start())


async def test_a_low_screen_keeps_its_room_for_messages(phone: Sandbox) -> None:
    async with at_the_login(phone, size=(80, 18)) as program:
        confirm(phone)
        await landed(program)
        await program.sees("Just write")
        await program.pilot.resize_terminal(80, 12)
        await program.sees(lambda text: "Just write" not in text)
        await program.pilot.resize_terminal(80, 24)
        await program.sees("Just write")


@pytest.mark.usefixtures("logged_in")
async def test_a_finder_without_a_match_offers_no_enter(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.press("ctrl+k")
        await program.sees("Enter select · Esc back")
        await program.type("qqqq")
        await program.sees(lambda text: "No matches." in text and "Esc back" in text and "Enter select" not in text)
        await program.press("escape", "f3")
        await program.sees("Search all conversations")
        await program.type("qqqq")
        await program.sees(lambda text: "No matches." in text and "Esc back" in text and "Enter go there" not in text)


@pytest.mark.usefixtures("logged_in")
async def test_text_typed_in_the_list_stands_in_the_bar(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        await program.press("shift+tab")
        await program.until(lambda: program.chat.conversation_list.has_focus)
        cursor = program.chat.conversation_list.cursor
        await program.type("hi jo")
        await program.until(lambda: program.chat.composer.text == "hi jo")
        assert program.chat.composer.has_focus
        assert program.chat.conversation_list.cursor == cursor
        assert sandbox.sent() == []


async def test_one_writes_while_the_names_are_still_coming(phone: Sandbox) -> None:
    """Ten thousand contacts, or a server that gives none for now: neither keeps a message back."""
    phone.fault("webwxgetcontact", "status", 503, times=0)
    async with at_the_login(phone) as program:
        confirm(phone)
        await landed(program)
        await program.opened("李四")
        await program.type("hello")
        await program.press("enter")
        await program.sees("✓")
        login = await program.app.context.store.current_login()
        assert login is not None and login.contacts_refreshed_at is None
        assert phone.sent()[-1]["content"] == "hello"
