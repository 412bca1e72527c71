"""Actions that send: the text in the bar, files, a very long paste; also again, later, or not at all."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tui import errors
from tui.i18n import _, counted, joined, listed, say
from tui.keymap import hint
from tui.message_summary import conversation_name
from tui.paste import split_paths
from tui.screens.chat.actions.base import ActionGroup, ConfirmedAction, quoted
from tui.screens.chat.chat_context import ChatContext
from tui.screens.chat.message_hints import AGAIN
from tui.screens.outbox_texts import why_not_now
from tui.services.sending.correcting import CorrectedMessage
from tui.services.util.background import child
from tui.services.util.private_file import write_private
from tui.store.delivery_state import DeliveryState
from tui.store.errors import NoSuchRow
from tui.store.models import Conversation, StoredMessage
from tui.units import line_count, shown_size
from tui.widgets.base.styles import Tone
from tui.wire.contacts import Contact, ContactKind
from tui.wire.media_types import MediaKind
from tui.wire.names import FRIEND_REQUESTS, Endpoint
from tui.wire.text import printable

if TYPE_CHECKING:
    from tui.screens.dialogs.folder_packing import FolderPacking
    from tui.screens.files.marked_files import PickedFile
    from tui.services.outbox import Outbox
    from tui.services.uploads.upload_state import Upload


class SendingActions(ActionGroup):
    """Sends to the conversation that is open when the person says so."""

    def __init__(self, chat: ChatContext) -> None:
        super().__init__(chat)
        self._loaded_folders: FolderPacking | None = None

    @property
    def _folders(self) -> FolderPacking:
        """The packing of folders, imported when there is one."""
        if self._loaded_folders is None:
            from tui.screens.dialogs.folder_packing import FolderPacking

            self._loaded_folders = FolderPacking(self._chat, self._queue_archive)
        return self._loaded_folders

    def _queue_archive(self, conversation: Conversation, contact: Contact, path: Path, name: str) -> None:
        # Another login may have come while it was packed.
        self._outbox().files.add(contact, path, MediaKind.FILE, name, within=conversation.id)
        self._chat.message_log.follow_sent()

    async def say(self, text: str, attachments: Sequence[Path], settled: Callable[[], None]) -> None:
        """Send the files and the text that were in the bar. What could not be sent is put back into it.

        `settled` hears when the text is stored, or was given back.
        """
        if attachments and await self._asks_about([(path, MediaKind.AUTO) for path in attachments]):
            self._chat.run(self._say(text, attachments, settled), "ask")
        else:
            await self._say(text, attachments, settled)

    async def _say(self, text: str, attachments: Sequence[Path], settled: Callable[[], None]) -> None:
        """Send to the open conversation, once the person agreed; a text or file that could not leave is given back."""
        conversation = self._chat.conversation
        left = list(attachments)
        try:
            outbox = self._outbox()
            conversation, contact = await self._here()
            if contact.user_name == FRIEND_REQUESTS:
                raise errors.UsageError(
                    why=hint(
                        "Friend requests are not answered with text. Select one: {accept} accepts, {ignore} ignores."
                    )
                )
            folders = await _folders_of(left)
            files = [path for path in left if path not in folders]
            kinds = await self._kinds_agreed([(path, MediaKind.AUTO) for path in files])
            if not (
                kinds is not None
                and await self._files_agreed(conversation, contact, files)
                and await self._pack_and_send(conversation, contact, folders)
            ):
                kept = await self._give_back(text, left, conversation)
                settled()
                if kept:
                    self._chat.tell(kept, Tone.WARN)
                return
            left[:] = files
            while left:
                outbox.files.add(contact, left[0], kinds[left[0]], within=conversation.id)
                del left[0]
            if text.strip():
                await self._commit(outbox, conversation, contact, text, settled)
            else:
                settled()
        except errors.WxtuiError as error:
            kept = await self._give_back(text, left, conversation)
            settled()
            self._chat.tell(joined(say(error), kept), Tone.BAD)
            return
        self._chat.message_log.follow_sent()
        await self._chat.keep_draft()

    async def misplaced(self, place: int, text: str, files: Sequence[Path]) -> None:
        """Keep a message as a draft of `place` when another conversation was opened between Enter and now."""
        try:
            await self._context.store.set_draft(place, text)
        except (NoSuchRow, errors.LocalError):
            self._chat.composer.keep(text)
        why = _("Another conversation had just opened. Nothing was sent; the text was kept as a draft.")
        self._chat.tell(joined(why, not_sent(files)), Tone.BAD)

    # ---------------------------------------------------------------- correcting the last message

    async def correct(self, corrected: CorrectedMessage | None, typed: str) -> None:
        """Recall a text, and send it corrected, as the person read it; None: nobody read what it would be.

        Where that cannot be, what was `typed` stands in the bar again.
        """
        conversation = self._chat.conversation
        try:
            outbox = self._outbox()
            conversation, contact = await self._here()
            if corrected is None or corrected.message.conversation_id != conversation.id:
                raise errors.UsageError(why=hint("Nothing was sent. {bar.send} again recalls and sends."))
        except errors.WxtuiError as error:
            kept = await self._give_back(typed, (), conversation)
            self._chat.tell(joined(say(error), kept), Tone.BAD)
            return
        self._chat.run(self._correct(outbox, corrected, conversation, contact), "revoke")
        await self._chat.keep_draft()

    async def _correct(
        self, outbox: Outbox, corrected: CorrectedMessage, conversation: Conversation, contact: Contact
    ) -> None:
        """Recall and send; the corrected text of a recall that failed is given back: nobody has it."""
        try:
            await outbox.correct(corrected, contact, self._session)
        except errors.WxtuiError as error:
            kept = await self._give_back(corrected.text, (), conversation)
            kept = kept or _("The changed text was not sent; it is in the input.")
            self._chat.tell(joined(say(error, advice=False), kept), Tone.BAD)
            return
        self._chat.message_log.follow_sent()
        self._chat.tell(_("Recalled, and sent again as changed."))

    async def _give_back(self, text: str, files: Sequence[Path], conversation: Conversation | None) -> str:
        """Put text and files that were refused back into the bar; where it is taken, return where they are instead."""
        composer, here = self._chat.composer, self._chat.conversation
        is_here = (here and here.id) == (conversation and conversation.id)
        if is_here and not composer.text and not composer.attachments:
            composer.load(text, files)
            return ""
        left = not_sent(files)
        if not text.strip():
            return left
        if not is_here and conversation is not None:
            with suppress(errors.LocalError, NoSuchRow):
                before = (await self._context.store.conversation(conversation.id)).draft
                await self._context.store.set_draft(conversation.id, f"{before}\n{text}" if before else text)
                name = printable(conversation_name(conversation), newlines=False)
                return joined(_("The text was kept as a draft in {name}.").format(name=name), left)
        composer.keep(text)
        return joined(hint("{text.yank} restores the text."), left)

    # ---------------------------------------------------------------- questions about files

    async def _asks_about(self, chosen: Sequence[tuple[Path, MediaKind]]) -> bool:
        """Return True when files to the open conversation need a question first."""
        return (
            self._asks_about_files(self._chat.conversation)
            or bool(await _folders_of([path for path, _kind in chosen]))
            or bool(await _large_animations(chosen))
        )

    async def _kinds_agreed(self, chosen: Sequence[tuple[Path, MediaKind]]) -> dict[Path, MediaKind] | None:
        """Return as what each file goes, after a question about animated images that may be too large; None: no."""
        kinds = dict(chosen)
        large = await _large_animations(chosen)
        if not large:
            return kinds
        question = _("Animated images over 1 MB: {files}. WeChat may refuse them, or take them only as files.")
        answers = (("f", _("as files")), ("y", _("send anyway")), ("escape", _("back")))
        answer = await self._ask(question.format(files=_named(large)), *answers)
        if answer == "f":
            kinds |= dict.fromkeys(large, MediaKind.FILE)
        return None if answer is None else kinds

    def _asks_about_files(self, conversation: Conversation | None) -> bool:
        """Return True when sending files here needs a confirmation: to a group, unless the setting is off."""
        is_group = conversation is not None and conversation.kind is ContactKind.GROUP
        return is_group and self._context.settings.confirm_group_files

    async def _files_agreed(self, conversation: Conversation, contact: Contact, paths: Sequence[Path]) -> bool:
        """Ask whether these files are to go to a group; return True where that is not asked."""
        if not paths or not self._asks_about_files(conversation):
            return True
        size = await asyncio.to_thread(_total, paths)
        question = _("Send {files} ({size}) to {group}?").format(
            files=_named(paths), size=shown_size(size), group=_target(conversation, contact)
        )
        return await self._agreed(question, _("send"))

    async def _commit(
        self, outbox: Outbox, to: Conversation, contact: Contact, text: str, stored: Callable[[], None]
    ) -> None:
        """Begin to send a text; return as soon as it is `stored`, so that its draft can be dropped.

        Raises the error that prevents storing.
        """
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def on_row(row: StoredMessage) -> None:
            stored()
            if not written.done():
                written.set_result(None)

        async def fate() -> None:
            await asyncio.wait({sending})
            if not sending.cancelled():
                sending.result()

        # No worker: one that is cancelled before it begins, as the program ends, would never say so.
        sending = child(outbox.text(contact, text, on_row, within=to.id))
        either: tuple[asyncio.Future[Any], ...] = (sending, written)
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        error = None if not sending.done() or sending.cancelled() else sending.exception()
        known = isinstance(error, errors.WxtuiError)
        if written.done() or (error is not None and not known):
            self._chat.run(fate(), "send")
        if error is not None and not written.done():
            # It goes back into the bar, and `say` tells why.
            raise error if known else errors.Unexpected(what=type(error).__name__)

    async def attach(self, argument: str, kind: MediaKind) -> None:
        """Send the files that the command names, as this kind; without any, let the person pick some."""
        if not argument:
            self._chat.run(self._pick_files(kind), "pick")
            return
        self._outbox()
        conversation, contact = await self._here()
        paths = await asyncio.to_thread(split_paths, argument)
        chosen = [(path, kind) for path in paths]
        if await self._asks_about(chosen):
            self._chat.run(self._ask_and_send(conversation, contact, chosen), "ask")
        else:
            self._queue(conversation, contact, paths, kind)

    async def _send_with_folders(
        self, conversation: Conversation, contact: Contact, chosen: Sequence[tuple[Path, MediaKind]]
    ) -> None:
        """Send files, and after a question each folder, packed."""
        folders = await _folders_of([path for path, _kind in chosen])
        files = [(path, kind) for path, kind in chosen if path not in folders]
        if await self._files_agreed(conversation, contact, [path for path, _kind in files]):
            for path, kind in files:
                self._queue(conversation, contact, [path], kind)
        for folder in folders:
            await self._folders.send(conversation, contact, folder, _target(conversation, contact))

    async def _pack_and_send(self, conversation: Conversation, contact: Contact, folders: Sequence[Path]) -> bool:
        """Ask about each folder; return False as soon as one is not to be sent."""
        for folder in folders:
            if not await self._folders.send(conversation, contact, folder, _target(conversation, contact)):
                return False
        return True

    async def _ask_and_send(
        self, conversation: Conversation, contact: Contact, chosen: Sequence[tuple[Path, MediaKind]]
    ) -> None:
        kinds = await self._kinds_agreed(chosen)
        if kinds is not None:
            await self._send_with_folders(conversation, contact, [(path, kinds[path]) for path, _kind in chosen])

    def _queue(self, conversation: Conversation, contact: Contact, paths: Sequence[Path], kind: MediaKind) -> None:
        for path in paths:
            # Another login may have come while the person chose.
            self._outbox().files.add(contact, path, kind, within=conversation.id)
        self._chat.message_log.follow_sent()

    async def _pick_files(self, kind: MediaKind) -> None:
        from tui.screens.files.file_picker import FilePicker
        from tui.services.file_browser.bookmarks import BookmarksFile

        client, settings = self._context.runtime.client, self._context.settings
        conversation, contact = await self._here()
        endpoint = client.context.session.endpoint if client else Endpoint.WEB
        start = settings.start_dir or Path.cwd()
        bookmarks = BookmarksFile(self._context.profile.state / "places.json", settings.bookmarks)
        runtime = self._context.runtime
        picker = FilePicker(
            _target(conversation, contact),
            endpoint,
            start,
            kind,
            bookmarks,
            # Imported when the first picture is looked at.
            draw=lambda path, box: runtime.pictures.file(path, box),
            send_to_others=self._send_to_others,
        )
        picked = await self._chat.ask(picker)
        if picked is not None:
            await self._send_with_folders(conversation, contact, [(one.path, one.kind) for one in picked])

    async def _send_to_others(self, files: Sequence[PickedFile]) -> bool:
        """Let the person choose to whom, ask once, and queue each file for all of them; False where they went back."""
        paths = [one.path for one in files]
        receivers = await self._pick_people(_("Send {files} to").format(files=_named(paths)))
        if not receivers:
            return False
        names = [printable(one.name, newlines=False) for one in receivers[:_RECEIVERS]]
        said = listed(names)
        if len(receivers) > _RECEIVERS:
            said = _("{names} and {count} more").format(names=said, count=len(receivers) - _RECEIVERS)
        size = await asyncio.to_thread(_total, paths)
        question = _("Send {files} ({size}) to {names}?").format(files=_named(paths), size=shown_size(size), names=said)
        if not await self._agreed(question, _("send")):
            return False
        queue = self._outbox().files
        pace = self._outbox().pace(self._context.settings.send_pause)
        for one in files:
            await queue.add_for_several(receivers, one.path, one.kind, pace)
        self._chat.message_log.follow_sent()
        self._chat.tell(hint("Sending to {names}. {transfers} shows how far.", names=said))
        return True

    async def offer_as_file(self, text: str) -> None:
        """Ask what to do with a very long paste: send it as a file, keep it as text, or drop it."""
        composer = self._chat.composer
        question = counted(
            "Long text ({count} line, {size}). Send it as a file?",
            "Long text ({count} lines, {size}). Send it as a file?",
            line_count(text),
            size=shown_size(len(text.encode())),
        )
        answer = await self._ask(question, ("f", _("as a file")), ("t", _("as text")), ("escape", _("discard")))
        if answer == "t":
            composer.insert(text)
        elif answer == "f":
            composer.attach([await asyncio.to_thread(_kept, text)])

    async def retry(self, argument: str) -> ConfirmedAction:
        """Send a failed message again; after a question where it may have arrived."""
        message = await self._message(argument)
        outbox = self._outbox()
        if message.state is DeliveryState.PENDING and (why := why_not_now(outbox, message.id)):
            raise errors.UsageError(why=why)
        if message.state not in (DeliveryState.PENDING, *AGAIN):
            raise errors.UsageError(why=_("Only failed messages can be sent again."))
        doubtful = message.state is DeliveryState.UNKNOWN
        if doubtful:
            question = _("No reply from WeChat: it may have arrived. Send it again anyway?")
        else:
            question = _("Send {message} again?").format(message=quoted(message))
        return ConfirmedAction(question, _("send again"), lambda: self._retry(message), "send", always=doubtful)

    async def _retry(self, message: StoredMessage) -> None:
        outbox = self._outbox()
        if message.state is DeliveryState.PENDING and outbox.sender.try_now(message.id):
            return
        upload = outbox.files.of_row(message.id)
        if upload is None or not outbox.files.retry(upload):
            await outbox.resend(message)

    async def cancel(self, argument: str) -> ConfirmedAction:
        """Give up the selected message if it has not left, else the upload that runs."""
        outbox = self._outbox()
        selected = await self._message(argument) if argument else self._chat.message_log.selected
        if selected is not None and selected.state is DeliveryState.PENDING:
            question = _("Cancel {message}?").format(message=quoted(selected))
            return ConfirmedAction(question, _("cancel it"), lambda: self._cancel_row(selected), "send")
        if packing := self.packing:
            question = _("Cancel {message}?").format(message=f"“{printable(packing, newlines=False)}”")
            return ConfirmedAction(question, _("cancel it"), self._cancel_packing, "send")
        upload = next((one for one in outbox.files.uploads if not one.state.over), None)
        if upload is None:
            raise errors.UsageError(why=_("Nothing is being uploaded."))
        question = _("Cancel {message}?").format(message=f"“{printable(upload.name, newlines=False)}”")
        return ConfirmedAction(question, _("cancel it"), lambda: self._cancel(upload), "send")

    @property
    def packing(self) -> str:
        """Name of the archive that is being written; "" when none is."""
        return self._loaded_folders.running if self._loaded_folders is not None else ""

    async def _cancel_packing(self) -> None:
        self._folders.cancel()

    async def _cancel_row(self, message: StoredMessage) -> None:
        if not self._outbox().cancel_row(message.id):
            raise errors.UsageError(why=_("Too late: its message is being sent."))

    async def _cancel(self, upload: Upload) -> None:
        if not self._outbox().files.cancel(upload):
            raise errors.UsageError(why=_("Too late: its message is being sent."))

    async def pause(self, argument: str, on: bool | None) -> None:
        """Pause or resume the selected upload, else the one that runs, else the first that is paused.

        `on` None: resume an upload that is paused, pause any other.
        """
        outbox = self._outbox()
        selected = await self._message(argument) if argument else self._chat.message_log.selected
        chosen = None if selected is None else outbox.files.of_row(selected.id)
        unfinished = [one for one in outbox.files.uploads if not one.state.over]
        if argument:
            candidates = [one for one in unfinished if one is chosen]
        else:
            # The selected one before those that run, those before paused ones.
            candidates = sorted(unfinished, key=lambda one: (one is not chosen, not one.state.running, not one.paused))
        upload = next((one for one in candidates if on is None or one.paused is not on), None)
        if upload is None:
            raise errors.UsageError(why=_("Nothing is paused.") if on is False else _("Nothing is being uploaded."))
        wish = not upload.paused
        if not outbox.files.pause(upload, wish):
            raise errors.UsageError(why=_("Too late: its message is being sent."))
        name = printable(upload.name, newlines=False)
        said = (
            hint("Paused: “{name}”. {pause} resumes.", name=name) if wish else _("Resumed: “{name}”.").format(name=name)
        )
        self._chat.tell(said)


_RECEIVERS: Final = 6
"""Receivers that a question names; others are counted."""
_NAMES: Final = 3
"""Names of files in a question; further files are counted."""


def not_sent(files: Sequence[Path]) -> str:
    """Return a sentence that names files that were not sent, "" without any."""
    return _("Not sent: {files}.").format(files=_named(files)) if files else ""


def _named(paths: Sequence[Path]) -> str:
    """Return `“a.log”, “b.png” and 3 more`."""
    from tui.services.file_browser.listing import shown_name
    from tui.terminal.graphemes import shorten

    names = ", ".join(f"“{shorten(shown_name(path.name), 40)[0]}”" for path in paths[:_NAMES])
    more = len(paths) - _NAMES
    return _("{names} and {count} more").format(names=names, count=more) if more > 0 else names


async def _folders_of(paths: Sequence[Path]) -> list[Path]:
    """Return the folders among some paths, each once."""
    return await asyncio.to_thread(lambda: [path for path in dict.fromkeys(paths) if path.is_dir()])


async def _large_animations(chosen: Sequence[tuple[Path, MediaKind]]) -> list[Path]:
    """Return the animated images among some files that WeChat may refuse for their size."""
    from tui.services.uploads.preflight import large_animations

    return await asyncio.to_thread(large_animations, chosen)


def _total(paths: Sequence[Path]) -> int:
    """Return the bytes of all files that exist; blocks."""
    total = 0
    for path in paths:
        with suppress(OSError):
            total += path.stat().st_size
    return total


def _target(conversation: Conversation, contact: Contact) -> str:
    name = printable(conversation_name(conversation), newlines=False)
    if conversation.kind is ContactKind.GROUP:
        members = contact.member_count or len(contact.members)
        return counted("{name} (group, {count} member)", "{name} (group, {count} members)", members, name=name)
    return name


def _kept(text: str) -> Path:
    """Write a text to a private file, which has to live until it is uploaded."""
    path = Path(tempfile.mkdtemp(prefix="wxtui-")) / "paste.txt"
    write_private(path, text.encode("utf-8", "replace"))
    return path
