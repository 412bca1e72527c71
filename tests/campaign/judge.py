"""Judge of a campaign: is anything lost or doubled in what the server has, the store says, a person was shown?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from tests.campaign.evidence import Evidence, Row, Sent
from tests.campaign.plan import ALTERATIONS

ARRIVED = ("sent", "revoke_unknown", "revoked")
NEVER = ("failed", "cancelled")
UNSURE = ("ChangeUnknown", "GroupUnknown")
"""Codes of errors by which a person knows that a change may be made."""
_AFTER = {"sent": ARRIVED, "revoke_unknown": ("revoke_unknown", "revoked")}
"""States that a last shown state may have become without a lie."""


@dataclass
class Verdict:
    """Result of a campaign: `objections`, which are sentences, and counts of messages in both directions.

    `misaddressed`: with somebody else than typed; `hollow`: files shown as sent, whose contents the server does not
    have; `ghosts`: times that "online" was shown while nothing asked the server for news.
    """

    objections: list[str] = field(default_factory=list)
    lost: int = 0
    doubled: int = 0
    misaddressed: int = 0
    hollow: int = 0
    ghosts: int = 0
    states: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    incoming: int = 0
    untaken: int = 0
    """Count of what was asked for and never written down: the client died before, or refused."""

    def __str__(self) -> str:
        return "\n".join(self.objections) or "no objection"


def judge(evidence: Evidence) -> Verdict:
    """Look at all evidence; each fault becomes an objection."""
    verdict = Verdict(objections=[*evidence.complaints, *evidence.ghosts], ghosts=len(evidence.ghosts))
    trial = _Trial(evidence, verdict)
    trial.sent()
    trial.rows()
    trial.acknowledged()
    trial.shown()
    trial.order()
    trial.changes()
    trial.alterations()
    trial.incoming()
    return verdict


class _Trial:
    def __init__(self, evidence: Evidence, verdict: Verdict) -> None:
        self._evidence = evidence
        self._verdict = verdict
        self._mine = [row for row in evidence.rows if row.outgoing]
        self._by_client_id: dict[str, list[Row]] = defaultdict(list)
        for row in self._mine:
            self._by_client_id[row.client_msg_id].append(row)
        self._sent_by_client_id: dict[str, list[Sent]] = defaultdict(list)
        for sent in evidence.sent:
            self._sent_by_client_id[sent.client_msg_id].append(sent)
        self._chosen = {command.sha256 for command in evidence.commands if command.sha256}
        repeated = Counter((command.to, command.what) for command in evidence.commands)
        self._alike = {one for one, times in repeated.items() if times > 1}
        """Whom it is for, and what: messages that nobody can tell from each other."""

    def _object(
        self, sentence: str, *, lost: int = 0, doubled: int = 0, misaddressed: int = 0, hollow: int = 0
    ) -> None:
        self._verdict.objections.append(sentence)
        self._verdict.lost += lost
        self._verdict.doubled += doubled
        self._verdict.misaddressed += misaddressed
        self._verdict.hollow += hollow

    # ---------------------------------------------------------------- what the server has

    def sent(self) -> None:
        """Check that each message at the server was written here, once, with this content and to this person."""
        for client_id, several in self._sent_by_client_id.items():
            if len(several) > 1:
                self._object(f"sent {len(several)} times: {several[0]}", doubled=len(several) - 1)
            rows = self._by_client_id.get(client_id, [])
            if len(rows) != 1:
                self._object(f"sent, and {len(rows)} rows say so: {several[0]}", lost=1)
            for row in rows:
                if row.title != several[0].to or row.what not in ("", several[0].what):
                    elsewhere = int(row.title != several[0].to)
                    self._object(f"sent otherwise than it was written: {several[0]} {row}", misaddressed=elsewhere)
        meant = {(one.to, one.what): one.key for one in self._evidence.commands if one.key}
        for one in self._evidence.sent:
            key = meant.get((one.to, one.what), one.key)
            if key != one.key and (one.to, one.what) not in self._alike:
                self._object(f"for {key}, and a namesake has it: {one}", misaddressed=1)
        asked = Counter((one.to, one.what) for one in self._evidence.commands)
        for (to, what), times in Counter((one.to, one.what) for one in self._evidence.sent).items():
            more = times - asked[to, what]
            if more > 0:
                self._object(f"“{what}” was typed {asked[to, what]} times, and {to} has it {times} times", doubled=more)
        files = Counter((one.to, one.sha256) for one in self._evidence.commands)
        for (to, sha256), times in Counter((one.to, one.sha256) for one in self._evidence.sent).items():
            if sha256 and not files[to, sha256]:
                self._object(f"{to} has a file with other bytes than any that was chosen: {sha256}", lost=1)
            elif sha256 and times > files[to, sha256]:
                self._object(f"{to} has a file {times} times: {sha256}", doubled=times - 1)

    def rows(self) -> None:
        """Check that each row tells the truth."""
        for row in self._mine:
            self._verdict.states[row.state] += 1
            if row.reason:
                self._verdict.reasons[f"{row.state}: {row.reason}"] += 1
            self._look(row, self._sent_by_client_id.get(row.client_msg_id, []))
        by_msg_id = Counter(row.msg_id for row in self._evidence.rows if row.msg_id)
        for msg_id, times in by_msg_id.items():
            if times > 1:
                self._object(f"{times} rows have the MsgID {msg_id}", doubled=times - 1)
        self._echoes()
        self._verdict.untaken = len(self._evidence.commands) - len(self._mine)

    def _look(self, row: Row, there: list[Sent]) -> None:
        if (row.title, row.what) in self._alike and row.state in (*ARRIVED, "unknown"):
            # Which of two alike an echo belongs to nobody can tell: they are counted together, below.
            return
        if row.state in ARRIVED:
            if not there:
                self._object(f"shown as {row.state}, and the server has nothing: {row}", lost=1)
            for one in there:
                if row.kind != "text" and one.sha256 not in self._chosen:
                    self._object(f"shown as {row.state}, and the server has other contents: {row} {one}", hollow=1)
                if one.msg_id != row.msg_id:
                    self._object(f"shown with another MsgID than the server's {one.msg_id}: {row}")
                self._look_at_revoke(row, one)
        elif row.state in NEVER:
            if there:
                self._object(f"shown as {row.state}, and the server has it: {row}", doubled=1)
        elif row.state != "unknown":
            self._object(f"still {row.state} at the end: {row}", lost=not there)

    def _look_at_revoke(self, row: Row, sent: Sent) -> None:
        if row.state == "revoked" and not sent.revoked:
            self._object(f"shown as revoked, and the server has it: {row}")
        if row.state == "sent" and sent.revoked:
            self._object(f"revoked, and shown as sent: {row}")

    def _echoes(self) -> None:
        """Check that of like messages the server has as many as are shown, unknown ones aside; none is there twice."""
        known = {one.msg_id: one for one in self._evidence.sent}
        for to, what in {(row.title, row.what) for row in self._mine} & self._alike:
            rows = [row for row in self._mine if (row.title, row.what) == (to, what)]
            sure = [row for row in rows if row.state in ARRIVED]
            unsure = sum(row.state == "unknown" for row in rows)
            there = {one.msg_id for one in self._evidence.sent if (one.to, one.what) == (to, what)}
            if not len(sure) <= len(there) <= len(sure) + unsure:
                wrong = (
                    f"“{what}” to {to}: {len(sure)} shown as sent, {unsure} as unknown, and the server has {len(there)}"
                )
                self._object(wrong, lost=max(0, len(sure) - len(there)))
            for row in sure:
                if row.msg_id not in there:
                    self._object(f"shown with a MsgID that the server did not give: {row}", lost=1)
                else:
                    self._look_at_revoke(row, known[row.msg_id])
        for row in self._evidence.rows:
            if not row.outgoing and row.msg_id in known:
                self._object(f"stands there a second time, as if from the phone: {row}", doubled=1)

    # ---------------------------------------------------------------- what a person was shown

    def acknowledged(self) -> None:
        """Check that each row ever shown is there, with the same content, and that nothing else was written."""
        rows = {row.id: row for row in self._mine}
        for fact in {fact["row"]: fact for fact in self._evidence.shown}.values():
            row = rows.get(fact["row"])
            if row is None:
                self._object(f"was shown and is not there any more: {fact}", lost=1)
            elif (row.what, row.client_msg_id) != (fact["what"], fact["client_msg_id"]):
                self._object(f"was shown otherwise: {fact} {row}", lost=1)
        asked = Counter((one.to, one.what) for one in self._evidence.commands)
        for (to, what), times in Counter((row.title, row.what) for row in self._mine).items():
            if what and times > asked[to, what]:
                self._object(f"“{what}” to {to} was typed {asked[to, what]} times, and has {times} rows", doubled=1)

    def shown(self) -> None:
        """Check that a row's end is the one last shown: nothing changes behind a person's back."""
        last = {fact["row"]: fact["state"] for fact in self._evidence.shown}
        for row in self._mine:
            state = last.get(row.id, "")
            allowed = _AFTER.get(state, (state,))
            if state in (*ARRIVED, *NEVER) and row.state not in allowed and row.id not in self._evidence.retried:
                self._object(f"was last shown as {state}: {row}")

    # ---------------------------------------------------------------- order

    def order(self) -> None:
        """Check that messages arrived in typed order within a conversation: texts among themselves, and files.

        A conversation is what it was when the text was shown first: what came in a login that broke before anybody was
        recognised stood alone then, and was not held back by what waits for an older one. Two processes have no order;
        what a person has sent again goes when it goes, and a sticker among the texts, or, if it is uploaded, the files.
        """
        places = {one.client_msg_id: place for place, one in enumerate(self._evidence.sent)}
        commands = self._evidence.commands
        numbers = {(one.to, one.what): one.n for one in commands if (one.to, one.what) not in self._alike}
        shells = {command.what for command in commands if command.shell or command.thought}
        for lane in self._lanes():
            lane = [row for row in lane if row.what not in shells and row.kind != "emoticon"]
            lane = [row for row in lane if row.id not in self._evidence.apart]
            there = [row for row in lane if row.client_msg_id in places and row.id not in self._evidence.retried]
            for one, other in pairwise(there):
                if places[one.client_msg_id] > places[other.client_msg_id]:
                    self._object(f"arrived in another order than typed: {one} {other}")
            typed = [numbers[row.title, row.what] for row in lane if (row.title, row.what) in numbers]
            if typed != sorted(typed):
                self._object(f"stand in another order than typed: {typed}")

    def _lanes(self) -> Iterator[list[Row]]:
        lanes: dict[tuple[int, bool], list[Row]] = defaultdict(list)
        first = {fact["row"]: fact["conversation"] for fact in reversed(self._evidence.shown)}
        for row in self._mine:
            lanes[first.get(row.id, row.conversation_id), row.kind == "text"].append(row)
        yield from lanes.values()

    def changes(self) -> None:
        """Check that what goes in the place of a text is there only when that is recalled."""
        for command in self._evidence.commands:
            there = [one for one in self._evidence.sent if (one.to, one.what) == (command.to, command.what)]
            before = [one for one in self._evidence.sent if (one.to, one.what) == (command.to, command.instead)]
            if command.instead and there and not all(one.revoked for one in before):
                self._object(f"“{command.what}” is there, and “{command.instead}” too, which it replaces", doubled=1)

    def alterations(self) -> None:
        """Check that each change of a contact or group was made at most once, and that what was said of it is true."""
        asked = Counter(ALTERATIONS[one.what] for one in self._evidence.alterations)
        for call, times in self._evidence.calls.items():
            if times > asked[call]:
                self._object(f"{call} was asked for {asked[call]} times, and left {times} times", doubled=1)
        for one in self._evidence.alterations:
            if one.made is None:
                continue
            if one.made > 1:
                self._object(f"made {one.made} times: {one}", doubled=one.made - 1)
            if one.said == "done" and not one.made:
                self._object(f"said as done, and the server has nothing: {one}", lost=1)
            if one.said not in ("", "done", *UNSURE) and one.made:
                self._object(f"said that it failed, and it is there: {one}")

    # ---------------------------------------------------------------- what came in

    def incoming(self) -> None:
        """Check that each pushed message is there once, in the server's order."""
        rows: dict[str, list[Row]] = defaultdict(list)
        for row in self._evidence.rows:
            if not row.outgoing:
                rows[row.msg_id].append(row)
        for pushed in self._evidence.pushed:
            found = rows.get(pushed.msg_id, [])
            self._verdict.incoming += len(found)
            if not found:
                self._object(f"arrived and is not there: {pushed}", lost=1)
            for row in found:
                if (row.what, row.mine) != (pushed.text, pushed.mine):
                    self._object(f"is there otherwise than it was written: {pushed} {row}")
        self._incoming_order()

    def _incoming_order(self) -> None:
        places = {pushed.msg_id: place for place, pushed in enumerate(self._evidence.pushed)}
        shown: dict[int, list[Row]] = defaultdict(list)
        for row in sorted(self._evidence.rows, key=lambda row: (row.time_ms, row.id)):
            if not row.outgoing and row.msg_id in places:
                shown[row.conversation_id].append(row)
        for rows in shown.values():
            for one, other in pairwise(rows):
                if places[one.msg_id] > places[other.msg_id] and not self._told_wrongly(one, other):
                    self._object(f"stand in another order than the server's: {one} {other}")

    def _told_wrongly(self, one: Row, other: Row) -> bool:
        """Return True where the server told messages of one second in another order: nothing sorts them."""
        return one.time_ms == other.time_ms and {one.msg_id, other.msg_id} <= self._evidence.reordered
