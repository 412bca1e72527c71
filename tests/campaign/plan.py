"""Plan of a campaign, from a seed: what is written, what goes wrong, and how each life of the program ends.

The same seed gives the same plan. What comes of it hangs on the machine's moment, which is the point of it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias

TO = ("李四", "Alice", "项目群", "文件传输助手")
"""Names, as the client shows them, of those it writes to."""
NAMESAKES = {"王伟/济南": "wangwei1", "王伟/成都": "wangwei2"}
"""Two of one name, by name and place, and who they are: their keys in the sandbox."""
FROM = (
    *(("zhangsan", ""), ("lisi", ""), ("alice", ""), ("mum", ""), ("wangwei1", ""), ("wangwei2", "")),
    *(("zhangsan", "项目群"), ("alice", "项目群"), ("lisi", "项目群"), ("bob", "busy")),
)
"""Senders that write to the client, and in which group; two of them have the same name."""
ALIKE = ("好", "ok", "收到 👍")
"""Texts that are written again and again: a doubled one is noticed by the count only."""
PICTURES = ("image", "image", "emoticon", "video")
ALTERATIONS = {
    "remark": "webwxoplog",
    "pin": "webwxoplog",
    "unpin": "webwxoplog",
    "accept": "webwxverifyuser",
    "rename": "webwxupdatechatroom",
    "create": "webwxcreatechatroom",
}
"""Changes of contacts and groups, and the call that makes each: at most once by itself."""
MIB = 1024 * 1024
BIG = 2 * MIB


@dataclass(frozen=True)
class Say:
    """Type a text."""

    n: int
    to: str
    text: str


@dataclass(frozen=True)
class Shell:
    """Run `wxtui send` beside the client; `killed` when the round ends, unless it has ended by then."""

    n: int
    to: str
    text: str
    killed: bool


@dataclass(frozen=True)
class Attach:
    """Choose a file."""

    n: int
    to: str
    name: str
    size: int


@dataclass(frozen=True)
class Several:
    """Choose a file for several; `thinks` seconds pass between who was chosen and the last word."""

    n: int
    to: tuple[str, ...]
    name: str
    size: int
    thinks: float


@dataclass(frozen=True)
class Sticker:
    """Send the sticker on that came last."""

    n: int
    to: str
    thinks: float


@dataclass(frozen=True)
class TakeBack:
    """Revoke the newest sent text."""


@dataclass(frozen=True)
class Change:
    """Recall the newest sent text, and send another in its place."""

    n: int


@dataclass(frozen=True)
class Again:
    """Send a message again that is shown as failed."""


@dataclass(frozen=True)
class Apart:
    """Take apart what was recognised from login to login, or join what was taken apart; `which`, from 0 to 1."""

    which: float


@dataclass(frozen=True)
class Alter:
    """Change a contact or a group (see `ALTERATIONS`)."""

    n: int
    what: str


@dataclass(frozen=True)
class Ask:
    """Let a stranger ask to be a friend."""

    text: str


@dataclass(frozen=True)
class Break:
    """Raise an exception that nobody expects in a long-lived task of the program; `which` of them, from 0 to 1."""

    which: float


@dataclass(frozen=True)
class Clock:
    """Set the machine's clock by so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Check:
    """End the faults, and hold what the program shows of its session against the server."""


@dataclass(frozen=True)
class Push:
    """Let a contact write to us."""

    sender: str
    group: str
    text: str


@dataclass(frozen=True)
class PushPicture:
    """Let a contact send a picture, a sticker or a video, which the client shows."""

    sender: str
    group: str
    kind: str


@dataclass(frozen=True)
class FromPhone:
    """Write on the phone."""

    to: str
    text: str


@dataclass(frozen=True)
class Trouble:
    """Switch a fault on (see `wxtui sandbox --help`)."""

    call: str
    kind: str
    value: float = 0
    times: int = 1


@dataclass(frozen=True)
class Expire:
    """Let the server end the session."""

    retcode: int


@dataclass(frozen=True)
class Wait:
    """Do nothing for some seconds."""

    seconds: float


Action: TypeAlias = (
    Say
    | Shell
    | Attach
    | Several
    | Sticker
    | TakeBack
    | Change
    | Again
    | Apart
    | Alter
    | Ask
    | Break
    | Clock
    | Check
    | Push
    | PushPicture
    | FromPhone
    | Trouble
    | Expire
    | Wait
)


class End(Enum):
    """Ending of a round."""

    ON = "goes on"
    LEAVE = "the person leaves"
    KILL = "killed"
    AT_ROW = "killed as the row of a text is shown"
    IN_SEND = "killed while a text is being sent, undone"
    AFTER_SEND = "killed when a text is there, and the answer is not"
    IN_UPLOAD = "killed while a file is being uploaded"
    AFTER_FILE = "killed when a file's message is there, and the answer is not"
    IN_SERIES = "killed when the first of several has a file"
    LAST_PART = "killed when a file is whole there, and the answer to its last part is lost"
    IN_REVOKE = "killed when a message is taken back there, and the answer is not here"
    TAKEOVER = "another owns the profile, ends, and it takes over"
    IN_CHANGE = "killed when a contact or group is changed there, and the answer is not here"
    IN_SYNC = "killed while messages are being fetched"
    AT_START = "killed while it starts"

    @property
    def kills(self) -> bool:
        """True when SIGKILL ends the round."""
        return self not in (End.ON, End.LEAVE, End.TAKEOVER)


@dataclass(frozen=True)
class Round:
    """Some moments of the program's life, and the ending that follows `after` seconds.

    `patient`: the person waits until there is a session. `last`: what is under way when the program is killed, for the
    endings that need it.
    """

    actions: tuple[Action, ...]
    last: Say | Attach | Several | Push | Alter
    end: End
    after: float
    patient: bool


_SEND = ("webwxsendmsg", "webwxsendmsg", "webwxsendmsg", "webwxsendappmsg", "webwxsendmsgimg", "webwxsendemoticon")
_LOGIN = ("webwxinit", "webwxgetcontact", "webwxbatchgetcontact", "webwxstatusnotify", "login", "webwxnewloginpage")
_BREAKS = (("drop_before", 0), ("drop_after", 0), ("truncate", 0), ("status", 502), ("html", 0), ("empty", 0))
_SENDING = (
    *_BREAKS,
    *(("reset", 0), ("status", 404), ("status", 503), ("ret", -1), ("ret", 1), ("delay", 0.3), ("late", 0.3)),
    *(("late", 3), ("delay", 3), ("echo", 0), ("echo", 0), ("expire", 1101), ("ret", 1205)),
)
_UPLOADING = (
    *(*_BREAKS, ("reset", 0), ("reset", 200_000), ("slow", 3 * MIB), ("late", 0.3), ("status", 503)),
    *(("no_media_id", 0), ("no_media_id", 0), ("remember", 0), ("drop_after", 0)),
)
_HOSTILE = (("oversized", 0), ("bomb", 0), ("endless", 0), ("trickle", 0), ("nested", 3000), ("nested", 100_000))
"""Answers that no client may take in whole, or wait for to the end."""
_SYNCING = (
    *_BREAKS,
    *(("duplicate", 0), ("reorder", 0), ("repeat", 0), ("repeat", 20), ("late", 0.3), ("delay", 0.3), ("ret", -1)),
    *(("duplicate", 0), ("reorder", 0), ("expire", 1102)),
)
_MENUS: tuple[tuple[float, tuple[str, ...], tuple[tuple[str, float], ...]], ...] = (
    (0.40, _SEND, _SENDING),
    (0.06, ("webwxgetmsgimg",), (*_BREAKS, *_HOSTILE, ("slow", 2000), ("late", 0.3), ("late", 3))),
    (0.20, ("webwxsync",), _SYNCING),
    (0.10, ("webwxuploadmedia",), _UPLOADING),
    (0.10, ("synccheck",), (*_BREAKS, ("expire", 1100))),
    (0.10, _LOGIN, _BREAKS),
    (0.08, tuple(dict.fromkeys(ALTERATIONS.values())), (*_BREAKS, ("late", 3), ("ret", -1), ("ret", 1205))),
    (0.05, ("webwxrevokemsg",), (*_BREAKS, ("drop_after", 0), ("late", 3), ("ret", -1))),
    (0.08, (*_SEND, *_LOGIN, "webwxsync", "webwxsync", "synccheck", "webwxrevokemsg", "webwxuploadmedia"), _HOSTILE),
    (0.05, ("*",), (("delay", 0.1), ("drop_before", 0), ("reset", 0), ("late", 0.1))),
)
"""Weights of faults, by call."""
_ENDS = {
    End.ON: 2, End.LEAVE: 2, End.KILL: 4, End.AT_ROW: 2, End.IN_SEND: 2, End.AFTER_SEND: 3, End.IN_UPLOAD: 2,
    End.AFTER_FILE: 1, End.IN_SERIES: 2, End.LAST_PART: 2, End.IN_REVOKE: 1, End.TAKEOVER: 1, End.IN_SYNC: 2,
    End.AT_START: 2, End.IN_CHANGE: 1,
}  # fmt: skip


class Plan:
    """Endless row of rounds."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"campaign {seed}")
        self._n = 0

    def rounds(self) -> Iterator[Round]:
        """Yield rounds; every way to end comes once before any comes by chance."""
        first = [end for end in _ENDS if end not in (End.ON, End.LEAVE)]
        self._random.shuffle(first)
        while True:
            end = first.pop() if first else self._random.choices(list(_ENDS), list(_ENDS.values()))[0]
            yield self._round(end)

    def text(self) -> Say:
        """Return a text of its own, or one like many others."""
        number = self._next()
        text = self._random.choice(ALIKE) if self._random.random() < 0.25 else f"text {number}"
        return Say(number, self._somebody(), text)

    def file(self, size: int = 0) -> Attach:
        """Return a file, mostly a small one."""
        number, rng = self._next(), self._random
        suffix = "png" if rng.random() < 0.2 else "bin"
        return Attach(number, self._somebody(), f"file {number}.{suffix}", size or rng.choice((10, 70_000, 600_000)))

    def _somebody(self) -> str:
        return self._random.choice((*TO, *NAMESAKES))

    def several(self) -> Several:
        """Return a file for several."""
        rng, file = self._random, self.file()
        to = tuple(rng.sample(TO, rng.randrange(2, 5)))
        return Several(file.n, to, file.name, file.size, rng.choice((0, 0.3, 2)))

    def alter(self) -> Alter:
        """Return a change of a contact or group."""
        return Alter(self._next(), self._random.choice(list(ALTERATIONS)))

    def push(self) -> Push:
        """Return a message from some sender."""
        sender, group = self._random.choice(FROM)
        text = self._random.choice(ALIKE) if self._random.random() < 0.2 else f"said {self._next()}"
        return Push(sender, group, text)

    def _next(self) -> int:
        self._n += 1
        return self._n

    def _round(self, end: End) -> Round:
        rng = self._random
        if end is End.AT_START:
            return Round((*self._troubles(rng.randrange(3)), self.push()), self.push(), end, rng.uniform(0, 1.2), False)
        actions: list[Action] = []
        for _ in range(rng.randrange(1, 4)):
            actions += self._troubles(rng.randrange(1, 4))
            actions += [self._something() for _ in range(rng.randrange(3, 8))]
            if rng.random() < 0.15:
                actions += self._taken_apart()
        return Round(tuple(actions), self._last(end), end, rng.uniform(0, 0.8), rng.random() < 0.8)

    def _last(self, end: End) -> Say | Attach | Several | Push | Alter:
        match end:
            case End.IN_SERIES:
                return replace(self.several(), thinks=0.0)
            case End.IN_UPLOAD | End.LAST_PART:
                return self.file(BIG)
            case End.AFTER_FILE:
                return self.file(10)
            case End.IN_CHANGE:
                return self.alter()
            case End.AT_ROW | End.IN_SEND | End.AFTER_SEND | End.IN_REVOKE:
                number = self._next()
                return Say(number, self._random.choice(TO), f"text {number}")
            case _:
                return self.push()

    def _something(self) -> Action:
        rng = self._random
        chance = rng.random()
        if chance < 0.03:
            return Apart(rng.random())
        if chance < 0.07:
            return self.alter()
        if chance < 0.08:
            return Ask(f"said {self._next()}")
        if chance < 0.35:
            return self.text()
        if chance < 0.38:
            return self.several()
        if chance < 0.40:
            return Sticker(self._next(), rng.choice(TO), rng.choice((0, 0.3, 2)))
        if chance < 0.62:
            return self.push()
        if chance < 0.70:
            return PushPicture(*rng.choice(FROM), rng.choice(PICTURES))
        if chance < 0.78:
            return self.file()
        if chance < 0.80:
            return self.file(BIG)
        if chance < 0.84:
            return FromPhone(rng.choice(TO), f"phone {self._next()}")
        if chance < 0.86:
            return TakeBack()
        if chance < 0.88:
            return Change(self._next())
        if chance < 0.91:
            return Again()
        if chance < 0.93:
            number = self._next()
            return Shell(number, rng.choice(TO), f"shell {number}", rng.random() < 0.4)
        if chance < 0.95:
            return Expire(rng.choice((1100, 1101, 1102)))
        if chance < 0.975:
            return Break(rng.random())
        if chance < 0.982:
            return Clock(rng.choice((-400 * 86_400.0, -3600.0, -5.0, 90.0, 3600.0, 400 * 86_400.0)))
        if chance < 0.99:
            return Check()
        return Wait(rng.uniform(0, 0.3))

    def _taken_apart(self) -> list[Action]:
        """Return texts and files that wait while there is another login, and identifications that are undone."""
        rng = self._random
        waiting: list[Action] = [self.text(), self.file(10), self.text(), self.text()]
        logins: list[Action] = [Expire(1101), Wait(rng.choice((0.1, 0.5, 1.5)))]
        more: list[Action] = [Apart(rng.random()), Apart(rng.random()), self.text(), Apart(rng.random())]
        rng.shuffle(more)
        return [Trouble("webwxsendmsg", "delay", 1), *waiting, *logins, *more, *(logins if rng.random() < 0.5 else ())]

    def _troubles(self, count: int) -> list[Trouble]:
        return [self._trouble() for _ in range(count)]

    def _trouble(self) -> Trouble:
        rng = self._random
        ((_, calls, menu),) = rng.choices(_MENUS, [share for share, _, _ in _MENUS])
        kind, value = rng.choice(menu)
        return Trouble(rng.choice(calls), kind, value, rng.choice((1, 1, 1, 2, 3)))
