"""The process that decodes: its protocol, its limits, and what follows when it dies, hangs or answers nonsense."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.support.examples import examples
from tests.support.waiting import until
from tui import errors
from tui.services.pictures import child_protocol
from tui.services.pictures.child_protocol import MOST_ANSWER, Flaw, FlawKind, ProtocolBroken
from tui.services.pictures.decoder import Decoder, DecodingChild, command
from tui.services.pictures.drawn import Drawn, PictureBox, PictureForm, PictureFrame

BOX = PictureBox(40, 12, (8, 16), PictureForm.BLOCKS)
READY = "import os, sys, time; os.write(1, bytes(4)); "


def child(code: str) -> Callable[[], DecodingChild]:
    """A child that says that it is ready, and then does something else than decoding."""
    return lambda: DecodingChild([sys.executable, "-I", "-S", "-c", READY + code])


def in_pieces(data: bytes, sizes: list[int]) -> Callable[[int], bytes]:
    """Reads some bytes at a time, as pipes do."""
    left = bytearray(data)

    def read(count: int) -> bytes:
        size = min(count, sizes[len(left) % len(sizes)])
        piece = bytes(left[:size])
        del left[:size]
        return piece

    return read


# ---------------------------------------------------------------- the protocol


@given(st.lists(st.binary(max_size=300), max_size=5), st.lists(st.integers(1, 9), min_size=1), st.integers(0, 3))
@settings(max_examples=examples(100))
def test_frames_come_whole_or_not_at_all(bodies: list[bytes], sizes: list[int], missing: int) -> None:
    whole = b"".join(bytes(piece) for body in bodies for piece in child_protocol.framed(body))
    read = in_pieces(whole[: len(whole) - missing], sizes)
    found = []
    while (body := child_protocol.read_frame(read, 1000)) is not None:
        found.append(body)
    assert found == (bodies[:-1] if missing and bodies else bodies)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=examples(100))
def test_no_frame_is_larger_than_was_agreed(length: int) -> None:
    header = length.to_bytes(4, "big")
    if length <= MOST_ANSWER:
        assert child_protocol.read_length(header, MOST_ANSWER) == length
    else:
        with pytest.raises(ProtocolBroken):
            child_protocol.read_length(header, MOST_ANSWER)


@given(st.binary(max_size=200))
@settings(max_examples=examples(200))
def test_any_bytes_are_an_answer_or_none(noise: bytes) -> None:
    with suppress(ProtocolBroken):
        assert isinstance(child_protocol.read_answer(noise, BOX), Drawn | Flaw)
    drawn = Drawn("PNG", 3, 2, 1, 1, (PictureFrame(noise[:8].ljust(8), 40),), True)
    for told in (drawn, Flaw(FlawKind.TOO_MANY_PIXELS, 7, 9)):
        assert child_protocol.read_answer(child_protocol.answer(told), BOX) == told


@pytest.mark.parametrize(
    "lie",
    [
        {"columns": 41},
        {"columns": 0},
        {"rows": 10**9},
        {"frames": ()},
        {"frames": (PictureFrame(bytes(8), 0),) * 2},
        {"frames": (PictureFrame(bytes(8), -1),)},
        {"frames": (PictureFrame(bytes(7), 0),)},
        {"format": "\x1b]52;c;cm0=\x07"},
        {"width": 1 << 60},
        {"form": PictureForm.KITTY, "frames": (PictureFrame(b"\x89PNG\r\n\x1a\n", 0),)},
    ],
)
def test_an_answer_that_leaves_its_box_is_none(lie: dict[str, Any]) -> None:
    drawn = replace(Drawn("PNG", 3, 2, 1, 1, (PictureFrame(bytes(8), 40),)), **lie)
    with pytest.raises(ProtocolBroken):
        child_protocol.read_answer(child_protocol.answer(drawn), BOX)


def test_a_sixel_picture_carries_no_other_command_to_the_terminal() -> None:
    box = replace(BOX, form=PictureForm.SIXEL, most_bytes=100)
    good = b'0;1;0q"1;1;8;16#0;2;0;0;0#0!8~$-'
    for data, fits in ((good, True), (good + b"\x1b\\\x1b]52;c;cm0=\x07", False), (good * 4, False), (b"", False)):
        drawn = Drawn("PNG", 3, 2, 1, 1, (PictureFrame(data, 40),), form=PictureForm.SIXEL)
        with nullcontext() if fits else pytest.raises(ProtocolBroken):
            assert child_protocol.read_answer(child_protocol.answer(drawn), box) == drawn


# ---------------------------------------------------------------- its limits

CONFINED = """
import os, resource
from PIL import Image
from tui.services.pictures.child import main, reading
reading.restrict()
main._rehearse()
out = os.dup(1)
main._confine()
said = []
for name, act in (
    ("opens", lambda: open("/dev/null")),
    ("writes", lambda: os.open("/tmp/wxtui-never", os.O_CREAT | os.O_WRONLY)),
    ("hoards", lambda: bytearray(2 << 30)),
):
    try:
        act()
        said.append(name)
    except (OSError, MemoryError):
        pass
for fake in (b"%!PS-Adobe-3.0 EPSF-3.0\\n%%BoundingBox: 0 0 9 9\\n", b"II*\\0\\x08\\0\\0\\0", b"P6 1 1 255 abc"):
    try:
        reading.opened(fake)
        said.append("read " + repr(fake))
    except reading.Unshown:
        pass
said += sorted(Image.OPEN)
said.append(str(resource.getrlimit(resource.RLIMIT_CORE)))
os.write(out, "\\n".join(said).encode())
"""


def test_the_child_has_no_files_little_memory_and_five_formats() -> None:
    started = command()
    code = started.index("-c") + 1
    confined = [*started[:code], f"import sys; sys.path += sys.argv[1:]{CONFINED}", *started[code + 1 :]]
    done = subprocess.run(confined, env={}, capture_output=True, check=True, text=True)
    assert done.stdout.split("\n") == ["BMP", "GIF", "JPEG", "PNG", "WEBP", "(0, 0)"]


def test_the_child_is_of_another_group_and_ends_with_its_parent() -> None:
    one = DecodingChild(command())
    try:
        assert os.getpgid(one._process.pid) == one._process.pid != os.getpgrp()
        one._into.close()
        assert one._process.wait(30) == 0
    finally:
        one.close()


# ---------------------------------------------------------------- when it fails


@pytest.mark.parametrize(
    ("code", "why", "sound"),
    [
        ("os.read(0, 9); sys.exit(3)", "the file is damaged", False),
        ("os.read(0, 9); os.kill(os.getpid(), 11)", "the file is damaged", False),
        ("os.kill(os.getpid(), __import__('signal').SIGXCPU)", "decoding it takes too long", False),
        ("os.read(0, 9); os.write(1, b'\\xff' * 8); time.sleep(99)", "the file is damaged", False),
        ("os.read(0, 9); os.write(1, b'\\0\\0\\0\\1x'); time.sleep(99)", "the file is damaged", False),
        ("time.sleep(99)", "decoding it takes too long", True),
        ("os.read(0, 9); os.write(1, b'\\0\\0\\1\\0half'); time.sleep(99)", "decoding it takes too long", True),
        ("os.read(0, 9); os.kill(os.getpid(), 9)", "it needs too much memory", True),
    ],
)
async def test_a_child_that_dies_hangs_or_raves_is_replaced(code: str, why: str, sound: bool) -> None:
    decoder = Decoder(child(code), seconds=0.4)
    for count in (1, 2):
        with pytest.raises(errors.PictureUnusable) as found:
            await decoder.draw(bytes(300_000 if code.startswith("time") else 1), BOX)
        assert why in str(found.value) and isinstance(found.value, errors.DecoderMissing) is sound
        assert decoder.children == count
    await decoder.close()


async def test_where_no_child_starts_it_is_said_and_not_tried_for_each_picture() -> None:
    tries = 0

    def start() -> DecodingChild:
        nonlocal tries
        tries += 1
        return DecodingChild([sys.executable, "-I", "-S", "-c", "import sys; sys.exit(1)"])

    decoder = Decoder(start)
    for _try in range(3):
        with pytest.raises(errors.DecoderMissing, match="the decoder does not start"):
            await decoder.draw(b"x", BOX)
    assert tries == 1
    await decoder.close()


class SlowChild:
    """A child that is not there, and draws when it may."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.drawn: list[bytes] = []
        self.pictures = 0
        self.alive = True

    def draw(self, data: bytes, box: PictureBox, seconds: float, wanted: Callable[[], bool]) -> Flaw:
        self.drawn.append(data)
        self.may.wait(30)
        return Flaw(FlawKind.EMPTY)

    def close(self) -> None:
        self.alive = False


async def test_what_was_scrolled_away_is_dropped_before_it_is_decoded() -> None:
    slow = SlowChild()
    decoder = Decoder(lambda: cast(Any, slow))
    tasks = [asyncio.ensure_future(decoder.draw(name, BOX)) for name in (b"1", b"2", b"3")]
    await until(lambda: slow.drawn == [b"1"])
    tasks[1].cancel()
    await asyncio.wait({tasks[1]})
    slow.may.set()
    await asyncio.wait(tasks)
    assert slow.drawn == [b"1", b"3"]
    await decoder.close()
    assert not slow.alive
