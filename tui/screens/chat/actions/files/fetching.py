"""Files of messages: fetched with progress in the last line, and remembered where they lie."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from tui import errors
from tui.i18n import _
from tui.message_summary import describe
from tui.screens.chat.actions.base import ActionGroup
from tui.screens.chat.chat_context import ChatContext
from tui.units import shown_size
from tui.wire import bodies
from tui.wire.text import printable

if TYPE_CHECKING:
    from tui.services.downloads.download import DownloadProgress, Saved
    from tui.services.downloads.target_folder import TargetFolder
    from tui.store.models import StoredMessage

_OFTEN: Final = 0.2
"""Seconds between two sentences about progress."""
_BACK: Final = 200
"""Messages among which the newest file is looked for, where none is selected."""


class FileFetching(ActionGroup):
    """Fetches what messages carry, for all groups of actions that do something with it."""

    def __init__(self, chat: ChatContext) -> None:
        super().__init__(chat)
        self.saved: dict[int, Path] = {}
        """Message id → file that was saved since the program started."""
        self.copied: dict[int, str] = {}
        """Message id → what a copy of the message brings since its file was saved: a path, or a command."""

    @property
    def folder(self) -> Path:
        """Folder for saved files."""
        from platformdirs import user_downloads_path

        return self._context.settings.download_dir or user_downloads_path()

    def has_file(self, message: StoredMessage) -> bool:
        """Return whether a message has something that the server can be asked for."""
        from tui.services.downloads.download import fetchable

        return fetchable(message)

    async def newest(self, fits: Callable[[StoredMessage], bool], missing: str) -> StoredMessage:
        """Return the selected message, else the newest here that `fits`. Raises `UsageError` with `missing`."""
        selected, conversation = self._chat.message_log.selected, self._chat.conversation
        if selected is not None or conversation is None:
            return await self._message("")
        page = await self._context.store.messages_before(conversation.id, None, _BACK)
        found = next((one for one in reversed(page) if fits(one)), None)
        if found is None:
            raise errors.UsageError(why=missing)
        return found

    async def fetch(self, message: StoredMessage, folder: TargetFolder, lead: str = "", tail: str = "") -> Saved:
        """Fetch the file of a message into a folder; the last line tells how far it is, between `lead` and `tail`."""
        from tui.services.downloads.download import Downloads

        conversation = await self._context.store.conversation(message.conversation_id)
        downloads = Downloads(self._client().context)
        return await downloads.save(message, conversation.user_name, folder, self._progress(message, lead, tail))

    async def save(self, message: StoredMessage, folder: TargetFolder, lead: str = "") -> Path:
        """Save the file of a message for the person, and return where it is."""
        saved = await self.fetch(message, folder, lead)
        self.saved[message.id] = saved.path
        self.copied[message.id] = str(saved.path)
        with suppress(errors.LocalError):  # the file is there, whatever the store says
            await self._context.store.note_file(message.id, saved.path.name, saved.size)
        return saved.path

    def name_of(self, message: StoredMessage) -> str:
        """Return what a file is called in sentences."""
        body = message.body
        return printable(body.name if isinstance(body, bodies.File) else describe(body), newlines=False)

    def _progress(self, message: StoredMessage, lead: str, tail: str) -> Callable[[DownloadProgress], None]:
        """Return a function that says in the last line how far the download is."""
        name = self.name_of(message)
        said = 0.0

        def tell(progress: DownloadProgress) -> None:
            nonlocal said
            if monotonic() - said < _OFTEN and not progress.waiting:
                return
            said = monotonic()
            part, done = None, shown_size(progress.done)
            if progress.waiting:
                state = _("connection lost, trying again")
            elif progress.total:
                part = progress.done / progress.total
                state = f"{progress.done / progress.total:.0%}  {done} / {shown_size(progress.total)}"
            else:
                state = done
            self._chat.tell_progress(f"{lead}{name}", f"{lead}{name}  {state}{tail}", part)

        return tell
