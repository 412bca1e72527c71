"""Driver of a plan: the sandbox misbehaves, the client is used and killed, and at last all may settle."""

from __future__ import annotations

import hashlib
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sized
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from tests.campaign import evidence as found
from tests.campaign.evidence import Alteration, Command, Evidence, Pushed, Sent
from tests.campaign.plan import (
    ALTERATIONS,
    NAMESAKES,
    TO,
    Action,
    Again,
    Alter,
    Apart,
    Ask,
    Attach,
    Break,
    Change,
    Check,
    Clock,
    End,
    Expire,
    FromPhone,
    Plan,
    Push,
    PushPicture,
    Round,
    Say,
    Several,
    Shell,
    Sticker,
    TakeBack,
    Trouble,
    Wait,
)
from tests.campaign.program import Fact, Program
from tests.campaign.shell import KILLED, Run, ended, start, untrue
from tests.support.sandbox_thread import Sandbox
from tui.sandbox.session.state import State
from tui.wire.names import PART_SIZE

PATIENCE = 6.0
"""Seconds that a person waits for a session, and the campaign for what it wants to interrupt."""
TAKING_OVER = 15.0
"""Seconds within which the profile of a process that ended is taken over by one that waits for it."""
HELD = 20.0
"""Seconds for which an answer is held back that nobody will hear."""
UNFINISHED = ("pending", "sending", "revoking")
SILENCE = 10.0
"""Seconds in which a client that is shown as online asks for news at least once: its long polls end after two."""


class Campaign:
    """Campaign of one client, one sandbox and one seed. `state` is the sandbox's, of a thread of this process."""

    def __init__(self, sandbox: Sandbox, state: State, folder: Path, seed: int) -> None:
        self._sandbox = sandbox
        self._state = state
        self._files = folder / "files"
        self._logs = folder / "logs"
        for place in (self._files, self._logs):
            place.mkdir(parents=True)
        self._home = folder / "home"
        self._store = self._home / "state" / "default" / "store.sqlite3"
        self._seed = seed
        self._plan = Plan(seed)
        self._rounds = self._plan.rounds()
        self._random = random.Random(f"driver {seed}")
        self._program = Program(self._home, sandbox.origin, self._logs)
        self._switched: list[Trouble] = []
        self._commands: list[Command] = []
        self._pushed: list[Pushed] = []
        self._stickers: list[Pushed] = []
        self._shells: list[tuple[Shell, Command, subprocess.Popen[bytes]]] = []
        self._runs: list[Run] = []
        self._revoking: set[int] = set()
        self._alters: list[Alter] = []
        self._heard = 0
        self._ghosts: list[str] = []
        self._retried: set[int] = set()
        self._complaints: list[str] = []
        self.faults: Counter[str] = Counter()
        self.ends: Counter[str] = Counter()

    @property
    def kills(self) -> int:
        """Count of SIGKILLs that met a living client, or a shell beside it."""
        return self._program.kills + sum(run.code == KILLED for run in self._runs)

    # ---------------------------------------------------------------- the whole of it

    def begin(self) -> None:
        """Log in for the first time, undisturbed: without contacts nobody can be written to."""
        self._program.start()
        if not self._program.wait_for_session(30):
            raise RuntimeError("the client never logged in")

    def play(self, rounds: int) -> None:
        """Play so many rounds of the plan."""
        for _ in range(rounds):
            self._play(next(self._rounds))

    def settle(self, seconds: float = 60) -> None:
        """End the faults, let out what waits and in what arrived; then the person leaves."""
        self._calm()
        self._reap(self._shells)
        if not self._program.alive:
            self._restart()
        deadline = time.monotonic() + seconds
        rounds = 0
        while not (self._program.in_session and self._settled()) and time.monotonic() < deadline:
            if self._program.in_session and rounds % 10 == 0:
                # Then what waits in a part that was taken out has somebody to go to.
                self._program.tell(whole=True)
                self._settle_doubts()
            rounds += 1
            time.sleep(0.2)
        self._check()
        self._program.leave()

    def _settle_doubts(self) -> None:
        """Answer, as a person who knows them, which of the earlier conversations belong to the namesakes of today."""
        for fact in self._program.facts[self._heard :]:
            if doubted := fact.get("doubt"):
                chosen = [number for number, earlier in fact["candidates"] if self._key(earlier) == self._key(doubted)]
                self._program.tell(settle=doubted, chosen=chosen[0] if chosen else None)
        self._heard = len(self._program.facts)

    def _key(self, user_name: str) -> str | None:
        """Return whose UserName that was, in any login."""
        return next((key for one in self._state.sessions if (key := one.names.key(user_name)) is not None), None)

    def evidence(self) -> Evidence:
        """Return what is known now; for after `settle`."""
        self._complaints += found.broken(self._store)
        self._complaints += found.open_to_others(self._home)
        self._complaints += found.leaks(sorted(self._logs.iterdir()), secrets_of(self._state))
        own = (*(command.what for command in self._commands), *(pushed.text for pushed in self._pushed))
        self._complaints += found.told_in_log(self._home, (*own, *private_words(self._state)))
        shown = [fact for fact in self._program.facts if fact.get("outgoing")]
        keys = {one.msg_id: one.chat for one in self._state.sent}
        sent = tuple(replace(one, key=keys[one.msg_id]) for one in map(sent_of, self._sandbox.sent()))
        rows = found.read_rows(self._store)
        self._complaints += found.wrong_pictures(self._home, rows, self._pushed)
        self._complaints += untrue(self._runs, sent, {row.what for row in rows if row.id in self._retried})
        return Evidence(
            commands=tuple(self._commands),
            shown=tuple(shown),
            ghosts=tuple(self._ghosts),
            retried=frozenset(self._retried),
            apart=frozenset(row for fact in self._program.facts for row in fact.get("apart", ())),
            alterations=tuple(map(self._alteration, self._alters)),
            calls={call: self._state.calls[call] for call in ALTERATIONS.values()},
            rows=rows,
            sent=sent,
            pushed=tuple(self._pushed),
            reordered=frozenset(self._sandbox.get("state")["reordered"]),
            complaints=(*self._complaints, *self._program.deaths),
        )

    def close(self) -> None:
        """End every process."""
        for _, _, process in self._shells:
            process.kill()
        self._reap(self._shells)
        self._program.kill()

    # ---------------------------------------------------------------- one round

    def _play(self, turn: Round) -> None:
        self.ends[turn.end.value] += 1
        if turn.end is End.AT_START:
            self._program.leave()
            for action in turn.actions:
                self._do(action)
            self._restart()
            time.sleep(turn.after)
            self._program.kill()
            self._calm()
            return
        if not self._program.alive:
            self._restart()
        if turn.patient:
            self._program.wait_for_session(PATIENCE)
        for action in turn.actions:
            self._do(action)
        self._finish(turn)
        for shell, _, process in self._shells:
            if shell.killed:
                process.kill()
        self._reap([one for one in self._shells if one[0].killed or one[2].poll() is not None])

    def _finish(self, turn: Round) -> None:
        last, program, state = turn.last, self._program, self._state
        match turn.end:
            case End.ON:
                time.sleep(turn.after)
                self._check()
            case End.LEAVE:
                program.leave()
                self._calm()
            case End.KILL:
                time.sleep(turn.after)
                program.kill()
            case End.AT_ROW:
                assert isinstance(last, Say)
                since = len(program.facts)
                self._do(last)
                program.wait(lambda fact: fact.get("what") == last.text, PATIENCE, since=since)
                program.kill()
            case End.IN_SEND:
                self._interrupt(Trouble("webwxsendmsg", "delay", HELD), last, self._called("webwxsendmsg"))
            case End.AFTER_SEND:
                self._interrupt(Trouble("webwxsendmsg", "late", HELD), last, self._more(state.sent))
            case End.IN_UPLOAD:
                self._interrupt(
                    Trouble("webwxuploadmedia", "slow", 400_000, 5), last, self._called("webwxuploadmedia"), turn.after
                )
            case End.AFTER_FILE:
                self._interrupt(Trouble("*", "late", 0), last, self._more(state.sent))
            case End.IN_SERIES:
                # The first one's message takes a while, so that a kill may come before its answer.
                self._interrupt(Trouble("*", "late", 0.1), last, self._more(state.sent), turn.after)
            case End.LAST_PART:
                assert isinstance(last, Attach)
                self._lose_last_part(last, turn.after)
            case End.IN_REVOKE:
                assert isinstance(last, Say)
                self._interrupt_revoke(last)
            case End.IN_CHANGE:
                assert isinstance(last, Alter)
                call = ALTERATIONS[last.what]
                self._interrupt(Trouble(call, "late", HELD), last, self._called(call))
            case End.TAKEOVER:
                self._take_over()
            case End.IN_SYNC:
                self._interrupt(Trouble("webwxsync", "late", HELD), last, self._called("webwxsync"))

    def _interrupt(self, trouble: Trouble, last: Action, there: Callable[[], bool], after: float = 0) -> None:
        """Kill the client in the middle of what `last` begins."""
        self._calm()
        self._program.wait_for_session(PATIENCE)
        if isinstance(last, Attach | Several):
            trouble = _for_file(trouble, last)
        self._do(trouble)
        self._do(last)
        self._wait(there)
        time.sleep(after)
        self._program.kill()
        self._calm()

    def _wait(self, there: Callable[[], bool], seconds: float = PATIENCE) -> bool:
        """Wait until a condition holds; False when it does not while the client lives."""
        deadline = time.monotonic() + seconds
        while not there() and time.monotonic() < deadline and self._program.alive:
            time.sleep(0.005)
        return there()

    def _lose_last_part(self, file: Attach, after: float) -> None:
        """Kill the client when the server has the whole file and the answer is lost; it comes back, is told to go on.

        The server has forgotten the upload by then.
        """
        self._calm()
        self._program.wait_for_session(PATIENCE)
        parts = -(-file.size // PART_SIZE)
        self._do(Trouble("webwxuploadmedia", "delay", 0.01, parts - 1))
        self._do(Trouble("webwxuploadmedia", "drop_after"))
        whole = self._more(self._state.uploads.whole)
        self._do(file)
        self._wait(whole)
        time.sleep(after / 4)
        self._program.kill()
        self._calm()
        self._restart()
        self._program.wait_for_session(PATIENCE)
        over = ("sent", "failed", "unknown")
        fact = self._program.wait(lambda fact: fact.get("what") == file.name and fact["state"] in over, PATIENCE)
        if fact is not None and fact["state"] == "failed":
            self._retried.add(fact["row"])
            self._program.tell(retry=fact["row"])

    def _interrupt_revoke(self, text: Say) -> None:
        """Send a text and take it back at the server; kill the client before it hears of that."""
        self._calm()
        self._program.wait_for_session(PATIENCE)
        since = len(self._program.facts)
        self._do(text)
        sent = self._program.wait(
            lambda fact: fact.get("what") == text.text and fact.get("state") == "sent", PATIENCE, since=since
        )
        if sent is not None:
            self._do(Trouble("webwxrevokemsg", "late", HELD))
            self._revoking.add(sent["row"])
            self._program.tell(revoke=sent["row"])
            self._wait(lambda: any(one.revoked for one in self._state.sent if one.msg_id == sent["msg_id"]))
        self._program.kill()
        self._calm()

    def _take_over(self) -> None:
        """Let `wxtui listen` own the profile; the client waits beside it, and takes over when it ends."""
        self._program.leave()
        self._calm()
        called = self._called("synccheck")
        owner = start(self._home, "listen")
        began = time.monotonic()
        while not called() and owner.poll() is None and time.monotonic() < began + 2 * PATIENCE:
            time.sleep(0.01)
        self._program.start()
        self._program.wait(lambda fact: fact.get("session") == "refused" or "trouble" in fact, PATIENCE)
        how = self._random.choice((signal.SIGTERM, signal.SIGINT, signal.SIGKILL))
        owner.send_signal(how)
        out, err = owner.communicate(timeout=30)
        (self._logs / f"listen-{self._program.life}").write_bytes(out + err)
        if not self._program.wait_for_session(TAKING_OVER):
            self._complaints.append(f"life {self._program.life}: the owner ended by {how.name}; nobody took over")

    def _check(self) -> None:
        """Check that a client that is shown as online asks the server for news, while there are no faults."""
        self._calm()
        program, calls = self._program, self._state.calls

        def asked() -> int:
            return calls["synccheck"] + calls["webwxsync"]

        before = asked()
        self._wait(lambda: asked() > before or not program.online, SILENCE)
        if program.alive and program.online and asked() == before:
            self._ghosts.append(f"life {program.life}: online, and nothing was asked for {SILENCE:.0f} s")

    def _called(self, call: str) -> Callable[[], bool]:
        before = self._state.calls[call]
        return lambda: self._state.calls[call] > before

    @staticmethod
    def _more(things: Sized) -> Callable[[], bool]:
        before = len(things)
        return lambda: len(things) > before

    # ---------------------------------------------------------------- one action

    def _do(self, action: Action) -> None:
        match action:
            case Say(n, to, text):
                self._commands.append(Command(n, _name(to), text, key=NAMESAKES.get(to, "")))
                self._program.tell(n=n, to=to, text=text)
            case Shell(n, to, text):
                self._commands.append(Command(n, to, text, shell=True))
                self._shells.append((action, self._commands[-1], start(self._home, "send", to, "-m", text)))
            case Attach(n, to, name, size):
                path, digest = self._made(name, size)
                # A picture has no name on the other side.
                what = name if name.endswith(".bin") else ""
                self._commands.append(Command(n, _name(to), what, digest, key=NAMESAKES.get(to, "")))
                self._program.tell(n=n, to=to, file=str(path))
            case Several(n, to, name, size, thinks):
                path, digest = self._made(name, size)
                what = name if name.endswith(".bin") else ""
                self._commands += (Command(n, one, what, digest, thought=thinks > 0) for one in to)
                self._program.tell(several=to, file=str(path), thinks=thinks)
            case Sticker(n, to, thinks):
                if self._stickers:
                    last = self._stickers[-1]
                    self._commands.append(Command(n, to, "", last.sha256))
                    self._program.tell(sticker=last.msg_id, to=to, thinks=thinks)
            case Push(sender, group, text):
                self._push(text, False, {"from": sender, **({"group": group} if group else {})})
            case PushPicture(sender, group, kind):
                self._push("", False, {"from": sender, **({"group": group} if group else {})}, kind)
                if kind == "emoticon":
                    self._stickers.append(self._pushed[-1])
            case FromPhone(to, text):
                self._push(text, True, {"from": "self", "to": to})
            case Trouble():
                self._switched.append(action)
                self._sandbox.fault(action.call, action.kind, action.value, action.times)
            case Expire(retcode):
                self.faults["session ended"] += self._sandbox.post("expire", retcode=retcode)["ended"]
            case Wait(seconds):
                time.sleep(seconds)
            case TakeBack():
                self._take_back()
            case Change(n):
                self._change(n)
            case Again():
                self._again()
            case Apart(which):
                self._program.tell(apart=which)
            case Alter(n, what):
                self._alters.append(action)
                self._program.tell(alter=what, n=n)
            case Ask(text):
                self._push(text, False, {}, "friend_request")
            case Break(which):
                self.faults["unexpected exception"] += 1
                self._program.tell(**{"break": which})
            case Clock(seconds):
                self.faults["clock set"] += 1
                self._program.tell(clock=seconds)
            case Check():
                self._check()

    def _push(self, text: str, mine: bool, who: dict[str, str], kind: str = "text") -> None:
        answer = self._sandbox.post("push", type=kind, content=text or None, **who)
        self._pushed.append(Pushed(answer["MsgId"], text, mine, answer.get("sha256", "")))

    def _alteration(self, alter: Alter) -> Alteration:
        """Return what is known of a change of a contact or group."""
        said = ""
        for fact in self._program.facts:
            command = fact.get("done") or fact.get("failed") or fact.get("refused") or {}
            if command.get("alter") and command["n"] == alter.n:
                said = "done" if "done" in fact else fact["why"]
        made = None
        if alter.what == "create":
            made = sum(one.nick == f"made {alter.n}" for one in self._state.world.contacts.values())
        elif alter.what == "rename":
            words = f"“busy {alter.n}”"
            made = sum(words in one.parts.content for one in self._state.messages.values())
        return Alteration(alter.n, alter.what, said, made)

    def _made(self, name: str, size: int) -> tuple[Path, str]:
        data = random.Random(f"{self._seed} {name}").randbytes(size)
        path = self._files / name
        path.write_bytes(data)
        return path, hashlib.sha256(data).hexdigest()

    def _shown(self) -> dict[int, Fact]:
        """Return how the client's own rows were last shown."""
        return {fact["row"]: fact for fact in list(self._program.facts) if fact.get("outgoing")}

    def _take_back(self) -> None:
        sent = [row for row, fact in self._shown().items() if fact["state"] == "sent" and row not in self._revoking]
        if sent:
            self._revoking.add(sent[-1])
            self._program.tell(revoke=sent[-1])

    def _change(self, n: int) -> None:
        """Send `text N` in place of the newest text that is like no other."""
        known = {command.what: command.to for command in self._commands if not command.sha256 and not command.shell}
        texts = {what for what, to in known.items() if what.startswith("text ") and to in TO}
        sent = [
            (row, fact["what"])
            for row, fact in self._shown().items()
            if fact["state"] == "sent" and row not in self._revoking and fact["what"] in texts
        ]
        if sent:
            row, what = sent[-1]
            self._revoking.add(row)
            self._commands.append(Command(n, known[what], f"text {n}", instead=what))
            self._program.tell(correct=row, person=known[what], into=f"text {n}")

    def _again(self) -> None:
        failed = [row for row, fact in self._shown().items() if fact["state"] == "failed" and fact["what"]]
        if failed:
            row = self._random.choice(failed)
            self._retried.add(row)
            self._program.tell(retry=row)

    # ---------------------------------------------------------------- between them

    def _restart(self) -> None:
        self._program.leave()
        self._program.start()

    def _calm(self) -> None:
        """Switch the faults off, and count those that happened."""
        left: Counter[tuple[str, str]] = Counter()
        for fault in self._sandbox.get("fault")["active"]:
            left[fault["call"], fault["kind"]] += fault["times"]
        self._sandbox.post("fault", clear=True)
        for one in self._switched:
            rest = min(left[one.call, one.kind], one.times)
            left[one.call, one.kind] -= rest
            self.faults[one.kind] += one.times - rest
        self._switched.clear()

    def _reap(self, shells: list[tuple[Shell, Command, subprocess.Popen[bytes]]]) -> None:
        self._runs += [ended(command, process, self._logs) for _, command, process in shells]
        self._shells = [one for one in self._shells if one not in shells]

    def _settled(self) -> bool:
        rows = found.read_rows(self._store)
        there = {row.msg_id for row in rows}
        arrived = all(pushed.msg_id in there for pushed in self._pushed)
        return arrived and not any(row.state in UNFINISHED for row in rows)


def _name(to: str) -> str:
    """Return a name without the place that tells namesakes apart."""
    return to.partition("/")[0]


def _for_file(trouble: Trouble, file: Attach | Several) -> Trouble:
    """Hold back the answer to the call that sends this file's message; the upload itself is left alone."""
    if trouble.call != "*":
        return trouble
    held = HELD if isinstance(file, Attach) else trouble.value
    return Trouble("webwxsendmsgimg" if file.name.endswith(".png") else "webwxsendappmsg", "late", held)


def private_words(state: State) -> Iterator[str]:
    """Return what the log file must not tell: secrets, texts, names of people and their addresses."""
    yield from secrets_of(state)
    yield from (message.parts.content for message in state.messages.values())
    for one in state.world.contacts.values():
        yield from (one.nick, one.remark, one.alias)
        if not one.special:
            yield from (session.names.of(one.key) for session in state.sessions)


def secrets_of(state: State) -> Iterator[str]:
    """Return every credential that the sandbox gave out, plain and as in a query."""
    for session in list(state.sessions):
        for secret in (*session.skeys, session.sid, session.pass_ticket, session.data_ticket, session.auth_ticket):
            yield secret
            yield quote(secret, safe="")


def sent_of(row: Fact) -> Sent:
    """Return a row of `/_sandbox/sent` as evidence."""
    what = row["file_name"] if row["Type"] == 6 else row["content"] if row["Type"] == 1 else ""
    return Sent(row["MsgID"], row["ClientMsgId"], row["to_name"], what, row["sha256"], row["revoked"])
