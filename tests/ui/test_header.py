"""The line above the messages, and what an empty list says, where there is little room."""

from __future__ import annotations

import pytest
from textual.app import ComposeResult

from tests.support.dialog_app import DialogApp
from tui import i18n
from tui.keymap import hint
from tui.store.models import Conversation
from tui.widgets.conversation_list.conversation_list import ConversationList
from tui.widgets.header import Header
from tui.wire.contacts import ContactKind

ZHANG = Conversation(1, "@1", "张三", ContactKind.PERSON, False, False, 0, "")


class Pieces(DialogApp):
    def compose(self) -> ComposeResult:
        yield Header()
        yield ConversationList()


@pytest.mark.parametrize(
    ("width", "right"),
    [(100, "林小满 · File Transfer"), (56, "林小满 · File Transfer"), (30, "林小满 · File Transfer"), (24, "林小满")],
)
async def test_the_variant_is_there_whole_or_not_at_all(width: int, right: str) -> None:
    async with Pieces().run_test() as pilot:
        header = pilot.app.query_one(Header)
        header.show(ZHANG, None)
        header.account = "林小满 · File Transfer"
        line = header.draw(0, width)
        assert line.cell_length == width
        assert line.text.strip().startswith("张三")
        assert line.text.rstrip().endswith(right)
        assert "…" not in line.text


@pytest.mark.parametrize("language", ["en", "zh_CN"])
async def test_what_an_empty_list_says_fits_its_24_columns(language: str) -> None:
    i18n.use(language)
    try:
        async with Pieces().run_test() as pilot:
            listed = pilot.app.query_one(ConversationList)

            def said() -> str:
                lines = (listed.draw(y, 22).text.removesuffix("│").strip() for y in range(3))
                return "".join(lines).replace(" ", "")

            assert said() == i18n._("No conversations yet.").replace(" ", "")
            listed.show_only(set())
            assert said() == hint("No matches. {back} shows all.").replace(" ", "")
    finally:
        i18n.use("en")
