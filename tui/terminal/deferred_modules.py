"""Modules whose code waits until it is used, although others import them at their top.

A start should import what the first screen draws with. Textual, rich and asyncio import more: the palette with the
widgets that it is made of, tables and trees for rich's console, TLS. Each costs up to 4 ms, all of them a sixth of the
way to the first screen, and nothing here uses them then.

Who takes a class or function from a module that waits holds a stand-in until it is first used. It can be called, asked
for attributes, and stand in `isinstance` and annotations, but not behind `except` and `case`, as a base, or in
`issubclass`: `tests/cli/test_imports.py` refuses that, and says which modules need not wait any more.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any, Final

STANDARD: Final = (
    # asyncio's, for connections with TLS.
    "ssl",
    "asyncio.sslproto",
    # `linecache` and `traceback` read source code with these.
    "tokenize",
    "textwrap",
    "typing_extensions",
    # `urllib.parse` has it for addresses in brackets.
    "ipaddress",
)

TOOLKIT: Final = (
    # The palette, which this program does not have, and the widgets that it is made of.
    "textual.command",
    # What pops up: no screen here has that.
    "textual.widgets._toast",
    "textual.widgets._tooltip",
    # What a widget looks like by its style sheet: a `Canvas` draws itself.
    "textual.content",
    "textual.markup",
    "textual.renderables.background_screen",
    "textual.renderables.blank",
    "textual.renderables.text_opacity",
    "textual.renderables.tint",
    "textual.selection",
    "textual.style",
    "textual.visual",
    "textual._border",
    "textual._opacity",
    # Style sheets: the first screen has none.
    "textual.css.parse",
    "textual.css.tokenize",
    # Lines round the widgets of a layout.
    "textual.canvas",
    # For whoever makes a program: sheets that are read again, pictures of themes and widgets, mistakes in sheets.
    "textual.file_monitor",
    "textual.css._help_renderables",
    "textual.css._help_text",
    "textual.suggestions",
    "rich.table",
    "rich.tree",
    "rich.panel",
    "rich.padding",
    # What rich prints: nothing is.
    "rich.align",
    "rich.emoji",
    "rich.markup",
    "rich.screen",
    "rich.styled",
    "rich.text",
    "pickle",
    # Files that a program hands over.
    "platformdirs",
    "mimetypes",
)

VALUES: Final = {
    "textual.css.tokenize": {
        "IDENTIFIER": r"[a-zA-Z_\-][a-zA-Z0-9_\-]*",
        "DECIMAL": r"-?\d+\.?\d*",
        "PERCENT": r"-?\d+\.?\d*%",
        "COMMA": r"\s*,\s*",
        "OPEN_BRACE": r"\(\s*",
        "CLOSE_BRACE": r"\s*\)",
    }
}
"""Values of modules that wait which others use at once, for patterns of their own."""

_LIKE: Final = {"typing_extensions": "typing"}
"""Modules that have what another one has, too, and more that takes long to make."""


class _StandIn:
    """A class or function of a module that waits. Whoever uses it gets the real one."""

    def __init__(self, module: str, name: str) -> None:
        self._module = module
        self._name = name
        self._holders: list[dict[str, Any]] = []
        """Names of the modules that have taken it."""

    @property
    def _real(self) -> Any:
        """The real one, from now on in the place of this."""
        real = getattr(_really(self._module), self._name)
        for names in self._holders:
            names.update({name: real for name, held in names.items() if held is self})
        self._holders.clear()
        return real

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._real(*arguments, **named)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            # `typing` looks for some in whatever stands in an annotation.
            raise AttributeError(name)
        return getattr(self._real, name)

    def __str__(self) -> str:
        # Others that are imported now may make something of a value; later it is only an error's sentence.
        return (
            str(self._real) if isinstance(sys.modules.get(self._module), _Deferred) else f"{self._module}.{self._name}"
        )

    def __instancecheck__(self, one: object) -> bool:
        # While the class is not there, nothing is an instance of it.
        return _is_there(self._module) and isinstance(one, self._real)

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type, ...]:
        """Return no base: what is made of this class here is used as little as itself."""
        return ()


class _Deferred(ModuleType):
    """A module that is not imported yet. While others are, it gives them stand-ins; later what it really has."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._waits = True
        self._taken: dict[str, _StandIn] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if self._waits:
            if name in (values := VALUES.get(self.__name__, {})):
                return values[name]
            like = sys.modules.get(_LIKE.get(self.__name__, ""))
            if like is not None:
                return getattr(like, name) if hasattr(like, name) else getattr(_really(self.__name__), name)
            stand_in = self._taken.setdefault(name, _StandIn(self.__name__, name))
            stand_in._holders.append(sys._getframe(1).f_globals)
            return stand_in
        return getattr(import_module(self.__name__), name)


def _really(name: str) -> ModuleType:
    """Import a module, even one that is to wait."""
    if not _is_there(name):
        sys.modules.pop(name, None)
    return import_module(name)


def _is_there(name: str) -> bool:
    return not isinstance(sys.modules.get(name), _Deferred | None)


@contextmanager
def deferred(*names: str) -> Iterator[None]:
    """Let these modules wait when they are imported now; whoever imports one later gets the real one."""
    ours = {name: _Deferred(name) for name in names if name not in sys.modules}
    sys.modules.update(ours)
    try:
        yield
    finally:
        for name, module in ours.items():
            module._waits = False
            if sys.modules.get(name) is module:
                del sys.modules[name]
