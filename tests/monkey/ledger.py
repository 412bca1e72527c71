"""What the monkey meant: which messages, files and recalls its inputs asked for, by what stood on the screen before.

Nothing of the program decides this but what a person sees: which screen lies on top, what stands in the bar and where
its caret is, which rows are marked or under the cursor. A burst is judged by the sight before it, for nobody reads
between two keys that come together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.monkey.inputs import Input, Typed
from tui.commands import Attachment, Invocation, Mistake, Say, parse

ATTACHING: Final = frozenset({"send", "image", "video", "gif", "file"})
POINTED: Final = ("click", "drag")
"""Words in the names of inputs that point at a place of the screen."""
MOVES: Final = ("up", "down", "pageup", "pagedown", "home", "end", "ctrl+p", "ctrl+n", "ctrl+home", "ctrl+end")


@dataclass(frozen=True)
class Sight:
    """What is seen before an input. `top`: the class of the screen on top; `bar`: the caret is in the chat's bar.

    `text`, `caret`, `files`: what stands in the bar. `conversation` (its row) and `name`: which one is open.
    `question`: the sentence of a question. `picked`: names of the files that Enter or Ctrl+S would take in the picker.
    """

    top: str
    bar: bool = False
    text: str = ""
    caret: int = 0
    files: tuple[Path, ...] = ()
    conversation: int = 0
    name: str = ""
    completing: bool = False
    question: str = ""
    title: str = ""
    picked: tuple[str, ...] = ()
    filter: str = ""
    selected: str = ""
    """Text of the message that keys of the log act on."""


def plain(name: str) -> str:
    """A file's name without what no terminal and no server should get."""
    return "".join(letter for letter in name if letter.isprintable()).replace("_", "")


def _points(name: str) -> bool:
    return any(word in name for word in POINTED)


@dataclass
class Wish:
    """One message or file that was asked for. `texts` are the forms it may have; `left`: not at the server yet."""

    to: str
    texts: frozenset[str]
    files: frozenset[str]
    step: int
    must: bool = False
    """Whether it has to arrive: Enter in the bar, seen there, with nothing on the way."""
    conversation: int = 0
    story: str = ""


@dataclass
class Ledger:
    """All wishes, and how many recalls were asked for."""

    wishes: list[Wish] = field(default_factory=list)
    recalls: list[str] = field(default_factory=list)
    """Sentences by which a recall was confirmed; "" where a command named it."""
    named: set[str] = field(default_factory=set)
    """Names of files that were reached by moving, marking or typing whole, in the picker that is open."""
    _moved: bool = False

    def before(self, step: int, sight: Sight, burst: Sequence[Input], *, patient: bool) -> None:
        """Note what this burst asks for. `patient`: a question has been on the screen for a human time."""
        names = [one.name if isinstance(one, Typed) else "" for one in burst]
        if sight.top == "ChatScreen":
            self._moved = False
            if sight.bar:
                self._bar(step, sight, burst, names)
            else:
                self._log(step, sight, burst, names)
        elif sight.top == "FilePicker":
            self._picker(step, sight, names)
        elif (
            sight.top == "Pick"
            and sight.title.startswith("Forward")
            and any(name == "enter" or _points(name) for name in names)
        ):
            self._wish(step, sight, "", {sight.selected}, set())
        elif sight.top == "Ask":
            self._answer(step, sight, names, patient)

    def after(self, step: int, complaint: bool, story: str) -> None:
        """A sentence says that what was just wanted did not go: then nobody waits for it."""
        for wish in self.wishes:
            if wish.step == step:
                wish.must, wish.story = wish.must and not complaint, story

    # ---------------------------------------------------------------- the bar

    def _bar(self, step: int, sight: Sight, burst: Sequence[Input], names: list[str]) -> None:
        text, caret, files = sight.text, sight.caret, sight.files
        for one, name in zip(burst, names, strict=True):
            if isinstance(one, Typed) and one.text:
                text = text[:caret] + one.text + text[caret:]
                caret += len(one.text)
            elif name == "enter":
                self._enter(step, sight, text, files, sure=len(burst) == 1 and not sight.completing)
                text, caret, files = "", 0, ()
            else:
                return  # A hand that does more than type and send has to look first.

    def _enter(self, step: int, sight: Sight, text: str, files: tuple[Path, ...], *, sure: bool) -> None:
        names = {path.name for path in files}
        match parse(text) if text.strip() else Say(""):
            case Say(text=said):
                self._wish(step, sight, sight.name, {said} if said.strip() else set(), names, must=sure)
            case Invocation(command=command, argument=argument):
                if command.id in ATTACHING:
                    self._wish(step, sight, sight.name, set(), {Path(argument.strip()).name})
                elif command.id == "revoke":
                    self.recalls += [""] * max(1, len(argument.split()))
                elif command.id == "forward" and argument:
                    self._wish(step, sight, "", {sight.selected}, set())
            case Attachment() | Mistake():
                self._wish(step, sight, sight.name, set(), {Path(text.strip().strip("'")).name})

    def _log(self, step: int, sight: Sight, burst: Sequence[Input], names: list[str]) -> None:
        """Letters that move to the bar by themselves, and the Enter behind them: a text typed there, nothing else."""
        typed = ""
        for one, name in zip(burst, names, strict=True):
            if isinstance(one, Typed) and one.text:
                typed += one.text
            elif name == "enter":
                before, after = sight.text[: sight.caret], sight.text[sight.caret :]
                ends = {before + typed[at:] + after for at in range(len(typed))}
                self._wish(step, sight, sight.name, ends, {path.name for path in sight.files})
                typed = ""
            else:
                return

    # ---------------------------------------------------------------- screens over it

    def _picker(self, step: int, sight: Sight, names: list[str]) -> None:
        for name in names:
            if name in MOVES or _points(name):
                self._moved = True
            if name in ("enter", "ctrl+s") or "double" in name:
                ok = {one for one in sight.picked if self._moved or one == sight.filter or name == "ctrl+s"}
                self._wish(step, sight, "", set(), ok | self.named)
            elif len(name) == 1:
                self._moved = False

    def mark(self, names: tuple[str, ...]) -> None:
        """These files carry a mark: that names them."""
        self.named |= set(names)

    def _answer(self, step: int, sight: Sight, names: list[str], patient: bool) -> None:
        if not patient or not names or not (names[0].lower() == "y" or _points(names[0])):
            return
        if "ecall" in sight.question or "ake" in sight.question:
            self.recalls.append(sight.question)
        if "may have arrived" in sight.question:
            self._wish(step, sight, "", {sight.selected}, set())

    def _wish(self, step: int, sight: Sight, to: str, texts: set[str], files: set[str], *, must: bool = False) -> None:
        if texts:
            self.wishes.append(Wish(to, frozenset(texts), frozenset(), step, must and bool(to), sight.conversation))
        for name in files:
            self.wishes.append(Wish(to, frozenset(), frozenset({name}), step))

    # ---------------------------------------------------------------- the judgement

    def take(self, to: str, text: str, file: str) -> bool:
        """Whether somebody asked for this message; a wish is used up by it."""
        for wish in self.wishes:
            right = text in wish.texts if not file else plain(file) in map(plain, wish.files | wish.texts)
            if right and wish.to in ("", to):
                self.wishes.remove(wish)
                return True
        return False
