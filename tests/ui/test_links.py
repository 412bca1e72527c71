"""Addresses in the log: which cells lead where."""

from __future__ import annotations

import pytest

from tests.support.stored_messages import replaced, text
from tui.store.models import StoredMessage
from tui.terminal.graphemes import clusters
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
