"""Actions that save what a message carries: files, pictures, videos, voice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from tui import errors
from tui.i18n import _, counted, joined, say
from tui.keymap import hint
from tui.message_summary import describe
from tui.paths import in_home
from tui.screens.chat.actions.base import ActionGroup
from tui.screens.chat.chat_context import ChatContext
from tui.terminal.hyperlinks import file_url
from tui.units import shown_size
from tui.widgets.base.styles import Tone
from tui.wire import bodies
from tui.wire.text import printable

if TYPE_CHECKING:
    from tui.services.downloads.download import DownloadProgress
    from tui.services.downloads.target_folder import TargetFolder
    from tui.store.models import StoredMessage

_OFTEN: Final = 0.2
"""Seconds between two sentences about progress."""
_BACK: Final = 200
"""Messages among which the newest file is looked for, where none is selected."""


class DownloadActions(ActionGroup):
    """Saves to the folder for downloads, or to the one that the command names."""

    def __init__(self, chat: ChatContext) -> None:
        super().__init__(chat)
        self.saved: dict[int, Path] = {}
        """Message id → file that was saved since the program started."""
        self._running: set[int] = set()

    async def save(self, argument: str) -> None:
        """Save the files of the marked messages, of the selected one, else the newest one here.

        `argument` names the folder.
        """
        messages = self._chat.message_log.marked
        if messages:
            messages = [message for message in messages if self._has_file(message)]
            if not messages:
                raise errors.UsageError(why=_("None of the marked messages has a file to save."))
        else:
            messages = [await self._file_message()]
        self._client()
        wanted = [message for message in messages if message.id not in self._running]
        if wanted:
            self._chat.run(self._save(wanted, argument), "save")

    def _has_file(self, message: StoredMessage) -> bool:
        from tui.services.downloads.download import fetchable

        return fetchable(message)

    async def _file_message(self) -> StoredMessage:
        selected, conversation = self._chat.message_log.selected, self._chat.conversation
        if selected is not None or conversation is None:
            return await self._message("")
        page = await self._context.store.messages_before(conversation.id, None, _BACK)
        found = next((one for one in reversed(page) if self._has_file(one)), None)
        if found is None:
            raise errors.UsageError(why=_("This message has nothing to save."))
        return found

    async def _save(self, messages: Sequence[StoredMessage], argument: str) -> None:
        """Save files one after the other in one folder, and say what came of all of them."""
        from tui.services.downloads.target_folder import open_folder

        place = Path(argument) if argument else self._folder()
        failures: list[errors.WxtuiError] = []
        several = len(messages) > 1
        self._running.update(message.id for message in messages)
        try:
            with ExitStack() as opened:
                folder = opened.enter_context(await asyncio.to_thread(open_folder, place))
                for number, message in enumerate(messages, 1):
                    try:
                        await self._save_one(message, folder, f"{number}/{len(messages)}  " if several else "")
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
            saved = self.saved[messages[0].id]
            path = in_home(saved)
            self._chat.tell(hint("Saved: {path} · {copy} copies the path", path=path), link=(path, file_url(saved)))

    async def _save_one(self, message: StoredMessage, folder: TargetFolder, lead: str) -> None:
        from tui.services.downloads.download import Downloads

        conversation = await self._context.store.conversation(message.conversation_id)
        downloads = Downloads(self._client().context)
        saved = await downloads.save(message, conversation.user_name, folder, self._progress(message, lead))
        self.saved[message.id] = saved.path
        with suppress(errors.LocalError):  # the file is there, whatever the store says
            await self._context.store.note_file(message.id, saved.path.name, saved.size)
        self._chat.message_log.unmark([message])

    def _folder(self) -> Path:
        from platformdirs import user_downloads_path

        return self._context.settings.download_dir or user_downloads_path()

    def _progress(self, message: StoredMessage, lead: str) -> Callable[[DownloadProgress], None]:
        """Return a function that says in the last line, after `lead`, how far the download is."""
        body = message.body
        name = printable(body.name if isinstance(body, bodies.File) else describe(body), newlines=False)
        said = 0.0

        def tell(progress: DownloadProgress) -> None:
            nonlocal said
            if monotonic() - said < _OFTEN and not progress.waiting:
                return
            said = monotonic()
            done = shown_size(progress.done)
            if progress.waiting:
                state = _("connection lost, trying again")
            elif progress.total:
                state = f"{progress.done / progress.total:.0%}  {done} / {shown_size(progress.total)}"
            else:
                state = done
            self._chat.tell(f"{lead}{name}  {state}", Tone.TEXT)

        return tell


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
