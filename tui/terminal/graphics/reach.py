"""Which way pictures go in this terminal: found out from its own answers, and again whenever it may be another one.

Half blocks until it is known. Environment variables alone are not believed: they outlive the terminal that set them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from typing import Final, Protocol

import msgspec

from tui.errors import Phrase
from tui.services.pictures.drawn import PictureForm
from tui.services.util.background import spawn
from tui.terminal.graphics.terminal_report import (
    TerminalName,
    TerminalQuery,
    cell_reported,
    has_sixel_reported,
    is_status,
    name_reported,
)
from tui.terminal.passthrough import Multiplexer, multiplexer_of
from tui.terminal.tmux import TmuxView

_USUAL_CELL: Final = (8, 16)
_PALETTE: Final = 256
_NO_PICTURES: Final = ("", "dumb", "unknown", "linux", "cons25", "eterm", "emacs", "vt52", "vt100", "vt102", "vt220")
"""Beginnings of TERM of terminals that draw letters only, and may print a question."""
_SOON: Final = 1.0
"""Seconds after which tmux is asked again about a terminal that has just been attached, and said no name yet."""


class PicturesBy(Enum):
    """Ways of pictures, as the setting `pictures_by` names them."""

    AUTO = "auto"
    KITTY = "kitty"
    SIXEL = "sixel"
    BLOCKS = "blocks"
    NONE = "none"


class Graphics(msgspec.Struct, frozen=True):
    """Forms of pictures: in the log and in the full view, None for words only; the reason, and what would change it.

    `colors`: 256 for a palette, 0 for true colour. `cell`: pixels of a cell, width and height. `whole_numbers`: an
    image's number may have 24 bits; else it is a colour of the palette.
    """

    log: PictureForm | None
    full: PictureForm | None
    colors: int
    cell: tuple[int, int]
    why: Phrase
    advice: Phrase | None = None
    whole_numbers: bool = True

    @property
    def essence(self) -> tuple[object, ...]:
        """All that pictures look different by."""
        return self.log, self.full, self.colors, self.cell, self.whole_numbers


class Seen(msgspec.Struct, frozen=True):
    """Facts about the terminal as far as they are known: what it said, and what its tmux says.

    `colors`: 0 for true colour, 256, None for fewer. `name` None: it has said nothing yet.
    """

    through: Multiplexer
    term: str
    colors: int | None
    name: TerminalName | None = None
    sixel: bool = False
    cell: tuple[int, int] | None = None
    tmux: TmuxView | None = None
    local_tmux: bool = False
    """True when the tmux round us runs on this machine and can be asked."""


def decide(seen: Seen, wanted: PicturesBy = PicturesBy.AUTO) -> Graphics:
    """Return the way of pictures."""
    blocks, cell = PictureForm.BLOCKS, seen.cell or _USUAL_CELL
    words = _words(seen, wanted)
    if words is not None:
        return Graphics(None, None, 0, cell, words)
    colors = seen.colors or 0
    whole = seen.tmux is None or seen.tmux.has_true_color
    match wanted:
        case PicturesBy.KITTY:
            why = Phrase("by kitty's protocol: pictures_by says so")
            return Graphics(PictureForm.KITTY, PictureForm.KITTY, colors, cell, why, whole_numbers=whole)
        case PicturesBy.SIXEL:
            return Graphics(
                blocks, PictureForm.SIXEL, colors, cell, Phrase("sixel in the full view: pictures_by says so")
            )
        case PicturesBy.BLOCKS:
            return Graphics(blocks, blocks, colors, cell, Phrase("half blocks: pictures_by says so"))
    against, advice = _against_placeholders(seen)
    if against is None:
        name = seen.tmux.name if seen.tmux is not None else seen.name
        why = Phrase("by the protocol of {name}", name=name.name if name is not None else "kitty")
        return Graphics(PictureForm.KITTY, PictureForm.KITTY, colors, cell, why, whole_numbers=whole)
    if seen.sixel and (seen.tmux is None or seen.tmux.has_sixel):
        return Graphics(blocks, PictureForm.SIXEL, colors, cell, Phrase("half blocks, in the full view sixel"), advice)
    return Graphics(blocks, blocks, colors, cell, against, advice)


def _words(seen: Seen, wanted: PicturesBy) -> Phrase | None:
    """Return why there are no pictures, but words; None when there are."""
    if wanted is PicturesBy.NONE:
        return Phrase("none: pictures_by says so")
    if draws_letters_only(seen.term):
        return Phrase("none: TERM is “{term}”", term=seen.term)
    if seen.colors is None:
        return Phrase("none: they need 256 colours or more")
    return None


def draws_letters_only(term: str) -> bool:
    """Return True for a TERM of terminals that are not even asked."""
    return any(term == name or (name and term.startswith(name + "-")) for name in _NO_PICTURES)


def _against_placeholders(seen: Seen) -> tuple[Phrase | None, Phrase | None]:
    """Return why there are no placeholders, and what to do about it; (None, None) when there are."""
    match seen.through:
        case Multiplexer.SCREEN:
            return Phrase("half blocks: screen passes no images on"), None
        case Multiplexer.TMUX if not seen.local_tmux:
            return Phrase("half blocks: the tmux on the machine you connect from cannot be asked"), None
        case Multiplexer.TMUX:
            return _against_tmux(seen.tmux)
    if seen.name is None:
        return Phrase("half blocks: the terminal does not tell its name"), None
    if not seen.name.has_placeholders:
        return Phrase("half blocks: {name} has no image placeholders", name=seen.name.name or "?"), None
    return None, None


def _against_tmux(tmux: TmuxView | None) -> tuple[Phrase | None, Phrase | None]:
    if tmux is None:
        return Phrase("half blocks: tmux does not answer"), None
    if not tmux.clients:
        return Phrase("half blocks: no terminal is attached to tmux"), None
    lacking = next((one.name for one in tmux.clients if not one.name.has_placeholders), None)
    if lacking is not None:
        if len(tmux.clients) > 1:
            return Phrase("half blocks: not every terminal that is attached to tmux has image placeholders"), None
        return Phrase("half blocks: {name} has no image placeholders", name=lacking.name or "?"), None
    if not tmux.passthrough:
        line = "set -g allow-passthrough on"
        return Phrase("half blocks: tmux passes no images on"), Phrase("Add to ~/.tmux.conf: {line}", line=line)
    return None, None


class ReachTerminal(Protocol):
    """The terminal, as far as this asks it."""

    def ask(self, *queries: TerminalQuery) -> None:
        """Write questions, whose answers come later or never."""

    def cell_pixels(self) -> tuple[int, int] | None:
        """Return the pixels of a cell as the system knows them, None where it does not."""

    def cells(self) -> tuple[int, int]:
        """Return columns and rows."""


AskTmux = Callable[[], Awaitable[TmuxView | None]]


class GraphicsReach:
    """The way of pictures: `now` changes when the terminal has answered, and after an attach, a stop or a resize."""

    def __init__(
        self,
        terminal: ReachTerminal,
        environ: Mapping[str, str],
        colors: Callable[[], int | None],
        wanted: PicturesBy,
        ask_tmux: AskTmux,
    ) -> None:
        """`colors`: 0 for true colour, 256, None for fewer."""
        self._terminal = terminal
        self._ask_tmux = ask_tmux
        self._wanted = wanted
        self._heard_by: list[Callable[[], None]] = []
        self._status_heard_by: list[Callable[[], None]] = []
        through = multiplexer_of(environ)
        self._seen = Seen(
            through,
            environ.get("TERM", ""),
            colors(),
            cell=terminal.cell_pixels(),
            local_tmux=through is Multiplexer.TMUX and bool(environ.get("TMUX")),
        )
        # It prints the end of questions that it does not know.
        self._is_asked = environ.get("TERM_PROGRAM") != "Apple_Terminal"
        self._asking: asyncio.Task[None] | None = None
        self.now = decide(self._seen, wanted)

    @property
    def terminal_name(self) -> TerminalName | None:
        """Name that the terminal has told; None before, and inside a multiplexer."""
        return self._seen.name

    @property
    def outer_name(self) -> TerminalName | None:
        """Name of the terminal, also of the one outside tmux; None while it is not known."""
        return self._seen.name or (None if self._seen.tmux is None else self._seen.tmux.name)

    @property
    def through(self) -> Multiplexer:
        """Multiplexer between this program and the terminal, if any."""
        return self._seen.through

    @property
    def tmux(self) -> TmuxView | None:
        """The tmux round this program as it was last seen; None without one."""
        return self._seen.tmux

    def hear(self, changed: Callable[[], None]) -> None:
        """Call `changed` each time when `now` is another one."""
        self._heard_by.append(changed)

    def hear_status(self, answered: Callable[[], None]) -> None:
        """Call `answered` each time when the terminal says that it has read everything."""
        self._status_heard_by.append(answered)

    def use(self, wanted: PicturesBy) -> None:
        """Let the setting count from now on."""
        self._wanted = wanted
        self._decide()

    def look(self) -> None:
        """Ask the terminal, or its tmux, who it is. Never waits; a terminal that does not answer costs nothing."""
        seen = self._seen
        if _words(seen, self._wanted) is not None or self._wanted is not PicturesBy.AUTO:
            return
        match seen.through:
            case Multiplexer.NOTHING if self._is_asked:
                self._terminal.ask(TerminalQuery.VERSION, *self._cell_queries(), TerminalQuery.ATTRIBUTES)
            case Multiplexer.TMUX if seen.local_tmux:
                if self._asking is None or self._asking.done():
                    self._terminal.ask(*self._cell_queries(), TerminalQuery.ATTRIBUTES)
                    self._asking = spawn(self._look_twice(), "tmux")

    def _cell_queries(self) -> list[TerminalQuery]:
        return [TerminalQuery.CELL] if self._terminal.cell_pixels() is None else []

    async def _look_twice(self) -> None:
        view = await self.look_at_tmux()
        if view is not None and any(not client.name.name for client in view.clients):
            await asyncio.sleep(_SOON)
            await self.look_at_tmux()

    async def look_at_tmux(self) -> TmuxView | None:
        """Ask tmux now, and return what it says; None without one that answers."""
        if not self._seen.local_tmux:
            return None
        view = await self._ask_tmux()
        before = self._seen.tmux
        if view is not None and not view.clients and before is not None:
            # Nobody looks: there is nothing to be drawn anew for.
            view = msgspec.structs.replace(before, clients=before.clients, is_seen=False)
        self._learn(tmux=view)
        return view

    def resized(self) -> None:
        """Hear of another size: a cell may have other pixels now."""
        cell = self._terminal.cell_pixels()
        if cell is not None:
            self._learn(cell=cell)
        elif self._seen.cell is not None:
            self._terminal.ask(TerminalQuery.CELL)
        if self.now.log is PictureForm.KITTY and self._seen.name is not None and self._wanted is PicturesBy.AUTO:
            # Programs that keep a session (dtach) tell of another terminal in this way.
            self._terminal.ask(TerminalQuery.VERSION)

    def report(self, text: str) -> None:
        """Take an answer of the terminal."""
        if is_status(text):
            for answered in self._status_heard_by:
                answered()
        elif (name := name_reported(text)) is not None:
            self._learn(name=name)
        elif (sixel := has_sixel_reported(text)) is not None:
            if self._seen.name is None and self._seen.through is Multiplexer.NOTHING:
                # Asked later, answered first: it has no name.
                self._learn(sixel=sixel, name=TerminalName(""))
            else:
                self._learn(sixel=sixel)
        elif (cell := cell_reported(text, *self._terminal.cells())) is not None:
            self._learn(cell=cell)

    def _learn(self, **facts: object) -> None:
        self._seen = msgspec.structs.replace(self._seen, **facts)
        self._decide()

    def _decide(self) -> None:
        before, self.now = self.now, decide(self._seen, self._wanted)
        if self.now.essence != before.essence:
            for changed in self._heard_by:
                changed()
