"""Hints of the last line: keys of the pane that has the focus, and of them only those that do something now."""

from __future__ import annotations

from tui.keymap import hint
from tui.screens.chat.chat_context import ChatPanes
from tui.screens.chat.message_hints import marked_hints, message_hints
from tui.widgets.composer.correction_preview import CorrectionPreview
from tui.widgets.text_input.line_edit import LineEdit


class PaneHints:
    """Names keys by what the focus is on, and by what stands there."""

    def __init__(self, chat: ChatPanes, filter: LineEdit, preview: CorrectionPreview) -> None:
        self._chat = chat
        self._filter = filter
        self._preview = preview

    @property
    def text(self) -> str:
        """Hints as they are now, with dots between them."""
        chat, log, possible = self._chat, self._chat.message_log, self._possible
        if self._filter.has_focus:
            return hint("{field.submit} open · {back} show all", possible=possible)
        if chat.conversation_list.has_focus:
            return hint(
                "{list.choose} open · {sidebar.filter} filter · {pane.next} input · {help.quiet} help",
                possible=possible,
            )
        if log.has_focus and log.sought and not log.marked:
            return hint(
                "{search_older} next above · {search_newer} next below · {search} new search · {back} end search"
            )
        if self._preview.display and not log.has_focus:
            return hint("{help} help")  # Its own rows name the other keys.
        if (said := self._of_messages()) is not None:
            return said
        if chat.conversation is None:
            return hint("{goto} conversations · / commands · {help} help", possible=possible)
        return hint(
            "{bar.send} send · / commands · {send} files · {pane.next} messages · {help} help", possible=possible
        )

    def _possible(self, binding_id: str) -> bool:
        """Return whether a key that the hints name does something now. See also `message_hints`."""
        chat = self._chat
        match binding_id:
            case "list.choose" | "field.submit":
                return chat.conversation_list.at_cursor is not None
            case "pane.next":
                return chat.conversation_list.has_focus or not chat.message_log.is_empty
            case "sidebar.filter":
                return bool(chat.conversation_list.every)
            case "goto":
                return bool(chat.conversation_list.every) or chat.context.runtime.client is not None
            case _:
                return True

    def _of_messages(self) -> str | None:
        """Return what keys can do to the marked messages, or to the selected one; None while one writes."""
        log, runtime = self._chat.message_log, self._chat.context.runtime
        if marked := log.marked:
            if log.has_focus:
                return " · ".join((marked_hints(runtime, marked), hint("{back} unmark")))
            count = len(marked)
            if self._chat.composer.text:
                return None
            return hint("{count} marked · {pane.next} act · {back} unmark", count=count)
        if log.has_focus:
            found = message_hints(runtime, log.selected) if log.selected is not None else ""
            return " · ".join(filter(None, (found, hint("{back} input"))))
        if log.selected is None or not log.pointed:
            return None
        return hint("{pane.next}, then {hints}", hints=message_hints(runtime, log.selected))
