"""Actions that save what a message carries: files, pictures, videos, voice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from tui import errors
from tui.i18n import _
from tui.keymap import hint
from tui.message_summary import describe
from tui.screens.chat.actions.base import ActionGroup
from tui.screens.chat.chat_context import ChatContext
from tui.terminal.hyperlinks import file_url
from tui.units import shown_size
from tui.widgets.base.styles import Tone
from tui.wire import bodies
from tui.wire.text import printable

if TYPE_CHECKING:
    from tui.services.downloads.download import DownloadProgress
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
        """Save the file of the selected message, else the newest one here; `argument` names the folder."""
        message = await self._file_message()
        self._client()
        if message.id not in self._running:
            self._chat.run(self._save(message, argument), "save")

    async def _file_message(self) -> StoredMessage:
        from tui.services.downloads.download import fetchable

        selected, conversation = self._chat.message_log.selected, self._chat.conversation
        if selected is not None or conversation is None:
            return await self._message("")
        page = await self._context.store.messages_before(conversation.id, None, _BACK)
        found = next((one for one in reversed(page) if fetchable(one)), None)
        if found is None:
            raise errors.UsageError(why=_("There is nothing here that could be saved."))
        return found

    async def _save(self, message: StoredMessage, argument: str) -> None:
        from tui.services.downloads.download import Downloads
        from tui.services.downloads.target_folder import open_folder

        place = Path(argument) if argument else self._folder()
        conversation = await self._context.store.conversation(message.conversation_id)
        self._running.add(message.id)
        try:
            with ExitStack() as opened:
                folder = opened.enter_context(await asyncio.to_thread(open_folder, place))
                downloads = Downloads(self._client().context)
                saved = await downloads.save(message, conversation.user_name, folder, self._progress(message))
        finally:
            self._running.discard(message.id)
        self.saved[message.id] = saved.path
        with suppress(errors.LocalError):  # the file is there, whatever the store says
            await self._context.store.note_file(message.id, saved.path.name, saved.size)
        path = _short(saved.path)
        self._chat.tell(hint("Saved: {path} · {copy} copies the path", path=path), link=(path, file_url(saved.path)))

    def _folder(self) -> Path:
        from platformdirs import user_downloads_path

        return self._context.settings.download_dir or user_downloads_path()

    def _progress(self, message: StoredMessage) -> Callable[[DownloadProgress], None]:
        """Return a function that says in the last line how far the download is."""
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
            self._chat.tell(f"{name}  {state}", Tone.TEXT)

        return tell


def _short(path: Path) -> str:
    """Return a path with ~ for the home folder."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)
