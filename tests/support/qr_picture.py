"""A QR code as a camera sees it: light and dark, whatever the colours and glyphs that made it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

Grid = list[list[bool]]
"""Rows of halves of cells, true where the screen is light."""

_HALVES = {" ": (False, False), "▀": (True, False), "▄": (False, True), "█": (True, True)}
"""Glyph → whether (upper, lower) half is drawn in the foreground. Other glyphs are words: their ground counts."""


def halves(glyph: str, ink_is_light: bool, ground_is_light: bool) -> tuple[bool, bool]:
    """Return whether the upper and the lower half of a cell are light."""
    upper, lower = _HALVES.get(glyph, (False, False))
    return (ink_is_light if upper else ground_is_light, ink_is_light if lower else ground_is_light)


def grid_of(lines: Sequence[Sequence[tuple[bool, bool]]]) -> Grid:
    """Lines of cells as rows of modules."""
    return [[cell[half] for cell in line] for line in lines for half in (0, 1)]


def holds(grid: Grid, modules: Sequence[Sequence[bool]]) -> bool:
    """Return whether these modules stand somewhere in the grid, exactly."""
    side = len(modules)
    for top in range(len(grid) - side + 1):
        for left in range(len(grid[0]) - side + 1):
            if all(grid[top + y][left : left + side] == modules[y] for y in range(side)):
                return True
    return False


def scanned(grid: Grid, folder: Path, scale: int = 6) -> str | None:
    """Return the text that a phone reads from the picture: zbarimg's answer, None where that is not installed."""
    if shutil.which("zbarimg") is None:
        return None
    rows = [bytes(255 if light else 0 for light in row for _ in range(scale)) for row in grid]
    picture = folder / "screen.pgm"
    header = f"P5 {len(grid[0]) * scale} {len(grid) * scale} 255\n".encode()
    picture.write_bytes(header + b"".join(row for row in rows for _ in range(scale)))
    done = subprocess.run(["zbarimg", "-q", "--raw", str(picture)], capture_output=True, text=True)
    return done.stdout.strip()
