"""The clipboard of the terminal in front of which the person sits, also over SSH: OSC 5522, kitty's clipboard protocol.

Documented at https://sw.kovidgoyal.net/kitty/clipboard/. The terminal lists types at once, and asks the person before
it gives any of their contents. Its answers come in pieces of 4096 bytes, in the middle of what is typed.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import AsyncIterator, Callable
from enum import Enum
from typing import Final

import msgspec

from tui import errors
from tui.terminal.desktop.clipboard_contents import IMAGE_TYPES, MOST_IMAGE, too_large
from tui.terminal.graphics.terminal_report import TerminalName

MODE: Final = "\x1b[?5522$p"
"""Question whether the terminal knows this protocol (DECRQM); one that knows modes, but not this one, answers 0."""
_KNOWN: Final = re.compile(r"\[\?5522;([0-4])\$y")
_SINCE: Final = {"kitty": (0, 27)}
"""Terminals that have it without knowing the question, by the name that they report."""
_KITTY: Final = "xterm-kitty"
_SOON: Final = 1.5
"""Seconds for an answer that asks nobody."""
_ASKING: Final = 30.0
"""Seconds for the person to agree in the terminal."""
_BETWEEN: Final = 10.0
"""Seconds between two pieces: the line may be slow."""
_LARGEST_PIECE: Final = 16384
_MOST_TYPES: Final = 64 * 1024


class AnswerStatus(Enum):
    """Kinds of answers, as the protocol names them."""

    OK = "OK"
    DATA = "DATA"
    DONE = "DONE"
    DENIED = "EPERM"
    BUSY = "EBUSY"
    MISSING = "ENOSYS"
    BROKEN = "EIO"
    MISTAKEN = "EINVAL"


class ClipboardPiece(msgspec.Struct, frozen=True):
    """Answer of the terminal: `type` and `data` of a piece, "" and nothing of the others."""

    status: AnswerStatus
    id: str
    type: str = ""
    data: bytes = b""


def piece_of(text: str) -> ClipboardPiece | None:
    """Return what a string of the terminal says, `5522;type=read:status=DATA:mime=…;…`; None for any other."""
    number, _semicolon, rest = text.partition(";")
    facts, _semicolon, payload = rest.partition(";")
    if number != "5522":
        return None
    told = dict(part.partition("=")[::2] for part in facts.split(":"))
    try:
        status = AnswerStatus(told.get("status", ""))
        type = base64.b64decode(told.get("mime", ""), validate=True).decode("ascii")
        data = base64.b64decode(payload, validate=True)
    except (ValueError, binascii.Error):
        return None
    if told.get("type") != "read" or len(data) > _LARGEST_PIECE:
        return None
    return ClipboardPiece(status, told.get("id", ""), type, data)


def request(id: str, *types: str) -> str:
    """Return the question for the contents in these types; `.` asks which types there are."""
    wanted = base64.b64encode(" ".join(types).encode()).decode("ascii")
    return f"\x1b]5522;type=read:id={id};{wanted}\x1b\\"


class TerminalClipboard:
    """Asks one terminal; `report` and `answer` hear what comes back. One question is on its way at a time."""

    def __init__(self, write: Callable[[str], None], name: Callable[[], TerminalName | None], term: str = "") -> None:
        """`name`: as the terminal reports itself; `term`: TERM, which goes through SSH."""
        self._write = write
        self._name = name
        self._term = term
        self._count = 0
        self._id = ""
        self._pieces: asyncio.Queue[ClipboardPiece] = asyncio.Queue()
        self._knows: asyncio.Future[bool] | None = None

    def report(self, text: str) -> None:
        """Hear an answer to `MODE`, without its Escape; others are left alone."""
        found = _KNOWN.fullmatch(text)
        if found is not None and self._knows is not None and not self._knows.done():
            self._knows.set_result(found[1] != "0")

    def answer(self, text: str) -> None:
        """Hear a string of the terminal; one that nobody asked for is dropped."""
        piece = piece_of(text)
        if piece is not None and self._id and piece.id in (self._id, ""):
            self._pieces.put_nowait(piece)

    async def image_type(self) -> str | None:
        """Return the best type of an image that is there, "" where there is none; None: the terminal has no such
        clipboard."""
        if not await self._is_known():
            return None
        listed = b""
        try:
            async for piece in self._ask(_SOON, "."):
                listed += piece.data
                if len(listed) > _MOST_TYPES:
                    break
        except TimeoutError:
            return None
        have = set(listed.decode("utf-8", "replace").split())
        return next((one for one in IMAGE_TYPES if one in have), "")

    async def read(self, type: str, take: Callable[[bytes], None]) -> None:
        """Give the contents to `take`, piece by piece. Raises `UsageError`."""
        total = 0
        try:
            async for piece in self._ask(_ASKING, type):
                if piece.type in (type, ""):
                    total += len(piece.data)
                    if total > MOST_IMAGE:
                        raise too_large()
                    take(piece.data)
        except TimeoutError:
            raise errors.UsageError(why=errors.Phrase("The terminal does not give its clipboard.")) from None

    async def _is_known(self) -> bool:
        name = self._name()
        if name is not None and name.version >= _SINCE.get(name.name, (1 << 30, 0)):
            return True
        if self._term == _KITTY:
            return True
        self._knows = asyncio.get_running_loop().create_future()
        self._write(MODE)
        try:
            return await asyncio.wait_for(self._knows, _SOON)
        except TimeoutError:
            return False
        finally:
            self._knows = None

    async def _ask(self, patience: float, type: str) -> AsyncIterator[ClipboardPiece]:
        """Ask, and yield the pieces. Raises `TimeoutError`, `UsageError` for a refusal."""
        if self._id:
            raise errors.UsageError(why=errors.Phrase("The terminal is still being asked for its clipboard."))
        self._count += 1
        self._id, self._pieces = f"wxtui{self._count}", asyncio.Queue()
        try:
            self._write(request(self._id, type))
            while True:
                piece = await asyncio.wait_for(self._pieces.get(), patience)
                match piece.status:
                    case AnswerStatus.OK:
                        patience = _BETWEEN
                    case AnswerStatus.DATA:
                        patience = _BETWEEN
                        yield piece
                    case AnswerStatus.DONE:
                        return
                    case AnswerStatus.DENIED:
                        raise errors.UsageError(why=errors.Phrase("The terminal did not allow to read its clipboard."))
                    case _:
                        raise errors.UsageError(why=errors.Phrase("The terminal does not give its clipboard."))
        finally:
            self._id = ""
