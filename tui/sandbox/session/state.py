"""State of the server: the world, its logins, messages, uploads, faults and what clients did wrong."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Coroutine

from tui.sandbox.session.bell import Bell
from tui.sandbox.session.faults import Faults
from tui.sandbox.session.history import populate
from tui.sandbox.session.phone import Attempt, PhonePhase, new_attempt
from tui.sandbox.session.session import SandboxSession, SentRecord, open_session
from tui.sandbox.session.stream import ContactDeleted, ContactUpdated
from tui.sandbox.session.uploads import UploadStore
from tui.sandbox.world import message_xml as xml
from tui.sandbox.world.kinds import KINDS, Draft
from tui.sandbox.world.message import Json, MessageParts, SandboxMessage, escape
from tui.sandbox.world.options import SandboxOptions
from tui.sandbox.world.people import SELF, Partner
from tui.sandbox.world.world import World
from tui.wire.names import Endpoint, MsgType, Ret

MAX_ATTEMPTS = 100


class State:
    """State of a sandbox. Belongs to the event loop that serves it."""

    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        self.closing = Bell()
        self.closed = False
        self._tasks: set[asyncio.Task[None]] = set()
        self.uploads = UploadStore(options)
        self._begin()

    def _begin(self) -> None:
        self.ahead = 0.0
        """Seconds by which the server's clock was put on."""
        self.random = random.Random(f"sandbox {self.options.seed}")
        self.world = World(self.options)
        self.messages: dict[str, SandboxMessage] = {}
        self.attempts: dict[str, Attempt] = {}
        self.sessions: list[SandboxSession] = []
        self.sent: list[SentRecord] = []
        self.read: list[Json] = []
        self.reordered: set[str] = set()
        self.spent_tickets: set[str] = set()
        self.calls: Counter[str] = Counter()
        self.warnings: Counter[tuple[str, str]] = Counter()
        self.faults = Faults()
        self.login_ret: int = int(Ret.OK)
        populate(self)

    # ------------------------------------------------------------ life

    def reset(self) -> None:
        """Begin again; whoever is logged in is logged out."""
        self._stop()
        self.uploads.clear()
        self._begin()

    def close(self) -> None:
        """End the polls and the people, and remove what was uploaded."""
        self.closed = True
        self._stop()
        self.uploads.close()

    def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        self.closing.ring()
        for attempt in self.attempts.values():
            attempt.move(PhonePhase.EXPIRED)
        for session in self.sessions:
            session.end(Ret.LOGGED_OUT)

    async def pause(self, seconds: float) -> None:
        """Sleep, but not beyond the end of the sandbox."""
        await self.closing.wait(seconds)

    def start(self, work: Coroutine[object, object, None]) -> None:
        """Run something beside the requests."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def now(self) -> float:
        """Return the seconds since 1970, by the sandbox's clock."""
        return self.options.clock() + self.ahead

    def advance(self, seconds: float) -> None:
        """Let the clock go on at once, and codes expire by it."""
        self.ahead += seconds
        for attempt in list(self.attempts.values()):
            if attempt.dies <= self.now():
                attempt.move(PhonePhase.EXPIRED)

    def warn(self, call: str, sentence: str) -> None:
        """Record what a client does that the real server does not mind, or is not known to."""
        self.warnings[call, sentence] += 1

    # ------------------------------------------------------------ logins

    def new_attempt(self, endpoint: Endpoint) -> Attempt:
        """Return a new QR code, which the scripted phone will scan."""
        attempt = new_attempt(endpoint, self.now() + self.options.qr_seconds, self.random)
        self.attempts[attempt.uuid] = attempt
        if len(self.attempts) > MAX_ATTEMPTS:
            del self.attempts[next(iter(self.attempts))]
        if self.options.scan_delay is not None:
            self.start(self._phone(attempt, self.options.scan_delay))
        return attempt

    async def _phone(self, attempt: Attempt, delay: float) -> None:
        confirm = delay if self.options.confirm_delay is None else self.options.confirm_delay
        await asyncio.sleep(delay)
        if attempt.phase is PhonePhase.SCANNED or attempt.move(PhonePhase.SCANNED):
            await asyncio.sleep(confirm)
            attempt.move(PhonePhase.CONFIRMED)

    def newest_attempt(self) -> Attempt | None:
        """Return the QR code that is on the screen now."""
        return next((attempt for attempt in reversed(self.attempts.values()) if attempt.open), None)

    def log_in(self, endpoint: Endpoint) -> SandboxSession:
        """Return a new session; an earlier one of this variant ends as "logged in elsewhere"."""
        for session in self.sessions:
            if session.endpoint is endpoint:
                session.end(Ret.LOGGED_IN_ELSEWHERE)
        number = len(self.sessions) + 1
        rng = random.Random(f"{self.options.seed} login {number}")
        session = open_session(number, endpoint, self.world, rng, self.now())
        self.sessions.append(session)
        waiting = [message for message in self.messages.values() if not message.seen and session.sees(message.chat)]
        for message in sorted(waiting, key=lambda message: message.created):
            session.stream.add(message)
        return session

    def live(self) -> list[SandboxSession]:
        """Return the sessions that are not over."""
        return [session for session in self.sessions if session.ended is None]

    # ------------------------------------------------------------ messages

    def fresh_id(self) -> str:
        """Return a new MsgId: 19 digits, below 2**63, and more than a float can hold."""
        return str(self.random.randrange(10**18, 9 * 10**18) | 1)

    def arrive(
        self,
        kind: str,
        chat: Partner,
        sender: str,
        content: str | Json | None = None,
        *,
        about: Partner | None = None,
        age: float = 0,
    ) -> SandboxMessage:
        """Let a message of a kind arrive; `sender` is a key, or "" for the server. Raises `BadContent`."""
        parts = KINDS[kind](Draft(self.random, chat, content, about))
        return self.deliver(self.compose(parts, chat, sender, age))

    def compose(self, parts: MessageParts, chat: Partner, sender: str, age: float = 0) -> SandboxMessage:
        """Return a message that nobody has got yet."""
        return SandboxMessage(self.fresh_id(), chat.key, sender, int(self.now() - age), parts, chat.is_group)

    def deliver(self, message: SandboxMessage, but: SandboxSession | None = None) -> SandboxMessage:
        """Add a message to the stream of every live session that sees its chat, except `but`, which sent it."""
        self.messages[message.msg_id] = message
        if message.chat in self.world.recent:
            self.world.bump(message.chat)
        for session in self.live():
            if session is not but and session.sees(message.chat):
                session.stream.add(message)
        return message

    def take_back(self, message: SandboxMessage, but: SandboxSession | None = None) -> SandboxMessage:
        """Let the sender revoke a message."""
        chat = self.world.contacts[message.chat]
        name = self.world.contacts[message.sender].name if message.sender else "系统"
        content = xml.revoke(chat.alias or chat.key, message.msg_id, f'"{name}" 撤回了一条消息')
        parts = MessageParts(MsgType.REVOKE, escape(content))
        return self.deliver(self.compose(parts, chat, message.sender), but)

    def announce(self, contact: Partner, *, joined: bool = False) -> None:
        """Tell the sessions of a contact that changed, or is new (`joined`)."""
        for session in self.live():
            if session.sees(contact.key):
                session.stream.add(ContactUpdated(contact.key, joined))

    def remove(self, contact: Partner) -> None:
        """Delete a contact."""
        contact.saved = False
        if contact.key in self.world.recent:
            self.world.recent.remove(contact.key)
        for session in self.live():
            if session.sees(contact.key):
                session.stream.add(ContactDeleted(contact.key, session.names.of(contact.key)))

    def last_from(self, sender: str, chat: Partner) -> SandboxMessage | None:
        """Return the newest message that somebody wrote in a chat."""
        found = (m for m in reversed(self.messages.values()) if (m.sender, m.chat) == (sender, chat.key))
        return next((m for m in found if m.parts.msg_type not in (MsgType.REVOKE, MsgType.STATUS_NOTIFY)), None)

    def mine(self, session: SandboxSession) -> str:
        """Return one's own UserName in a session."""
        return session.names.of(SELF)
