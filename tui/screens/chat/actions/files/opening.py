"""Action that hands a file to another program: the desktop's for its kind, a player, or the person's own."""

from __future__ import annotations

import asyncio
import getpass
import os
import platform
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui import errors
from tui.errors import N_
from tui.i18n import _, joined
from tui.keymap import hint
from tui.message_summary import has_address
from tui.paths import in_home
from tui.screens.chat.actions.base import ActionGroup
from tui.screens.chat.actions.files.fetching import FileFetching
from tui.screens.chat.chat_context import ChatContext
from tui.services.downloads.risky_files import ExaminedFile, RiskyKind, ending_of, examine_file, unchanged
from tui.services.util.other_programs import Running
from tui.store.delivery_state import DeliveryState
from tui.terminal.desktop.launching import FileUse, Launcher, fetching_command, launcher_for
from tui.terminal.graphemes import shorten
from tui.terminal.hyperlinks import file_url
from tui.widgets.base.styles import Tone
from tui.wire import bodies

if TYPE_CHECKING:
    from tui.services.downloads.opened_files import OpenedFiles
    from tui.store.models import StoredMessage

_SOUND: Final = frozenset(["mp3", "m4a", "aac", "ogg", "oga", "opus", "wav", "flac", "amr", "silk", "wma", "aiff"])
_NAME: Final = 40
"""Cells of a name inside a sentence."""
_GONE: Final = (DeliveryState.RECALLED, DeliveryState.REVOKED)
_USUAL: Final[dict[type[bodies.Body], str]] = {
    bodies.Image: ".jpg",
    bodies.Video: ".mp4",
    bodies.Voice: ".mp3",
    bodies.Emoticon: ".gif",
}
"""Ending of a file of this kind that has none and says nothing by its content."""

_IS: Final = {
    RiskyKind.PROGRAM: N_("“{name}” is a program."),
    RiskyKind.SCRIPT: N_("“{name}” is a script."),
    RiskyKind.INSTALLER: N_("“{name}” installs a program."),
    RiskyKind.SHORTCUT: N_("“{name}” is a shortcut, which can run any program."),
    RiskyKind.MACROS: N_("“{name}” is a document with macros, which can run anything."),
    RiskyKind.PAGE: N_("“{name}” is a web page, which can run scripts."),
    RiskyKind.SVG: N_("“{name}” is an SVG picture, which can run scripts."),
}
"""Kind of a file that is asked about → the sentence before the question."""


class OpeningActions(ActionGroup):
    """Opens the file, picture, video or voice of a message; lists its addresses where it has only these."""

    def __init__(
        self, chat: ChatContext, files: FileFetching, show_links: Callable[[StoredMessage], Awaitable[None]]
    ) -> None:
        super().__init__(chat)
        self._files = files
        self._show_links = show_links
        self._fetching: dict[int, asyncio.Task[None] | None] = {}
        self._playing: dict[int, Running] = {}

    async def open_with(self, argument: str) -> None:
        """Open the message that the command names, the selected one, else the newest here that has a file."""
        if argument:
            message = await self._message(argument)
        else:
            message = await self._files.newest(self._has_something, _("This message has nothing to open."))
        await self.launch(message)

    async def launch(self, message: StoredMessage) -> None:
        """Open what a message carries; while it is being fetched, or is playing, stop that."""
        playing = self._playing.pop(message.id, None)
        if playing is not None and playing.stop():
            self._chat.tell(_("Stopped."))
        elif message.id in self._fetching:
            task = self._fetching[message.id]
            if task is not None:
                task.cancel()
        elif self._has_something(message):
            self._fetching[message.id] = None
            self._chat.run(self._launch(message), "launch")
        elif has_address(message.body):
            await self._show_links(message)
        else:
            raise errors.UsageError(why=_("This message has nothing to open."))

    def _has_something(self, message: StoredMessage) -> bool:
        return self._files.has_file(message) or self._own_file(message) is not None

    def _own_file(self, message: StoredMessage) -> Path | None:
        """Return the file of this disk that a message was made of, where this run knows it."""
        outbox = self._context.runtime.loaded_outbox
        upload = outbox.files.of_row(message.id) if outbox is not None and message.outgoing else None
        return None if upload is None else upload.path

    def _launcher(self, message: StoredMessage) -> tuple[Launcher | None, bool]:
        """Return the program for a message, and whether it plays it."""
        settings, body = self._context.settings, message.body
        sound = isinstance(body, bodies.File) and ending_of(body.name) in _SOUND and bool(settings.play_command)
        if isinstance(body, bodies.Voice) or sound:
            player = launcher_for(FileUse.PLAY, settings.play_command)
            if player is not None:
                return player, True
        return launcher_for(FileUse.OPEN, settings.open_command, in_terminal=settings.open_in_terminal), False

    # ---------------------------------------------------------------- fetch, ask, open

    async def _launch(self, message: StoredMessage) -> None:
        """Fetch the file, ask where it can run, and start the program."""
        name = shorten(self._files.name_of(message), _NAME)[0]
        try:
            self._fetching[message.id] = asyncio.current_task()
            launcher, plays = await asyncio.to_thread(self._launcher, message)
            if launcher is None:
                await self._offer_fetching(message)
                return
            path = await self._file(message)
        except asyncio.CancelledError:
            self._chat.tell(_("Cancelled: “{name}”.").format(name=name), Tone.TEXT)
            raise
        finally:
            self._fetching.pop(message.id, None)
        examined = await self._agreed_to(message, path, name)
        if examined is None:
            return
        store = self._opened
        await asyncio.to_thread(store.opening, path)
        if launcher.in_terminal:
            running = None
            await self._chat.run_in_terminal(launcher.in_terminal_command(path, _("Press Return to go back to wxtui.")))
        else:
            running = await asyncio.to_thread(launcher.start, path)
        said = _("Opened with {program}: “{name}”").format(program=launcher.name, name=name)
        if plays and running is not None:
            self._playing[message.id] = running
            said = hint("Playing “{name}”. {open_with} stops it.", name=name)
        if examined.claims and examined.holds:
            contents = _("Its name says .{claims}, its content is .{holds}.")
            said = joined(f"{said}.", contents.format(claims=examined.claims, holds=examined.holds))
        self._chat.tell(said, Tone.WARN if examined.claims else Tone.GOOD)

    async def _file(self, message: StoredMessage) -> Path:
        """Return a file with what the message carries: the saved one, one's own, else one of the cache."""
        own = self._own_file(message)
        for known in (self._files.saved.get(message.id), own):
            if known is not None and (found := await asyncio.to_thread(_existing, known)) is not None:
                return found
        if own is not None and not self._files.has_file(message):
            raise errors.UsageError(why=_("No such file: “{name}”.").format(name=self._files.name_of(message)))
        if isinstance(message.body, bodies.Image | bodies.Emoticon):
            # It may have been fetched to be shown.
            self._tell_fetching(message)
            return await self._context.runtime.pictures.path_of(message)
        opened = self._opened
        await self.sweep()
        return await asyncio.to_thread(opened.find, message) or await self._fetched(message, opened)

    def _tell_fetching(self, message: StoredMessage) -> None:
        name = self._files.name_of(message)
        self._chat.tell(hint("Fetching “{name}” · {open_with} cancels", name=name), Tone.TEXT)

    async def sweep(self) -> None:
        """Delete files that were fetched to be opened and are not needed any more."""
        await asyncio.to_thread(self._opened.sweep, keep=self._context.settings.keep != "nothing")

    async def _fetched(self, message: StoredMessage, opened: OpenedFiles) -> Path:
        from tui.services.downloads.target_folder import open_folder

        self._tell_fetching(message)
        folder = await asyncio.to_thread(lambda: open_folder(opened.make()))
        with folder:
            saved = await self._files.fetch(message, folder, tail=hint(" · {open_with} cancels"))
        try:
            examined = await asyncio.to_thread(examine_file, saved.path, _given_name(message))
            return await asyncio.to_thread(
                opened.take, message, saved.path, examined, _USUAL.get(type(message.body), "")
            )
        except BaseException:
            # Under the name that its sender chose it is found by nobody.
            with suppress(OSError):
                await asyncio.to_thread(saved.path.unlink, True)
            raise

    @property
    def _opened(self) -> OpenedFiles:
        from tui.services.downloads.opened_files import OpenedFiles

        return OpenedFiles(self._context.profile.cache)

    async def _agreed_to(self, message: StoredMessage, path: Path, name: str) -> ExaminedFile | None:
        """Return what the file is, once the person agreed where it can run; None where it is not to be opened.

        Raises `UsageError` when the file, or the message, is not what was asked about any more.
        """
        try:
            examined = await asyncio.to_thread(examine_file, path, _given_name(message))
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise errors.UsageError(why=errors.Phrase("“{name}” cannot be read: {why}.", name=name, why=why)) from None
        if examined.asks and not await self._agreed(_question(examined, name), _("open it")):
            return None
        if await self._was_recalled(message):
            await asyncio.to_thread(self._opened.drop, message)
            raise errors.UsageError(why=_("The message was recalled meanwhile; its file was not opened."))
        if not await asyncio.to_thread(unchanged, path, examined):
            raise errors.UsageError(why=_("The file changed meanwhile and was not opened. Try again."))
        return examined

    async def _was_recalled(self, message: StoredMessage) -> bool:
        if not message.msg_id or message.state in _GONE:
            return False
        now = await self._context.store.message(message.msg_id)
        return now is None or now.state in _GONE

    # ---------------------------------------------------------------- where nothing here can open it

    async def _offer_fetching(self, message: StoredMessage) -> None:
        """Save the file where nothing here can open it, and tell how the person gets it to where they sit."""
        from tui.services.downloads.target_folder import open_folder

        path = self._files.saved.get(message.id) or self._own_file(message)
        if path is None or await asyncio.to_thread(_existing, path) is None:
            folder = await asyncio.to_thread(open_folder, self._files.folder)
            with folder:
                path = await self._files.save(message, folder)
        command = fetching_command(path, os.environ, _user(), platform.node())
        self._files.copied[message.id] = command
        shown = in_home(path)
        sentence = hint(
            "Nothing here can open it. Saved: {path} · {copy} copies: {command}", path=shown, command=command
        )
        self._chat.tell(sentence, link=(shown, file_url(path)))


def _question(examined: ExaminedFile, name: str) -> str:
    """Return what is asked before a file is opened that can run, or hides what it is."""
    parts = [_(_IS[examined.kind]).format(name=name)] if examined.kind is not None else []
    if examined.hidden:
        hides = _("The name “{name}” hides how it ends: .{ending}.")
        parts.append(hides.format(name=name, ending=examined.ending or "?"))
    elif examined.claims:
        parts.append(_("Its name says .{claims}.").format(claims=examined.claims))
    return joined(*parts, _("Open it?"))


def _given_name(message: StoredMessage) -> str:
    return message.body.name if isinstance(message.body, bodies.File) else ""


def _existing(path: Path) -> Path | None:
    """Return the regular file at a path, links followed; None where there is none."""
    try:
        found = path.resolve()
        return found if found.is_file() else None
    except (OSError, ValueError, RuntimeError):
        return None


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
