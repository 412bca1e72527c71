"""Inputs of the monkey: what a terminal sends for keys, pastes, the mouse and focus, drawn from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

KEYS: Final = {
    "enter": "\r", "tab": "\t", "shift+tab": "\x1b[Z", "backspace": "\x7f", "delete": "\x1b[3~", "insert": "\x1b[2~",
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F",
    "pageup": "\x1b[5~", "pagedown": "\x1b[6~", "alt+up": "\x1b[1;3A", "alt+down": "\x1b[1;3B",
    "alt+left": "\x1b[1;3D", "alt+right": "\x1b[1;3C", "ctrl+home": "\x1b[1;5H", "ctrl+end": "\x1b[1;5F",
    "ctrl+left": "\x1b[1;5D", "ctrl+right": "\x1b[1;5C", "shift+left": "\x1b[1;2D", "shift+end": "\x1b[1;2F",
    "alt+enter": "\x1b\r", "alt+b": "\x1bb", "alt+f": "\x1bf", "alt+d": "\x1bd", "alt+backspace": "\x1b\x7f",
    "alt+s": "\x1bs", "alt+o": "\x1bo", "alt+p": "\x1bp", "alt+m": "\x1bm",
    "f1": "\x1bOP", "f2": "\x1bOQ", "f5": "\x1b[15~", "f6": "\x1b[17~", "f12": "\x1b[24~", "ctrl+@": "\x00",
    "space": " ", "slash": "/", "full_stop": ".", "k": "k", "<": "<", ">": ">", "d": "d", "f": "f", "s": "s", "y": "y",
    "l": "l", "u": "u", "G": "G", "o": "o", "O": "O", "h": "h", "j": "j", "i": "i", "r": "r", "q": "q", "0": "0",
    "plus": "+", "minus": "-", "a": "a", "w": "w",
    **{f"ctrl+{letter}": chr(ord(letter) - 96) for letter in "abcdefghjklnoprstuvwxyz"},
}  # fmt: skip
"""Keys by Textual's names. Ctrl+Q and Escape are inputs of their own: `LEAVE`, `ESCAPE`."""
PICTURE_KEYS: Final = (
    *("left", "right", "h", "l", "up", "down", "j", "k", "plus", "plus", "minus", "0", "space", "s", "O", "f", "y"),
    *("i", "o", "r", "ctrl+l", "f1", "q", "enter"),
)
"""Keys of the full view of pictures, and some that mean nothing there."""
ESCAPE: Final = "escape"
"""A lone Escape key: a terminal's parser knows it only by the silence after it, so it is given as a key."""
LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGRYNG0123456789 .,;:!?#@_-+=()[]{}'\"~好的吗在👍🏽é́"
WORDS: Final = (
    *("understood", "ddl", "dy", "fun", "reply", "edit", "ready", "yes", "forward", "save it", "cancel", "pause"),
    *("u", "d", "f", "r", "e", "R", "s", "y", "yyyy", "uy", "ry", "hello there", "今晚八点", "好的", "张三", "Alice"),
    *("项目群", "文件", "q", "gg", "nnn", "王伟", "sehr schön", "👨‍👩‍👧‍👦 ok"),
)
COMMANDS: Final = (
    *("/help", "/revoke", "/revoke 1", "/revoke 2 3", "/recall", "/reply", "/edit", "/forward", "/forward Alice"),
    *("/retry", "/cancel", "/pause", "/resume", "/goto 张三", "/goto 王伟", "/search 好", "/transfers", "/mute"),
    *("/open", "/copy", "/save", "/send", "/nothing", "/", "//slashes", "/login", "/redraw", "/whose", "/file /tmp/"),
    *("/editor", "/palette", "/r", "/details 1", "/revoke 99999999999", "/sticker", "/view", "/set pictures selected"),
    *(
        "s/e/3/",
        "s/l/L/g",
        "s/o/0",
        "s/he said",
        "/links",
        "/quoted",
        "/back",
        "/list",
        "/theme dark",
        "/theme terminal",
    ),
    *(
        "/goto 2026-11-01",
        "/search from:张三 kind:file",
        "/search since:2026-11-01 x",
        "/set",
        "/set mouse",
        "/set list",
    ),
    *("/mentions", "/mentions all", "/readall", "/requests", "/accept", "/accept 1", "/ignore", "/pin", "/unpin"),
    *("/remark", "/remark -", "/remark Al 🙂", "/remark " + "x" * 70, "/mute 8h", "/mute 8x", "/mute until 18:00"),
    *("/unmute", "/notify", "/notify none", "/notify mentions", "/notify default", "/members", "/members li", "/group"),
    *("/group new 张三 李四", "/group new Alice", "/group new 张三 Alice: 今晚", "/group add 李四", "/group add"),
    *("/group remove Alice", "/group rename 项目群 2", "/group rename", "/profile", "/profile ../x"),
    *("/set list two", "/set nothing at all", "/set show_recalled", "/set fold_official false", "/set links false"),
)
PROFILES: Final = ("default", "other", "other")
"""Profiles between which the hand switches."""
PASTES: Final = (
    *("one", "two words", "line one\nline two", "trailing\n", "\r\n\r\n", "\t\t", "", "understood", "y", "/revoke 1"),
    *(
        "a\x1b[31mred",
        "\x1b]0;PWNED\x07",
        "\x1b]52;c;UFdORUQ=\x07",
        "\x9b31m",
        "\u202egpj.exe",
        "[@click=app.quit]x[/]",
    ),
    *("[/oops]", "e\u0301" * 40, "👨‍👩‍👧‍👦" * 30, "\ud83d"[:0] + "\ufffd", "\x00\x01\x02", "x" * 1999, "long " * 700),
    *("line\n" * 60, "~/", "/tmp", "'/nowhere/at all'", "file:///etc/hostname", "字" * 500),
)
SIZES: Final = (
    *((100, 30), (100, 30), (80, 24), (60, 20), (59, 20), (40, 12), (20, 6), (10, 3), (5, 2), (2, 2), (1, 1)),
    *((200, 60), (120, 10), (33, 40)),
)
_RAW: Final = (b"\xff", b"\xc3", b"\x80\x80", b"\xb9\xfe", b"\x1b[M\xa0\xff\xff", b"\x1b[", b"\x1b[999;999;999z")
_RAWER: Final = (
    b"\x1b]11;rgb:0/0/0\x07",
    b"\x1bP1$r0m\x1b\\",
    b"\x1b[?2004;0$y",
    b"\x1b[?1;2c",
    b"\x1b[200~",
    b"\x1b_G\x1b",
)


@dataclass(frozen=True)
class Typed:
    """Input: `data` as the terminal sends it; `name` for a sentence; `text` what it types in a bar, if letters."""

    data: bytes
    name: str
    text: str = ""


@dataclass(frozen=True)
class Resized:
    """The window has another size now."""

    width: int
    height: int


Input = Typed | Resized


def letters(text: str) -> list[Input]:
    """Each letter of a text as one input."""
    return [Typed(letter.encode(), letter, letter) for letter in text]


def key(name: str) -> Typed:
    """The key of this name."""
    return Typed(b"" if name == ESCAPE else KEYS[name].encode(), name)


def paste(text: str) -> Typed:
    """A marked paste."""
    return Typed(b"\x1b[200~" + text.encode("utf-8", "replace") + b"\x1b[201~", "paste")


CLEAR: Final = (key("ctrl+end"), *(key("ctrl+u") for _ in range(4)))
"""Keys that empty the bar, of four lines."""


class Hand:
    """Draws bursts of inputs. `files` are paths that a paste, or `/send`, may name."""

    def __init__(self, rng: random.Random, files: list[Path]) -> None:
        self._random = rng
        self._files = files
        self._keys = [name for name in KEYS if name != "enter" and (len(name) > 1 or not name.isalpha())]
        self._then: list[list[Input]] = []

    def burst(self, width: int, height: int) -> list[Input]:
        """Inputs that come together, as a fast hand or a slow line gives them."""
        rng = self._random
        if self._then:
            return self._then.pop(0)
        draws = {
            self._key: 30, self._letter: 8, self._word: 8, self._enter: 14, self._pasted: 4, self._clicked: 9,
            self._command: 5, self._resized: 2, self._focus: 2, self._raw: 2, self._lines: 2, self._escape: 8,
            self._several: 4, self._hasty: 4, self._changed: 3, self._marked: 3, self._pictured: 3, self._chosen: 2,
            self._switched: 1.5, self._answered: 2, self._grouped: 2, self._apart: 1, self._befriended: 2,
        }  # fmt: skip
        (draw,) = rng.choices(list(draws), list(draws.values()))
        return draw(width, height)

    def _key(self, width: int, height: int) -> list[Input]:
        return [key(self._random.choice(self._keys))]

    def _several(self, width: int, height: int) -> list[Input]:
        return [key(self._random.choice(self._keys)) for _ in range(self._random.randrange(2, 6))]

    def _hasty(self, width: int, height: int) -> list[Input]:
        """Sent, and at once on to something else."""
        on = self._random.choice(("alt+down", "alt+up", "tab", "ctrl+k", "ctrl+o", "ctrl+c", "ctrl+t", "enter", "up"))
        return [key("enter"), key(on)]

    def _changed(self, width: int, height: int) -> list[Input]:
        """A text, a change of it in the way that sed writes it, and Enter: apart, or in one go with the change."""
        rng = self._random
        change = letters(rng.choice(("s/e/3/", "s/o/0", "s/l/L/g", "s/hello/bye/", "s/zz/z/")))
        together = rng.random() < 0.3
        self._then = [[*change, key("enter")] if together else change, [key("enter")]]
        if rng.random() < 0.2:
            self._then.insert(rng.randrange(1, 3), [key(rng.choice(self._keys))])
        self._then.insert(0, [*letters("hello there"), key("enter")])
        return [*CLEAR]

    def _marked(self, width: int, height: int) -> list[Input]:
        """Some messages marked, and a key that acts on all of them."""
        marks: list[Input] = [key(name) for _ in range(self._random.randrange(1, 4)) for name in ("space", "k")]
        self._then = [
            [key("G"), *marks],
            [key(self._random.choice("dfsyul") if self._random.random() < 0.9 else "full_stop")],
        ]
        return [key(ESCAPE), key("tab")]

    def _pictured(self, width: int, height: int) -> list[Input]:
        """A message, perhaps with a picture, on the whole screen, and keys that mean something there."""
        rng = self._random
        moves: list[Input] = [key("k") for _ in range(rng.randrange(5))]
        self._then = [[key("G"), *moves], [key("o")]]
        self._then += [[key(name) for name in rng.choices(PICTURE_KEYS, k=rng.randrange(1, 4))] for _ in range(5)]
        return [key(ESCAPE), key("tab")]

    def _chosen(self, width: int, height: int) -> list[Input]:
        """A sticker that came once, or a file for others: a few rows down, a mark or two, Enter."""
        rng = self._random
        down = [key("down") for _ in range(rng.randrange(4))]
        if rng.random() < 0.5:
            self._then = [[*letters("/sticker"), key("enter")], down, [key("enter")]]
        else:
            marks = [key("tab") for _ in range(rng.randrange(3))]
            self._then = [[key("ctrl+o")], [*down, key("down")], [key("alt+o")], [*down, *marks], [key("enter")]]
        return [*CLEAR]

    def _commanded(self, command: str, *then: list[Input]) -> list[Input]:
        """A command in the bar of the chat, whatever lay on top of it, and what comes after it."""
        self._then = [[key(ESCAPE)], [*CLEAR], letters(command), [key("enter")], *then]
        return [key(ESCAPE)]

    def _switched(self, width: int, height: int) -> list[Input]:
        """Another profile, perhaps with more typed in the same breath, which nobody may send in either."""
        rng = self._random
        behind = rng.choice((letters("y"), letters("y"), letters("yhello there"), [*letters("yhello"), key("enter")]))
        return self._commanded(f"/profile {rng.choice(PROFILES)}", behind, [key("enter")])

    def _answered(self, width: int, height: int) -> list[Input]:
        """A friend request, accepted or put aside, perhaps twice."""
        rng = self._random
        answer = letters(rng.choice(("a", "y", "y", "n", "aa")))
        return self._commanded("/requests", [key("enter")], [key(rng.choice("aai"))], answer)

    def _grouped(self, width: int, height: int) -> list[Input]:
        """A group, made or changed by what is picked, or named."""
        rng = self._random
        picks: list[Input] = [key(name) for name in rng.choices(("down", "tab", "tab", "up"), k=rng.randrange(5))]
        change = rng.choice(("new", "new 张三 李四", "add", "add 李四", "remove", "rename", "rename 群 2"))
        then = [*letters(f"/group {change}"), key("enter")], picks, [key("enter")], letters(rng.choice("yyn"))
        return self._commanded("/goto 项目群", [*CLEAR], *then)

    def _befriended(self, width: int, height: int) -> list[Input]:
        """A remark, a pin, a rule or a mute of the open conversation; everything read."""
        rng = self._random
        command = rng.choice(("/remark Al 🙂", "/remark -", "/pin", "/unpin", "/readall", "/mute 8h", "/notify none"))
        return self._commanded(command, [key(rng.choice(("alt+down", "alt+m", "ctrl+c", "enter")))])

    def _apart(self, width: int, height: int) -> list[Input]:
        """What was taken for one conversation, taken apart, or joined again."""
        rng = self._random
        then: list[list[Input]] = [[key(rng.choice(("w", "enter", "down")))], [key("enter")], letters("y")]
        return self._commanded(rng.choice(("/whose", "/details")), *then)

    def _letter(self, width: int, height: int) -> list[Input]:
        return letters(self._random.choice(LETTERS))

    def _word(self, width: int, height: int) -> list[Input]:
        word: list[Input] = letters(self._random.choice(WORDS))
        return [*word, key("enter")] if self._random.random() < 0.4 else word

    def _lines(self, width: int, height: int) -> list[Input]:
        one, other = self._random.choice(WORDS), self._random.choice(WORDS)
        return [*letters(one), key("enter"), *letters(other), key("enter")]

    def _enter(self, width: int, height: int) -> list[Input]:
        return [key("enter")]

    def _escape(self, width: int, height: int) -> list[Input]:
        return [key(ESCAPE)]

    def _pasted(self, width: int, height: int) -> list[Input]:
        rng = self._random
        text = str(rng.choice(self._files)) if rng.random() < 0.15 else rng.choice(PASTES)
        return [paste(text)]

    def _command(self, width: int, height: int) -> list[Input]:
        rng = self._random
        text = f"/send {rng.choice(self._files)}" if rng.random() < 0.1 else rng.choice(COMMANDS)
        return letters(text)

    def _focus(self, width: int, height: int) -> list[Input]:
        out = self._random.random() < 0.5
        return [Typed(b"\x1b[O" if out else b"\x1b[I", "focus out" if out else "focus in")]

    def _raw(self, width: int, height: int) -> list[Input]:
        data = self._random.choice((*_RAW, *_RAWER))
        return [Typed(data, f"bytes {data!r}")]

    def _resized(self, width: int, height: int) -> list[Input]:
        return [Resized(*self._random.choice(SIZES))]

    def _clicked(self, width: int, height: int) -> list[Input]:
        rng = self._random
        x, y = rng.randrange(1, width + 1), rng.randrange(1, height + 1)
        press, lift = f"\x1b[<0;{x};{y}M", f"\x1b[<0;{x};{y}m"
        match rng.randrange(8):
            case 7:
                button = rng.choice((1, 2, 2, 2))
                data = f"\x1b[<{button};{x};{y}M\x1b[<{button};{x};{y}m"
                return [Typed(data.encode(), f"menu {x},{y}")]
            case 6:
                # Most often on the border between list and log, beyond the window, too.
                x, to = rng.randrange(18, 46), (rng.choice((0, 1, width + 5, rng.randrange(1, width + 1))), y)
                drag = f"\x1b[<0;{x};{y}M\x1b[<32;{to[0]};{to[1]}M\x1b[<0;{to[0]};{to[1]}m"
                return [Typed(drag.encode(), f"drag {x},{y} to {to}")]
            case 0:
                wheel = Typed(f"\x1b[<{rng.choice((64, 65))};{x};{y}M".encode(), "wheel")
                return [wheel] * rng.randrange(1, 5)
            case 1:
                return [Typed((press + lift + press + lift).encode(), f"double click {x},{y}")]
            case 2:
                to = rng.randrange(1, width + 1), rng.randrange(1, height + 1)
                drag = f"\x1b[<32;{to[0]};{to[1]}M\x1b[<0;{to[0]};{to[1]}m"
                return [Typed((press + drag).encode(), f"drag {x},{y} to {to}")]
            case _:
                return [Typed((press + lift).encode(), f"click {x},{y}")]
