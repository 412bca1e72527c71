"""`wxtui recv`: saves received files and pictures to the disk, as they arrive or from what is stored."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    ExitStack,
    asynccontextmanager,
    nullcontext,
    suppress,
)
from pathlib import Path
from typing import TypeAlias

import click
import msgspec

from tui import errors
from tui.cli.commands.stored_messages import find
from tui.cli.shared.batch import do_all
from tui.cli.shared.client_opening import expect_session, keep_log, tell_loading, tell_of_long_loads, tell_waiting
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.message_schema import SavedFacts, schema_option
from tui.cli.shared.output import tell, tell_person, tell_trouble, write_json, write_path
from tui.cli.shared.progress_bar import ProgressBar
from tui.cli.shared.running import ended_by_signals, run_async
from tui.cli.shared.targets import TARGET, NamedPath
from tui.config.settings import load
from tui.i18n import _, joined, say
from tui.message_summary import describe
from tui.services.client.profile_opening import (
    borrow_session,
    open_session,
    open_store,
    open_store_to_read,
    stored_session,
)
from tui.services.contacts.directory import choose
from tui.services.control.arrivals import ToldRows, arrivals, resolve
from tui.services.control.owner_connection import Owner, join
from tui.services.downloads.download import Downloads, Saved, SavedKind, kind_of
from tui.services.downloads.inbox import Inbox, Tally, UnsavedFiles, newest
from tui.services.downloads.target_folder import TargetFolder, open_folder
from tui.services.message_json import facts
from tui.services.session.context import SessionContext
from tui.services.util.background import child
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire.bodies import File

USUAL = (SavedKind.FILE, SavedKind.IMAGE, SavedKind.VIDEO)
"""Kinds that are saved without an option: waiting for a file does not mean a voice message or a sticker."""

Lend: TypeAlias = Callable[[], AbstractAsyncContextManager[SessionContext]]
"""Function that gives a session to fetch with."""


@click.command(
    help=_(
        "Save received files, images and videos.\n\n"
        "Prints the path of each, one per line. --wait saves them as they arrive, from everyone or only from TARGET, "
        "beginning with those that came since the last sync and those that an earlier --wait did not save. What you "
        "send to File Transfer from your phone counts as received. --last N saves the newest N stored ones of "
        "TARGET, oldest first. --new waits for the next one, and saves only what comes from now on; with --wait or "
        "--count for more. Without any of them: saves those of the given MSGIDs.\n\n"
        "Nothing is overwritten: a second a.txt becomes “a (2).txt”. A file appears under its name only when it is "
        "complete."
    )
)
@click.argument("names", metavar="[TARGET|MSGID...]", nargs=-1, type=TARGET)
@click.option("--wait", is_flag=True, help=_("Wait for new ones until Ctrl+C, --count or --timeout."))
@click.option("--new", is_flag=True, help=_("Wait for the next one from now on, not for what came before."))
@click.option("--last", metavar="N", type=click.IntRange(1, 10_000), help=_("Save the newest N stored ones of TARGET."))
@click.option(
    "--dir",
    "folder",
    metavar="DIR",
    type=NamedPath(),
    default=Path(),
    help=_("Folder to save to; default: the current folder."),
)
@click.option("--count", metavar="N", type=click.IntRange(1), help=_("With --wait or --new: stop after N."))
@click.option(
    "--timeout",
    metavar="S",
    type=click.FloatRange(0, min_open=True),
    help=_("With --wait or --new: stop after S seconds; exit code 1 if nothing arrived, 6 if fewer than --count."),
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([kind.value for kind in SavedKind]),
    help=_("Only this kind; can be repeated. Default: file, image, video."),
)
@click.option("--all-kinds", is_flag=True, help=_("Also save voice messages and animated images."))
@schema_option(SavedFacts)
@global_options()
def recv(
    setup: Setup,
    names: tuple[str, ...],
    wait: bool,
    new: bool,
    last: int | None,
    folder: Path,
    count: int | None,
    timeout: float | None,
    kinds: tuple[str, ...],
    all_kinds: bool,
) -> None:
    """See the help text."""
    if new and not wait:
        # The next one: what a script asks for that has just told somebody to send it.
        wait, count = True, count or 1
    if wait and last:
        raise errors.UsageError(why=_("--wait and --new cannot be combined with --last."))
    if not wait and (count or timeout):
        raise errors.UsageError(why=_("--count and --timeout need --wait or --new."))
    if (wait or last) and len(names) > 1:
        raise errors.UsageError(why=_("--wait, --new and --last take at most one TARGET."))
    if last and not names:
        raise errors.UsageError(why=_("--last needs a TARGET."))
    if not (wait or last or names):
        raise errors.UsageError(
            why=_("Choose what to save: --wait [TARGET], --new [TARGET], --last N TARGET, or a MSGID.")
        )
    wanted = frozenset(SavedKind) if all_kinds else frozenset(map(SavedKind, kinds)) or frozenset(USUAL)
    # First: hours later is too late to hear that nothing can be written there.
    with open_folder(folder) as place:
        if wait:
            _wait(setup, place, next(iter(names), None), wanted, count, timeout, new)
        else:
            run_async(_stored(setup, place, names, wanted, last))


async def _stored(
    setup: Setup, folder: TargetFolder, names: Sequence[str], kinds: frozenset[SavedKind], last: int | None
) -> None:
    stored_session(setup.profile, setup.login_options)
    async with open_store_to_read(setup.profile) as store:
        if last:
            contact = choose(names[0], await store.contacts())
            messages = await newest(store, contact.user_name, kinds, last)
            if not messages:
                raise errors.NothingStored(target=contact.name)
        else:
            messages = [await find(store, msg_id) for msg_id in dict.fromkeys(names)]
        async with borrow_session(setup.profile, setup.login_options) as context:
            await do_all(messages, _Saver(setup, store, folder, lambda: nullcontext(context)).save, go_on=True)


def _wait(
    setup: Setup,
    folder: TargetFolder,
    target: str | None,
    kinds: frozenset[SavedKind],
    count: int | None,
    patience: float | None,
    new: bool,
) -> None:
    """Save what a running wxtui receives. When none runs, or it ends, receive with the stored session."""
    expect_session(setup)
    tell_person(_("Waiting for files. Ctrl+C stops."))
    unsaved = UnsavedFiles(setup.profile.state / "unsaved.json")
    wait = _Wait(setup, folder, target, kinds, patience, Tally(count), unsaved, new)
    with ended_by_signals():
        enough = False
        while not enough:
            with ExitStack() as stack:
                owner = join(setup.profile, stack, tell_waiting, brief=False)
                if owner is None:
                    keep_log(setup)
                enough = run_async(wait.receive(owner))
    _conclude(wait.tally, patience)


class _Wait(msgspec.Struct):
    """Wait for files, from one owner of the profile to the next."""

    setup: Setup
    folder: TargetFolder
    target: str | None
    kinds: frozenset[SavedKind]
    patience: float | None
    tally: Tally
    unsaved: UnsavedFiles
    new: bool
    """True when only what comes from now on is wanted."""
    begun: bool = False
    deadline: float | None = None
    told: ToldRows = msgspec.field(default_factory=ToldRows)

    async def receive(self, owner: Owner | None) -> bool:
        """Save what comes; False when the owner has ended before it was enough."""
        setup, profile, options = self.setup, self.setup.profile, self.setup.login_options
        async with open_store(profile) as store:
            only = None if self.target is None else await _user_name(setup, owner, store, self.target)
            if self.patience is not None and self.deadline is None:
                # The wait for another command to end does not count.
                self.deadline = time.monotonic() + self.patience
            inbox = Inbox(store, self.unsaved, only, self.kinds, new=self.new)
            saver = _Saver(setup, store, self.folder, lambda: borrow_session(profile, options))
            left = None if self.deadline is None else self.deadline - time.monotonic()
            end = None if left is None else asyncio.get_running_loop().time() + left
            if self.new and not self.begun and owner is None and not await self._caught_up(store, inbox, end):
                return True
            self.begun = True
            async with _collecting(setup, owner, store, inbox, self.told) as collecting:
                enough = await _take(inbox, saver, self.tally, end)
        if not enough:
            with suppress(errors.OwnerGone):
                collecting.result()
        return enough

    async def _caught_up(self, store: Store, inbox: Inbox, end: float | None) -> bool:
        """Leave what came since the last sync to another run; False where that took until `end`."""
        from tui.services.sync.sync_loop import SyncLoop

        with store.subscribe() as changes:
            leaving = child(inbox.leave(changes))
            try:
                async with (
                    asyncio.timeout_at(end),
                    open_session(self.setup.profile, self.setup.login_options, store) as client,
                ):
                    await SyncLoop(client.context, store, client.directory, tell_trouble).catch_up()
            except TimeoutError:
                self.tally.late = True
                return False
            finally:
                changes.close()
                await leaving
        return True


async def _user_name(setup: Setup, owner: Owner | None, store: Store, target: str) -> str:
    """Return the UserName that `target` means. Raises as `Directory.resolve`."""
    if owner is not None:
        return (await resolve(owner, target, tell_loading)).user_name
    async with open_session(setup.profile, setup.login_options, store) as client:
        tell_of_long_loads(client.directory)
        return (await client.directory.resolve(target)).user_name


@asynccontextmanager
async def _collecting(
    setup: Setup, owner: Owner | None, store: Store, inbox: Inbox, told: ToldRows
) -> AsyncIterator[asyncio.Task[None]]:
    """Collect what the owner receives, or what the stored session does, which other shells may use meanwhile."""
    if owner is not None:
        collecting = child(inbox.collect(arrivals(setup.profile, owner.pid, store, told)))
        try:
            yield collecting
        finally:
            collecting.cancel()
            await asyncio.wait({collecting})
        return
    from tui.services.runtime import receiving

    async with AsyncExitStack() as stack:
        source = receiving(setup.profile, store, setup.login_options, load().keep, tell_trouble)
        collecting = child(inbox.collect(told.then(await stack.enter_async_context(source), store)))
        try:
            yield collecting
        finally:
            # Nothing more is received; what was is noted, for the next time.
            await stack.aclose()
            await asyncio.wait({collecting})


async def _take(inbox: Inbox, saver: _Saver, tally: Tally, deadline: float | None) -> bool:
    """Save one message after the other until it is enough; False when nothing comes any more."""
    while not tally.full:
        # What is being saved is saved to its end: only waiting is cut short.
        try:
            async with asyncio.timeout_at(deadline):
                message = await inbox.next()
        except TimeoutError:
            tally.late = True
            break
        if message is None:
            return False
        try:
            await saver.save(message)
        except (errors.SessionOver, errors.FolderUnusable) as error:
            # What comes next would fare no better. It is not given up: the next time may.
            tally.failures.append(error)
            break
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
    return True


def _conclude(tally: Tally, patience: float | None) -> None:
    """Raise the error that the exit code has to say."""
    if not tally.done:
        if tally.failures:
            raise tally.failures[0]
        raise errors.NothingArrived(seconds=f"{patience:g}")
    reasons = [say(error) for error in tally.failures]
    if tally.missing > 0:
        reasons.append(_("{count} more did not arrive in time.").format(count=tally.missing))
    if reasons:
        total = tally.count or tally.done + len(tally.failures)
        raise errors.PartlyDone(done=tally.done, total=total, why=joined(*dict.fromkeys(reasons)))


class _Saver:
    """Saves one message after another, and prints the path of each."""

    def __init__(self, setup: Setup, store: Store, folder: TargetFolder, lend: Lend) -> None:
        self._setup = setup
        self._store = store
        self._folder = folder
        self._lend = lend

    async def save(self, message: StoredMessage) -> None:
        """Save the file of a message, and print its path. Raises what `Downloads.save` raises, and `OutputFailed`."""
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
