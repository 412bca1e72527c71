"""Supervisor of a profile's session for as long as a program runs: login, sync, and login again when it has ended.

Importing it costs little: `run` imports what needs the network, in a thread.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext, suppress
from datetime import datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NoReturn

from tui import errors
from tui.breakage import log_breakage
from tui.kept_screen import keeping
from tui.paths import Profile
from tui.services.client.events import (
    ActionNeeded,
    ConnectionState,
    ContactsLoading,
    LoggedIn,
    Recovered,
    SessionEnded,
    SessionEvent,
    Trouble,
)
from tui.services.session.login_events import LoginDelayed, LoginEvent, PhaseChanged, PhoneAsked, ShowCode
from tui.services.session.login_options import LAST_VARIANT, LoginOptions
from tui.services.session.profile_lock import OwnerLock
from tui.services.util.background import child, is_cancelled, persistent, report, spawn
from tui.services.util.ids import Ids
from tui.services.util.retry import CALM, Backoff
from tui.services.util.suspend import Pause, steady, watching
from tui.store.store import Store
from tui.wire.names import Endpoint

if TYPE_CHECKING:
    from tui.services.client.client import Client
    from tui.services.sync.sync_loop import SyncLoop

log = logging.getLogger("wxtui.session")

AT_ONCE: Final = 30.0
"""Seconds: a session that ends so soon after its login is one that the account may not have. Another login without a
person would only send the phone question after question."""
_BRIEF: Final = 0.3
"""Seconds between two looks whether a command has given the profile back."""
_TAKE_OVER: Final = 0.5
"""Seconds between two looks whether a program that stays has ended; nothing tells of a process that is killed."""
_NETWORK: Final = (
    *("tui.services.client.authenticate", "tui.services.sync.sync_loop"),
    # With httpcore, which would come with the first call, on the event loop.
    "tui.services.http.sockets",
)
"""Modules that a session needs."""
STALE: Final = timedelta(hours=1)
"""How old the list of contacts may be when a session is resumed, before it is fetched anew."""


class SessionSupervisor:
    """Keeps a session for one profile while `run` runs, and owns the profile for that time.

    A second supervisor is refused with `ProfileBusy`, and takes the profile over when the first one ends. Everything
    is called on the event loop's thread, `on_event` too.
    """

    def __init__(
        self,
        profile: Profile,
        options: LoginOptions,
        store: Store,
        on_event: Callable[[SessionEvent], None],
        *,
        attended: bool = True,
        patience: float = 600,
        serve: Callable[[], AbstractAsyncContextManager[object]] = nullcontext,
    ) -> None:
        """Take the profile's `store`, open; it is left open.

        `attended`: a person can log in, with a QR code that may stand unused for `patience` seconds. Unattended, the
        stored session is used until it ends, `SessionEnded` is the last event, and the caller holds the `OwnerLock`.
        `serve` is entered once the profile is owned and what a dead process left in its store is repaired; it is left
        before the profile is given back.
        """
        self._profile = profile
        self._options = options
        self._store = store
        self._on_event = on_event
        self._attended = attended
        self._patience = patience
        self._serve = serve
        self._backoff = Backoff(Ids().jitter, first=1, most=60)
        self._pause = Backoff(Ids().jitter, first=1, most=60)
        self._stumbles = Backoff(Ids().jitter, first=1, most=300)
        self._busy_with = ""
        self._owns = self._repaired = False
        self._began = 0.0
        self._wish = asyncio.Event()
        self._leaving: list[asyncio.Future[None]] = []
        self._fresh = False
        self._troubled = False
        self._confirmed = False
        self._sync: SyncLoop | None = None
        self._last_sync: datetime | None = None
        self._silent_since: float | None = None
        self._client: Client | None = None
        self._receiving: asyncio.Task[Any] | None = None
        self._retry: float | None = None
        self._wants_person = False
        self._took_risk = False
        self.trouble: errors.WxtuiError | None = None
        """Error that keeps it from having a session, as far as it was told."""

    @property
    def client(self) -> Client | None:
        """Client of the session in use; None once its sync task has ended, for whatever reason."""
        return None if self._receiving is None or self._receiving.done() else self._client

    @property
    def state(self) -> ConnectionState:
        """State of the session."""
        client = self.client
        coming = None if client is None else client.directory.loading
        return ConnectionState(client is not None, self.trouble, self._retry, self._wants_person, coming)

    @property
    def endpoint(self) -> Endpoint:
        """Variant that is in use, or that is being logged in to."""
        return self._options.endpoint or self._options.first

    @property
    def last_sync(self) -> datetime | None:
        """Time when the server was last heard, aware; None while it was not."""
        heard = None if self._sync is None else self._sync.last_sync
        return heard or self._last_sync

    @property
    def silence(self) -> float | None:
        """Seconds since the server was last heard, by a clock that nobody sets; None while it was not."""
        heard = None if self._sync is None else self._sync.silence
        if heard is None and self._silent_since is not None:
            heard = steady() - self._silent_since
        return heard

    # ---------------------------------------------------------------- wishes of a person

    def again(self, endpoint: Endpoint | None = None, fresh: bool = True) -> None:
        """Log in anew, from wherever things stand: after `ActionNeeded`, in the middle of a login, or out of a session.

        `endpoint` switches the variant; `fresh` shows a QR code at once, without asking the phone first.
        """
        self._options = LoginOptions(endpoint or self._options.endpoint, self._options.origin)
        self._fresh = fresh
        self._wish.set()

    def take_risk(self) -> None:
        """Hear that a person knows what a login to the web version may cost; `again` follows. It is asked once."""
        self._took_risk = True

    async def log_out(self) -> None:
        """End the session here and at the server, whatever the network says, while `run` runs. Raises `LocalError`.

        `SessionEnded` follows, and nothing goes on until `again` is called.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._leaving.append(done)
        self._wish.set()
        await done

    # ---------------------------------------------------------------- login, session, login again

    async def run(self) -> NoReturn:
        """Log in, sync, log in again, until cancelled; then all but the store is closed."""
        self._owns, self._repaired = not self._attended, False
        try:
            async with AsyncExitStack() as owned:
                while True:
                    try:
                        await _load()
                        await self._until_wished(self._live(owned))
                        while self._leaving:
                            await self._leave()
                    except Exception as error:
                        # The profile stays owned, and a person's wish cuts the wait short.
                        seconds = self._stumbled(error)
                        await self._until_wished(asyncio.sleep(seconds))
        finally:
            for done in self._leaving:
                done.cancel()

    async def _until_wished(self, life: Coroutine[Any, Any, None]) -> None:
        """Let `life` go on until a person wants something else."""
        living = child(life)
        wished = child(self._wish.wait())
        try:
            await asyncio.wait({living, wished}, return_when=asyncio.FIRST_COMPLETED)
            if living.done():
                living.result()
        finally:
            living.cancel()
            wished.cancel()
            await asyncio.gather(living, wished, return_exceptions=True)
        self._busy_with = ""
        self._wish.clear()

    async def _leave(self) -> None:
        from tui.services.client.authenticate import log_out

        waiting = self._leaving.pop(0)
        try:
            await log_out(self._profile, LoginOptions())
        except errors.NotLoggedIn:
            pass
        except errors.LocalError as error:
            if not waiting.done():
                waiting.set_exception(error)
        except BaseException:
            waiting.cancel()
            raise
        # Whoever logs out has had enough of it for now, unless `again` was called meanwhile.
        self._tell(SessionEnded(errors.NotLoggedIn(profile=self._profile.name)))
        if not waiting.done():
            waiting.set_result(None)
        if not self._leaving:
            await self._wish.wait()
            self._wish.clear()

    async def _live(self, owned: AsyncExitStack) -> NoReturn:
        """Have one session after another, and wait after each failure as its kind asks for."""
        while True:
            try:
                await self._own(owned)
                await self._session()
            except errors.SessionOver as error:
                keeping.drop(self._profile.state)
                self._tell(SessionEnded(error))
                if not self._attended:
                    await _for_ever()
                if time.monotonic() - self._began < AT_ONCE:
                    # A server that resumes a session and ends it at once would have us do nothing else.
                    await self._rest(self._pause.wait())
                else:
                    self._pause.reset()
            except errors.BusyBriefly as error:
                # A command owns the profile; it sends something and ends.
                self._trouble(error, _BRIEF)
                await self._rest(_BRIEF)
            except (errors.NetworkError, errors.ServerFault, errors.TooFrequent) as error:
                seconds = self._backoff.wait(CALM if isinstance(error, errors.TooFrequent) else 0.0)
                self._trouble(error, seconds)
                await self._rest(seconds)
            except errors.ProfileBusy as error:
                # Told once for each owner, which may end at any moment, also by being killed.
                if str(error.facts["pid"]) not in (self._busy_with, "?"):
                    self._busy_with = str(error.facts["pid"])
                    self._tell(ActionNeeded(error))
                await asyncio.sleep(_TAKE_OVER)
            except errors.WxtuiError as error:
                self._tell(ActionNeeded(error))
                await _for_ever()
            except Exception as error:
                # A mistake of ours in a login, in the sync, in what they call: the program goes on.
                seconds = self._stumbled(error)
                if is_cancelled():
                    raise asyncio.CancelledError from None
                await self._rest(seconds)

    def _stumbled(self, error: Exception) -> float:
        """Tell of a mistake of ours; return the seconds until the next try."""
        log_breakage(log, "the session's task broke", error)
        if time.monotonic() - self._began > AT_ONCE:
            self._stumbles.reset()
        seconds = self._stumbles.wait()
        self._trouble(errors.Unexpected(what=type(error).__name__), seconds)
        return seconds

    async def _rest(self, seconds: float) -> None:
        """Wait before the next try; a machine that wakes from sleep waits no longer, and its backoff begins anew."""
        pause = Pause()

        def wake() -> None:
            self._backoff.reset()
            self._pause.reset()
            pause.cut()

        with suppress(TimeoutError):
            async with watching(wake), pause.waiting():
                await asyncio.sleep(seconds)

    async def _own(self, owned: AsyncExitStack) -> None:
        """Own the profile, once: lock it, repair what a dead process left in the store, serve other shells, and read
        from the stored session which variant and server to talk to, before that session may be gone.
        """
        from tui.services.session.session_file import SessionFile

        if not self._owns:
            owned.enter_context(OwnerLock(self._profile))
            self._owns = True
        if self._repaired:
            return
        await self._store.repair()
        self._repaired = True
        await owned.enter_async_context(self._serve())
        stored = await asyncio.to_thread(SessionFile(self._profile.session_file).load)
        if stored is not None:
            origin = self._options.origin or stored.origin
            self._options = LoginOptions(self._options.endpoint or stored.session.endpoint, origin)
        elif self._options.endpoint is None:
            self._options = LoginOptions(await self._last_variant(), self._options.origin)

    async def _last_variant(self) -> Endpoint:
        """Return the variant of the last login, for a profile that has no session any more."""
        with suppress(ValueError):
            return Endpoint(await self._store.value(LAST_VARIANT))
        # Earlier versions kept no note, and had the web version for those who chose nothing.
        return self._options.first if await self._store.current_login() is None else Endpoint.WEB

    async def _session(self) -> NoReturn:
        """Log in and sync until the session ends. Raises what ends it."""
        from tui.services.sync.sync_loop import SyncLoop

        self._confirmed = False
        await self._heed_risk()
        async with self._log_in() as client:
            self._fresh = False
            self._recovered()
            self._options = LoginOptions(client.context.session.endpoint, self._options.origin)
            self._began = time.monotonic()
            self._client, self._receiving = client, asyncio.current_task()
            sync = self._sync = SyncLoop(client.context, self._store, client.directory, self._trouble, self._recovered)
            client.directory.on_progress(lambda: self._tell(ContactsLoading()))
            refreshing = spawn(persistent(lambda: _refresh(client), "the contacts' refresh"), "the contacts' refresh")
            try:
                self._tell(LoggedIn(client))
                await sync.run()
            except errors.SessionOver as error:
                if self._confirmed and time.monotonic() - self._began < AT_ONCE:
                    raise errors.LoggedOutAtOnce(why=error.said) from None
                raise
            finally:
                self._client = self._receiving = None
                silence = self.silence
                self._silent_since = None if silence is None else steady() - silence
                self._last_sync, self._sync = self.last_sync, None
                refreshing.cancel()
                await asyncio.gather(refreshing, return_exceptions=True)

    async def _heed_risk(self) -> None:
        """Let no first login to the web version begin that nobody knows the risk of. Raises `RiskUntold`."""
        if not self._attended:
            return
        from tui.services.session.risk import note_told, risk_to_tell

        risk = await asyncio.to_thread(risk_to_tell, self._profile, self._options)
        if risk is None:
            return
        if not self._took_risk:
            raise errors.RiskUntold
        await asyncio.to_thread(note_told, self._profile, risk)

    def _log_in(self) -> AbstractAsyncContextManager[Client]:
        if not self._attended:
            from tui.services.client.profile_opening import open_session

            return open_session(self._profile, self._options, self._store)
        from tui.services.client.authenticate import log_in

        return log_in(
            self._profile,
            self._options,
            self._heard,
            fresh=self._fresh,
            patience=self._patience,
            store=self._store,
            contacts=False,
        )

    # ---------------------------------------------------------------- events

    def _tell(self, event: SessionEvent) -> None:
        if isinstance(event, Trouble | ActionNeeded | SessionEnded):
            self.trouble = event.error
            self._retry = event.seconds if isinstance(event, Trouble) else None
        elif isinstance(event, LoggedIn | Recovered):
            self.trouble = self._retry = None
        if isinstance(event, ShowCode | PhoneAsked | ActionNeeded | SessionEnded | LoggedIn):
            self._wants_person = not isinstance(event, LoggedIn)
        try:
            self._on_event(event)
        except Exception as error:
            if isinstance(event, LoggedIn):
                # A program that was not told of the session does not send through it.
                raise
            # A screen that cannot show it costs nobody the session.
            report(error, "hearing of the session")

    def _heard(self, event: LoginEvent) -> None:
        if not isinstance(event, LoginDelayed):
            self._recovered()
        if isinstance(event, PhaseChanged) and event.phase.name == "CONFIRMED":
            self._confirmed = True
        self._tell(event)

    def _trouble(self, error: errors.WxtuiError, seconds: float) -> None:
        self._troubled = True
        self._tell(Trouble(error, seconds))

    def _recovered(self) -> None:
        self._backoff.reset()
        if self._troubled:
            self._troubled = False
            self._tell(Recovered())


async def _load() -> None:
    """Import httpx and all that uses it, which takes 70 ms."""
    for module in _NETWORK:
        await asyncio.to_thread(import_module, module)


async def _refresh(client: Client) -> None:
    """Load the contacts after a login, or when they are old; a failure costs only their names, and is tried again."""
    login = await client.store.current_login()
    refreshed = None if login is None else login.contacts_refreshed_at
    if refreshed is not None and client.context.ids.now() - refreshed <= STALE:
        return
    backoff = Backoff(client.context.ids.jitter, first=2, most=300)
    while True:
        try:
            await client.directory.refresh()
            return
        except errors.SessionOver:
            return
        except (errors.NetworkError, errors.ServerRefused) as error:
            seconds = backoff.wait(CALM if isinstance(error, errors.TooFrequent) else 0.0)
            log.info("contacts wait %.1f s: %s", seconds, error.code)
            await asyncio.sleep(seconds)
        except errors.LocalError as error:
            log.info("contacts are not stored: %s", error.code)
            return


async def _for_ever() -> NoReturn:
    while True:
        await asyncio.Event().wait()
