"""Contents of the desktop's clipboard: an image, copied files, or text, read by the desktop's own programs.

Each program has a time limit, and what it gives a size limit; an image goes to the disk as it comes.
"""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from tui import errors
from tui.paste import MOST_PATHS, readings
from tui.paths import PRIVATE_FILE
from tui.services.util.other_programs import signal_group, start
from tui.units import shown_size

_SOON: Final = 2.0
"""Seconds for the list of types, for text and for names of files: keys wait for it."""
_LATE: Final = 20.0
"""Seconds for an image."""
MOST_IMAGE: Final = 25_000_000
"""Bytes of an image from the clipboard."""
_MOST_TEXT: Final = 1 << 20
_MOST_TYPES: Final = 64 * 1024

IMAGE_TYPES: Final = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp", "image/tiff")
"""Types that are asked for, the best first."""
_ENDINGS: Final = dict(zip(IMAGE_TYPES, (".png", ".jpg", ".webp", ".gif", ".bmp", ".tiff"), strict=True))
_FILE_TYPES: Final = ("x-special/gnome-copied-files", "text/uri-list")
_TEXT_TYPES: Final = ("text/plain;charset=utf-8", "UTF8_STRING", "text/plain", "STRING", "TEXT")
_HEAD: Final = 16
_MOMENT: Final = 0.1
"""Seconds between two looks whether the answer is still wanted."""
_HEADS: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\x00", b"MM\x00*")

_MAC_TYPES: Final = {"«class furl»": "text/uri-list", "«class PNGf»": "image/png", "«class utf8»": "UTF8_STRING"}
"""Names in `clipboard info` of macOS, which makes a PNG of every image."""
_MAC_IMAGE: Final = "the clipboard as «class PNGf»"
_MAC_FILE: Final = "POSIX path of (the clipboard as «class furl»)"

Which: TypeAlias = Callable[[str], str | None]
Breathe: TypeAlias = Callable[[], None]
"""Called every moment while a program is waited for; raises when nobody wants its answer any more."""


class ClipboardImage(msgspec.Struct, frozen=True):
    """Image that is in the clipboard, in this type; `read_image` brings it."""

    type: str

    @property
    def ending(self) -> str:
        """Ending of a file with it."""
        return _ENDINGS[self.type]


class ClipboardFiles(msgspec.Struct, frozen=True):
    """Files that were copied in a file manager."""

    paths: tuple[Path, ...]


class ClipboardText(msgspec.Struct, frozen=True):
    """Text of the clipboard."""

    text: str


ClipboardContents: TypeAlias = ClipboardImage | ClipboardFiles | ClipboardText


class TooMuch(Exception):
    """Raised when a program gave more than it may."""


class ClipboardReader(msgspec.Struct, frozen=True):
    """Programs that read the clipboard of one kind of desktop. Every method blocks, for seconds at most."""

    types: tuple[str, ...]
    """Command that lists the types; none where only text can be read."""
    of_type: tuple[str, ...]
    """Command that gives a type, put for `{}`."""
    text: tuple[str, ...] = ()
    image: tuple[str, ...] = ()
    """Command that gives a PNG, where that is another one."""
    file: tuple[str, ...] = ()
    """Command that gives the path of a copied file, where that is another one."""

    def look(self, breathe: Breathe = lambda: None) -> ClipboardContents | None:
        """Return what the clipboard has; None when it is empty, or has nothing that can be pasted.

        Copied files come before an image, which is often only their icon; text before an image, which is often only a
        picture of it. Raises `UsageError` when a program gives no answer, or too long a text.
        """
        listed = (
            _read(self.types, _MOST_TYPES, _SOON, breathe).decode("utf-8", "replace") if self.types else "UTF8_STRING"
        )
        have = {one.strip() for one in listed.splitlines()}
        have |= {ours for theirs, ours in _MAC_TYPES.items() if theirs in listed}
        for one in _FILE_TYPES:
            if one in have and (paths := self._paths(one, breathe)):
                return ClipboardFiles(paths)
        for one in _TEXT_TYPES:
            if one in have:
                text = _read(self.text or self._of(one), _MOST_TEXT, _SOON, breathe).decode("utf-8", "replace")
                if text:
                    return ClipboardText(text)
        return next((ClipboardImage(one) for one in IMAGE_TYPES if one in have), None)

    def read_image(self, image: ClipboardImage, place: Path, breathe: Breathe = lambda: None) -> None:
        """Write the image to a new private file. Raises `UsageError`; there is no file then."""
        pieces = _pieces(self.image or self._of(image.type), MOST_IMAGE, _LATE, breathe)
        if self.image and self.image[0] == "osascript":
            pieces = iter([_from_mac(b"".join(pieces))])
        write_image(place, pieces)

    def _of(self, type: str) -> tuple[str, ...]:
        return tuple(type if part == "{}" else part for part in self.of_type)

    def _paths(self, type: str, breathe: Breathe) -> tuple[Path, ...]:
        text = _read(self.file or self._of(type), _MOST_TEXT, _SOON, breathe).decode("utf-8", "surrogateescape")
        if self.file:
            return (Path(text.rstrip("\n")),) if text.startswith("/") else ()
        lines = [line.strip() for line in text.replace("\0", "\n").splitlines()]
        # Before gnome's addresses stands what was done; in a list of addresses there may be remarks.
        files = [line for line in lines if line.startswith("file://")]
        return tuple(path for line in files[:MOST_PATHS] for path in next(readings(line), ()))


def write_image(place: Path, pieces: Iterable[bytes]) -> None:
    """Write an image to a new private file. Raises `UsageError`, also when it is none; there is no file then."""
    try:
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE_FILE)
        head = b""
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                head += piece[: _HEAD - len(head)]
                file.write(piece)
        if not head.startswith(_HEADS):
            raise errors.UsageError(why=errors.Phrase("The image in the clipboard cannot be read."))
    except TooMuch:
        place.unlink(missing_ok=True)
        raise too_large() from None
    except OSError as error:
        place.unlink(missing_ok=True)
        why = error.strerror or errors.Phrase("input/output error")
        raise errors.FolderUnusable(path=place.parent, why=why) from None
    except BaseException:
        place.unlink(missing_ok=True)
        raise


def too_large() -> errors.UsageError:
    """Return the error for an image beyond the limit."""
    limit = shown_size(MOST_IMAGE)
    return errors.UsageError(
        why=errors.Phrase("The image in the clipboard is too large: the limit is {limit}.", limit=limit)
    )


def _from_mac(data: bytes) -> bytes:
    """Return the bytes of `«data PNGf89504E…»`, as osascript prints them."""
    found = re.search(rb"PNGf([0-9A-F]*)", data)
    return bytes.fromhex(found[1].decode("ascii")) if found else b""


def reader_for(tool: str, which: Which) -> ClipboardReader | None:
    """Return how to read the clipboard that pyperclip calls `tool`; None where it cannot be read."""
    match tool:
        case "wl-clipboard":
            return ClipboardReader(("wl-paste", "--list-types"), ("wl-paste", "--no-newline", "--type", "{}"))
        case "xclip":
            ask = ("xclip", "-selection", "clipboard", "-out", "-target")
            return ClipboardReader((*ask, "TARGETS"), (*ask, "{}"))
        case "xsel":
            return ClipboardReader((), (), text=("xsel", "--clipboard", "--output"))
        case "pbcopy":
            return ClipboardReader(
                ("osascript", "-e", "clipboard info"),
                ("pbpaste",),
                image=("pngpaste", "-") if which("pngpaste") else ("osascript", "-e", _MAC_IMAGE),
                file=("osascript", "-e", _MAC_FILE),
            )
    return None


def _read(command: Sequence[str], most: int, seconds: float, breathe: Breathe) -> bytes:
    pieces: list[bytes] = []
    try:
        for piece in _pieces(command, most, seconds, breathe):
            pieces.append(piece)
    except TooMuch:
        why = errors.Phrase("The text in the clipboard is too long: the limit is {limit}.", limit=shown_size(most))
        raise errors.UsageError(why=why) from None
    return b"".join(pieces)


def _pieces(command: Sequence[str], most: int, seconds: float, breathe: Breathe) -> Iterator[bytes]:
    """Yield what a program prints. Its exit code says nothing: for some an empty clipboard is a failure.

    Raises `TooMuch` beyond `most` bytes, `UsageError` when it is not there or does not end in time. It is ended then,
    with all that it started.
    """
    name = command[0]
    process = start(command, stdout=subprocess.PIPE, cwd=None)
    assert process.stdout is not None
    deadline, total = time.monotonic() + seconds, 0
    try:
        with process.stdout as output, selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            while True:
                breathe()
                left = deadline - time.monotonic()
                if not selector.select(max(0.0, min(left, _MOMENT))):
                    if left > _MOMENT:
                        continue
                    raise errors.UsageError(why=errors.Phrase("{program} does not answer.", program=name))
                piece = os.read(output.fileno(), 65536)
                if not piece:
                    break
                total += len(piece)
                if total > most:
                    raise TooMuch
                yield piece
    finally:
        signal_group(process, signal.SIGKILL)
        process.wait()
