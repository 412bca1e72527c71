"""A first login begins with what works for every account; whoever has chosen once is not asked again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import OPTIONS, Sandbox, SandboxThread
from tui.cli.commands import session
from tui.services.session import risk
from tui.services.session.login_options import FOR_EVERYBODY, LoginOptions
from tui.services.session.risk import VARIANTS, WARNED, WORDS, Risk, risk_to_tell
from tui.wire.names import Endpoint


@pytest.fixture
def phone() -> Iterator[Sandbox]:
    """A sandbox in which the test holds the phone."""
    with SandboxThread(replace(OPTIONS, scan_delay=None)) as sandbox:
        yield sandbox


@pytest.fixture
def not_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox counts as WeChat's own server."""
    monkeypatch.setattr(risk, "_is_here", lambda origin: False)


def started(sandbox: Sandbox) -> AbstractAsyncContextManager[ProgramPilot]:
    """The program as `wxtui` starts it."""
    return run_program(sandbox, online=False, first=FOR_EVERYBODY)


async def logged_out(program: ProgramPilot) -> None:
    await program.app.context.runtime.supervisor.log_out()
    await program.sees("Logged out.")


def confirm(sandbox: Sandbox) -> None:
    sandbox.post("scan")
    sandbox.post("confirm")


async def test_a_newcomer_meets_file_transfer_with_the_web_version_one_key_away(phone: Sandbox) -> None:
    async with started(phone) as program:
        text = await program.sees("▀")
        assert "Log in · File Transfer" in text
        words = " ".join(re.split(r"\s{3,}", line.rstrip())[-1] for line in text.splitlines())
        assert all(sentence in words for sentence in VARIANTS.values()), text
        await program.press_until("f", lambda: "Log in · web version" in program.text, every=0.4)
        await program.sees("▀")
        confirm(phone)
        await program.sees("online")
        assert "File Transfer" not in program.lines[0]


@pytest.mark.parametrize("endpoint", Endpoint)
async def test_a_later_start_takes_what_was_used_last_also_after_a_logout(phone: Sandbox, endpoint: Endpoint) -> None:
    async with run_program(phone, online=False, endpoint=endpoint) as program:
        await program.sees("▀")
        confirm(phone)
        await program.sees("online")
    async with started(phone) as program:
        await program.sees("online")
        assert program.app.context.runtime.supervisor.endpoint is endpoint
        await logged_out(program)
    async with started(phone) as program:
        await program.sees("▀")
        assert ("Log in · File Transfer" in program.text) is (endpoint is Endpoint.FILEHELPER)


async def test_who_logged_out_of_the_web_version_before_there_was_a_note_has_it_again(phone: Sandbox) -> None:
    async with run_program(phone, online=False, endpoint=Endpoint.WEB) as program:
        await program.sees("▀")
        confirm(phone)
        await program.sees("online")
        await logged_out(program)
        await program.chat.context.store.set_value("variant", "")
    async with started(phone) as program:
        await program.sees("▀")
        assert "Log in · web version" in program.text


async def test_before_the_first_login_to_the_web_version_the_risk_is_asked_about(
    phone: Sandbox, not_here: None
) -> None:
    async with run_program(phone, online=False, endpoint=Endpoint.WEB) as program:
        await program.asked("web version anyway")
        words = " ".join(" ".join(line.strip(" │") for line in program.lines).split())
        assert all(sentence in words for sentence in WORDS[Risk.WEB]), program.text
        assert words.index("f File Transfer") < words.index("y web version anyway")
        assert not phone.calls().get("jslogin"), "nothing has begun"
        await program.answer("escape")
        await program.sees("Log in · web version")
        # Another wish asks again; what works for everybody asks nothing.
        await program.press_until("enter", lambda: "web version anyway" in program.text, every=0.4)
        await program.asked("web version anyway")
        await program.answer("f")
        await program.sees("▀")
        assert "Log in · File Transfer" in program.text
        await program.press_until("f", lambda: "web version anyway" in program.text, every=0.4)
        await program.asked("web version anyway")
        await program.answer("y")
        await program.sees("▀")
        assert "Log in · web version" in program.text
        assert risk_to_tell(program.app.context.profile, LoginOptions(Endpoint.WEB)) is None


def test_the_command_line_tells_the_risk_once_and_scripts_go_on(sandbox: Sandbox, wxtui: Wxtui, not_here: None) -> None:
    result = wxtui("--server", sandbox.origin, "--json", "login")
    assert (result.code, result.json[-1]["event"]) == (0, "logged_in")
    assert all(f"wxtui: {sentence}\n" in result.err for sentence in WORDS[Risk.WEB])
    wxtui("logout")
    assert WARNED not in wxtui("--server", sandbox.origin, "login", "--qr", "ascii").err


@pytest.mark.parametrize(("answer", "code", "more"), [("y", 0, "--yes"), ("n", 1, "--yes"), ("", 1, "--json")])
def test_on_a_terminal_it_is_asked_about(
    sandbox: Sandbox, wxtui: Wxtui, not_here: None, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, more: str
) -> None:
    monkeypatch.setattr(session, "somebody_there", lambda: True)
    monkeypatch.setattr(session, "letter_typed", lambda question, patience: answer)
    arguments = ("--server", sandbox.origin, "--endpoint", "web", "login", "--qr", "ascii")
    result = wxtui(*arguments)
    assert result.code == code
    assert ("Not logged in." in result.err) is bool(code)
    monkeypatch.setattr(session, "letter_typed", lambda question, patience: pytest.fail("asked"))
    assert (WARNED in wxtui(*arguments, more).err) is bool(code), "it is told until somebody agrees"


def test_the_desktop_variant_has_a_warning_of_its_own(
    sandbox: Sandbox, wxtui: Wxtui, not_here: None, tmp_path: Path
) -> None:
    wxtui("--server", sandbox.origin, "login")
    (tmp_path / "extspam").write_text("Gp8ICJkIEpkICggwMDAwMDAwMRAG")
    desktop = ("--server", sandbox.origin, "login", "--extspam-file", str(tmp_path / "extspam"))
    result = wxtui(*desktop)
    assert result.code == 0 and WORDS[Risk.DESKTOP][-1] in result.err
    assert WORDS[Risk.DESKTOP][-1] not in wxtui(*desktop).err


def test_the_command_line_says_what_there_is_and_scripts_have_what_they_know(sandbox: Sandbox, wxtui: Wxtui) -> None:
    result = wxtui("--server", sandbox.origin, "login", "--qr", "ascii")
    assert result.code == 0
    assert all(sentence in result.out for sentence in VARIANTS.values())
    assert "wxtui --endpoint filehelper login" in result.out
    assert wxtui("status", "--json").json[0]["endpoint"] == "web"
    assert VARIANTS[Endpoint.WEB] not in wxtui("--server", sandbox.origin, "login").out, "it is chosen"


@pytest.mark.parametrize("arguments", [("--endpoint", "filehelper"), ("--json",)])
def test_who_chooses_or_reads_json_is_told_nothing(sandbox: Sandbox, wxtui: Wxtui, arguments: tuple[str, ...]) -> None:
    result = wxtui("--server", sandbox.origin, *arguments, "login", "--qr", "ascii")
    assert result.code == 0
    assert VARIANTS[Endpoint.WEB] not in result.out


def test_the_setting_counts_for_the_command_line_as_well(
    sandbox: Sandbox, wxtui: Wxtui, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WXTUI_ENDPOINT", "filehelper")
    assert wxtui("--server", sandbox.origin, "login", "--qr", "ascii").code == 0
    assert wxtui("status", "--json").json[0]["endpoint"] == "filehelper"
