"""Computes the modules of a QR code; the command line and the login screen draw them."""

from __future__ import annotations

from typing import Final

QUIET: Final = 4
"""Modules of white around the code, as the standard wants."""


def light_modules(text: str, quiet: int = QUIET) -> list[list[bool]]:
    """Return rows of modules with `quiet` modules of white around them, true where the code is light.

    It is the smallest code that holds `text`: the fewer modules, the more terminals have room for it.
    """
    import segno

    code = segno.make(text, error="l", micro=False, boost_error=False)
    return [[not module for module in row] for row in code.matrix_iter(scale=1, border=quiet)]
