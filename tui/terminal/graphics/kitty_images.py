"""Sequences of kitty's graphics protocol: an image in pieces, its placement, its end."""

from __future__ import annotations

import base64
import random
from collections.abc import Container, Iterator
from typing import Final

from tui.terminal.passthrough import ESC, ST, Multiplexer, wrapped

PIECE: Final = 4096
"""Characters of base64 in one sequence, as the protocol has it."""

_FIRST, _LAST = 0x010000, 0xFFFFFF
_FIRST_OF_PALETTE, _LAST_OF_PALETTE = 16, 255
"""Numbers below are colours that a terminal may be given another code for."""


def image_pieces(png: bytes, number: int, columns: int, rows: int, through: Multiplexer) -> Iterator[str]:
    """Yield the sequences that give an image to the terminal, to be shown in the cells that carry its number."""
    text = base64.b64encode(png).decode("ascii")
    control = f"a=T,U=1,f=100,i={number},c={columns},r={rows},q=2"
    for at in range(0, len(text), PIECE):
        more = at + PIECE < len(text)
        if at or more:
            control = f"{control},m=1" if not at else f"m={int(more)}"
        yield wrapped(f"{ESC}_G{control};{text[at : at + PIECE]}{ST}", through)


def other_cells(number: int, columns: int, rows: int, through: Multiplexer) -> str:
    """Return what makes the terminal show an image that it has in another number of cells."""
    lifted = wrapped(f"{ESC}_Ga=d,d=i,i={number},q=2{ST}", through)
    return lifted + wrapped(f"{ESC}_Ga=p,U=1,i={number},c={columns},r={rows},q=2{ST}", through)


def end_of_image(number: int, through: Multiplexer, *, whole: bool) -> str:
    """Return what makes the terminal forget an image; `whole` False: of which not all pieces were sent."""
    finish = "" if whole else wrapped(f"{ESC}_Gm=0;{ST}", through)
    return finish + wrapped(f"{ESC}_Ga=d,d=I,i={number},q=2{ST}", through)


def next_number(before: int, taken: Container[int], *, whole_numbers: bool) -> int:
    """Return a number for an image, in order from `before`, or from anywhere (0).

    Other programs in the same terminal number theirs, too: by chance they take others.
    """
    first, last = (_FIRST, _LAST) if whole_numbers else (_FIRST_OF_PALETTE, _LAST_OF_PALETTE)
    number = before + 1 if first <= before < last else random.randint(first, last) if not before else first
    while number in taken:
        number = number + 1 if number < last else first
    return number
