"""Completion in the bar: when it is offered, what its keys do, and what it writes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui.i18n import _
from tui.keymap import keys_of
from tui.widgets.base.work import begin
from tui.widgets.composer.completion_popup import CompletionPopup
from tui.widgets.composer.completions import (
    CompletionKind,
    CompletionRequest,
    Providers,
    Suggestion,
    answers,
    is_missing,
    paths,
    question,
)

if TYPE_CHECKING:
    from tui.widgets.text_input.text_field import TextField

_MANY: Final = 300
"""Names from which on they are ranked in a thread."""


COMPLETION_KEYS: Final = ("completion.leave", "completion.go_on", "completion.down", "completion.up", "completion.take")
"""Bindings of the suggestions, which come before all others while they are shown."""


class CompletionController:
    """Completes words of one field, and shows what fits in a popup."""

    def __init__(self, field: TextField, completion: CompletionPopup) -> None:
        self.providers = Providers()
        self._field = field
        self._completion = completion
        self._left: tuple[CompletionKind, int] | None = None
        """Word that the person did not want completed, or has just completed."""
        completion.take = self.take

    def _asked(self) -> CompletionRequest | None:
        return question(self._field.buffer.text, self._field.buffer.caret)

    def update(self) -> None:
        """Offer completions for the text before the caret, after either changed."""
        completion = self._completion
        asked = self._asked()
        if asked is None or self._left not in (None, (asked.about, asked.start)):
            self._left = None
        if asked is None or self._left is not None:
            if completion.display:
                completion.close()
            return
        if asked.about is CompletionKind.PATH or self._is_slow(asked):
            # Not exclusive: an answer to an old question is thrown away when it comes.
            begin(self._field, self._find(asked), "completing")
        else:
            completion.show(asked, answers(asked, self.providers))

    def _is_slow(self, asked: CompletionRequest) -> bool:
        match asked.about:
            case CompletionKind.CONVERSATION | CompletionKind.PERSON:
                return len(self.providers.conversations()) > _MANY
            case CompletionKind.MEMBER | CompletionKind.GROUP_MEMBER:
                return len(self.providers.members()) > _MANY
            case CompletionKind.EMOJI | CompletionKind.EMOTICON:
                return True  # Their names lie in a file.
            case _:
                return False

    async def _find(self, asked: CompletionRequest) -> None:
        remark = ""
        if asked.about is CompletionKind.PATH:
            found = await asyncio.to_thread(paths, asked.word, Path.cwd())
            if not found and await asyncio.to_thread(is_missing, asked.word, Path.cwd()):
                remark = _("No such file.")
        else:
            found = await asyncio.to_thread(answers, asked, self._copies(asked.about))
        if self._asked() == asked and self._left is None:
            self._completion.show(asked, found, remark)

    def _copies(self, about: CompletionKind) -> Providers:
        """Return the names that are asked for as they are now, for a thread."""
        now = self.providers
        if about in (CompletionKind.CONVERSATION, CompletionKind.PERSON):
            conversations, kinds = now.conversations(), now.kinds()
            return Providers(conversations=lambda: conversations, kinds=lambda: kinds)
        if about in (CompletionKind.MEMBER, CompletionKind.GROUP_MEMBER):
            members, group = now.members(), now.group()
            return Providers(members=lambda: members, group=lambda: group)
        return Providers()

    def leave(self) -> None:
        """Close the completion; it stays closed until another word is begun."""
        asked = self._asked()
        self._left = (asked.about, asked.start) if asked is not None else None
        if self._completion.display:
            self._completion.close()

    def handle(self, key: str) -> bool:
        """Handle a key that was for the suggestions; return False for any other."""
        completion = self._completion
        if not completion.display:
            return False
        wish = next((one for one in COMPLETION_KEYS if key in keys_of(one)), "")
        if wish == "completion.leave":
            self.leave()
            return True
        if not completion.suggestions or completion.question != self._asked():
            return False
        match wish:
            case "completion.go_on":
                self._go_on(completion)
            case "completion.down":
                completion.move(1)
            case "completion.up":
                completion.move(-1)
            case "completion.take" if completion.chosen is not None:
                self.take(completion.chosen)
            case _:
                return False
        return True

    def _go_on(self, completion: CompletionPopup) -> None:
        """Take the suggestion that is offered; else write what all have in common; else choose the next one."""
        asked = completion.question
        assert asked is not None
        common = completion.common()
        if completion.offered is not None:
            self.take(completion.offered)
        elif common and completion.chosen is None:
            self._write(asked, common)
            self.update()
        else:
            completion.move(1)

    def take(self, suggestion: Suggestion) -> None:
        """Write a suggestion, and go on with what may follow it."""
        asked = self._asked()
        if asked is None or self._completion.question != asked:
            return
        self._write(asked, suggestion.insert)
        more = asked.about in (CompletionKind.SETTING, CompletionKind.WORDS) and suggestion.insert.endswith((" ", "."))
        if asked.about is not CompletionKind.COMMAND and not suggestion.insert.endswith("/") and not more:
            self.leave()

    def _write(self, asked: CompletionRequest, text: str) -> None:
        self._field.buffer.replace(asked.start, asked.end, text)
        self._field.changed()
