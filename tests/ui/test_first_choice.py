"""A first login begins with what works for every account; whoever has chosen once is not asked again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest

from tests.support.command_line import Wxtui
from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import OPTIONS, Sandbox, SandboxThread
from tui.services.session.login_options import FOR_EVERYBODY, VARIANTS
from tui.wire.names import Endpoint


@pytest.fixture
def phone() -> Iterator[Sandbox]:
    """A sandbox in which the test holds the phone."""
    with SandboxThread(replace(OPTIONS, scan_delay=None)) as sandbox:
        yield sandbox


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
