"""Log of a whole output, in a nameless file of our own; of one that is too large its head and its tail."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import BinaryIO, Final

from tui.paths import make_private_dir
from tui.services.program_run.last_lines import folded

_BLOCK: Final = 1024 * 1024
_LONGEST: Final = 64 * 1024
_NOTE: Final = 200
"""Bytes left for the line between head and tail."""
_BREAK, _LINE_END = re.compile(rb"[ \t]"), re.compile(rb"\n")
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")


class OutputLog:
    """Takes in an output, at most `limit` bytes of it. A disk that is full ends the log, not the program.

    `plain`: escape sequences of a terminal are left out, and of a line that was written over only the last is kept.
    """

    def __init__(self, folder: Path, limit: int, *, plain: bool) -> None:
        """Make the file. Raises `HomeUnusable`, `OSError`."""
        make_private_dir(folder)
        self._folder = folder
        self._file: BinaryIO = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - `close` does
        self._plain = plain
        self.limit = limit
        self._head = max(1, (limit - _NOTE) // 2)
        self._begun: dict[int, bytes] = {}
        self.size = 0
        """Bytes that came, also those that are not kept."""
        self.error: OSError | None = None
        """Error that ended the log."""

    @property
    def left_out(self) -> int:
        """Bytes that are not kept, between head and tail."""
        return max(0, self.size - 2 * self._head)

    def feed(self, block: bytes, source: int = 1) -> None:
        """Take in what was written to an output."""
        if self._plain:
            block = self._flat(block, source)
        if self.error is None:
            try:
                self._write(block)
            except OSError as error:
                self.error = error

    def close(self) -> None:
        """Forget the log."""
        self._file.close()

    def finish(self, note: bytes) -> BinaryIO:
        """Return the log as a file, which the caller closes; `note` is the line between head and tail.

        Raises `OSError`.
        """
        for begun in self._begun.values():
            self._write(_shown(begun))
        self._begun.clear()
        if not self.left_out:
            self._file.seek(0)
            return self._file
        whole: BinaryIO = tempfile.TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115 - it is returned
        turn = self._head + (self.size - self._head) % self._head
        try:
            self._copy(0, self._head_end(), whole)
            _write_all(whole, b"\n" + note[: _NOTE - 2] + b"\n")
            begin = self._tail_begin(turn)
            self._copy(begin, 2 * self._head, whole)
            self._copy(max(self._head, begin - self._head), turn, whole)
            whole.seek(0)
        except BaseException:
            whole.close()
            raise
        self._file.close()
        return whole

    def _head_end(self) -> int:
        """Return where the head ends: with a line, or a word, so that no secret is cut from its name."""
        look = min(_LONGEST, self._head // 2)
        block = os.pread(self._file.fileno(), look, self._head - look)
        return self._head - look + (_after_last(block) or look)

    def _tail_begin(self, turn: int) -> int:
        """Return where the tail begins, likewise; it begins at `turn`, and goes round."""
        look = min(_LONGEST, self._head // 2)
        block = os.pread(self._file.fileno(), min(look, 2 * self._head - turn), turn)
        block += os.pread(self._file.fileno(), look - len(block), self._head)
        found = _BREAK.search(block) if b"\n" not in block else _LINE_END.search(block)
        return turn + (found.end() if found else 0)

    def _flat(self, block: bytes, source: int) -> bytes:
        begun, _, rest = (self._begun.get(source, b"") + block).rpartition(b"\n")
        if len(rest) > _LONGEST:
            # No line is so long; one that is written over and over only counts at its end.
            shown_last = rest[-_LONGEST:].partition(b"\r")[2]
            begun, rest = (begun, shown_last) if shown_last else (begun + rest, b"")
            self._begun[source] = rest
            return _shown(begun)
        self._begun[source] = rest
        return _shown(begun + b"\n") if _ or begun else b""

    def _write(self, block: bytes) -> None:
        """Write the head and what may still be the whole in order; beyond the limit the tail goes round."""
        view = memoryview(block)
        while view:
            at = self.size
            if at >= 2 * self._head:
                at = self._head + (at - self._head) % self._head
            part = view[: 2 * self._head - at]
            view = view[len(part) :]
            self.size += len(part)
            while part:
                done = os.pwrite(self._file.fileno(), part, at)
                part, at = part[done:], at + done

    def _copy(self, at: int, end: int, to: BinaryIO) -> None:
        while at < end:
            block = os.pread(self._file.fileno(), min(_BLOCK, end - at), at)
            if not block:
                return
            _write_all(to, block)
            at += len(block)


def _after_last(block: bytes) -> int:
    """Return the place behind the last line end, or else the last space; 0 where there is none."""
    return block.rfind(b"\n") + 1 or max(block.rfind(b" "), block.rfind(b"\t")) + 1


def within(file: BinaryIO, folder: Path, limit: int, note: bytes) -> BinaryIO:
    """Return a file of at most `limit` bytes, cut as a log: this one, or one in its place. Raises `OSError`.

    This one is closed where it is not returned.
    """
    if file.seek(0, os.SEEK_END) <= limit:
        file.seek(0)
        return file
    file.seek(0)
    log = OutputLog(folder, limit, plain=False)
    try:
        while block := file.read(_BLOCK):
            log.feed(block)
        if log.error is not None:
            raise log.error
        return log.finish(note)
    except BaseException:
        log.close()
        raise
    finally:
        file.close()


def _shown(lines: bytes) -> bytes:
    """Return lines as a terminal shows them in the end; bytes that are no text stay as they are."""
    lines = lines.replace(b"\r\n", b"\n")
    if _CONTROLS.search(lines) is None:
        return lines
    shown = (folded(line) for line in lines.decode("utf-8", "surrogateescape").split("\n"))
    return "\n".join(shown).encode("utf-8", "surrogateescape")


def _write_all(to: BinaryIO, block: bytes) -> None:
    view = memoryview(block)
    while view:
        view = view[to.write(view) :]
