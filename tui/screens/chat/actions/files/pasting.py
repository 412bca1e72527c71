"""Action that pastes what the clipboard has: an image or copied files are attached, text goes to the bar."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui import errors
from tui.i18n import _, counted, joined
from tui.keymap import hint
from tui.paste import measured
from tui.screens.chat.actions.base import ActionGroup
from tui.screens.chat.chat_context import ChatContext
from tui.services.uploads.pasted_images import PastedImages
from tui.services.uploads.upload_state import UploadState
from tui.services.util.threads import in_ending_thread
from tui.terminal.desktop.clipboard_contents import (
    ClipboardFiles,
    ClipboardImage,
    ClipboardReader,
    ClipboardText,
    reader_for,
    write_image,
)
from tui.terminal.passthrough import Multiplexer, multiplexer_of
from tui.widgets.base.styles import Tone

if TYPE_CHECKING:
    from tui.store.models import Conversation


class PastingActions(ActionGroup):
    """Pastes into the bar of the open conversation; what was pasted for another one stays out of it."""

    def __init__(self, chat: ChatContext) -> None:
        super().__init__(chat)
        self._reading = False
        self._coming: Path | None = None
        """Image that is being written."""
        self._sweeping = asyncio.Lock()
        """Held while images are deleted: none may come that was not known of before."""

    async def paste(self, argument: str) -> None:
        """Attach the image or the files that the clipboard has, or insert its text."""
        if self._reading:
            raise errors.UsageError(why=_("The clipboard is still being read."))
        # Keys wait for it: what is typed next stands behind the text.
        self._chat.run(self._paste(self._open_conversation()), "ask")

    async def _paste(self, here: Conversation) -> None:
        composer = self._chat.composer
        reader = await asyncio.to_thread(self._reader)
        if reader is None:
            self._attach_later(lambda: self._from_terminal(here))
            return
        contents = await in_ending_thread(reader.look)
        match contents:
            case ClipboardText(text=text):
                composer.focus()
                composer.paste(text, asks=True)
            case ClipboardFiles(paths=paths):
                await self._attach(paths)
            case ClipboardImage():
                self._attach_later(lambda: self._from_desktop(reader, contents, here))
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
            said = counted("{count} is not a file and was left out.", "{count} are not files and were left out.", left)
            self._chat.tell(said, Tone.WARN)

    def _attach_later(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begin work that attaches a file. Enter waits for it from this moment on, and sends nothing if it fails."""
        self._reading, waiting = True, ExitStack()
        attached = waiting.enter_context(self._chat.composer.expecting())

        async def attach() -> None:
            try:
                with waiting:
                    await work()
                    attached()
            finally:
                self._reading, self._coming = False, None

        self._chat.run(attach(), "paste")

    async def _from_desktop(self, reader: ClipboardReader, image: ClipboardImage, here: Conversation) -> None:
        """Attach an image of the desktop's clipboard."""
        place = await self._place(image)
        await in_ending_thread(lambda breath: reader.read_image(image, place, breath))
        await self._attach_image(place, here)

    async def _from_terminal(self, here: Conversation) -> None:
        """Attach an image of the terminal's clipboard, which asks the person for it."""
        terminal, through = self._context.terminal_clipboard(), multiplexer_of(os.environ)
        if through is not Multiplexer.NOTHING:
            named = _("{multiplexer} does not hand on the terminal's clipboard.").format(multiplexer=through.value)
            raise errors.UsageError(why=joined(named, _elsewhere()))
        type = await terminal.image_type() if terminal is not None else None
        if terminal is None or type is None:
            raise errors.UsageError(why=joined(_("No clipboard can be read here."), _elsewhere()))
        if not type:
            raise errors.UsageError(why=_("The terminal's clipboard has no image. Text: paste with the terminal."))
        self._chat.tell(_("The terminal may ask you to allow reading its clipboard."), Tone.TEXT)
        data = bytearray()
        await terminal.read(type, data.extend)
        place = await self._place(ClipboardImage(type))
        await asyncio.to_thread(write_image, place, [bytes(data)])
        await self._attach_image(place, here)

    async def _place(self, image: ClipboardImage) -> Path:
        """Return the path for an image in the cache, where no other stays for nothing."""
        await self.sweep()
        images = PastedImages(self._context.profile.pasted)
        async with self._sweeping:
            self._coming = await asyncio.to_thread(images.place, self._context.clock().astimezone(), image.ending)
        return self._coming

    async def _attach_image(self, place: Path, here: Conversation) -> None:
        if self._chat.conversation is None or self._chat.conversation.id != here.id:
            await asyncio.to_thread(place.unlink, True)
            raise errors.UsageError(why=_("Another conversation is open; the image was not attached."))
        self._chat.composer.attach([place])
        self._chat.composer.focus()
        self._chat.tell(_("Attached: {name}").format(name=place.name))

    def released(self, paths: Sequence[Path]) -> None:
        """Hear that files were sent, or are not to be: images of the clipboard among them are deleted."""
        if any(path.parent == self._context.profile.pasted for path in paths):
            self._chat.run(self.sweep(), "sweep")

    async def sweep(self, *, leaving: bool = False) -> None:
        """Delete images of the clipboard that were sent, or given up; `leaving`: those in the bar go, too."""
        if self._context.runtime.busy is not None:
            return
        async with self._sweeping:
            used = await self._in_use(leaving=leaving)
            await asyncio.to_thread(PastedImages(self._context.profile.pasted).sweep, used)

    async def _in_use(self, *, leaving: bool) -> set[Path]:
        """Return the files that are sent, or may be. `leaving` as in `sweep`."""
        used = {*await self._context.store.upload_paths()}
        if not leaving:
            outbox, composer = self._context.runtime.loaded_outbox, self._chat.composer
            uploads = outbox.files.uploads if outbox is not None else []
            used.update(upload.path for upload in uploads if upload.state is not UploadState.SENT)
            used.update(composer.attachments, *(one.attachments for one in composer.accepted))
            used.update([self._coming] if self._coming is not None else [])
        return used


def _elsewhere() -> str:
    return hint("{send} sends files; from your phone: File Transfer, then wxtui recv; from your computer: scp.")
