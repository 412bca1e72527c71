"""Imports click without half of what it imports: `inspect` for one function, `gettext` and `locale` for sentences that
are looked up in our catalogue, `uuid` and `platform` for a type of option that is not used here.

While click is imported, something else stands for them; whoever imports them later has the real ones. What click finds
missing in a stand-in it gets from the real module, so nothing is lost but time, and that only then.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from tui.i18n import _, plural


class _StandIn(ModuleType):
    """Stands for a module that is imported when something is used that it does not have."""

    def __init__(self, name: str, **has: Any) -> None:
        super().__init__(name)
        vars(self).update(has)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


def cleandoc(text: str) -> str:
    """Do what `inspect.cleandoc` does; a text that is indented is left to that."""
    if "\n " in text or "\t" in text:
        return str(import_module("inspect").cleandoc(text))
    return text.lstrip(" ").strip("\n")


def load() -> None:
    """Import click, where that was not done yet."""
    if "click" in sys.modules:
        return
    uuid = _StandIn("uuid", UUID=object)
    instead = {
        one.__name__: one
        for one in (_StandIn("inspect", cleandoc=cleandoc), _StandIn("gettext", gettext=_, ngettext=plural), uuid)
        if one.__name__ not in sys.modules
    }
    sys.modules.update(instead)
    try:
        import_module("click")
    finally:
        for name, one in instead.items():
            if sys.modules.get(name) is one:
                del sys.modules[name]
        # It was wanted as the base of a class only.
        del uuid.UUID
