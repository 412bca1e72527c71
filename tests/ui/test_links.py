"""Addresses in the log: which cells lead where, and the dialog that opens or copies them."""

from __future__ import annotations

import base64

import pytest

from tests.support.command_line import Wxtui
from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tests.support.stored_messages import replaced, text
from tui.screens.pickers.address_list import AddressDialog
from tui.store.models import StoredMessage
from tui.terminal.browser import Browser
from tui.terminal.graphemes import clusters
from tui.urls import openable
from tui.widgets.message_log.layout import text_column
from tui.widgets.message_log.viewport import LogViewport
from tui.wire.bodies import Link, System


def view_of(*said: StoredMessage, width: int = 60) -> LogViewport:
    view = LogViewport()
    view.window.fill(said, at_start=True, at_end=True)
    view.resize(width, 30)
    return view


def leading(view: LogViewport) -> dict[str, str]:
    """Address → the characters of the view that lead to it."""
    found: dict[str, str] = {}
    for y, visible in enumerate(view.lines()):
        line = None if visible is None else visible.block.line(visible.row)
        if visible is None or line is None:
            continue
        words, x = "".join(run for run, _tone in line.runs), text_column(visible.block, line)
        for cluster, cells in clusters(words):
            urls = {view.url_at(x + cell, y) for cell in range(cells)}
            assert len(urls) <= 1
            for url in urls - {""}:
                found[url] = found.get(url, "") + cluster
            x += cells
    return found


@pytest.mark.parametrize("width", [12, 40, 60, 100])
def test_every_cell_of_an_address_leads_to_it_and_no_other(width: int) -> None:
    long = "https://example.org/" + "x" * 60
    said = text(1, f"字字看https://a.example/b，再看 {long} 👩\u200d👩 end")
    assert leading(view_of(said, width=width)) == {"https://a.example/b": "https://a.example/b", long: long}


def test_of_a_thousand_addresses_those_in_sight_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []
    monkeypatch.setattr("tui.urls.openable", lambda written: looked_at.append(written) or openable(written))
    view = view_of(text(1, " ".join(f"https://{number}.example" for number in range(1000))))
    view.step(-1)
    found = leading(view)
    assert 10 < len(found) < 200
    assert all(url == words for url, words in found.items())
    assert len(looked_at) < 1000


def test_the_title_of_a_link_leads_to_its_address() -> None:
    said = replaced(text(1, ""), body=Link("Today's news", "https://news.example/1", "why"))
    assert leading(view_of(said)) == {"https://news.example/1": "Today's news"}
    hostile = replaced(text(1, ""), body=Link("Pay here", "javascript:alert(1)"))
    assert leading(view_of(hostile)) == {}


def test_a_notice_in_the_middle_has_addresses_and_other_places_have_none() -> None:
    view = view_of(replaced(text(1, ""), body=System("see https://a.example/ now")))
    assert leading(view) == {"https://a.example/": "https://a.example/"}
    assert view.url_at(-1, 0) == view.url_at(5, 99) == view.url_at(0, -1) == ""
    day = next(y for y, line in enumerate(view.lines()) if line is not None)
    assert view.message_at(day) is None
    assert view.message_at(day + 1) is view.window.messages[0]


# ---------------------------------------------------------------- the dialog


async def listed(program: ProgramPilot) -> AddressDialog:
    """Press `l` on the newest message; the dialog, once it can be answered."""
    program.chat.message_log.focus()
    await program.press("G", "l")
    await program.until(lambda: isinstance(program.app.screen, AddressDialog))
    dialog = program.app.screen
    assert isinstance(dialog, AddressDialog)
    await program.until(dialog.settling.answers)
    return dialog


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses that a browser was given."""
    found: list[str] = []
    monkeypatch.setattr("tui.screens.chat.actions.links.browser_of", lambda environ: Browser(("true",)))
    monkeypatch.setattr(Browser, "open", lambda self, url: found.append(url))
    return found


async def test_enter_opens_the_address_at_the_cursor_and_says_it(
    sandbox: Sandbox, logged_in: Wxtui, opened: list[str]
) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        long = "https://b.example/" + "x" * 150 + "END"
        sandbox.post("push", type="text", content=f"https://a.example/1 and {long}")
        await program.sees("https://a.example/1")
        await listed(program)
        await program.sees("Opens a.example")
        await program.press("j")
        await program.sees(lambda text: "Opens b.example" in text and "END" in text)
        assert opened == []
        await program.press("enter")
        await program.sees("Opened https://b.example/")
        assert opened == [long]


async def test_a_single_address_is_shown_before_it_is_opened_and_copied_by_its_key(
    sandbox: Sandbox, logged_in: Wxtui, opened: list[str]
) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        sandbox.post("push", type="text", content="https://bank.example@evil.example/")
        await program.sees("evil.example")
        await listed(program)
        await program.sees("Opens evil.example")
        await program.press("y")
        copied = base64.b64encode(b"https://bank.example@evil.example/").decode()
        await program.until(lambda: any(copied in text for text in program.written))
        assert opened == []


async def test_enter_that_was_typed_ahead_opens_nothing(sandbox: Sandbox, logged_in: Wxtui, opened: list[str]) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        sandbox.post("push", type="text", content="https://a.example/1")
        await program.sees("a.example")
        dialog = await listed(program)
        dialog.settling.anew()
        await program.press("enter", "y")
        assert program.app.screen is dialog
        assert opened == []
        assert not [text for text in program.written if "]52;" in text]


async def test_without_a_browser_the_address_is_copied_and_that_is_said(
    sandbox: Sandbox, logged_in: Wxtui, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.screens.chat.actions.links.browser_of", lambda environ: None)
    async with run_program(sandbox) as program:
        await program.opened("张三")
        sandbox.post("push", type="text", content="https://a.example/1")
        await program.sees("a.example")
        await listed(program)
        await program.press("enter")
        await program.sees("No browser found")
        copied = base64.b64encode(b"https://a.example/1").decode()
        assert any(copied in text for text in program.written)


async def test_a_message_without_links_says_so_and_a_link_of_another_kind_is_not_opened(
    sandbox: Sandbox, logged_in: Wxtui, opened: list[str]
) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        sandbox.post("push", type="text", content="nothing to open")
        await program.sees("nothing to open")
        program.chat.message_log.focus()
        await program.press("G", "l")
        await program.sees("There is no link in this message.")
        message = replaced(text(1, ""), body=Link("Pay", "weixin://dl/pay"))
        await program.chat.actions.links.show(message)
        await program.sees("Only web and mail links can be opened. This one can be copied.")
        dialog = program.app.screen
        assert isinstance(dialog, AddressDialog)
        await program.until(dialog.settling.answers)
        await program.press("enter")
        await program.until(lambda: program.app.screen is program.chat)
        await program.sees("Only web and mail links can be opened.")
        assert opened == []


async def test_the_address_that_was_clicked_has_the_cursor(sandbox: Sandbox, logged_in: Wxtui) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        message = text(1, "https://a.example/ https://b.example/")
        await program.chat.actions.links.show(message, "https://b.example/")
        await program.sees("Opens b.example")


async def test_an_address_that_is_longer_than_the_screen_is_read_by_scrolling(
    sandbox: Sandbox, logged_in: Wxtui, opened: list[str]
) -> None:
    async with run_program(sandbox, size=(50, 20)) as program:
        await program.opened("张三")
        message = text(1, "https://a.example/" + "x" * 1500 + "/END")
        await program.chat.actions.links.show(message)
        await program.sees("Opens a.example")
        assert "END" not in program.text
        for _turn in range(4):
            await program.press("pagedown")
        await program.sees("END")
