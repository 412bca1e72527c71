"""Keys as they arrive at the installed program: foreign bytes, many in one packet, a stop in between."""

from __future__ import annotations

import signal
from collections.abc import Callable
from functools import partial

from tests.support.pty_program import Program
from tests.support.pty_steps import CTRL_K, go_to, leave
from tests.support.sandbox_thread import Sandbox
from tests.support.waiting import wait_until

FOREIGN = {
    "GBK": "你".encode("gbk"),
    "0xff": b"\xff",
    "8-bit meta": b"\xe1",
    "X10 mouse report": b"\x1b[M \xa0\x30",
    "an endless OSC": b"\x1b]0;" + b"x" * 3000,
    "endless parameters": b"\x1b[" + b"1;" * 1500,
    "a paste with 0xff": b"\x1b[200~\xff\x1b[201~",
    "NUL": b"\x00",
}


def sent_texts(sandbox: Sandbox) -> list[str]:
    return [row["content"] for row in sandbox.sent()]


def test_bytes_that_are_no_text_are_survived(start_program: Callable[..., Program], sandbox: Sandbox) -> None:
    program = start_program()
    go_to(program, "Bob")
    for number, (name, sent) in enumerate(FOREIGN.items()):
        program.type(sent)
        # What has no end lasts until the terminal falls silent.
        program.listen(0.6)
        program.type(f"after {number}")
        program.wait_for(lambda screen, number=number: f"after {number}" in screen.splitlines()[-2])
        assert program.process.poll() is None, name
        program.type("\x15")
    leave(program)


def test_what_was_typed_while_it_was_stopped_is_sent_line_by_line(
    start_program: Callable[..., Program], sandbox: Sandbox
) -> None:
    program = start_program()
    go_to(program, "Bob")
    program.process.send_signal(signal.SIGSTOP)
    program.type("first\r")
    program.type("second\r")
    program.process.send_signal(signal.SIGCONT)
    program.wait_for(r"second +✓ \d")
    assert sent_texts(sandbox) == ["first", "second"]
    leave(program)


def test_a_stop_sets_the_terminals_modes_again(start_program: Callable[..., Program]) -> None:
    program = start_program()
    program.process.send_signal(signal.SIGSTOP)
    before = len(program.raw)
    program.process.send_signal(signal.SIGCONT)
    program.wait_for(lambda screen: b"\x1b[?2004h" in program.raw[before:] and b"\x1b[2J" in program.raw[before:])
    for mode in (b"\x1b[?1047h", b"\x1b[?1006h", b"\x1b[?1004h", b"\x1b[?7l"):
        assert mode in program.raw[before:]
    leave(program)


def test_a_storm_of_sizes_and_a_stop_by_sigtstp(start_program: Callable[..., Program]) -> None:
    program = start_program()
    go_to(program, "Bob")
    program.type("kept")
    for number in range(40):
        program.resize(1 + number * 7 % 100, 1 + number * 5 % 40)
        program.listen(0.005)
    program.resize(80, 24)
    program.process.send_signal(signal.SIGTSTP)
    program.wait_for(lambda screen: program.raw.endswith(b"\x1b[?1004l") and program.is_stopped)
    before = len(program.raw)
    program.resize(90, 24)
    program.process.send_signal(signal.SIGCONT)
    program.wait_for(lambda screen: b"\x1b[?2004h" in program.raw[before:] and "› kept" in screen)
    program.type(" and more")
    program.wait_for("› kept and more")
    leave(program)


def test_each_key_of_a_packet_acts_on_what_the_one_before_left(
    start_program: Callable[..., Program], sandbox: Sandbox
) -> None:
    program = start_program()
    go_to(program, "Bob")
    program.type("to Bob\r" + CTRL_K + "alice\r" + "to Alice\r" + CTRL_K + "bob\r/rev\t")
    program.wait_for(lambda screen: "› /revoke" in screen and "│ Bob" in screen)
    program.wait_for(lambda screen: len(sandbox.sent()) == 2)
    assert sent_texts(sandbox) == ["to Bob", "to Alice"]
    bob, alice = (row["to_name"] for row in sandbox.sent())
    assert bob.startswith("Bob") and alice == "Alice"
    leave(program)


def test_messages_of_one_packet_leave_whole_and_in_order(
    start_program: Callable[..., Program], sandbox: Sandbox
) -> None:
    program = start_program()
    go_to(program, "Bob")
    texts = [f"line {number}" for number in range(40)]
    program.type("".join(f"{text}\r" for text in texts))
    program.wait_for(lambda screen: len(sandbox.sent()) == 40, 60)
    assert sent_texts(sandbox) == texts
    leave(program)


def test_a_correction_and_its_enter_in_one_packet_wait_for_an_enter_that_could_read_what_it_does(
    start_program: Callable[..., Program], sandbox: Sandbox
) -> None:
    program = start_program()
    go_to(program, "Alice")
    program.type("hello wrold\r")
    program.wait_for(r"hello wrold +✓ \d")
    program.type("s/wrold/world/\r")
    program.wait_for("Nothing was sent")
    program.wait_for("Recalls: hello wrold")
    assert [(row["content"], row["revoked"]) for row in sandbox.sent()] == [("hello wrold", False)]
    program.type("\r")
    program.wait_for(r"hello world +✓ \d")
    assert [(row["content"], row["revoked"]) for row in sandbox.sent()] == [
        ("hello wrold", True),
        ("hello world", False),
    ]
    leave(program)


def test_a_change_right_behind_the_message_itself_never_goes_out_as_letters(
    start_program: Callable[..., Program], sandbox: Sandbox
) -> None:
    program = start_program()
    go_to(program, "Alice")
    sandbox.fault("webwxsendmsg", "delay", 0.5)
    program.type("hello wrold\rs/wrold/world/\r")
    # It is just leaving: nobody knows yet whether it can be recalled. The change stays in the bar.
    program.wait_for("Your last message is still being sent.")
    program.wait_for("Recalls: hello wrold")
    assert sent_texts(sandbox) == ["hello wrold"]
    program.listen(0.6)  # The change came back by itself: Enter counts once it can have been read.
    program.type("\r")
    program.wait_for(r"hello world +✓ \d")
    assert sent_texts(sandbox) == ["hello wrold", "hello world"]
    leave(program)


def test_a_text_whose_beginning_a_dialog_took_and_its_enter_in_one_packet_send_nothing(
    start_program: Callable[..., Program], sandbox: Sandbox
) -> None:
    program = start_program()
    go_to(program, "Bob")
    program.type("first\r")
    program.wait_for(r"first +✓ \d")
    program.type("\t")
    program.wait_for("Esc")
    program.type("o")
    program.wait_for("MsgID")
    program.type("hello there\r")
    program.wait_for("Nothing was sent")
    assert sent_texts(sandbox) == ["first"]
    leave(program)


def says_online(program: Program, before: int) -> bool:
    """Whether the program has drawn its last line since it had written so many bytes."""
    program.listen(0.05)
    return b"online" in program.raw[before:]


def test_a_window_that_is_smaller_for_a_moment_is_written_anew(start_program: Callable[..., Program]) -> None:
    """The terminal had cut what stood there; the program saw the size that it knew, and wrote nothing."""
    program = start_program(columns=140, rows=40)
    go_to(program, "Bob")
    for _ in range(5):
        program.listen(0.2)
        before = len(program.raw)
        program.resize(50, 20)
        program.resize(140, 40)
        wait_until(partial(says_online, program, before))
    leave(program)
