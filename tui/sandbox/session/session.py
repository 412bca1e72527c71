"""Session of a client: its credentials, the UserNames that are valid in it, and what it received and sent."""

from __future__ import annotations

import hashlib
import random
import string
from dataclasses import dataclass, field

from tui.sandbox.session.stream import EventStream
from tui.sandbox.world.media_bytes import Media
from tui.sandbox.world.world import World
from tui.wire.names import FILEHELPER, Endpoint, Ret

_BASE64 = string.ascii_letters + string.digits


class UserNames:
    """UserNames of one login: fresh for everybody but the special accounts (PROTOCOL section 3)."""

    def __init__(self, world: World, salt: str) -> None:
        self._world = world
        self._salt = salt
        self._by_key: dict[str, str] = {}
        self._by_name: dict[str, str] = {}
        for key in world.contacts:
            self.of(key)

    def of(self, key: str) -> str:
        """Return the UserName of a contact."""
        if key not in self._by_key:
            contact = self._world.contacts[key]
            digest = hashlib.sha256(f"{self._salt} {key}".encode()).hexdigest()
            name = f"@@{digest}" if contact.is_group else f"@{digest[:32]}"
            self._by_key[key] = key if contact.special else name
            self._by_name[self._by_key[key]] = key
        return self._by_key[key]

    def key(self, user_name: str) -> str | None:
        """Return the key of the contact with a UserName, or None."""
        return self._by_name.get(user_name)


@dataclass(slots=True)
class SentRecord:
    """Message that this account sent; a row of `/_sandbox/sent`."""

    msg_id: str
    client_msg_id: str
    call: str
    msg_type: int
    chat: str
    user_name: str
    to_name: str
    content: str
    media_id: str
    media: Media | None
    time: float
    session: int
    revoked: bool = False


@dataclass(slots=True)
class SandboxSession:
    """A logged-in client. `ended` is the code that its calls get once it is over."""

    number: int
    endpoint: Endpoint
    uin: str
    sid: str
    pass_ticket: str
    data_ticket: str
    auth_ticket: str
    skeys: list[str]
    names: UserNames
    stream: EventStream
    syncs: int = 0
    ended: Ret | None = None
    greeted: bool = False
    sent: dict[str, SentRecord] = field(default_factory=dict)
    since: int = 0
    """Time of the login, in seconds since 1970."""
    files: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    """First file (name, size, md5) under each `id` of an upload."""

    @property
    def skey(self) -> str:
        """Newest skey. All before it work until the session ends, for clients keep that of the login page."""
        return self.skeys[-1]

    @property
    def cookies(self) -> dict[str, str]:
        """Cookies of this login, by name; set at webwxnewloginpage and again at webwxinit."""
        return {
            "wxuin": self.uin,
            "wxsid": self.sid,
            "wxloadtime": str(self.since),
            "mm_lang": "zh_CN",
            "webwx_data_ticket": self.data_ticket,
            "webwxuvid": self.names.of("self").removeprefix("@"),
            "webwx_auth_ticket": self.auth_ticket,
        }

    def sees(self, chat: str) -> bool:
        """Return True when messages of this chat reach this variant."""
        return self.endpoint is Endpoint.WEB or chat == FILEHELPER

    def end(self, code: Ret) -> None:
        """Make every later call fail with this code, and wake the long polls."""
        if self.ended is None:
            self.ended = code
            self.stream.bell.ring()


def token(rng: random.Random, length: int, extra: str = "") -> str:
    """Return random letters and digits, in which each of `extra` occurs at least once."""
    characters = [*extra, *rng.choices(_BASE64 + extra, k=length - len(extra))]
    rng.shuffle(characters)
    return "".join(characters)


def skey(rng: random.Random) -> str:
    """Return a fresh skey in the form of a real one."""
    return f"@crypt_{rng.randbytes(4).hex()}_{rng.randbytes(16).hex()}"


def open_session(number: int, endpoint: Endpoint, world: World, rng: random.Random, now: float) -> SandboxSession:
    """Return a new session: all is fresh but the uin. sid and data ticket hold `+` and `/` (trap 3)."""
    return SandboxSession(
        number=number,
        endpoint=endpoint,
        uin=world.uin,
        sid=token(rng, 16, "+/"),
        pass_ticket=token(rng, 60, "+=") + "=",
        data_ticket=token(rng, 24, "+/") + "=",
        auth_ticket=token(rng, 48, "+/"),
        skeys=[skey(rng)],
        names=UserNames(world, f"{world.uin} {number}"),
        stream=EventStream(number),
        since=int(now),
    )
