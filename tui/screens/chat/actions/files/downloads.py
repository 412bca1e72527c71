"""Actions that save what a message carries: files, pictures, videos, voice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tui import errors
from tui.i18n import _, counted, joined, say
from tui.keymap import hint
from tui.paths import in_home
from tui.screens.chat.actions.base import ActionGroup
from tui.screens.chat.actions.files.fetching import FileFetching
from tui.screens.chat.chat_context import ChatContext
from tui.terminal.hyperlinks import file_url
from tui.widgets.base.styles import Tone

if TYPE_CHECKING:
    from tui.store.models import StoredMessage


class DownloadActions(ActionGroup):
    """Saves to the folder for downloads, or to the one that the command names."""

    def __init__(self, chat: ChatContext, files: FileFetching) -> None:
        super().__init__(chat)
        self._files = files
        self._running: set[int] = set()

    async def save(self, argument: str) -> None:
        """Save the files of the marked messages, of the selected one, else the newest one here.

        `argument` names the folder.
        """
        messages = self._chat.message_log.marked
        if messages:
            messages = [message for message in messages if self._files.has_file(message)]
            if not messages:
                raise errors.UsageError(why=_("None of the marked messages has a file to save."))
        else:
            messages = [await self._files.newest(self._files.has_file, _("This message has nothing to save."))]
        self._client()
        wanted = [message for message in messages if message.id not in self._running]
        if wanted:
            self._chat.run(self._save(wanted, argument), "save")

    async def _save(self, messages: Sequence[StoredMessage], argument: str) -> None:
        """Save files one after the other in one folder, and say what came of all of them."""
        from tui.services.downloads.target_folder import open_folder

        place = Path(argument) if argument else self._files.folder
        failures: list[errors.WxtuiError] = []
        several = len(messages) > 1
        self._running.update(message.id for message in messages)
        try:
            with ExitStack() as opened:
                folder = opened.enter_context(await asyncio.to_thread(open_folder, place))
                for number, message in enumerate(messages, 1):
                    try:
                        await self._files.save(message, folder, f"{number}/{len(messages)}  " if several else "")
                        self._chat.message_log.unmark([message])
                    except errors.WxtuiError as error:
                        # The disk would not take the next file either.
                        if not several or isinstance(error, errors.LocalError):
                            raise
                        failures.append(error)
        finally:
            self._running.difference_update(message.id for message in messages)
        if several:
            self._chat.tell(*_summary(len(messages), failures, in_home(folder.path)))
        else:
            saved = self._files.saved[messages[0].id]
            path = in_home(saved)
            self._chat.tell(hint("Saved: {path} · {copy} copies the path", path=path), link=(path, file_url(saved)))


def _summary(files: int, failures: Sequence[errors.WxtuiError], folder: str) -> tuple[str, Tone]:
    """Return how many of several files are in the folder, and why the others are not."""
    if not failures:
        return counted("Saved {count} file in {folder}.", "Saved {count} files in {folder}.", files, folder=folder), (
            Tone.GOOD
        )
    count, why = len(failures), say(failures[0], advice=False)
    failed = counted("{count} failed: {why}", "{count} failed: {why}", count, why=why)
    if count == files:
        return failed, Tone.BAD
    saved = _("Saved {count} of {total} in {folder}.").format(count=files - count, total=files, folder=folder)
    return joined(saved, failed), Tone.WARN
