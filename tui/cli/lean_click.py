"""Imports click without half of what it imports: `inspect` for one function, `gettext` and `locale` for sentences that
are looked up in our catalogue, `uuid` and `platform` for a type of option that is not used here.
"""

from __future__ import annotations

import sys
from importlib import import_module

from tui.terminal.deferred_modules import deferred


def load() -> None:
    """Import click, where that was not done yet."""
    if "click" in sys.modules:
        return
    with deferred("inspect", "gettext", "uuid"):
        import click  # noqa: F401

        # What it calls for each option.
        sys.modules["inspect"].__dict__.setdefault("cleandoc", cleandoc)


def cleandoc(text: str) -> str:
    """Do what `inspect.cleandoc` does; a text that is indented is left to that."""
    if "\n " in text or "\t" in text:
        return str(import_module("inspect").cleandoc(text))
    return text.lstrip(" ").strip("\n")
