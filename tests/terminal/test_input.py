"""What a terminal sends, in any bytes and pieces: keys, pastes, and nothing that ends the program or leaks as text."""

from __future__ import annotations

import os
import queue
import selectors
import threading
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.message import Message

from tui.paste import clean
from tui.terminal.driver import StopEvent, TerminalDriver
from tui.terminal.input_reader import ExpectedAnswers, InputReader, PasteTooLarge, TerminalReport
from tui.terminal.input_tokens import LARGEST_PASTE, Tokenizer

START, END = b"\x1b[200~", b"\x1b[201~"
SILENCE = None
"""Stands for a terminal that sends nothing for a while."""


def named(message: Message) -> str:
    match message:
        case events.Paste(text=text):
            return f"paste {clean(text)}"
        case events.Key(key="replacement_character"):
            return "\ufffd"
        case events.Key(key=key):
            return key
        case PasteTooLarge(size=size):
            return f"too large {size}"
        case TerminalReport(text=text):
            return f"report {text}"
        case _:
            return type(message).__name__


def expected(asked: bool) -> ExpectedAnswers:
    answers = ExpectedAnswers()
    if asked:
        answers.allow(1000)
    return answers


def heard(*pieces: bytes | None, asked: bool = False) -> list[str]:
    """Keys by name, pastes by their text, of what came in these pieces, and then silence.

    `asked`: the terminal was asked about itself. Silence ends nothing then for which the reader still waits.
    """
    reader = InputReader(expected(asked))
    found: list[str] = []
    for piece in (*pieces, SILENCE):
        if piece is SILENCE and asked and (reader.patience or 0) > 1:
            continue
        messages = reader.pause() if piece is SILENCE else reader.feed(piece)
        found += map(named, messages)
    return found


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        (b"\x1b\r", ["alt+enter"]),
        (b"\x1b\x7f", ["alt+backspace"]),
        (b"\x1b/", ["escape", "slash"]),
        (b"\x1b/rev", ["escape", "slash", "r", "e", "v"]),
        (b"\x1b1", ["escape", "1"]),
        (b"\x1b.", ["escape", "full_stop"]),
        (b"\x1b[13;3u", ["alt+enter"]),
        (b"\x1bd", ["alt+d"]),
        ("\x1bé".encode(), ["alt+é"]),
        (b"\r", ["enter"]),
        (b"\n", ["ctrl+j"]),
        (b"\x17", ["ctrl+w"]),
        (b"\x1b", ["escape"]),
        (b"\x1b\x1b[A", ["escape", "up"]),
        (b"\x1b[1;5C", ["ctrl+right"]),
        (b"\x1b[[A\x1bOQ", ["f1", "f2"]),
        (b"\x1b[I\x1b[O", ["AppFocus", "AppBlur"]),
        (b"\x1b[<64;1000;10M", ["MouseScrollUp"]),
        (b"\x1b[0;;20320:22909u", ["你", "好"]),
        (b"\x1b[0;;" + b":".join([b"20320"] * 30) + b"u", ["你"] * 30),
    ],
)
def test_bytes_become_keys_however_they_are_cut(sent: bytes, keys: list[str]) -> None:
    assert heard(sent) == keys
    assert heard(*(sent[at : at + 1] for at in range(len(sent)))) == keys, "in single bytes"


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        pytest.param(b"\xc4\xe3a", ["\ufffd", "\ufffd", "a"], id="GBK"),
        pytest.param(b"\xffa", ["\ufffd", "a"], id="0xff"),
        pytest.param(b"\xe1a", ["\ufffd", "a"], id="8-bit meta"),
        pytest.param(b"\x1b[M \xa0\x30a", ["a"], id="X10 mouse, column 128"),
        pytest.param(b"\x1b[M \xc3\xa9a", ["a"], id="X10 mouse that looks like UTF-8"),
        pytest.param(b"\x9b31ma", ["\ufffd", "3", "1", "m", "a"], id="8-bit CSI"),
        pytest.param(b"\x1b[99qa", ["a"], id="an unknown sequence"),
        pytest.param(b"\x1b[?2004;2$y\x1b[?2048;2$y\x1b[?62;22c\x1b[>1;10;0ca", ["report [?62;22c", "a"], id="answers"),
        pytest.param(b"\x1b]11;rgb:0000/0000/0000\x1b\\\x1b]4;1;x\x07a", ["a"], id="OSC answers"),
        pytest.param(
            b"\x1bP>|XTerm(388)\x1b\\\x1b_Gi=1;OK\x1b\\a", ["report P>|XTerm(388)", "a"], id="DCS and APC answers"
        ),
        pytest.param(b"\x1b[48;99999;99999;0;0ta", ["a"], id="a size of a billion cells"),
        pytest.param(b"\x1b[99999999;;99999999ua", ["a"], id="beyond Unicode"),
        pytest.param(b"\x1b[97:65;1:3;97ua", ["a"], id="fields of another protocol version"),
        pytest.param(b"\x1b[<32;-5;6Ma", ["a"], id="a drag to the left of the window"),
        pytest.param(b"\x1b[\ra", ["enter", "a"], id="a control character in a sequence"),
        pytest.param("\x1b[你a".encode(), ["你", "a"], id="a letter in a sequence"),
        pytest.param(b"\x00a", ["ctrl+@", "a"], id="NUL"),
    ],
)
def test_foreign_bytes_are_replaced_or_dropped(sent: bytes, keys: list[str]) -> None:
    assert heard(sent) == keys
    assert heard(*(sent[at : at + 1] for at in range(len(sent)))) == keys, "in single bytes"


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"\x1b]0;" + b"x" * 10_000, id="OSC without an end"),
        pytest.param(b"\x1bP1$r" + b"\r" * 100, id="DCS without an end"),
        pytest.param(b"\x1b[" + b"1;" * 5000, id="parameters without an end"),
        pytest.param(b"\x1b[1;5", id="a truncated sequence"),
        pytest.param(b"\x1b[M ", id="a truncated mouse report"),
        pytest.param(b"\x1b[" + b"1" * 5000 + b"~", id="a very long sequence"),
    ],
)
def test_what_has_no_end_ends_with_silence(sent: bytes) -> None:
    assert heard(sent, SILENCE, b"ok\r") == ["o", "k", "enter"]


ANSWERS = b"\x1bP>|kitty(0.35.2)\x1b\\", b"\x1bP>|foot(1.16.2)\x07", b"\x1b[6;16;8t", b"\x1b[?62;4;22c", b"\x1b[0n"


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_is_heard_and_never_typed_wherever_it_is_cut(answer: bytes) -> None:
    report = "report " + answer.decode().strip("\x1b\x07\\")
    assert heard(b"a" + answer + b"b") == ["a", report, "b"]
    for cut in range(1, len(answer)):
        assert heard(b"a", answer[:cut], answer[cut:] + b"b") == ["a", report, "b"]
    for cut in range(3, len(answer)):
        # The line stalls within the answer, longer than within any key.
        assert heard(b"a", answer[:cut], SILENCE, answer[cut:], b"b", asked=True) == ["a", report, "b"]
    assert heard(b"a", answer[:1], SILENCE, answer[1:], b"b", asked=True) == ["a", "escape", report, "b"]
    # Escape was told as a key by then; of what goes on with it, byte by byte, nothing is typed.
    slow = [answer[at : at + 1] for at in range(len(answer))]
    assert heard(b"a", slow[0], SILENCE, *slow[1:], b"b", asked=True) == ["a", "escape", report, "b"]
    between = [piece for byte in slow for piece in (byte, SILENCE)]
    found = heard(b"a", *between, b"b", asked=True)
    assert [*found[:2], *found[-2:]] == ["a", "escape", report, "b"]
    assert len(found) <= 7, "the answer is known by its first bytes, however slowly they come"


@pytest.mark.parametrize("typed", ["[", "P", "]", "[4", "]5", "x", "P>x", "[?x"])
def test_letters_after_escape_are_typed_while_an_answer_is_waited_for(typed: str) -> None:
    keys = heard(typed.encode())
    assert heard(b"\x1b", SILENCE, typed.encode(), SILENCE, b"b", asked=True) == ["escape", *keys, "b"]
    assert heard(b"\x1b", SILENCE, typed.encode() + b"b", asked=True) == ["escape", *keys, "b"]
    assert heard(b"\x1b", SILENCE, b"\x1b", SILENCE, asked=True) == ["escape", "escape"]


def test_who_gives_the_terminal_back_waits_for_an_answer_that_is_on_its_way() -> None:
    answers = ExpectedAnswers()
    reader = InputReader(answers)
    answers.ask(certain=2)
    list(reader.feed(b"\x1b[?62;4c"))
    assert answers.may_come(), "one of two"
    asked = threading.Event()
    late = threading.Thread(target=lambda: asked.wait() and list(reader.feed(b"\x1b[0n")))
    late.start()
    asked.set()
    answers.wait(1000)
    assert not answers.may_come()
    answers.wait(1000)
    late.join()


@given(st.sampled_from(ANSWERS), st.binary(max_size=8), st.integers(0, 30), st.integers(0, 30))
def test_a_garbled_answer_ends_with_silence(answer: bytes, noise: bytes, at: int, cut: int) -> None:
    garbled = answer[:at] + noise + answer[at:]
    reader = InputReader(expected(True))
    for piece in (garbled[:cut], garbled[cut:]):
        list(reader.feed(piece))
    list(reader.pause())
    reader.feed(END)
    assert [named(message) for message in reader.feed(b"\x1b[201~\x1b\\ok")][-2:] == ["o", "k"]


def test_a_paste_with_escapes_is_one_paste() -> None:
    text = b"one\n\x1b[31mred\x1b[0m \x1b\xff\x00"
    assert heard(b"a" + START + text + END + b"b") == ["a", "paste one\nred \ufffd", "b"]


def test_a_paste_in_pieces() -> None:
    text = START + "one \x1b[1mtwo 你\x1b".encode() + END + b"x"
    for first in range(1, len(text)):
        assert heard(text[:first], text[first:]) == ["paste one two 你", "x"]


def test_a_paste_whose_end_is_lost_ends_with_a_key() -> None:
    assert heard(START + b"first\r", SILENCE, b"a", b"\r") == ["paste first\n", "a", "enter"]
    assert heard(START + b"first\r", SILENCE, b"\x1b[A") == ["paste first\n", "up"]


def test_the_rest_of_a_paste_that_stalled_is_no_keys() -> None:
    assert heard(START + b"first\r", SILENCE, b"second\rthird\r", b"\r" + END, b"\r") == [
        "paste first\n",
        "paste second\nthird\n\n",
        "enter",
    ]
    assert heard(START + b"first" + END[:5], SILENCE, END[5:] + b"x") == ["paste first", "x"]


def test_a_paste_beyond_all_measure_is_counted_and_not_kept() -> None:
    reader = InputReader()
    found = [named(message) for message in reader.feed(START)]
    tracemalloc.start()
    for _ in range(10 * 256):
        found += map(named, reader.feed(b"\xffline\r" + b"x" * 4090))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * LARGEST_PASTE
    found += map(named, reader.feed(END + b"ok"))
    assert found == [f"too large {10 * 256 * 4096}", "o", "k"]


PIECES = st.lists(
    st.binary(max_size=12)
    | st.sampled_from(
        [
            b"\x1b",
            b"\x1b[",
            b"\x1b]0;",
            b"\x1bP1",
            b"\x1b[M",
            START,
            END,
            b"\x1b[<0;1;",
            b"1;" * 40,
            b"u",
            b"M",
            b"\x07",
        ]
    )
    | st.none(),
    max_size=30,
)


def test_escape_in_a_paste_whose_end_is_lost_takes_no_key_after_it() -> None:
    assert heard(START, b"\x1b", SILENCE, b"\r") == ["escape", "enter"]
    assert heard(START + b"text\x1b", SILENCE, b"\r") == ["paste text", "escape", "enter"]
    assert heard(START + b"text\x1b[201", SILENCE, b"\r") == ["paste text", "enter"]
    assert heard(START + b"text\x1b[201", SILENCE, b"~", b"\r") == ["paste text", "enter"]
    assert heard(START + b"text\x1b", SILENCE, b"[201~") == ["paste text"]


@given(PIECES)
def test_any_bytes_are_survived_and_the_keys_after_them_heard(pieces: list[bytes | None]) -> None:
    # A person types after a silence; two of them end whatever was begun.
    assert heard(*pieces, SILENCE, SILENCE, b"\r")[-1] == "enter"


@given(PIECES)
def test_where_a_read_ends_changes_nothing(pieces: list[bytes | None]) -> None:
    sent = b"".join(piece or b"" for piece in pieces)
    single = [sent[at : at + 1] for at in range(len(sent))]
    assert heard(*single) == heard(sent)


@given(st.lists(st.binary(max_size=64), max_size=50))
def test_nothing_but_a_paste_is_kept(pieces: list[bytes]) -> None:
    tokenizer = Tokenizer()
    for piece in pieces:
        tokenizer.feed(piece)
        assert len(tokenizer._rest) <= 512


def test_input_thread_sleeps_until_there_is_a_key_or_it_is_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float | None] = []
    select = selectors.SelectSelector.select
    monkeypatch.setattr(selectors.SelectSelector, "select", lambda self, wait: waits.append(wait) or select(self, wait))
    keys: queue.Queue[Message] = queue.Queue()
    driver = object.__new__(TerminalDriver)
    driver._stopping = driver.exit_event = StopEvent()
    driver.answers = ExpectedAnswers()
    driver.process_message = keys.put  # type: ignore[method-assign]
    driver._hold_back = lambda: None  # type: ignore[method-assign]
    driver.fileno, keyboard = os.pipe()
    for _again in range(2):
        thread = threading.Thread(target=driver.run_input_thread)
        thread.start()
        os.write(keyboard, b"a")
        assert isinstance(keys.get(timeout=10), events.Key)
        driver.exit_event.set()
        thread.join(10)
        assert not thread.is_alive()
        driver.exit_event.clear()
    assert set(waits) == {None}, "an idle program is woken by nothing"
    os.close(driver.fileno)
    os.close(keyboard)
