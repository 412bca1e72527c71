"""The judge objects to whatever is wrong, and to nothing else: an honest campaign, spoilt in one place each time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.campaign.evidence import Alteration, Command, Evidence, Pushed, Row, Sent, broken, leaks, open_to_others
from tests.campaign.judge import judge
from tests.campaign.listener import ListenRun
from tests.campaign.shell import KILLED, Run, untrue

Spoil = Callable[[Evidence], Evidence]


def row(number: int, what: str, state: str, *, to: str = "Ann", kind: str = "text", msg_id: str = "") -> Row:
    conversation = {"Ann": 1, "Ben": 2}[to]
    return Row(number, conversation, to, 1000 * number, state, True, msg_id, f"c{number}", kind=kind, what=what)


def received(number: int, what: str, msg_id: str, *, mine: bool = False) -> Row:
    return Row(number, 1, "Ann", 1000 * number, "received", mine, msg_id, what=what)


HONEST = Evidence(
    commands=(
        *(Command(n, "Ann", f"text {n}") for n in (1, 2, 3, 4)),
        *(Command(n, "Ben", "ok") for n in (5, 6, 7)),
        Command(8, "Ben", "file 8.bin", "abc"),
        Command(9, "Ben", "", "def"),
        Command(10, "Ann", "never shown"),
    ),
    shown=(
        {"row": 1, "conversation": 1, "state": "pending", "what": "text 1", "client_msg_id": "c1"},
        {"row": 1, "conversation": 1, "state": "sent", "what": "text 1", "client_msg_id": "c1"},
        {"row": 2, "conversation": 1, "state": "unknown", "what": "text 2", "client_msg_id": "c2"},
        {"row": 3, "conversation": 1, "state": "failed", "what": "text 3", "client_msg_id": "c3"},
        {"row": 4, "conversation": 1, "state": "sent", "what": "text 4", "client_msg_id": "c4"},
    ),
    rows=(
        row(1, "text 1", "sent", msg_id="m1"),
        row(2, "text 2", "unknown"),
        row(3, "text 3", "failed"),
        row(4, "text 4", "revoked", msg_id="m4"),
        # Three alike: the echo of the second was taken for the first, and nobody can tell.
        row(5, "ok", "sent", to="Ben", msg_id="m6"),
        row(6, "ok", "unknown", to="Ben"),
        row(7, "ok", "sent", to="Ben", msg_id="m7"),
        row(8, "file 8.bin", "sent", to="Ben", kind="file", msg_id="m8"),
        row(9, "", "sent", to="Ben", kind="image", msg_id="m9"),
        received(20, "said 1", "p1"),
        received(21, "said 2", "p2"),
        received(22, "phone 3", "p3", mine=True),
    ),
    sent=(
        Sent("m1", "c1", "Ann", "text 1"),
        Sent("m2", "c2", "Ann", "text 2"),
        Sent("m4", "c4", "Ann", "text 4", revoked=True),
        Sent("m6", "c6", "Ben", "ok"),
        Sent("m7", "c7", "Ben", "ok"),
        Sent("m8", "c8", "Ben", "file 8.bin", "abc"),
        Sent("m9", "c9", "Ben", "", "def"),
    ),
    pushed=(Pushed("p1", "said 1"), Pushed("p2", "said 2"), Pushed("p3", "phone 3", True)),
)


def with_row(number: int, **changes: Any) -> Spoil:
    def spoil(one: Evidence) -> Evidence:
        rows = (replace(row, **changes) if row.id == number else row for row in one.rows)
        return replace(one, rows=tuple(rows))

    return spoil


def without_row(number: int) -> Spoil:
    return lambda one: replace(one, rows=tuple(row for row in one.rows if row.id != number))


def more_rows(*rows: Row) -> Spoil:
    return lambda one: replace(one, rows=(*one.rows, *rows))


def more_sent(*sent: Sent) -> Spoil:
    return lambda one: replace(one, sent=(*one.sent, *sent))


def without_sent(msg_id: str) -> Spoil:
    return lambda one: replace(one, sent=tuple(sent for sent in one.sent if sent.msg_id != msg_id))


def swapped(first: int, second: int) -> Spoil:
    def spoil(one: Evidence) -> Evidence:
        sent = list(one.sent)
        sent[first], sent[second] = sent[second], sent[first]
        return replace(one, sent=tuple(sent))

    return spoil


def test_an_honest_campaign_passes() -> None:
    verdict = judge(HONEST)
    assert (verdict.objections, verdict.lost, verdict.doubled) == ([], 0, 0)
    assert verdict.states == {"sent": 5, "unknown": 2, "failed": 1, "revoked": 1}
    assert (verdict.incoming, verdict.untaken) == (3, 1)


@pytest.mark.parametrize(
    ("name", "spoil", "words", "lost", "doubled"),
    [
        ("a sent one is not at the server", without_sent("m1"), "the server has nothing", 1, 0),
        ("a sent file is not at the server", without_sent("m8"), "the server has nothing", 1, 0),
        ("one alike is not at the server", without_sent("m7"), "MsgID that the server did not give", 2, 0),
        ("sent twice", more_sent(Sent("m1b", "c1", "Ann", "text 1")), "sent 2 times", 0, 2),
        ("an alike one sent once more", more_sent(Sent("mx", "c7", "Ben", "ok")), "sent 2 times", 0, 1),
        ("sent anew under another id", more_sent(Sent("mx", "cx", "Ann", "text 1")), "0 rows say so", 1, 1),
        ("a failed one is there", more_sent(Sent("m3", "c3", "Ann", "text 3")), "shown as failed", 0, 1),
        ("nobody's message", more_sent(Sent("mx", "cx", "Ann", "spam")), "0 rows say so", 1, 1),
        ("two in the wrong order", swapped(0, 1), "another order than typed", 0, 0),
        ("two files in the wrong order", swapped(5, 6), "another order than typed", 0, 0),
        ("pending at the end", with_row(3, state="pending"), "still pending", 1, 0),
        ("sending at the end", with_row(2, state="sending"), "still sending", 0, 0),
        ("an alike one is pending", with_row(6, state="pending"), "still pending", 0, 0),
        ("unknown becomes failed", with_row(2, state="failed"), "shown as failed", 0, 1),
        ("a sent one is called failed", with_row(1, state="failed", msg_id=""), "last shown as sent", 0, 1),
        ("another MsgID", with_row(1, msg_id="zz"), "another MsgID", 0, 0),
        ("another content", with_row(1, what="text 0"), "sent otherwise", 1, 1),
        ("another chat", with_row(1, title="Ben"), "sent otherwise", 0, 1),
        ("a row that was shown is gone", without_row(3), "not there any more", 1, 0),
        ("a row that nobody typed", more_rows(row(30, "text 1", "failed")), "has 2 rows", 0, 1),
        ("not revoked there", with_row(1, state="revoked"), "shown as revoked", 0, 0),
        ("revoked behind one's back", with_row(4, state="sent"), "revoked, and shown as sent", 0, 0),
        ("its own echo", more_rows(received(30, "text 1", "m1", mine=True)), "as if from the phone", 0, 2),
        ("an incoming one is missing", without_row(21), "is not there", 1, 0),
        ("an incoming one twice", more_rows(received(30, "said 1", "p1")), "2 rows have the MsgID", 0, 1),
        ("an incoming one altered", with_row(20, what="said"), "is there otherwise", 0, 0),
        ("incoming in the wrong order", with_row(20, time_ms=21_500), "another order than the server's", 0, 0),
        ("mine taken for another's", with_row(22, mine=False), "is there otherwise", 0, 0),
    ],
)  # fmt: skip
def test_whatever_is_wrong_is_objected_to(name: str, spoil: Spoil, words: str, lost: int, doubled: int) -> None:
    verdict = judge(spoil(HONEST))
    assert words in str(verdict), name
    assert (verdict.lost, verdict.doubled) == (lost, doubled), str(verdict)


def test_a_file_with_other_bytes_is_objected_to() -> None:
    sent = tuple(replace(one, sha256="zzz") if one.msg_id == "m8" else one for one in HONEST.sent)
    assert "other bytes" in str(judge(replace(HONEST, sent=sent)))


def test_what_a_person_sent_again_may_come_out_of_its_turn() -> None:
    late = swapped(0, 1)(HONEST)
    assert "another order" in str(judge(late))
    assert judge(replace(late, retried=frozenset({1}))).objections == []


def test_what_waited_in_a_part_that_was_taken_out_may_come_later() -> None:
    late = swapped(0, 1)(HONEST)
    assert judge(replace(late, apart=frozenset({1}))).objections == []


@pytest.mark.parametrize(
    ("said", "made", "calls", "words"),
    [
        ("done", 1, 1, ""),
        ("", 1, 1, ""),
        ("ChangeUnknown", 1, 1, ""),
        ("NotConnected", 0, 0, ""),
        ("done", 0, 1, "said as done"),
        ("BadParameter", 1, 1, "said that it failed"),
        ("", 2, 1, "made 2 times"),
        ("done", 1, 2, "left 2 times"),
    ],
)
def test_a_change_of_a_group_is_made_at_most_once_and_as_it_was_said(
    said: str, made: int, calls: int, words: str
) -> None:
    changed = replace(HONEST, alterations=(Alteration(1, "rename", said, made),), calls={"webwxupdatechatroom": calls})
    assert (words in str(judge(changed)), bool(judge(changed).objections)) == (True, bool(words))


@pytest.mark.parametrize(
    ("code", "printed", "given", "dropped", "words"),
    [
        (143, "ab", "ab", 0, ""),
        (143, "abc", "ab", 1, ""),
        (143, "abc", "ab", 2, ""),
        (KILLED, "abc", "a", 0, ""),
        (143, "abc", "ab", 0, "3 printed, 2 given, 0 counted"),
        (143, "abc", "a", 5, "3 printed, 1 given, 5 counted"),
        (KILLED, "ab", "aa", 0, "was given a 2 times"),
        (143, "a", "ab", 0, "what was not printed"),
        (143, "aa", "a", 1, "printed 2 times"),
    ],
)
def test_a_hook_that_is_not_given_each_message_once_is_objected_to(
    code: int, printed: str, given: str, dropped: int, words: str
) -> None:
    err = f"wxtui: Hook --exec is too slow. Times that it was not run: {dropped}.\n" if dropped else ""
    wrong = list(ListenRun(code, tuple(printed), err, {"--exec": tuple(given)}).untrue())
    assert (words in str(wrong), bool(wrong)) == (True, bool(words)), wrong


def test_what_stood_in_two_conversations_when_it_was_typed_has_no_order() -> None:
    late = swapped(1, 2)(HONEST)
    assert "another order than typed" in str(judge(late))
    moved = tuple(fact | {"conversation": 3} if fact["row"] == 4 else fact for fact in late.shown)
    assert judge(replace(late, shown=moved)).objections == []


def test_an_order_that_the_server_confused_within_a_second_is_forgiven() -> None:
    confused = with_row(21, time_ms=20_000, id=19)(with_row(20, time_ms=20_000)(HONEST))
    assert "another order than the server's" in str(judge(confused))
    assert judge(replace(confused, reordered=frozenset({"p1", "p2"}))).objections == []


@pytest.mark.parametrize("revoked", [True, False])
def test_a_revoke_without_an_answer_may_have_worked(revoked: bool) -> None:
    sent = tuple(replace(one, revoked=revoked) if one.msg_id == "m4" else one for one in HONEST.sent)
    doubtful = with_row(4, state="revoke_unknown")(replace(HONEST, sent=sent))
    assert judge(doubtful).objections == []
    shown = ({**HONEST.shown[-1], "state": "revoke_unknown"},)
    settled = with_row(4, state="sent")(replace(HONEST, shown=(*HONEST.shown, *shown)))
    assert "was last shown as revoke_unknown" in str(judge(settled))


def test_a_file_that_is_shown_as_sent_and_has_no_contents_is_hollow() -> None:
    sent = tuple(replace(one, sha256="") if one.msg_id == "m8" else one for one in HONEST.sent)
    verdict = judge(replace(HONEST, sent=sent))
    assert (verdict.hollow, verdict.misaddressed) == (1, 0)


def test_what_another_person_has_is_misaddressed() -> None:
    sent = tuple(replace(one, to="Ben") if one.msg_id == "m1" else one for one in HONEST.sent)
    verdict = judge(replace(HONEST, sent=sent))
    assert (verdict.misaddressed, verdict.hollow) == (1, 0)


def test_what_a_namesake_has_is_misaddressed() -> None:
    commands = (*HONEST.commands, Command(30, "Ann", "text 30", key="ann1"))
    rows = (*HONEST.rows, row(30, "text 30", "sent", msg_id="m30"))
    sent = Sent("m30", "c30", "Ann", "text 30", key="ann1")
    right = replace(HONEST, commands=commands, rows=rows, sent=(*HONEST.sent, sent))
    assert judge(right).objections == []
    assert judge(replace(right, sent=(*HONEST.sent, replace(sent, key="ann2")))).misaddressed == 1


def test_online_without_a_session_is_a_ghost() -> None:
    verdict = judge(replace(HONEST, ghosts=("round 3: online, and no poll for 6 s",)))
    assert (verdict.ghosts, len(verdict.objections)) == (1, 1)


WORD = Command(1, "Ann", "text 1")
LOST = "wxtui: No reply from WeChat: “text 1” may or may not have arrived."


@pytest.mark.parametrize(
    ("run", "there", "words"),
    [
        (Run(WORD, 0, "m1\ttext 1\n", ""), 1, ""),
        (Run(WORD, KILLED, "m1\ttext 1\n", ""), 1, ""),
        (Run(WORD, KILLED, "m", ""), 1, ""),
        (Run(WORD, KILLED, "", ""), 0, ""),
        (Run(WORD, 1, "", LOST), 1, ""),
        (Run(WORD, 1, "", "wxtui: no"), 0, ""),
        (Run(WORD, 0, "m1\ttext 1\n", ""), 0, "does not have"),
        (Run(WORD, 0, "m2\ttext 1\n", ""), 1, "does not have"),
        (Run(WORD, 0, "", ""), 1, "0 MsgIDs"),
        (Run(WORD, KILLED, "m1\ttext 1\n", ""), 0, "does not have"),
        (Run(WORD, KILLED, "", ""), 2, "2 times"),
        (Run(WORD, 1, "", "wxtui: no"), 1, "it is there"),
        (Run(WORD, 1, "m1\ttext 1\n", ""), 1, "it is there"),
    ],
)
def test_a_script_that_tells_a_lie_is_objected_to(run: Run, there: int, words: str) -> None:
    said = untrue([run], [Sent(f"m{n + 1}", f"c{n}", "Ann", "text 1") for n in range(there)])
    assert (words in str(said), bool(said)) == (True, bool(words)), said


def test_what_a_person_sent_once_more_from_the_client_is_no_lie_of_the_script() -> None:
    run, there = (
        Run(Command(1, "Ann", "text 1", shell=True), 3, "", "wxtui: logged out\n"),
        [Sent("m", "c", "Ann", "text 1")],
    )
    assert untrue([run], there) and not untrue([run], there, {"text 1"})


def test_open_files_broken_stores_secrets_and_tracebacks_are_found(tmp_path: Path) -> None:
    (tmp_path / "fine").touch(0o600)
    assert open_to_others(tmp_path) == []
    (tmp_path / "fine").chmod(0o644)
    assert open_to_others(tmp_path) == ["fine has the mode 644"]
    log = tmp_path / "log"
    log.write_text("all is well")
    assert leaks([log], ["@crypt_1"]) == []
    log.write_text("GET ?skey=@crypt_1\nTraceback (most recent call last):\nBoom")
    assert [one[:20] for one in leaks([log], ["@crypt_1"])] == ["log has a secret in ", "log: Traceback (most"]
    store = tmp_path / "store"
    with sqlite3.connect(store) as connection:
        connection.execute("CREATE TABLE a (b INTEGER PRIMARY KEY)")
        connection.execute("CREATE TABLE c (d INTEGER REFERENCES a(b))")
        connection.execute("INSERT INTO c VALUES (5)")
    connection.close()
    assert broken(store) == ["a loose reference: ('c', 1, 'a', 0)"]


@pytest.mark.parametrize("revoked", [True, False])
def test_what_goes_in_the_place_of_a_text_is_there_only_when_that_is_recalled(revoked: bool) -> None:
    old, new = row(1, "text 1", "revoked" if revoked else "sent", msg_id="m1"), row(2, "text 2", "sent", msg_id="m2")
    evidence = Evidence(
        commands=(Command(1, "Ann", "text 1"), Command(2, "Ann", "text 2", instead="text 1")),
        rows=(old, new),
        sent=(Sent("m1", "c1", "Ann", "text 1", revoked=revoked), Sent("m2", "c2", "Ann", "text 2")),
    )
    assert judge(evidence).doubled == (0 if revoked else 1)
