"""A terminal with graphics: what `pyte` lacks to be kitty, Ghostty, Konsole or a terminal with sixel.

It answers what programs ask, keeps images, and says for each cell what it shows of which. Mistakes of the program are
noted in `mistakes`: sequences that no terminal knows, an image sent twice, cells that show an image that is not there.
"""

from __future__ import annotations

import codecs
import re
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

import pyte
from pyte import modes
from pyte.screens import Char, StaticDefaultDict
from wcwidth import wcwidth

from tests.support.kitty_images import PLACEHOLDER, ImagePart, KittyImage, KittyImages, image_parts

ESC: Final = "\x1b"
ST: Final = "\x1b\\"
ZWJ: Final = "\u200d"

_TOKEN = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    r"|\x1b\[(?P<private>[<=>?]?)(?P<parameters>[\d;:]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|\x1b(?P<kind>[P_^X])(?P<body>[^\x1b]*(?:\x1b\x1b[^\x1b]*)*)\x1b\\"
    r"|\x1b\](?P<osc>[^\x1b\x07]*)(?:\x1b\\|\x07)"
    r"|\x1b(?P<escape>[ -/]*[0-OQ-WYZ`-~])"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f-\x9f])"
)
_BEGUN = re.compile(
    r"\x1b(?:\[[<=>?]?[\d;:]*[ -/]*|[P_^X][^\x1b]*(?:\x1b\x1b[^\x1b]*)*\x1b?|\][^\x1b\x07]*\x1b?|[ -/]*)?\Z"
)
"""A sequence whose end has not come."""
_SIXEL_SIZE = re.compile(r'"\d+;\d+;(\d+);(\d+)')

_KNOWN_MODES: Final = {1, 7, 12, 25, 47, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 1047, 1049, 2004, 2026, 7727}
_SCREEN_MODES: Final = {47, 1047, 1049}


@dataclass(frozen=True, slots=True)
class TerminalKind:
    """A terminal as it tells about itself, and what it can; "" for what it leaves without an answer."""

    version: str = ""
    attributes: str = ""
    graphics: bool = False
    """It knows kitty's graphics commands, and answers whether it took an image."""
    placeholders: bool = False
    keyboard: bool = False
    sixel: bool = False
    forgets: bool = False
    """It frees all images when the screen is erased, and when the other screen is entered."""
    answers: bool = True


KINDS: Final = {
    "kitty": TerminalKind("kitty(0.35.0)", "?62;c", graphics=True, placeholders=True, keyboard=True),
    "ghostty": TerminalKind("ghostty 1.1.3", "?62;22c", graphics=True, placeholders=True, keyboard=True, forgets=True),
    "konsole": TerminalKind("Konsole 23.08.1", "?62;1;4c", graphics=True, sixel=True),
    "sixel": TerminalKind("XTerm(390)", "?64;1;2;4;6;9;15;16;17;18;21;22;28c", sixel=True),
    "truecolor": TerminalKind("", "?62;22c"),
    "silent": TerminalKind(answers=False),
    "tmux": TerminalKind("tmux 3.3a", "?1;2c"),
}
"""Name → the terminal. `tmux` is what tmux itself says; `Emulator(tmux=True)` is a terminal behind it."""


class Answering(Enum):
    """Ways in which answers come back."""

    AT_ONCE = "at once"
    LATE = "late"
    IN_PIECES = "in pieces"


@dataclass(slots=True)
class Sixel:
    """A sixel picture, and the cells on which it still stands."""

    x: int
    y: int
    columns: int
    rows: int
    body: str
    cells: set[tuple[int, int]] = field(default_factory=set)


@dataclass(slots=True)
class _Surface:
    """One of the two screens."""

    buffer: Any
    images: KittyImages
    sixels: list[Sixel]


class Emulator(pyte.Screen):
    """A terminal of `columns` x `rows` cells, each of `cell` pixels; `feed` it what a program writes.

    A colour of the palette is "@7", any other "rrggbb". Faint letters have `blink`, of which nothing here makes use.
    """

    def __init__(
        self,
        columns: int = 80,
        rows: int = 24,
        kind: TerminalKind | str = "kitty",
        *,
        answering: Answering = Answering.AT_ONCE,
        cell: tuple[int, int] = (10, 20),
        tmux: bool = False,
        passthrough: bool = True,
    ) -> None:
        """`tmux`: what comes has gone through a tmux that hands on what is wrapped for it, with `passthrough`."""
        self.kind = KINDS[kind] if isinstance(kind, str) else kind
        self.cell = cell
        self.mistakes: list[str] = []
        self.unanswered: list[str] = []
        """Questions of the program to which this terminal has no answer."""
        self.clipboard = ""
        self._answering = answering
        self._answers: list[tuple[float, bytes]] = []
        self._said: set[str] = set()
        self._tmux, self._passthrough = tmux, passthrough
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._pushed: list[int] = []
        self._images = KittyImages(self._object)
        self.sixels: list[Sixel] = []
        self.is_alternate = False
        self._hidden: _Surface | None = None
        super().__init__(columns, rows)

    # ---------------------------------------------------------------- what it shows

    @property
    def images(self) -> dict[int, KittyImage]:
        """Every image that the terminal has for the screen that is shown, by its id."""
        return self._images.images

    @property
    def images_sent(self) -> list[tuple[int, bytes]]:
        """Each image that came for this screen, and its data; those that were deleted too."""
        return self._images.sent

    @property
    def images_left(self) -> list[int]:
        """Ids of the images of both screens."""
        hidden = self._hidden.images.images if self._hidden is not None else {}
        return sorted([*self.images, *hidden])

    def row(self, y: int) -> list[Char]:
        line = self.buffer[y]
        return [line[x] for x in range(self.columns)]

    def parts(self) -> dict[tuple[int, int], ImagePart]:
        """Cell (x, y) → what it shows of which image."""
        rows = enumerate(image_parts(self.row(y)) for y in range(self.lines))
        return {(x, y): part for y, parts in rows for x, part in enumerate(parts) if part is not None}

    def shown_images(self) -> dict[int, tuple[int, int, int, int]]:
        """Image → the rectangle of cells that show it: left, top, columns, rows."""
        places: dict[int, list[tuple[int, int]]] = {}
        for place, part in self.parts().items():
            places.setdefault(part.image, []).append(place)
        return {image: _around(cells) for image, cells in places.items()}

    def objections(self) -> list[str]:
        """Return every mistake so far, and what is wrong with what is shown now."""
        found = list(self.mistakes)
        if self._images.upload is not None:
            found.append("an image of which the last piece did not come")
        if self._rest:
            found.append(f"a sequence without an end: {self._rest[:40]!r}")
        found += [text for part in self.parts().values() if (text := self._wrong(part))]
        screen = "\n".join("".join(cell.data for cell in self.row(y)) for y in range(self.lines))
        found += [f"an answer stands on the screen: {answer}" for answer in self._said if answer in screen]
        return list(dict.fromkeys(found))

    def _object(self, mistake: str) -> None:
        self.mistakes.append(mistake)

    def _wrong(self, part: ImagePart) -> str:
        image = self.images.get(part.image)
        if image is None:
            return f"a cell shows image {part.image}, which the terminal does not have"
        if image.grid is None:
            return f"a cell shows image {part.image}, which has no virtual placement"
        columns, rows = image.grid
        outside = not (0 <= part.row < rows and 0 <= part.column < columns)
        return f"a cell shows {part}, outside of {columns} x {rows}" if outside else ""

    # ---------------------------------------------------------------- answers

    def _answer(self, text: str) -> None:
        """Say something to the program, now or later."""
        if not self.kind.answers:
            return
        self._said |= {inner for inner in re.findall(r"\w[^\x1b\x07]*", text) if len(inner) > 3}
        # One answer after the other, also where the one before it has not wholly come.
        now, data = max([time.monotonic(), *(at for at, _data in self._answers[-1:])]), text.encode()
        match self._answering:
            case Answering.AT_ONCE:
                self._answers.append((now, data))
            case Answering.LATE:
                self._answers.append((now + 0.7, data))
            case Answering.IN_PIECES:
                # Each byte by itself, and behind an Escape a rest after which that was the key.
                for byte in data:
                    self._answers.append((now, bytes([byte])))
                    now += 0.15 if byte == 0x1B else 0.02

    def type_after(self, keys: bytes) -> bool:
        """Let keys come behind an answer that is on its way in pieces, as they do; False when none is."""
        if self._answering is not Answering.IN_PIECES or not self._answers:
            return False
        self._answers.append((self._answers[-1][0], keys))
        return True

    def due(self) -> list[bytes]:
        """Take the answers whose time has come; each is a packet of its own."""
        now = time.monotonic()
        ready = [data for at, data in self._answers if at <= now]
        self._answers = self._answers[len(ready) :]
        return ready

    @property
    def patience(self) -> float:
        """Seconds until the next answer."""
        return max(0.0, self._answers[0][0] - time.monotonic()) if self._answers else 3600.0

    # ---------------------------------------------------------------- reading

    def feed(self, data: bytes) -> None:
        """Take in what a program writes."""
        self._read(self._decoder.decode(data))

    def _read(self, text: str) -> None:
        text, at = self._rest + text, 0
        self._rest = ""
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                if _BEGUN.match(text, at):
                    self._rest = text[at:]
                    return
                self._object(f"a sequence that breaks off: {text[at : at + 40]!r}")
                at = text.index(ESC, at + 1) if ESC in text[at + 1 :] else len(text)
                continue
            at = found.end()
            self._token(found)

    def _token(self, found: re.Match[str]) -> None:
        match found.lastgroup:
            case "text":
                self.draw(found["text"])
            case "final":
                self._csi(found["private"] + found["between"] + found["final"], found["parameters"])
            case "body":
                self._string(found["kind"], found["body"])
            case "osc":
                self._osc(found["osc"])
            case "escape":
                self._do(_ESCAPES, found["escape"], [], found[0])
            case _:
                self._do(_CONTROLS, found["control"], [], found[0])

    def _do(self, table: dict[str, str], key: str, numbers: list[int], whole: str) -> None:
        name = table.get(key)
        if name is None:
            self._object(f"unknown control {whole!r}")
        elif name:
            getattr(self, name)(*numbers)

    def _csi(self, name: str, text: str) -> None:
        whole = f"CSI {name} {text}"
        if name == "m":
            self._wear(text)
            return
        numbers = [int(one or 0) for one in re.split("[;:]", text)] if text else []
        match name:
            case "?h" | "?l":
                self._switch(numbers, on=name == "?h")
            case "?$p":
                known = numbers[0] in _KNOWN_MODES
                state = 0 if not known else 1 if numbers[0] << 5 in self.mode else 2
                self._answer(f"{ESC}[?{numbers[0]};{state}$y")
            case ">u":
                self._pushed.append(numbers[0] if numbers else 0)
            case "<u":
                self._pushed[-1:] = []
            case "=u":
                self._pushed[-1:] = [numbers[0]]
            case "?u" if self.kind.keyboard:
                self._answer(f"{ESC}[?{self._pushed[-1] if self._pushed else 0}u")
            case ">q":
                self._tell(whole, self.kind.version, f"{ESC}P>|{{}}{ST}")
            case "c":
                self._tell(whole, self.kind.attributes, f"{ESC}[{{}}")
            case "n":
                where = f"{self.cursor.y + 1};{min(self.cursor.x, self.columns - 1) + 1}R"
                self._answer(f"{ESC}[{where if numbers == [6] else '0n'}")
            case "t":
                self._size(numbers, whole)
            case "?S" if self.kind.sixel:
                self._answer(f"{ESC}[?{numbers[0]};0;{256 if numbers[0] == 1 else '1000;1000'}S")
            case ">c" | "?u" | "?S" | ">m" | "?n" | " q":
                self.unanswered.append(whole)
            case _:
                self._do(_CSI, name, numbers, whole)

    def _tell(self, question: str, answer: str, form: str) -> None:
        if answer:
            self._answer(form.format(answer))
        else:
            self.unanswered.append(question)

    def _size(self, numbers: list[int], whole: str) -> None:
        across, down = self.cell
        match numbers[:1]:
            case [14]:
                self._answer(f"{ESC}[4;{down * self.lines};{across * self.columns}t")
            case [16]:
                self._answer(f"{ESC}[6;{down};{across}t")
            case [18]:
                self._answer(f"{ESC}[8;{self.lines};{self.columns}t")
            case [22] | [23]:
                pass  # Titles, pushed and popped.
            case _:
                self._object(f"unknown control {whole!r}")

    def _osc(self, body: str) -> None:
        number, _, rest = body.partition(";")
        match number:
            case "10" | "11" if rest == "?":
                color = "dbdb/d8d8/d7d7" if number == "10" else "1414/1818/1a1a"
                self._answer(f"{ESC}]{number};rgb:{color}{ST}")
            case "52":
                self.clipboard = rest.partition(";")[2]
            case "0" | "1" | "2" | "7" | "8" | "9" | "22" | "66" | "99" | "133" | "777" | "5522":
                pass
            case _:
                self._object(f"unknown control OSC {body[:40]!r}")

    def _string(self, kind: str, body: str) -> None:
        if kind == "P" and body.startswith("tmux;"):
            if not self._tmux:
                self._object("a sequence wrapped for tmux, where no tmux is")
            elif self._passthrough:
                self._wrapped(body[5:].replace(ESC + ESC, ESC))
        elif self._tmux:
            self._object(f"a sequence that tmux swallows: {kind}{body[:20]!r}")
        else:
            self._graphics(kind, body)

    def _wrapped(self, text: str) -> None:
        """Obey what came wrapped: it moves no cursor and draws nothing."""
        found = _TOKEN.fullmatch(text)
        if found is None or found.lastgroup == "text":
            self._object(f"wrapped for tmux, but not one sequence: {text[:40]!r}")
        elif found["kind"]:
            self._graphics(found["kind"], found["body"])
        else:
            self._token(found)

    def _graphics(self, kind: str, body: str) -> None:
        if kind == "_" and body.startswith("G"):
            if not self.kind.graphics:
                self.unanswered.append(f"APC {body[:20]}")
            elif (answer := self._images.command(body[1:])) is not None:
                self._answer(answer)
        elif kind == "P" and (found := re.fullmatch(r"[\d;]*q(.*)", body, re.DOTALL)):
            self._place_sixel(found[1])
        elif kind == "P" and body.startswith(("+q", "$q")):
            self._answer(f"{ESC}P0{body[0]}r{ST}")
        else:
            self._object(f"unknown control {kind}{body[:40]!r}")

    # ---------------------------------------------------------------- screens and modes

    def _switch(self, numbers: list[int], *, on: bool) -> None:
        for number in numbers:
            if number not in _KNOWN_MODES | {2048}:
                self._object(f"unknown mode {number}")
            if number in _SCREEN_MODES:
                self._show_other(on, clear=number == 1049)
            (self.set_mode if on else self.reset_mode)(number, private=True)

    def _show_other(self, alternate: bool, *, clear: bool) -> None:
        if clear and alternate:
            self.save_cursor()
        if alternate != self.is_alternate:
            there = self._hidden or _Surface(self._blank(), KittyImages(self._object), [])
            self._hidden = _Surface(self.buffer, self._images, self.sixels)
            self.buffer, self._images, self.sixels = there.buffer, there.images, there.sixels
            self.is_alternate = alternate
        if clear and alternate:
            self.buffer = self._blank()
            self._erase(lambda x, y: True)
            if self.kind.forgets:
                self.images.clear()
        if clear and not alternate:
            self.restore_cursor()

    def _blank(self) -> Any:
        return defaultdict(lambda: StaticDefaultDict(self.default_char))

    # ---------------------------------------------------------------- drawing

    def draw(self, data: str) -> None:
        """Put text where the cursor is; unlike pyte, it loses nothing behind a joiner and leaves no half characters."""
        cursor = self.cursor
        graphics = PLACEHOLDER in data
        joined = False
        for char in data:
            width = 1 if char < "\u0300" else wcwidth(char)
            if width <= 0 or joined:
                joined = char == ZWJ
                if cursor.x:
                    line = self.buffer[cursor.y]
                    at = cursor.x - (1 if line[cursor.x - 1].data else 2)
                    line[at] = line[at]._replace(data=line[at].data + char)
                continue
            if cursor.x + width > self.columns:
                if modes.DECAWM in self.mode:
                    self.carriage_return()
                    self.linefeed()
                else:
                    cursor.x = self.columns - width
            self._put(char, width)
        if graphics:
            for part in image_parts(self.row(cursor.y)):
                if part is not None and (wrong := self._wrong(part)):
                    self._object(wrong)

    def _put(self, char: str, width: int) -> None:
        x, y = self.cursor.x, self.cursor.y
        line = self.buffer[y]
        if not line[x].data and x:
            line[x - 1] = line[x - 1]._replace(data=" ")
        line[x] = self.cursor.attrs._replace(data=char)
        if width == 2:
            line[x + 1] = self.cursor.attrs._replace(data="")
        end = x + width
        if end < self.columns and not line[end].data:
            line[end] = line[end]._replace(data=" ")
        if self.sixels:
            self._erase(lambda column, row: row == y and x <= column < end)
        self.cursor.x = end

    def _wear(self, text: str) -> None:
        """Change how the next letters look."""
        now: dict[str, Any] = {}
        fields = iter(text.split(";"))
        for field_ in fields:
            code, *more = field_.split(":")
            number = int(code or 0)
            if number in (38, 48, 58):
                color = _color([one for one in more if one] or _numbers(fields))
                if color is None:
                    self._object(f"unknown colour {text!r}")
                elif number != 58:
                    now["fg" if number == 38 else "bg"] = color
            elif number == 0:
                now = self.default_char._asdict()
                del now["data"]
            elif number == 22:
                now |= {"bold": False, "blink": False}
            elif number in _LOOKS:
                key, value = _LOOKS[number]
                now[key] = value if more != ["0"] else False
            elif (base := number - number % 10) in (30, 40, 90, 100) and number % 10 < 8:
                now["fg" if base in (30, 90) else "bg"] = f"@{number % 10 + (8 if base >= 90 else 0)}"
            elif number not in (59,):
                self._object(f"unknown look {text!r}")
        self.cursor.attrs = self.cursor.attrs._replace(**now)

    # ---------------------------------------------------------------- erasing, and sixel

    def erase_in_display(self, how: int = 0, *args: Any, **kwargs: Any) -> None:
        super().erase_in_display(how, *args, **kwargs)
        x, y = self.cursor.x, self.cursor.y
        rules: dict[int, Callable[[int, int], bool]] = {
            0: lambda column, row: (row, column) >= (y, x),
            1: lambda column, row: (row, column) <= (y, x),
        }
        self._erase(rules.get(how, lambda column, row: True))
        if how >= 2 and self.kind.forgets:
            self.images.clear()

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:
        super().erase_in_line(how, private)
        x, y = self.cursor.x, self.cursor.y
        self._erase(lambda column, row: row == y and (how == 2 or (column >= x if how == 0 else column <= x)))

    def erase_characters(self, count: int | None = None) -> None:
        super().erase_characters(count)
        x, y = self.cursor.x, self.cursor.y
        self._erase(lambda column, row: row == y and x <= column < x + (count or 1))

    def index(self) -> None:
        """Move down, or scroll: terminals do not agree on what becomes of a sixel picture then."""
        bottom = self.margins.bottom if self.margins is not None else self.lines - 1
        if self.cursor.y == bottom and self.sixels:
            self._object("the screen scrolls under a sixel picture")
        super().index()

    def _erase(self, covers: Callable[[int, int], bool]) -> None:
        for sixel in self.sixels:
            sixel.cells = {cell for cell in sixel.cells if not covers(*cell)}
        if self.sixels:
            self.sixels = [sixel for sixel in self.sixels if sixel.cells]

    def _place_sixel(self, body: str) -> None:
        if not self.kind.sixel:
            self._object("sixel for a terminal that has none")
            return
        size = _SIXEL_SIZE.match(body)
        if size is None:
            self._object("sixel without its size")
            return
        width, height = int(size[1]), int(size[2])
        columns, rows = -(-width // self.cell[0]), -(-height // self.cell[1])
        x, y = self.cursor.x, self.cursor.y
        if x + columns > self.columns or y + rows > self.lines:
            self._object(f"sixel of {columns} x {rows} cells at {x}, {y} does not fit on the screen")
        self._erase(lambda column, row: x <= column < x + columns and y <= row < y + rows)
        cells = {(column, row) for column in range(x, x + columns) for row in range(y, y + rows)}
        self.sixels.append(Sixel(x, y, columns, rows, body, cells))
        # As xterm does: below the first column of what it drew, on its last line.
        self.cursor.y = min(y + rows - 1, self.lines - 1)


def _around(cells: list[tuple[int, int]]) -> tuple[int, int, int, int]:
    left, top = min(x for x, _ in cells), min(y for _, y in cells)
    return left, top, max(x for x, _ in cells) - left + 1, max(y for _, y in cells) - top + 1


def _numbers(fields: Any) -> list[str]:
    form = next(fields, "")
    return [form, *(next(fields, "") for _ in range({"5": 1, "2": 3}.get(form, 0)))]


def _color(numbers: list[str]) -> str | None:
    match numbers:
        case ["5", index]:
            return f"@{int(index)}"
        case ["2", red, green, blue]:
            return f"{int(red):02x}{int(green):02x}{int(blue):02x}"
    return None


_LOOKS: Final = {
    1: ("bold", True), 2: ("blink", True), 3: ("italics", True), 4: ("underscore", True), 7: ("reverse", True),
    9: ("strikethrough", True), 23: ("italics", False), 24: ("underscore", False), 27: ("reverse", False),
    29: ("strikethrough", False), 39: ("fg", "default"), 49: ("bg", "default"),
}  # fmt: skip
_CONTROLS: Final = {
    "\a": "bell", "\b": "backspace", "\t": "tab", "\n": "linefeed", "\v": "linefeed", "\f": "linefeed",
    "\r": "carriage_return", "\x0e": "", "\x0f": "", "\x00": "",
}  # fmt: skip
_ESCAPES: Final = {
    "7": "save_cursor", "8": "restore_cursor", "D": "index", "M": "reverse_index", "E": "linefeed", "c": "reset",
    "=": "", ">": "", "(B": "", ")B": "", "(0": "",
}  # fmt: skip
_CSI: Final = {name: method for name, method in pyte.Stream.csi.items() if name not in "mcn"} | {
    "s": "save_cursor", "u": "restore_cursor", "!p": "", "S": "",
}  # fmt: skip
