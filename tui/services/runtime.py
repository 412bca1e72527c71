"""Runtime of one profile: its session, outbox, control server and maintenance, put together here and nowhere else.

The full-screen program, `wxtui listen`, `wxtui recv` and the fault campaign all run this class. Importing it costs
little: a program draws its first screen before `Runtime.begin` imports the parts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from tui import errors
from tui.config.settings import Keep, Settings
from tui.paths import Profile
from tui.services.client.events import (
    ActionNeeded,
    ConnectionState,
    LoggedIn,
    Recovered,
    SessionEnded,
    SessionEvent,
    Trouble,
)
from tui.services.sending.recall_window import RecallWindow
from tui.services.session.login_options import LoginOptions
from tui.services.uploads.upload_state import Upload, UploadState
from tui.services.util.background import persistent, report, spawn
from tui.store.changes import Change, ConversationMerged, MessageChanged, MessagesAdded
from tui.store.errors import StoreClosed
from tui.store.store import Store
from tui.store.subscription import Subscription

if TYPE_CHECKING:
    from tui.services.attention.mutes import MuteTimer
    from tui.services.client.client import Client
    from tui.services.client.supervisor import SessionSupervisor
    from tui.services.control_server.control_server import ControlServer
    from tui.services.event_log import EventLog
    from tui.services.hooks.hooks import Hooks
    from tui.services.maintenance import Maintenance
    from tui.services.outbox import Outbox
    from tui.services.pictures.picture_cache import PictureCache
    from tui.services.pictures.pictures import Pictures
    from tui.store.models import StoredMessage

_PARTS: Final = (
    "tui.services.client.supervisor",
    "tui.services.outbox",
    "tui.services.event_log",
    "tui.services.control_server.control_server",
    "tui.services.maintenance",
    "tui.services.attention.mutes",
    "tui.services.attention.silence",
)
"""Modules that a first screen does without."""
_MB: Final = 1_000_000


class OutboxChanged(msgspec.Struct, frozen=True):
    """A queued message waits for something else now, or its delay is to be shown anew."""


class UploadChanged(msgspec.Struct, frozen=True):
    """An upload went on, told at most ten times a second, or has another state."""

    upload: Upload


class ProfileTakenOver(msgspec.Struct, frozen=True):
    """Another process owned the profile until now, and nobody here was told of what it stored."""


RuntimeEvent: TypeAlias = SessionEvent | Change | OutboxChanged | UploadChanged | ProfileTakenOver


class Runtime:
    """Runs one profile from `begin` to `close`; as an async context manager it does both.

    A program that has a first screen to draw calls `follow` before it and `begin` after it.
    """

    def __init__(
        self,
        profile: Profile,
        store: Store,
        options: LoginOptions,
        keep: Keep,
        on_event: Callable[[RuntimeEvent], None],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        attended: bool = True,
        patience: float = 600,
        picture_cache: int = 0,
        settings: Settings | None = None,
    ) -> None:
        """Take the profile's `store`, open; it is left open. `on_event` is called on the event loop.

        `attended` and `patience`: as for `SessionSupervisor`. `picture_cache`: MB of pictures that lie on the disk.
        `settings` have the person's hooks, and say what rings; without them no hook runs.
        """
        self._profile = profile
        self._store = store
        self._options = options
        self._keep = keep
        self._on_event = on_event
        self._clock = clock
        self._attended = attended
        self._patience = patience
        self._most_cached = picture_cache
        self._changes: Subscription | None = None
        self._following: asyncio.Task[None] | None = None
        self._living: asyncio.Task[None] | None = None
        self._resuming: asyncio.Task[None] | None = None
        self._hold = ExitStack()
        self._server: ControlServer | None = None
        self._maintenance: Maintenance | None = None
        self._supervisor: SessionSupervisor | None = None
        self._last_client: Client | None = None
        self._pictures: Pictures | None = None
        self._hooks: Hooks | None = None
        self._log: EventLog | None = None
        self._noting: asyncio.Task[None] | None = None
        self.use_settings(settings or Settings())
        self._mutes: MuteTimer | None = None
        self.recall_window = RecallWindow(clock)
        self.loaded_outbox: Outbox | None = None
        """Outbox once something has asked for it; a first screen does without."""
        self.busy: errors.ProfileBusy | None = None
        """Error while another process owns the profile: nothing can be sent from here."""

    # ---------------------------------------------------------------- parts and state

    @property
    def outbox(self) -> Outbox:
        """The outbox: there before the first session, and between two."""
        if self.loaded_outbox is None:
            from tui.services.outbox import Outbox

            outbox = self.loaded_outbox = Outbox(
                self._store,
                self._upload_moved,
                on_change=lambda: self._tell(OutboxChanged()),
                window=self.recall_window,
                spool=self._profile.spool,
            )
            # A file that is chosen now comes after those of an earlier run, which are not read yet.
            self._hold.enter_context(outbox.files.held())
        return self.loaded_outbox

    @property
    def pictures(self) -> Pictures:
        """Pictures of the messages; imported when the first one is to be drawn."""
        if self._pictures is None:
            from tui.services.pictures.pictures import Pictures

            self._pictures = Pictures(lambda: self.client, self._store, self._picture_cache())
        return self._pictures

    def use_settings(self, settings: Settings) -> None:
        """Run the hooks of these settings from now on, imported when there are any; decide by them what rings."""
        self._settings = settings
        if self._server is not None:
            self._note_silence()
        if self._log is not None:
            self._log.use(settings.log)
        if self._hooks is not None:
            self._hooks.use(settings)
        elif settings.hooks:
            from tui.services.hooks.hooks import Hooks

            self._hooks = Hooks(settings, self._profile, self._store, self._clock)

    def _note_silence(self) -> None:
        from tui.services.attention.silence import note_silence

        async def note() -> None:
            await note_silence(self._store, self._settings)

        self._noting = spawn(persistent(note, "noting what is silent"), "noting what is silent")

    @property
    def mutes(self) -> MuteTimer:
        """Timer that ends the mutes of conversations, when their time is over."""
        if self._mutes is None:
            from tui.services.attention.mutes import MuteTimer

            self._mutes = MuteTimer(self._store, self._clock)
        return self._mutes

    def _picture_cache(self) -> PictureCache:
        from tui.services.pictures.picture_cache import PictureCache

        most = 0 if self._keep == "nothing" else self._most_cached * _MB
        return PictureCache(self._profile.pictures, most)

    @property
    def supervisor(self) -> SessionSupervisor:
        """The session's supervisor, after `begin`."""
        assert self._supervisor is not None, "nobody asks before the first screen is drawn"
        return self._supervisor

    @property
    def client(self) -> Client | None:
        """Client of the session in use, None while there is none."""
        return None if self._supervisor is None else self._supervisor.client

    @property
    def state(self) -> ConnectionState:
        """State of the session, read from the tasks that live."""
        return ConnectionState() if self._supervisor is None else self._supervisor.state

    @property
    def silence(self) -> float | None:
        """Seconds since the server was last heard; None while it was not."""
        return None if self._supervisor is None else self._supervisor.silence

    # ---------------------------------------------------------------- from the beginning to the end

    async def __aenter__(self) -> Runtime:
        await self.begin()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def follow(self) -> None:
        """Hand on the changes of the store from now on; again does nothing."""
        if self._changes is None:
            changes = self._changes = self._store.subscribe()
            self._following = spawn(persistent(lambda: self._hand_on(changes), "following the store"), "the store")

    async def begin(self) -> None:
        """Import the parts and begin to log in; returns before that is done."""
        self.follow()
        for module in _PARTS:
            await asyncio.to_thread(import_module, module)
        from tui.services.client.supervisor import SessionSupervisor
        from tui.services.event_log import EventLog

        self._log = EventLog(self._profile, self._settings.log, set_aside=self._store.set_aside is not None)
        _ = self.outbox
        supervisor = self._supervisor = SessionSupervisor(
            self._profile,
            self._options,
            self._store,
            self._heard,
            attended=self._attended,
            patience=self._patience,
            serve=self._serve,
        )
        self.mutes.look()
        self._living = spawn(persistent(supervisor.run, "the session"), "the session")

    async def close(self) -> None:
        """End everything; what waits to be sent waits for the next start. All changes of the store are told before."""
        if self._server is not None:
            await self._server.close()
        await _end(self._resuming)
        await _end(self._noting)
        if self._mutes is not None:
            await self._mutes.close()
        if self._pictures is not None:
            await self._pictures.close()
        if self.loaded_outbox is not None:
            await self.loaded_outbox.close()
        await _end(self._living)
        if self._changes is not None and self._following is not None:
            with suppress(errors.LocalError, StoreClosed):
                # The store's thread may still be at a change whose caller was cancelled: it is told as well.
                await self._store.current_login()
            self._changes.close()
            await asyncio.wait({self._following})
        if self._hooks is not None:
            await self._hooks.close()
        if self._log is not None:
            await asyncio.to_thread(self._log.close)

    @asynccontextmanager
    async def _serve(self) -> AsyncIterator[None]:
        """Do what the profile's owner does: send what an earlier run has left waiting, let other shells in."""
        from tui.services.control_server.control_server import ControlServer
        from tui.services.control_server.owner_services import OwnerServices
        from tui.services.maintenance import Maintenance

        supervisor = self.supervisor
        if self.busy is not None:
            self.busy = None
            self._tell(ProfileTakenOver())
        self._maintenance = Maintenance(self._store, self._keep, self._past)
        self._resuming = spawn(self._resume(), "taking up the outbox")
        self._note_silence()
        self._server = ControlServer(
            OwnerServices(
                self._profile,
                self._store,
                self.outbox,
                client=lambda: supervisor.client,
                trouble=lambda: supervisor.trouble,
                log_out=supervisor.log_out,
                silence=lambda: supervisor.silence,
                settings=lambda: self._settings,
                on_mute=self.mutes.look,
            )
        )
        try:
            async with self._server:
                yield
        finally:
            await self._maintenance.end()

    async def _resume(self) -> None:
        try:
            await persistent(self.outbox.resume, "taking up the outbox")
        finally:
            self._hold.close()

    def _past(self) -> datetime | None:
        """Return a time that has come by each clock: a wrong one must not cost messages. None while it is not known."""
        found = None if self._last_client is None else self._last_client.context.surely_past()
        return None if found is None else min(self._clock(), found)

    # ---------------------------------------------------------------- events

    def _heard(self, event: SessionEvent) -> None:
        if isinstance(event, ActionNeeded) and isinstance(event.error, errors.ProfileBusy):
            self.busy = event.error
        if self._log is not None:
            self._log.session_event(event)
        self._on_event(event)
        if self._hooks is not None:
            self._hook_session(self._hooks, event)
        if isinstance(event, LoggedIn):
            self._last_client = event.client
            self.outbox.renew(event.client)
            if self._maintenance is not None:
                self._maintenance.begin()
        elif isinstance(event, Recovered):
            self.outbox.throttle.connected()
        if self._pictures is not None and isinstance(event, LoggedIn | Recovered):
            self._pictures.try_again()

    def _hook_session(self, hooks: Hooks, event: SessionEvent) -> None:
        """Hand on that the session is over, unless the person has logged out."""
        match event:
            case SessionEnded(error=errors.SessionOver() as error):
                hooks.session_ended(error, last=not self._attended)
            case ActionNeeded(error=error) if not (self._attended or isinstance(error, errors.ProfileBusy)):
                hooks.session_ended(error, last=True)
            case _:
                pass

    async def _hand_on(self, changes: Subscription) -> None:
        async for change in changes:
            if self.loaded_outbox is not None:
                try:
                    self.loaded_outbox.apply(change)
                except Exception as error:
                    # One change that it cannot take hides none of the next.
                    report(error, "following the store")
            if self._pictures is not None:
                await self._pictures.hear(change)
            if self._hooks is not None:
                match change:
                    case MessagesAdded(messages=messages):
                        self._hooks.arrived(messages)
                    case MessageChanged(message=message):
                        self._hooks.changed(message)
                    case _:
                        pass
            if self._log is not None:
                self._log.changed(change)
            self._tell(change)

    def _upload_moved(self, upload: Upload) -> None:
        upload.moved()
        if self._log is not None:
            self._log.upload_moved(upload)
        self._tell(UploadChanged(upload))
        if self._hooks is not None:
            self._hooks.upload_moved(upload)
        if upload.state is UploadState.SENT and upload.row is not None and (cache := self._picture_cache()).open:
            spawn(_note_own(cache, upload.row, upload), "noting which file was sent")

    def _tell(self, event: RuntimeEvent) -> None:
        try:
            self._on_event(event)
        except Exception as error:
            # One event that cannot be shown hides none of the next.
            report(error, "hearing of an event")


async def _note_own(cache: PictureCache, row: StoredMessage, upload: Upload) -> None:
    """Keep which file a message was, so that its picture need not come back from the server."""
    await asyncio.to_thread(cache.remember_own, row, upload.path, upload.size, upload.modified_ns)


async def _end(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.wait({task})


@asynccontextmanager
async def receiving(
    profile: Profile,
    store: Store,
    options: LoginOptions,
    keep: Keep,
    on_trouble: Callable[[errors.WxtuiError, float], None],
    settings: Settings | None = None,
) -> AsyncIterator[AsyncGenerator[Change, None]]:
    """Run the stored session for a command, and give changes as they are stored: what came since the last sync first.

    The caller holds the `OwnerLock`. `settings`: as for `Runtime`. `on_trouble` hears what failed, and how many seconds
    until the next try. When this is left nothing more is stored, and the iterator ends after what was. It raises what
    ends the session: `SessionOver`, `NotLoggedIn`, `LocalError`.
    """
    events: asyncio.Queue[RuntimeEvent | None] = asyncio.Queue()

    async def changes() -> AsyncGenerator[Change, None]:
        while (event := await events.get()) is not None:
            match event:
                case SessionEnded(error=error) | ActionNeeded(error=error):
                    raise error
                case Trouble(error=error, seconds=seconds):
                    on_trouble(error, seconds)
                case MessagesAdded() | ConversationMerged():
                    yield event
                case _:
                    pass

    try:
        async with Runtime(profile, store, options, keep, events.put_nowait, attended=False, settings=settings):
            yield changes()
    finally:
        events.put_nowait(None)
