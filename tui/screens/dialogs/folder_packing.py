"""Folder that is to be sent: counted, asked about, packed beside the loop, and handed on as any other file."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from textual.screen import Screen

from tui.i18n import _, counted, joined
from tui.screens.app_context import AppContext
from tui.screens.dialogs.question import Question
from tui.services.file_browser.listing import shown_name
from tui.services.packing.archive import ArchiveForm, FolderCount, archive_name, count, pack
from tui.services.packing.spool import Spool
from tui.services.packing.walk import Exclusions, FolderToPack
from tui.services.uploads.outgoing_file import clean_name, limit
from tui.services.util.background import child, this_task
from tui.services.util.threads import Breath, in_own_thread
from tui.store.models import Conversation
from tui.terminal.graphemes import shorten
from tui.units import shown_size
from tui.widgets.base.styles import Tone
from tui.wire.contacts import Contact
from tui.wire.media_types import MediaKind
from tui.wire.names import Endpoint

_AT_ONCE: Final = 0.2
"""Seconds: a count that takes no longer is not shown."""
_EVERY: Final = 0.5
"""Seconds between two sentences about how far the packing is."""
_DRAWN: Final = 0.25
"""Seconds between two drawings of the dialog."""
_NAME: Final = 40

T = TypeVar("T")


class PackingHost(Protocol):
    """Screen that a folder is sent from, as far as the packing needs it."""

    context: AppContext

    @property
    def run(self) -> Callable[..., Any]:
        """Function that begins work."""

    async def ask(self, dialog: Screen[T]) -> T | None:
        """Show a screen that asks something, and wait for its result."""

    def tell(self, sentence: str, tone: Tone = ...) -> None:
        """Say a sentence in the last line."""

    def tell_progress(self, what: str, sentence: str, part: float | None) -> None:
        """Say how far something is. More will follow."""


class CountingDialog(Question):
    """Shows a count that grows; the caller closes it with `finished`. Returns None for Esc."""

    def __init__(self, name: str, found: Callable[[], FolderCount]) -> None:
        """`name` is the folder's; `found` gives the count so far."""
        self._folder = name
        self._found = found
        self._complete = False
        super().__init__(self._sentence(), (("escape", _("cancel")),))

    def on_mount(self) -> None:
        """Draw the count now and then."""
        self.set_interval(_DRAWN, self._draw)

    def _draw(self) -> None:
        # It may be complete before the dialog is shown, or while the help lies over it.
        if self._complete:
            self.finished()
        else:
            self.show_sentence(self._sentence())

    def _sentence(self) -> str:
        files = counted("{count} file", "{count} files", self._found().files)
        return _("Counting “{name}”: {files}…").format(name=self._folder, files=files)

    def finished(self) -> None:
        """Close it: the count is complete."""
        self._complete = True
        if self.is_current:
            self.dismiss("done")


class FolderPacking:
    """Packs folders for one screen; `queue` takes each archive, its name, and for whom it is."""

    def __init__(self, host: PackingHost, queue: Callable[[Conversation, Contact, Path, str], None]) -> None:
        self._host = host
        self._queue = queue
        self._running: dict[asyncio.Task[Any], str] = {}

    async def send(self, conversation: Conversation, contact: Contact, path: Path, target: str) -> bool:
        """Ask whether this folder is to be packed and sent, and return that; it is packed beside what comes then.

        `target` is the receiver as questions name it. Raises `FileRefused`, `LocalError`.
        """
        found = await self._counted(path)
        if found is None:
            return False
        with FolderToPack(path) as folder:
            name, shown = clean_name(archive_name(folder, ArchiveForm.TAR)), _shown(folder.name)
        question = _("Pack “{folder}” ({files}, {size}) as {name} and send it to {to}?").format(
            folder=shown,
            files=counted("{count} file", "{count} files", found.files),
            size=shown_size(found.size),
            name=_shown(name),
            to=target,
        )
        question = joined(_secrets(found), question)
        answers = (("y", _("pack and send")), ("escape", _("back")))
        agreed = await self._host.ask(Question(question, answers)) == "y"
        if agreed:
            self._host.run(self._pack_and_queue(conversation, contact, path, name, found), "pack")
        return agreed

    async def _counted(self, path: Path) -> FolderCount | None:
        """Return what a folder holds; None when the person has not waited for it."""
        seen = [FolderCount()]

        def work(breathe: Breath) -> FolderCount:
            def step(found: FolderCount) -> None:
                seen[0] = found
                breathe()

            with FolderToPack(path) as folder:
                return count(folder, ArchiveForm.TAR, Exclusions(), self._host.context.profile.spool, step)

        counting = child(in_own_thread(work))
        await asyncio.wait({counting}, timeout=_AT_ONCE)
        if not counting.done():
            dialog = CountingDialog(_shown(path.name or str(path)), lambda: seen[0])
            counting.add_done_callback(lambda task: dialog.finished())
            if await self._host.ask(dialog) is None and not counting.done():
                counting.cancel()
                return None
        return await counting

    async def _pack_and_queue(
        self, conversation: Conversation, contact: Contact, path: Path, name: str, planned: FolderCount
    ) -> None:
        task = this_task()
        self._running[task] = name
        try:
            spool, packed = await in_own_thread(self._packing(path, name, planned))
        finally:
            del self._running[task]
        try:
            self._queue(conversation, contact, spool.keep(), name)
        except BaseException:
            spool.drop()
            raise
        finally:
            spool.close()
        self._say_packed(name, spool.size, packed)

    def _packing(self, path: Path, name: str, planned: FolderCount) -> Callable[[Breath], tuple[Spool, FolderCount]]:
        loop, folder_of_spool = asyncio.get_running_loop(), self._host.context.profile.spool
        client = self._host.context.runtime.client
        endpoint = client.context.session.endpoint if client is not None else Endpoint.FILEHELPER
        told = [time.monotonic()]

        def work(breathe: Breath) -> tuple[Spool, FolderCount]:
            def step(found: FolderCount) -> None:
                breathe()
                if time.monotonic() - told[0] > _EVERY:
                    told[0] = time.monotonic()
                    loop.call_soon_threadsafe(self._say_progress, name, found.files, planned.files)

            with FolderToPack(path) as folder:
                spool = Spool(folder_of_spool, name, queued=True, limit=limit(endpoint, MediaKind.FILE))
                try:
                    spool.check_room(planned.room)
                    return spool, pack(folder, ArchiveForm.TAR, Exclusions(), spool, step)
                except BaseException:
                    spool.close()
                    raise

        return work

    def _say_progress(self, name: str, done: int, total: int) -> None:
        if name in self._running.values():
            said = _("Packing “{name}”: {done} of {count} files. Cancel with /cancel.")
            said = said.format(name=_shown(name), done=done, count=total)
            self._host.tell_progress(name, said, done / total if total else None)

    def _say_packed(self, name: str, size: int, packed: FolderCount) -> None:
        said = _("Packed: “{name}” ({size}).").format(name=_shown(name), size=shown_size(size))
        left_out = len(packed.left_out)
        if left_out:
            first = _shown(next(iter(packed.left_out)))
            more = counted("“{name}” was left out.", "{count} were left out, “{name}” first.", left_out, name=first)
            said = joined(said, more)
        self._host.tell(said, Tone.WARN if left_out else Tone.GOOD)

    @property
    def running(self) -> str:
        """Name of the archive that is being written; "" when none is."""
        return next(iter(self._running.values()), "")

    def cancel(self) -> None:
        """Give up the archive that is being written."""
        for task, name in list(self._running.items())[:1]:
            task.cancel()
            self._host.tell(_("Cancelled: “{name}” was not sent.").format(name=_shown(name)), Tone.TEXT)


def _secrets(found: FolderCount) -> str:
    """Return a sentence about what looks like a secret; "" for nothing."""
    if not found.secrets:
        return ""
    name = _shown(found.secrets[0])
    count = len(found.secrets)
    return counted(
        "“{name}” looks like a secret.", "{count} files look like secrets, “{name}” first.", count, name=name
    )


def _shown(name: str) -> str:
    return shorten(shown_name(name), _NAME)[0]
