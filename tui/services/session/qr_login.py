"""Login by a tap on the phone or by a QR code (PROTOCOL section 2)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

import msgspec

from tui import errors
from tui.services.http.transport import Transport
from tui.services.session.login_events import LoginDelayed, LoginEvent, PhaseChanged, PhoneAsked, ShowCode
from tui.services.util.ids import Ids
from tui.services.util.retry import Backoff
from tui.wire import login as wire
from tui.wire.hosts import Hosts, hosts_after_scan
from tui.wire.login import TRANSITIONS, Phase, PollEvent
from tui.wire.names import Endpoint
from tui.wire.session import Session

PUSH_PATIENCE = 60.0
"""Seconds that the phone has for a tap before a QR code is shown: it may lie in another room."""

_PUSHED = {
    **TRANSITIONS,
    (Phase.SCANNED, PollEvent.EXPIRE): Phase.EXPIRED,
    (Phase.UNCONFIRMED, PollEvent.EXPIRE): Phase.EXPIRED,
}
"""Transitions of a login by push: a question that expired on the phone is over, for there is no code to scan again."""


class QrLogin(msgspec.Struct, frozen=True):
    """Attempt to log in, until `deadline` (of `time.monotonic`)."""

    transport: Transport
    ids: Ids
    on_event: Callable[[LoginEvent], None]
    deadline: float
    extspam: str = ""

    def __repr__(self) -> str:
        """Without the transport and what a desktop client gave."""
        return f"QrLogin(deadline={self.deadline})"

    async def by_code(self, endpoint: Endpoint, hosts: Hosts) -> Session:
        """Show QR codes until one is confirmed; a code that expires is replaced.

        Raises `LoginExpired` at the deadline, `LoginFailed` and its kin, `NetworkError` when no code can be had.
        """
        while time.monotonic() < self.deadline:
            call = wire.jslogin(endpoint, hosts, now_ms=self.ids.now_ms(), desktop=bool(self.extspam))
            uuid = await self.transport.run(call)
            self.on_event(ShowCode(wire.qr_text(uuid)))
            redirect = await self._until_confirmed(endpoint, hosts, uuid, TRANSITIONS, self.deadline)
            if redirect:
                return await self._enter(endpoint, hosts, redirect)
        raise errors.LoginExpired(why="")

    async def by_push(self, known: Session) -> Session:
        """Ask the phone of an earlier session for a tap. Raises as `by_code`; `LoginFailed` when it cannot be asked."""
        uuid = await self.transport.run(wire.push_login(known))
        self.on_event(PhoneAsked())
        until = min(self.deadline, time.monotonic() + PUSH_PATIENCE)
        redirect = await self._until_confirmed(known.endpoint, known.hosts, uuid, _PUSHED, until)
        if not redirect:
            raise errors.LoginExpired(why="")
        return await self._enter(known.endpoint, known.hosts, redirect)

    async def _until_confirmed(
        self, endpoint: Endpoint, hosts: Hosts, uuid: str, table: Mapping[tuple[Phase, PollEvent], Phase], until: float
    ) -> str:
        """Poll, and return the address that comes with the confirmation, or "" when the code expired."""
        phase = Phase.WAITING
        backoff = Backoff(self.ids.jitter, first=1, most=10)
        while time.monotonic() < until:
            call = wire.poll(endpoint, hosts, uuid, scanned=phase is not Phase.WAITING, now_ms=self.ids.now_ms())
            began = time.monotonic()
            try:
                async with asyncio.timeout(until - began):
                    poll = await self.transport.run(call)
            except TimeoutError:
                break
            except errors.NetworkError as error:
                wait = min(backoff.wait(), max(0.0, until - time.monotonic()))
                self.on_event(LoginDelayed(error, wait))
                await asyncio.sleep(wait)
                continue
            backoff.reset()
            after = table[phase, poll.event]
            if after is not phase:
                self.on_event(PhaseChanged(after))
            if after in (phase, Phase.EXPIRED) and time.monotonic() - began < 0.5:
                # A long poll that answers at once, or a code that is expired from the start: do not hammer the server.
                await asyncio.sleep(1)
            phase = after
            if phase is Phase.CONFIRMED:
                return poll.redirect_uri
            if phase is Phase.EXPIRED:
                return ""
        raise errors.LoginExpired(why="")

    async def _enter(self, endpoint: Endpoint, hosts: Hosts, redirect: str) -> Session:
        hosts = hosts_after_scan(endpoint, hosts, redirect)
        call = wire.new_login_page(endpoint, hosts, redirect, extspam=self.extspam)
        ticket = await self.transport.run(call)
        return Session(
            endpoint=endpoint,
            hosts=hosts,
            uin=ticket.uin,
            sid=ticket.sid,
            skey=ticket.skey,
            pass_ticket=ticket.pass_ticket,
            data_ticket=ticket.data_ticket or self.transport.cookie("webwx_data_ticket"),
            device_id=self.ids.device_id(),
        )
