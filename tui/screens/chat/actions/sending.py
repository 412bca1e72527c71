"""Sending: what stands in the bar, files, a very long paste; again, or not at all."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui import errors
from tui.i18n import _, counted, say
from tui.keymap import hint
from tui.paste import split_paths
from tui.screens.chat.actions.base import Acting, Action, Deed, Plan, quoted
from tui.screens.outbox_texts import why_not_now
from tui.services.util.private_file import write_private
from tui.store.delivery_state import DeliveryState
from tui.store.errors import NoSuchRow
from tui.store.models import Conversation, StoredMessage
from tui.units import line_count, shown_size
from tui.widgets.base.styles import Tone
from tui.wire.contacts import Contact, ContactKind
from tui.wire.media_types import MediaKind
from tui.wire.names import Endpoint
from tui.wire.text import printable

if TYPE_CHECKING:
    from tui.screens.files.file_picker import PickerSettings
    from tui.screens.files.selection import Picked
    from tui.services.file_browser.bookmarks import Bookmarks
    from tui.services.outbox import Outbox
    from tui.services.uploads.upload_state import Upload


class Sending(Acting):
    """To the open conversation, whichever that is when the person says so."""

    @property
    def table(self) -> Mapping[str, Action]:
        """Command → what it does."""
        return {
            "send": lambda argument: self._attach(argument, MediaKind.AUTO),
            "image": lambda argument: self._attach(argument, MediaKind.IMAGE),
            "video": lambda argument: self._attach(argument, MediaKind.VIDEO),
            "gif": lambda argument: self._attach(argument, MediaKind.GIF),
            "file": lambda argument: self._attach(argument, MediaKind.FILE),
            "pause": lambda argument: self._pause(argument, None),
            "resume": lambda argument: self._pause(argument, False),
        }

    async def say(self, text: str, attachments: Sequence[Path]) -> None:
        """Send what stood in the bar: its files, then its text. What could not be sent goes back there."""
        if attachments and self._asks_about_files(self._screen.conversation):
            self._screen.go(self._ask_and_say(text, attachments), "ask")
        else:
            await self._say(text, attachments, self._screen.conversation)

    async def _ask_and_say(self, text: str, attachments: Sequence[Path]) -> None:
        conversation, contact = self._screen.conversation, await self._here()
        if conversation is not None and await self._files_agreed(conversation, contact, attachments):
            await self._say(text, attachments, conversation, contact)
        elif kept := await self._give_back(text, attachments, conversation):
            self._screen.status.say(kept, Tone.WARN)

    async def _say(
        self, text: str, attachments: Sequence[Path], conversation: Conversation | None, contact: Contact | None = None
    ) -> None:
        screen = self._screen
        left = list(attachments)
        try:
            outbox, contact = self._outbox(), contact or await self._here()
            while left:
                outbox.file(contact, left[0], MediaKind.AUTO, within=conversation.id if conversation else None)
                del left[0]
            if text.strip() and conversation is not None:
                await self._commit(outbox, conversation, contact, text)
        except errors.WxtuiError as error:
            kept = await self._give_back(text, left, conversation)
            screen.complain(f"{say(error)} {kept}".strip())
            return
        screen.log_view.to_bottom()
        await screen.drafts.keep()

    async def _give_back(self, text: str, files: Sequence[Path], conversation: Conversation | None) -> str:
        """Keep what was refused, in the bar where that is free; the sentence that says where it is otherwise."""
        screen = self._screen
        composer, here = screen.composer, screen.conversation
        is_here = (here and here.id) == (conversation and conversation.id)
        if is_here and not composer.text and not composer.attachments:
            composer.load(text, files)
            return ""
        left = not_sent(files)
        if not text.strip():
            return left
        if not is_here and conversation is not None:
            with suppress(errors.LocalError, NoSuchRow):
                before = (await self._desk.store.conversation(conversation.id)).draft
                await self._desk.store.set_draft(conversation.id, f"{before}\n{text}" if before else text)
                name = printable(conversation.name, newlines=False)
                return " ".join(filter(None, (_("The text is a draft in {name}.").format(name=name), left)))
        composer.buffer.keep(text)
        return " ".join(filter(None, (hint("{text.yank} brings the text back into the bar."), left)))

    # ---------------------------------------------------------------- files to many

    def _asks_about_files(self, conversation: Conversation | None) -> bool:
        """Return whether files to this conversation are confirmed: those to a group, where many see them at once."""
        is_group = conversation is not None and conversation.kind is ContactKind.GROUP
        return is_group and self._desk.settings.confirm_group_files

    async def _files_agreed(self, conversation: Conversation, contact: Contact, paths: Sequence[Path]) -> bool:
        """Ask whether these files are to go to a group; True where that is not asked."""
        if not paths or not self._asks_about_files(conversation):
            return True
        size = await asyncio.to_thread(_total, paths)
        question = _("Send {files} ({size}) to {group}?").format(
            files=_named(paths), size=shown_size(size), group=_target(conversation, contact)
        )
        return await self._agreed(question, _("send"))

    async def _commit(self, outbox: Outbox, to: Conversation, contact: Contact, text: str) -> None:
        """Have it sent; returns as soon as it is written down, before its draft is dropped. Raises what prevents
        that."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def on_row(row: StoredMessage) -> None:
            if not written.done():
                written.set_result(None)

        async def send() -> None:
            try:
                await outbox.text(contact, text, on_row, within=to.id)
            except BaseException as error:
                if written.done():
                    raise
                # It goes back into the bar, and `say` tells why.
                known = isinstance(error, errors.WxtuiError)
                written.set_exception(error if known else errors.Unexpected(what=type(error).__name__))
                if not known:
                    raise

        self._screen.go(send(), "send")
        await written

    async def _attach(self, argument: str, kind: MediaKind) -> None:
        if not argument:
            self._screen.go(self._pick_files(kind), "pick")
            return
        self._outbox()
        conversation, contact = self._screen.conversation, await self._here()
        paths = await asyncio.to_thread(split_paths, argument)
        if conversation is not None and self._asks_about_files(conversation):
            self._screen.go(self._ask_and_queue(conversation, contact, paths, kind), "ask")
        elif conversation is not None:
            self._queue(conversation, contact, paths, kind)

    async def _ask_and_queue(
        self, conversation: Conversation, contact: Contact, paths: Sequence[Path], kind: MediaKind
    ) -> None:
        if await self._files_agreed(conversation, contact, paths):
            self._queue(conversation, contact, paths, kind)

    def _queue(self, conversation: Conversation, contact: Contact, paths: Sequence[Path], kind: MediaKind) -> None:
        for path in paths:
            # Another login may have come while the person chose.
            self._outbox().file(contact, path, kind, within=conversation.id)
        self._screen.log_view.to_bottom()

    async def _pick_files(self, kind: MediaKind) -> None:
        from tui.screens.files.file_picker import FilePicker

        screen, desk = self._screen, self._desk
        conversation, contact = screen.conversation, await self._here()
        if conversation is None:
            return
        endpoint = desk.client.context.session.endpoint if desk.client else Endpoint.WEB
        start = desk.settings.start_dir or Path.cwd()
        picked: Picked | None = await screen.app.push_screen_wait(
            FilePicker(_target(conversation, contact), endpoint, start, kind, self._picker_settings())
        )
        if picked is None or not await self._files_agreed(conversation, contact, [one.path for one in picked.files]):
            return
        for one in picked.files:
            self._queue(conversation, contact, [one.path], one.kind)

    def _picker_settings(self) -> PickerSettings:
        """Bookmarks that the person wrote down, and those set in the picker, which are kept for the next time."""
        from tui.screens.files.file_picker import PickerSettings
        from tui.services.file_browser.bookmarks import BookmarksFile

        kept = BookmarksFile(self._desk.profile.state / "places.json")
        written = self._desk.settings.bookmarks

        def load() -> Bookmarks:
            places = kept.load()
            more = tuple(path for path in written if path not in places.bookmarks)
            return replace(places, bookmarks=(*places.bookmarks, *more))

        return PickerSettings(load, kept.save)

    async def offer_as_file(self, text: str) -> None:
        """A very long paste: as a file, as text after all, or not at all."""
        composer = self._screen.composer
        question = counted(
            "This is long: {count} line, {size}. Send it as a file?",
            "This is long: {count} lines, {size}. Send it as a file?",
            line_count(text),
            size=shown_size(len(text.encode())),
        )
        answer = await self._ask(question, ("f", _("as a file")), ("t", _("keep it as text")), ("escape", _("drop it")))
        if answer == "t":
            composer.insert(text)
        elif answer == "f":
            composer.attach([await asyncio.to_thread(_kept, text)])

    @property
    def plans(self) -> Mapping[str, Plan]:
        """Command → what it will do to others."""
        return {"retry": self.retry, "cancel": self.cancel}

    async def retry(self, argument: str) -> Deed:
        """Send a failed message again; one that may have arrived only after a question."""
        message = await self._message(argument)
        outbox = self._outbox()
        if message.state is DeliveryState.PENDING and (why := why_not_now(outbox, message.id)):
            raise errors.UsageError(why=why)
        again = (DeliveryState.PENDING, DeliveryState.FAILED, DeliveryState.CANCELLED, DeliveryState.UNKNOWN)
        if message.state not in again:
            raise errors.UsageError(why=_("Only what failed can be sent again."))
        doubtful = message.state is DeliveryState.UNKNOWN
        if doubtful:
            question = _("The answer was lost: it may have arrived. Send it again all the same?")
        else:
            question = _("Send {message} again?").format(message=quoted(message))
        return Deed(question, _("send it again"), lambda: self._retry(message), "send", always=doubtful)

    async def _retry(self, message: StoredMessage) -> None:
        outbox = self._outbox()
        if message.state is DeliveryState.PENDING and outbox.try_now(message.id):
            return
        transfer = outbox.of_row(message.id)
        if transfer is None or not outbox.retry(transfer):
            await outbox.resend(message)

    async def cancel(self, argument: str) -> Deed:
        """Give up what has not left: the selected message, else the upload that runs."""
        outbox = self._outbox()
        selected = await self._message(argument) if argument else self._screen.log_view.selected
        if selected is not None and selected.state is DeliveryState.PENDING:
            question = _("Give {message} up?").format(message=quoted(selected))
            return Deed(question, _("give it up"), lambda: self._cancel_row(selected), "send")
        transfer = next((one for one in outbox.transfers if not one.state.over), None)
        if transfer is None:
            raise errors.UsageError(why=_("Nothing is being uploaded."))
        question = _("Give {message} up?").format(message=f"“{printable(transfer.name, newlines=False)}”")
        return Deed(question, _("give it up"), lambda: self._cancel(transfer), "send")

    async def _cancel_row(self, message: StoredMessage) -> None:
        if not self._outbox().cancel_row(message.id):
            raise errors.UsageError(why=_("Too late: its message is leaving."))

    async def _cancel(self, transfer: Upload) -> None:
        if not self._outbox().cancel(transfer):
            raise errors.UsageError(why=_("Too late: its message is leaving."))

    async def _pause(self, argument: str, on: bool | None) -> None:
        """Let the selected upload wait, else the one that runs, or go on, else the first that is paused.

        `on` None: whichever it does not do.
        """
        outbox = self._outbox()
        selected = await self._message(argument) if argument else self._screen.log_view.selected
        chosen = None if selected is None else outbox.of_row(selected.id)
        unfinished = [one for one in outbox.transfers if not one.state.over]
        if argument:
            candidates = [one for one in unfinished if one is chosen]
        else:
            # The selected one before those that run, those before paused ones.
            candidates = sorted(unfinished, key=lambda one: (one is not chosen, not one.state.running, not one.paused))
        transfer = next((one for one in candidates if on is None or one.paused is not on), None)
        if transfer is None:
            raise errors.UsageError(why=_("Nothing is paused.") if on is False else _("Nothing is being uploaded."))
        wish = not transfer.paused
        if not outbox.pause(transfer, wish):
            raise errors.UsageError(why=_("Too late: its message is leaving."))
        name = printable(transfer.name, newlines=False)
        said = (
            hint("“{name}” is paused; {pause} lets it go on, also after a restart.", name=name)
            if wish
            else _("“{name}” goes on.").format(name=name)
        )
        self._screen.tell(said)


_NAMES: Final = 3
"""Names of files in a question; further ones are counted."""


def not_sent(files: Sequence[Path]) -> str:
    """Return the sentence that names files that stay here, "" without any."""
    return _("Not sent: {files}.").format(files=_named(files)) if files else ""


def _named(paths: Sequence[Path]) -> str:
    """`“a.log”, “b.png” and 3 more`."""
    from tui.services.file_browser.listing import shown_name
    from tui.terminal.graphemes import shorten

    names = ", ".join(f"“{shorten(shown_name(path.name), 40)[0]}”" for path in paths[:_NAMES])
    more = len(paths) - _NAMES
    return _("{names} and {count} more").format(names=names, count=more) if more > 0 else names


def _total(paths: Sequence[Path]) -> int:
    """Bytes of all that are there; blocks."""
    total = 0
    for path in paths:
        with suppress(OSError):
            total += path.stat().st_size
    return total


def _target(conversation: Conversation, contact: Contact) -> str:
    name = printable(conversation.name, newlines=False)
    if conversation.kind is ContactKind.GROUP:
        members = contact.member_count or len(contact.members)
        return counted("{name} (group, {count} member)", "{name} (group, {count} members)", members, name=name)
    return name


def _kept(text: str) -> Path:
    """A private file with this text; it has to live until it is uploaded."""
    path = Path(tempfile.mkdtemp(prefix="wxtui-")) / "paste.txt"
    write_private(path, text.encode("utf-8", "replace"))
    return path
