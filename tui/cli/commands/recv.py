"""`wxtui recv`: files and pictures that were received, onto the disk; waits for them, or saves what is stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import click

from tui import errors
from tui.cli.commands.stored_messages import find
from tui.cli.global_options import Setup, current, global_options
from tui.cli.output import tell, tell_trouble, write_json, write_path
from tui.cli.shared.batch import do_all
from tui.cli.shared.client_opening import choice, tell_waiting
from tui.cli.shared.message_json import SavedFacts, facts, schema_option
from tui.cli.shared.progress_bar import ProgressBar
from tui.cli.shared.running import run_async
from tui.cli.shared.targets import TARGET, NamedPath
from tui.config import load
from tui.i18n import _, joined, say
from tui.message_summary import describe
from tui.services.client.client import AnyClient, Client, open_session, open_store, open_store_to_read, stored_session
from tui.services.client.message_stream import UnsavedFiles, arrivals
from tui.services.client.opening import borrowed_context
from tui.services.contacts.directory import choose
from tui.services.control.owner_connection import join
from tui.services.control.remote_client import RemoteClient
from tui.services.downloads.download import Downloads, Saved, SavedKind, fetchable, kind_of
from tui.services.downloads.target_folder import TargetFolder, open_folder
from tui.services.maintenance import kept
from tui.services.session.context import SessionContext
from tui.services.util.background import child
from tui.services.util.ids import Ids
from tui.store.changes import MessagesAdded
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire.bodies import File
from tui.wire.names import FILEHELPER

USUAL = (SavedKind.FILE, SavedKind.IMAGE, SavedKind.VIDEO)
"""Who waits for a file does not mean a voice message or a sticker."""
LASTING = timedelta(days=1)
"""How long something that an earlier run did not come to is still what somebody waits for."""
_PAGE = 200

Lend: TypeAlias = Callable[[], AbstractAsyncContextManager[SessionContext]]
"""Gives a session to fetch with."""


@click.command(
    help=_(
        "Save received files, images and videos.\n\nPrints the path of each, one a line. "
        "With --wait: as they arrive, from everybody or in the conversation with TARGET, what came since the last"
        " sync first, and what an earlier --wait did not come to. What you send to File Transfer from your phone counts"
        " as received. With --last N: the newest N that are stored of TARGET, oldest first. Else: the messages with"
        " these MSGIDs.\n\n"
        "Nothing is overwritten: a second a.txt becomes “a (2).txt”. A file appears under its name when it is whole."
    )
)
@click.argument("names", metavar="[TARGET|MSGID...]", nargs=-1, type=TARGET)
@click.option("--wait", is_flag=True, help=_("Wait for what arrives, until Ctrl+C, --count or --timeout."))
@click.option("--last", metavar="N", type=click.IntRange(1, 10_000), help=_("The newest N that are stored of TARGET."))
@click.option(
    "--dir",
    "folder",
    metavar="DIR",
    type=NamedPath(path_type=Path),
    default=Path(),
    help=_("Where to save them; default: the current folder."),
)
@click.option("--count", metavar="N", type=click.IntRange(1), help=_("With --wait: end after N of them."))
@click.option(
    "--timeout",
    metavar="S",
    type=click.FloatRange(0, min_open=True),
    help=_("With --wait: stop waiting after S seconds; exit code 1 when nothing came, 6 when fewer than --count."),
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([kind.value for kind in SavedKind]),
    help=_("Only these kinds; may be given several times. Default: file, image, video."),
)
@click.option("--all-kinds", is_flag=True, help=_("Voice messages and animated images too."))
@schema_option(SavedFacts)
@global_options()
def recv(
    names: tuple[str, ...],
    wait: bool,
    last: int | None,
    folder: Path,
    count: int | None,
    timeout: float | None,
    kinds: tuple[str, ...],
    all_kinds: bool,
) -> None:
    """See the help text."""
    setup = current()
    if wait and last:
        raise errors.UsageError(why=_("--wait and --last exclude each other."))
    if not wait and (count or timeout):
        raise errors.UsageError(why=_("--count and --timeout go with --wait."))
    if (wait or last) and len(names) > 1:
        raise errors.UsageError(why=_("--wait and --last take at most one TARGET."))
    if last and not names:
        raise errors.UsageError(why=_("--last needs a TARGET."))
    if not (wait or last or names):
        raise errors.UsageError(why=_("Say what to save: --wait [TARGET], --last N TARGET, or a MSGID."))
    wanted = frozenset(SavedKind) if all_kinds else frozenset(map(SavedKind, kinds)) or frozenset(USUAL)
    # Before anything is asked of anybody: hours later is too late to hear that nothing can be written there.
    with open_folder(folder) as place:
        if wait:
            run_async(_wait(setup, place, next(iter(names), None), wanted, count, timeout))
        else:
            run_async(_stored(setup, place, names, wanted, last))


async def _stored(
    setup: Setup, folder: TargetFolder, names: Sequence[str], kinds: frozenset[SavedKind], last: int | None
) -> None:
    stored_session(setup.profile, choice(setup))
    async with open_store_to_read(setup.profile, Ids()) as store:
        if last:
            messages = await _newest(store, names[0], kinds, last)
        else:
            messages = [await find(store, msg_id) for msg_id in dict.fromkeys(names)]
        async with borrowed_context(setup.profile, choice(setup)) as context:
            await do_all(messages, _Saver(setup, store, folder, lambda: nullcontext(context)).save, go_on=True)


async def _newest(store: Store, target: str, kinds: frozenset[SavedKind], wanted: int) -> list[StoredMessage]:
    """The newest `wanted` of these kinds that are stored there, oldest first. Raises `NothingStored`."""
    contact = choose(target, await store.contacts())
    conversation = await store.conversation_with(contact.user_name)
    found: list[StoredMessage] = []
    before = None
    while conversation is not None and len(found) < wanted:
        page = await store.messages_before(conversation.id, before, _PAGE)
        found = [one for one in page if is_wanted(one, contact.user_name, kinds)] + found
        if len(page) < _PAGE:
            break
        before = page[0].place
    if not found:
        raise errors.NothingStored(target=contact.name)
    return found[-wanted:]


def is_wanted(message: StoredMessage, chat: str, kinds: frozenset[SavedKind]) -> bool:
    """Whether a message brings one of these: from somebody else, or from one's own phone to File Transfer."""
    received = not message.outgoing and (not message.mine or chat == FILEHELPER)
    return received and fetchable(message) and kind_of(message.body) in kinds


async def _wait(
    setup: Setup,
    folder: TargetFolder,
    target: str | None,
    kinds: frozenset[SavedKind],
    count: int | None,
    patience: float | None,
) -> None:
    """Beside a running wxtui, by what that receives; when it ends, or there is none, by a session of our own."""
    stored_session(setup.profile, choice(setup))
    tally = _Tally(count, patience)
    deadline: float | None = None
    unsaved = UnsavedFiles(setup.profile.state / "unsaved.json")
    alone = False
    while not alone:
        async with AsyncExitStack() as stack:
            owner = await join(setup.profile, stack, tell_waiting, brief=False)
            alone = owner is None
            source: AbstractAsyncContextManager[AsyncIterator[MessagesAdded]]
            client: AnyClient
            if owner is None:
                client, lend = await _session(setup, stack)
                source = arrivals(client, tell_trouble)
                saver = _Saver(setup, client.store, folder, lend)
            else:
                store = await stack.enter_async_context(open_store(setup.profile, Ids()))
                client = RemoteClient(setup.profile, owner, store)
                source = aclosing(client.arrivals())
                saver = _Saver(setup, store, folder, lambda: borrowed_context(setup.profile, choice(setup)))
            only = None if target is None else (await client.directory.resolve(target)).user_name
            if patience is not None and deadline is None:
                # Whoever had to wait for another command first has not waited for messages yet.
                deadline = asyncio.get_running_loop().time() + patience
            try:
                await _receive(source, _Inbox(client.store, unsaved, only, kinds), saver, tally, deadline)
                alone = True
            except errors.OwnerGone:
                tally.broken_off = False
    tally.conclude()


async def _session(
    setup: Setup, stack: AsyncExitStack
) -> tuple[Client, Callable[[], AbstractAsyncContextManager[SessionContext]]]:
    """A session of our own, which other shells may use meanwhile; and that for who fetches with it."""
    from tui.services.runtime import serving

    client = await stack.enter_async_context(open_session(setup.profile, choice(setup)))
    await stack.enter_async_context(kept(client.store, load().keep, client.context.surely_past))
    await stack.enter_async_context(serving(setup.profile, client))

    def lend() -> AbstractAsyncContextManager[SessionContext]:
        return nullcontext(client.context)

    return client, lend


async def _receive(
    source: AbstractAsyncContextManager[AsyncIterator[MessagesAdded]],
    inbox: _Inbox,
    saver: _Saver,
    tally: _Tally,
    deadline: float | None,
) -> None:
    """Save what comes from there, until it is enough. Raises what ends it."""
    async with AsyncExitStack() as stack:
        collecting = child(inbox.collect(await stack.enter_async_context(source)))
        try:
            await _take(inbox, saver, tally, deadline)
        finally:
            if not tally.broken_off:
                collecting.cancel()
                await asyncio.wait({collecting})
            # Nothing more is fetched; what was is noted, for the next time.
            await stack.aclose()
            ends = await asyncio.gather(collecting, return_exceptions=True)
        if tally.broken_off and isinstance(ends[0], Exception):
            raise ends[0]


async def _take(inbox: _Inbox, saver: _Saver, tally: _Tally, deadline: float | None) -> None:
    """Save one after the other, until it is enough."""
    while not tally.full:
        # What is being saved is saved to its end: only waiting is cut short.
        try:
            async with asyncio.timeout_at(deadline):
                message = await inbox.next()
        except TimeoutError:
            tally.late = True
            return
        if message is None:
            tally.broken_off = True
            return
        try:
            await saver.save(message)
        except (errors.SessionOver, errors.FolderUnusable) as error:
            # What comes next would fare no better. It is not given up: the next time may.
            tally.failures.append(error)
            return
        except errors.OutputFailed:
            await inbox.done(message)
            raise
        except errors.WxtuiError as error:
            tally.failures.append(error)
            if not tally.full:
                tell(f"wxtui: {say(error)}")
        else:
            tally.done += 1
        await inbox.done(message)


class _Inbox:
    """What arrives and is wanted, in order: first what an earlier run did not come to."""

    def __init__(self, store: Store, unsaved: UnsavedFiles, only: str | None, kinds: frozenset[SavedKind]) -> None:
        self._store = store
        self._unsaved = unsaved
        self._only = only
        self._kinds = kinds
        self._coming: asyncio.Queue[StoredMessage | None] = asyncio.Queue()

    async def next(self) -> StoredMessage | None:
        """The next one; None when nothing comes any more."""
        return await self._coming.get()

    async def done(self, message: StoredMessage) -> None:
        """It needs no other run."""
        if message.msg_id:
            await asyncio.to_thread(self._unsaved.remove, [message.msg_id])

    async def collect(self, added: AsyncIterator[MessagesAdded]) -> None:
        """Note what arrives until it ends. Raises what ends it."""
        try:
            await self._remember()
            async for change in added:
                found = await self._wanted(change.messages)
                if found:
                    # One without a MsgID is saved in this run or not at all.
                    ids = [message.msg_id for message in found if message.msg_id]
                    await asyncio.to_thread(self._unsaved.add, ids)
                    for message in found:
                        self._coming.put_nowait(message)
        finally:
            self._coming.put_nowait(None)

    async def _remember(self) -> None:
        store, forgotten = self._store, []
        for msg_id in self._unsaved.msg_ids:
            message = await store.message(msg_id)
            if message is None or datetime.now(UTC) - message.time > LASTING:
                forgotten.append(msg_id)
            elif await self._wanted([message]):
                self._coming.put_nowait(message)
        await asyncio.to_thread(self._unsaved.remove, forgotten)

    async def _wanted(self, messages: Sequence[StoredMessage]) -> list[StoredMessage]:
        found = []
        for message in messages:
            if kind_of(message.body) in self._kinds:
                chat = (await self._store.conversation(message.conversation_id)).user_name
                if self._only in (None, chat) and is_wanted(message, chat, self._kinds):
                    found.append(message)
        return found


@dataclass
class _Tally:
    """What has become of what arrived; `count` and `patience` (seconds) as they were asked for."""

    count: int | None
    patience: float | None
    done: int = 0
    failures: list[errors.WxtuiError] = field(default_factory=list)
    late: bool = False
    broken_off: bool = False

    @property
    def full(self) -> bool:
        """Whether as many came as were waited for; also one that could not be saved has come."""
        return self.count is not None and self.done + len(self.failures) >= self.count

    def conclude(self) -> None:
        """Raise what the exit code has to say."""
        missing = (self.count or 0) - self.done - len(self.failures) if self.late else 0
        if not self.done:
            if self.failures:
                raise self.failures[0]
            raise errors.NothingArrived(seconds=f"{self.patience:g}")
        reasons = [say(error) for error in self.failures]
        if missing > 0:
            reasons.append(_("{count} more did not arrive in time.").format(count=missing))
        if reasons:
            total = self.count or self.done + len(self.failures)
            raise errors.PartlyDone(done=self.done, total=total, why=joined(*dict.fromkeys(reasons)))


class _Saver:
    """Saves one message after another, and prints what became of it."""

    def __init__(self, setup: Setup, store: Store, folder: TargetFolder, lend: Lend) -> None:
        self._setup = setup
        self._store = store
        self._folder = folder
        self._lend = lend

    async def save(self, message: StoredMessage) -> None:
        """Save and print it. Raises what `Downloads.save` raises, and `OutputFailed`."""
        conversation = await self._store.conversation(message.conversation_id)
        body = message.body
        bar = ProgressBar(body.name if isinstance(body, File) else describe(body))
        try:
            async with self._lend() as context:
                saved = await Downloads(context).save(message, conversation.user_name, self._folder, bar)
        finally:
            bar.erase()
        with suppress(errors.LocalError):  # the file is there, and the store may be one that can only be read
            await self._store.note_file(message.id, saved.path.name, saved.size)
        if self._setup.json:
            write_json(await self._facts(message, saved), keep=True)
        else:
            write_path(saved.path, keep=True)

    async def _facts(self, message: StoredMessage, saved: Saved) -> dict[str, object]:
        [named] = await self._store.named([message])
        kind = kind_of(message.body)
        return {
            "path": str(saved.path),
            **facts(named),
            "conversation": named.chat,
            "kind": kind.value if kind else "",
            "size": saved.size,
            "sha256": saved.sha256,
        }
