"""Completion of a line behind the prompt: what the bar of the full screen would offer, as whole lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui.i18n import _
from tui.message_summary import KIND_WORDS, describe
from tui.widgets.composer.completions import CompletionKind, Providers, answers, paths, question
from tui.wire.contacts import ContactKind
from tui.wire.text import printable

if TYPE_CHECKING:
    from tui.plain.chat.line_chat import LineChat


class LineCompletion:
    """Completes the last word of a line. Called in the main thread; reads what the loop's thread holds."""

    def __init__(self, chat: LineChat) -> None:
        self._chat = chat
        self._providers = Providers(
            conversations=lambda: [one.name for one in chat.conversation_list.every],
            members=chat.context.names.member_names,
            group=lambda: chat.conversation.name if chat.conversation is not None else "",
            kinds=lambda: {
                one.name: _(KIND_WORDS[one.kind])
                for one in chat.conversation_list.every
                if one.kind is not ContactKind.PERSON
            },
            messages=self._own,
            recallable=self._own,
            settings=lambda: chat.context.settings,
            profiles=_profile_names,
        )

    def _own(self) -> Sequence[tuple[str, str]]:
        log = self._chat.message_log
        return [(str(log.number(one)), describe(one.body).replace("\n", " ")) for one in log.own_messages]

    def whole_lines(self, text: str) -> Sequence[str]:
        """Return the lines that a text may become."""
        asked = question(text, len(text))
        if asked is None:
            return ()
        found = paths(asked.word, Path.cwd()) if asked.about is CompletionKind.PATH else answers(asked, self._providers)
        return [text[: asked.start] + _seen(one.insert) for one in found]


def _seen(text: str) -> str:
    """Return a text without what a terminal would act on: readline writes it as it is. Nothing finds it less well."""
    return "".join(one for one in text if printable(one, newlines=False) == one)


def _profile_names() -> Sequence[str]:
    from tui.services.session.profile_list import known_profiles

    return [one.name for one in known_profiles()]
