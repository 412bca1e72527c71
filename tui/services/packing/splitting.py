"""Parts of a file that is larger than the limit: their names and places, and the sums that show they arrived whole.

A part is called `NAME.part003of012`: it says how many there are, sorts in its order, and `cat NAME.part*of012` joins
them. `NAME.sha256` has a line for each part and one for the whole, as `sha256sum` writes and checks them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from tui.services.util.shell_words import shell_file

SUMS: Final = ".sha256"
MOST_PARTS: Final = 999
LEAST_PART: Final = 64 * 1024
_MARGIN: Final = 1024 * 1024
"""Bytes by which a part stays below the limit: nobody knows whether a server counts in MB or MiB."""
_BLOCK: Final = 1024 * 1024
_PART: Final = re.compile(r"(?s)(.+)\.part([0-9]{3,4})of([0-9]{3,4})\Z")
_SUM: Final = re.compile(r"(\\?)([0-9a-fA-F]{64}) [ *](.+)\Z")


class PartName(NamedTuple):
    """Name of a part, read: part `number` of `total`, from 1, of the file `whole`."""

    whole: str
    number: int
    total: int

    def __str__(self) -> str:
        return f"{self.whole}.part{self.number:03}of{self.total:03}"


def read_part_name(name: str) -> PartName | None:
    """Return what the name of a part says; None for any other name."""
    found = _PART.match(name)
    if found is None:
        return None
    part = PartName(found[1], int(found[2]), int(found[3]))
    return part if 0 < part.number <= part.total and str(part) == name else None


class FilePart(NamedTuple):
    """Part of a file: its name, where it begins, its size in bytes, and its SHA-256 in hex."""

    name: str
    first: int
    size: int
    sha256: str


class SplitFile(NamedTuple):
    """File in parts; `sha256` is that of the whole."""

    name: str
    size: int
    sha256: str
    parts: tuple[FilePart, ...]

    @property
    def sums_name(self) -> str:
        """Return the name of the file with the sums."""
        return self.name + SUMS

    @property
    def sums(self) -> str:
        """Return the sums as `sha256sum -c` reads them."""
        lines = [(part.sha256, part.name) for part in self.parts]
        return "".join(_sum_line(*line) for line in [*lines, (self.sha256, self.name)])

    @property
    def shell_line(self) -> str:
        """Return the line that joins and checks the parts in a shell, on Linux and macOS."""
        whole, sums = shell_file(self.name), shell_file(self.sums_name)
        parts = f"{whole}.part???of{len(self.parts):03}"
        return f"cat {parts} > {whole} && {{ sha256sum -c {sums} || shasum -a 256 -c {sums}; }}"


def part_size_for(limit: int) -> int:
    """Return how large parts are where files may have `limit` bytes."""
    return limit - min(_MARGIN, limit // 16)


def count_of_parts(size: int, part_size: int) -> int:
    """Return how many parts a file of `size` bytes has."""
    return -(-size // part_size)


def split(
    name: str,
    size: int,
    part_size: int,
    read_into: Callable[[int, memoryview], None],
    on_bytes: Callable[[int], None] = lambda done: None,
) -> SplitFile:
    """Read a file once, and return its parts; blocks. `read_into` fills a buffer from an offset, and may raise."""
    total = count_of_parts(size, part_size)
    whole = hashlib.sha256(usedforsecurity=False)
    parts = []
    buffer = memoryview(bytearray(min(_BLOCK, size)))
    for number in range(1, total + 1):
        first = done = (number - 1) * part_size
        end = min(first + part_size, size)
        digest = hashlib.sha256(usedforsecurity=False)
        while done < end:
            block = buffer[: min(len(buffer), end - done)]
            read_into(done, block)
            digest.update(block)
            whole.update(block)
            done += len(block)
            on_bytes(done)
        parts.append(FilePart(str(PartName(name, number, total)), first, end - first, digest.hexdigest()))
    return SplitFile(name, size, whole.hexdigest(), tuple(parts))


def _sum_line(sha256: str, name: str) -> str:
    if "\\" not in name:
        return f"{sha256}  {name}\n"
    escaped = name.replace("\\", "\\\\")
    return f"\\{sha256}  {escaped}\n"


def read_sums(text: str, wanted: Sequence[str]) -> dict[str, str]:
    """Return the SHA-256 of each `wanted` name that the text has a line for; all other lines say nothing here."""
    known = set(wanted)
    sums = {}
    for line in text.split("\n"):
        if (found := _SUM.match(line)) is not None:
            name = re.sub(r"\\(.)", r"\1", found[3]) if found[1] else found[3]
            if name in known:
                sums[name] = found[2].lower()
    return sums
