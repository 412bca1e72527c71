"""Action that pastes what the clipboard has: an image or copied files are attached, text goes to the bar."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui import errors
from tui.i18n import _, counted
from tui.keymap import hint
from tui.paste import measured
from tui.screens.chat.actions.base import ActionGroup
from tui.services.uploads.pasted_images import PastedImages
from tui.services.uploads.upload_state import UploadState
from tui.terminal.desktop.clipboard_contents import (
    ClipboardContents,
    ClipboardFiles,
    ClipboardImage,
    ClipboardReader,
    ClipboardText,
    reader_for,
)
from tui.widgets.base.styles import Tone

if TYPE_CHECKING:
    from tui.store.models import Conversation


class PastingActions(ActionGroup):
    """Pastes into the bar of the open conversation; what was pasted for another one stays out of it."""

    async def paste(self, argument: str) -> None:
        """Attach the image or the files that the clipboard has, or insert its text."""
        here = self._open_conversation()
        composer = self._chat.composer
        reader = await asyncio.to_thread(self._reader)
        if reader is None:
            raise errors.UsageError(why=_elsewhere())
        # Keys wait for it: what is typed next stands behind the text.
        contents = await asyncio.to_thread(reader.look)
        match contents:
            case ClipboardText(text=text):
                composer.focus()
                composer.paste(text, asks=True)
            case ClipboardFiles(paths=paths):
                await self._attach(paths)
            case ClipboardImage():
                self._chat.run(self._image(reader, contents, here), "paste")
            case None:
                raise errors.UsageError(why=_("The clipboard has nothing that can be pasted."))

    def _reader(self) -> ClipboardReader | None:
        return reader_for(self._context.clipboard.tool, shutil.which)

    async def _attach(self, paths: Sequence[Path]) -> None:
        """Attach copied files; folders and what is gone are told."""
        found = await asyncio.to_thread(measured, paths)
        files = [one.path for one in found if one is not None]
        self._chat.composer.attach(files)
        self._chat.composer.focus()
        if left := len(found) - len(files):
            said = counted("{count} is no file and was left out.", "{count} are no files and were left out.", left)
            self._chat.tell(said, Tone.WARN)

    async def _image(self, reader: ClipboardReader, image: ClipboardImage, here: Conversation) -> None:
        """Read an image into the cache, and attach it. Enter waits for it."""
        images = PastedImages(self._context.profile.cache)
        with self._chat.composer.expecting() as done:
            await self.sweep()
            place = await asyncio.to_thread(images.place, self._context.clock().astimezone(), image.ending)
            await asyncio.to_thread(reader.read_image, image, place)
            if self._chat.conversation is None or self._chat.conversation.id != here.id:
                await asyncio.to_thread(place.unlink, True)
                raise errors.UsageError(why=_("Another conversation is open; the image was not attached."))
            self._chat.composer.attach([place])
            self._chat.composer.focus()
            done()

    async def sweep(self) -> None:
        """Delete images of the clipboard that were sent, or given up."""
        if self._context.runtime.busy is not None:
            return
        outbox = self._context.runtime.loaded_outbox
        uploads = outbox.files.uploads if outbox is not None else []
        used = {upload.path for upload in uploads if upload.state is not UploadState.SENT}
        used.update(await self._context.store.upload_paths(), self._chat.composer.attachments)
        await asyncio.to_thread(PastedImages(self._context.profile.cache).sweep, used)


def _elsewhere() -> str:
    return hint("No clipboard can be read here. {send} sends files; from the phone: File Transfer, then wxtui recv.")
