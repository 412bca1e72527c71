"""The terminal's own clipboard (OSC 5522): what it answers, in any pieces, is never typed."""

from __future__ import annotations

import asyncio
import base64
import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.message import Message

from tests.support.waiting import until
from tui.errors import UsageError
from tui.terminal.desktop import terminal_clipboard
from tui.terminal.desktop.terminal_clipboard import MODE, AnswerStatus, TerminalClipboard, piece_of
from tui.terminal.graphics.terminal_report import TerminalName
from tui.terminal.input_reader import ClipboardAnswer, ExpectedAnswers, InputReader, TerminalReport

KITTY = TerminalName("kitty", (0, 35))


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def answer(id: str, status: str, type: str = "", data: bytes = b"") -> str:
    mime = f":mime={b64(type.encode())}" if type else ""
    return f"5522;type=read:status={status}:id={id}{mime};{b64(data)}"


def test_a_piece_is_read() -> None:
    found = piece_of(answer("a1", "DATA", "image/png", b"\x89PNG"))
    assert found is not None
    assert (found.status, found.id, found.type, found.data) == (AnswerStatus.DATA, "a1", "image/png", b"\x89PNG")


@given(st.text(max_size=80) | st.text("5522;:=typeradsuOKDTAmi", max_size=60).map("5522;".__add__))
def test_nothing_that_a_terminal_says_makes_it_raise(text: str) -> None:
    found = piece_of(text)
    assert found is None or found.status in AnswerStatus


def patient_reader() -> InputReader:
    """Reader of a terminal whose clipboard was asked for."""
    answers = ExpectedAnswers()
    answers.allow(1000)
    return InputReader(answers)


@given(st.binary(max_size=4096), st.lists(st.integers(0, 6000), max_size=5), st.sampled_from([b"\x07", b"\x1b\\"]))
def test_in_whatever_pieces_an_answer_comes_it_is_whole_and_nothing_of_it_is_typed(
    data: bytes, cuts: list[int], end: bytes
) -> None:
    said = answer("w1", "DATA", "image/png", data)
    stream = b"\x1b]" + said.encode() + end + b"\x1b[?5522;2$y"
    places = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    reader, heard = patient_reader(), list[Message]()
    for start, stop in itertools.pairwise(places):
        heard += reader.feed(stream[start:stop])
    texts = [one.text for one in heard if isinstance(one, ClipboardAnswer | TerminalReport)]
    assert len(heard) == 2 and texts == [said, "[?5522;2$y"]


def test_a_line_that_falls_silent_within_a_piece_types_none_of_it() -> None:
    reader = patient_reader()
    assert not [*reader.feed(b"\x1b]5522;type=read:status=DATA;QUJD")]
    assert reader.patience is not None and reader.patience >= 10


class FakeTerminal:
    """Terminal with a clipboard, which answers each question with `say`."""

    def __init__(self, say: Callable[[str, str], list[str]], name: TerminalName | None = KITTY) -> None:
        self.clipboard = TerminalClipboard(self._asked, lambda: name)
        self.written: list[str] = []
        self._say = say

    def _asked(self, text: str) -> None:
        self.written.append(text)
        if not text.startswith("\x1b]5522;type=read:id="):
            return
        id, payload = text.removeprefix("\x1b]5522;type=read:id=").removesuffix("\x1b\\").split(";")
        for one in self._say(id, base64.b64decode(payload).decode()):
            asyncio.get_running_loop().call_soon(self.clipboard.answer, one)


def having(contents: dict[str, bytes]) -> Callable[[str, str], list[str]]:
    def say(id: str, wanted: str) -> list[str]:
        data = " ".join(contents).encode() if wanted == "." else contents[wanted]
        pieces = [data[at : at + 4096] for at in range(0, len(data), 4096)]
        other = answer("other", "DATA", wanted, b"not for us")
        return [answer(id, "OK"), other, *(answer(id, "DATA", wanted, one) for one in pieces), answer(id, "DONE")]

    return say


async def test_an_image_is_read_in_pieces() -> None:
    image = b"\x89PNG" + bytes(range(256)) * 100
    terminal = FakeTerminal(having({"text/html": b"x", "image/jpeg": b"y", "image/png": image}))
    assert await terminal.clipboard.image_type() == "image/png"
    got = bytearray()
    await terminal.clipboard.read("image/png", got.extend)
    assert bytes(got) == image
    assert await FakeTerminal(having({"text/plain": b"x"})).clipboard.image_type() == ""


async def test_a_terminal_that_is_not_known_is_asked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = FakeTerminal(having({"image/png": b"x"}), TerminalName("foot", (1, 16)))
    looking = asyncio.create_task(terminal.clipboard.image_type())
    await until(lambda: terminal.written == [MODE])
    terminal.clipboard.report("[?62;4c")
    terminal.clipboard.report("[?5522;2$y")
    assert await looking == "image/png"
    looking = asyncio.create_task(terminal.clipboard.image_type())
    await until(lambda: terminal.written[-1] == MODE)
    terminal.clipboard.report("[?5522;0$y")
    assert await looking is None
    monkeypatch.setattr(terminal_clipboard, "_SOON", 0.01)
    assert await FakeTerminal(having({}), None).clipboard.image_type() is None


@pytest.mark.parametrize(
    ("status", "said"), [("EPERM", "did not allow"), ("EBUSY", "does not give"), ("EIO", "does not give")]
)
async def test_a_refusal_is_told(status: str, said: str) -> None:
    terminal = FakeTerminal(lambda id, wanted: [answer(id, status)])
    with pytest.raises(UsageError, match=said):
        await terminal.clipboard.read("image/png", lambda data: None)


async def test_too_much_and_silence_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal_clipboard, "MOST_IMAGE", 5000)
    terminal = FakeTerminal(having({"image/png": b"x" * 9000}))
    with pytest.raises(UsageError, match="too large"):
        await terminal.clipboard.read("image/png", lambda data: None)
    monkeypatch.setattr(terminal_clipboard, "_ASKING", 0.01)
    with pytest.raises(UsageError, match="does not give"):
        await FakeTerminal(lambda id, wanted: []).clipboard.read("image/png", lambda data: None)
    # What comes too late is nobody's.
    terminal.clipboard.answer(answer("wxtui1", "DATA", "image/png", b"late"))
