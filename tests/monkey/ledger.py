"""Messages, files and recalls that the monkey's inputs asked for, by what stood on the screen before.

Nothing of the program decides this but what a person sees: which screen lies on top, what stands in the bar and where
its caret is, which rows are marked or under the cursor. A burst is judged by the sight before it, for nobody reads
between two keys that come together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.monkey.inputs import Input, Typed
from tui.commands import Correction, Invocation, Mistake, Say, parse
from tui.keymap import BINDINGS

ATTACHING: Final = frozenset({"send", "image", "video", "gif", "file"})
ANY: Final = "*"
"""Stands for the name of a file on a row that was double-clicked."""
SOON: Final = 10
"""Steps in which a recall that was asked for has begun, or is over since none is on its way."""
CHANGES: Final = {
    "webwxoplog": ("remark", "pin", "unpin"),
    "webwxverifyuser": ("accept",),
    "webwxcreatechatroom": ("group",),
    "webwxupdatechatroom": ("group",),
}
"""Calls that change a contact or a group, and the commands that ask for them."""
AGREED: Final = {
    "Accept ": "accept", "It is not known whether": "accept", "Create the group": "group", "Create a group": "group",
    "Add ": "group", "Invite ": "group", "Remove ": "group", "Rename ": "group",
}  # fmt: skip
"""Beginnings of questions, and what is agreed to."""
LATER: Final = 400
"""Steps in which a file is sent that was asked for, or a contact changed; it may wait for its profile to be open."""
POINTED: Final = ("click", "drag")
"""Words in the names of inputs that point at a place of the screen."""
_IN_FILTER: Final = ("pick.up", "pick.down", "pick.page_up", "pick.page_down")
MOVES: Final = frozenset(
    key
    for move in ("list.up", "list.down", "list.page_up", "list.page_down", "list.first", "list.last", *_IN_FILTER)
    for key in BINDINGS[move].split(",")
)
"""Keys that move the cursor of a list."""
ANYWHERE: Final = frozenset(key for move in _IN_FILTER for key in BINDINGS[move].split(","))
"""Those of them that move the list's cursor from the filter, too."""


@dataclass(frozen=True)
class Sight:
    """Screen before an input. `top`: the class of the screen on top; `bar`: the caret is in the chat's bar.

    `text`, `caret`, `files`: what stands in the bar. `conversation` (profile, row) and `name`: which one is open.
    `question`: the sentence of a question. `picked`: names of the files that Enter or Ctrl+S would take in the picker.
    """

    top: str
    bar: bool = False
    text: str = ""
    caret: int = 0
    files: tuple[Path, ...] = ()
    conversation: tuple[str, int] = ("", 0)
    name: str = ""
    user_name: str = ""
    completing: bool = False
    question: str = ""
    title: str = ""
    picked: tuple[str, ...] = ()
    filter: str = ""
    offered: bool = False
    """The picker says that the same key again sends what it names."""
    in_list: bool = False
    """The picker's list has the focus: every key of a list moves its cursor."""
    selected: str = ""
    """Text of the message that keys of the log act on."""
    marked: tuple[str, ...] = ()
    """Texts of the messages that carry a mark."""
    recalling: bool = False
    """A recall is on its way to the server."""
    viewed: bool = False
    """A picture is on the whole screen: keys act on its message, whatever is marked."""
    previewed: bool = False
    """Above the bar stands what the change in it will recall and send."""

    def __str__(self) -> str:
        if self.top == "FilePicker":
            return f"FilePicker{list(self.picked)}{self.filter!r}"
        if self.top == "Question":
            return f"Question“{self.question[:90]}”"
        return f"bar{self.text[-40:]!r}{len(self.files) or ''}" if self.bar else self.top


def plain(name: str) -> str:
    """A file's name without what no terminal and no server should get."""
    return "".join(letter for letter in name if letter.isprintable()).replace("_", "")


def _read(text: str) -> str:
    """A text without what stands for half a letter, which is seen only when the next byte comes."""
    return text.replace("\ufffd", "")


def _receivers(question: str) -> list[str]:
    """Return the names at the end of a question."""
    return re.split("、|, ", question.rpartition(" to ")[2].removesuffix("?"))


def _letter(one: Input) -> str:
    """Return the letter that an input types, if it may be one of a text."""
    if not isinstance(one, Typed):
        return ""
    return one.text or (one.name if len(one.name) == 1 else "")


def _points(name: str) -> bool:
    return any(word in name for word in POINTED)


@dataclass
class Wish:
    """Message or file that was asked for, and is not at the server yet; `texts` are the forms it may have."""

    to: str
    texts: frozenset[str]
    files: frozenset[str]
    step: int
    must: bool = False
    """Whether it has to arrive: Enter in the bar, seen there, with nothing on the way."""
    conversation: tuple[str, int] = ("", 0)
    story: str = ""
    user_name: str = ""
    end: str = ""
    """How the text ends, where a command has put something before it (`/reply`)."""
    within: str = ""
    """A text that stood in the bar; a file whose name stands in it was named whole."""
    changed: Correction | None = None
    """Change of one's last message: what goes in its place holds the new words."""
    to_opened: bool = False
    """Typed behind the choice of a conversation: for the one that is open after the burst."""

    @property
    def is_broad(self) -> bool:
        """Return whether more than one text or file would be what was asked for."""
        return ANY in self.files or bool(self.end or self.within or self.changed)


@dataclass
class Ledger:
    """All wishes, and how many recalls were asked for."""

    wishes: list[Wish] = field(default_factory=list)
    recalls: list[int] = field(default_factory=list)
    """Steps in which a recall was confirmed, or named by a command."""
    changes: list[tuple[int, str]] = field(default_factory=list)
    """Steps in which a change of a contact or group was asked for, and the command that does it."""
    named: set[str] = field(default_factory=set)
    """Names of files that were reached by moving, marking or typing whole, in the picker that is open."""
    _letters: str = ""
    """Letters that came last where each may mean something: they turn into a text when more of them come."""
    _moved: bool = False
    _filter: str = ""
    _led: bool = False
    """Whether a command in this burst has put something into the bar."""

    def before(self, step: int, sight: Sight, burst: Sequence[Input], *, patient: bool) -> None:
        """Note what this burst asks for. `patient`: a question has been on the screen for a human time."""
        names = [one.name if isinstance(one, Typed) else "" for one in burst]
        # A wish that came to nothing is not to excuse what happens much later.
        self.recalls = [step if sight.recalling else one for one in self.recalls if step - one < SOON]
        self.changes = [one for one in self.changes if step - one[0] < LATER]
        self.wishes = [one for one in self.wishes if not one.is_broad or step - one.step < LATER]
        if sight.top == "ChatScreen":
            self._moved = False
        if sight.top == "ChatScreen" and sight.bar:
            self._letters = ""
            self._bar(step, sight, burst, names)
            return
        # Letters may reach the bar later in the burst, after a key that leads there; and Enter behind them.
        self._log(step, sight, burst, names)
        if sight.top in ("Menu", "FuzzyPicker"):
            # Rows of these pin without a question; what one of them says nobody reads here.
            self.changes.append((step, "pin"))
        if sight.top == "FilePicker":
            self._picker(step, sight, names)
        elif sight.top == "Question":
            self._answer(step, sight, names, patient)
        elif sight.top == "StickerPicker" and any(name == "enter" or _points(name) for name in names):
            self._wish(step, sight, sight.name, set(), {ANY})

    def after(self, step: int, sight: Sight, complaint: bool, story: str) -> None:
        """Judge what the burst asked for by what is seen after it.

        A sentence that says that a text did not go: then nobody waits for it. The conversation that is open: then what
        was typed behind its choice is for it.
        """
        for wish in self.wishes:
            if wish.step == step:
                wish.must, wish.story = wish.must and not complaint, story
                if wish.to_opened:
                    wish.to, wish.user_name = sight.name, sight.user_name

    # ---------------------------------------------------------------- the bar

    def _bar(self, step: int, sight: Sight, burst: Sequence[Input], names: list[str]) -> None:
        text, caret, files = sight.text, sight.caret, sight.files
        self._led = False
        for one, name in zip(burst, names, strict=True):
            if isinstance(one, Typed) and one.text:
                text = text[:caret] + one.text + text[caret:]
                caret += len(one.text)
            elif name == "enter":
                self._enter(step, sight, text, files, sure=len(burst) == 1 and not sight.completing and not files)
                # A command takes its text out of the bar, and leaves the files there.
                files = files if text.strip() and isinstance(parse(text), Invocation) else ()
                text, caret = "", 0
            elif name == "alt+s":
                self._wish(step, sight, sight.name, {text} if text.strip() else set(), {path.name for path in files})
                text, caret, files = "", 0, ()
            else:
                return  # A hand that does more than type and send has to look first.

    def _enter(self, step: int, sight: Sight, text: str, files: tuple[Path, ...], *, sure: bool) -> None:
        names = {path.name for path in files}
        if "/" in text:
            self.wishes.append(Wish(sight.name, frozenset(), frozenset(), step, user_name=sight.user_name, within=text))
        if self._led and text:
            self.wishes.append(Wish(sight.name, frozenset(), frozenset(), step, user_name=sight.user_name, end=text))
        match parse(text) if text.strip() else Say(""):
            case Say(text=said):
                self._wish(step, sight, sight.name, {said} if said.strip() else set(), names, must=sure)
            case Invocation(command=command, argument=argument):
                if command.id in ATTACHING:
                    self._wish(step, sight, sight.name, set(), {Path(argument.strip()).name})
                elif command.id in ("reply", "edit"):
                    self._led = True
                elif command.id == "revoke":
                    self.recalls += [step] * max(1, len(argument.split()))
                elif command.id in ("remark", "pin", "unpin"):
                    self.changes.append((step, command.id))
                elif command.id == "forward" and argument:
                    self._wish(step, sight, "", {sight.selected}, set())
            case Correction() as change:
                if not sight.previewed or text != sight.text:
                    return  # Nobody could read what it recalls.
                self.recalls.append(step)
                to, nobody = sight.name, frozenset[str]()
                self.wishes.append(Wish(to, nobody, nobody, step, user_name=sight.user_name, changed=change))
            case Mistake():
                self._wish(step, sight, sight.name, set(), {Path(text.strip().strip("'")).name})

    def _log(self, step: int, sight: Sight, burst: Sequence[Input], names: list[str]) -> None:
        """Letters that move to the bar by themselves, and the Enter behind them: a text typed there, nothing else."""
        typed, before, after, chosen = self._letters, sight.text[: sight.caret], sight.text[sight.caret :], False
        self._letters = ""
        for one, name in zip(burst, names, strict=True):
            if letter := _letter(one):
                typed += letter
            elif name == "enter":
                ends = {before + typed[at:] + after for at in range(len(typed))}
                ends |= {said.text for said in map(parse, filter(str.strip, ends)) if isinstance(said, Say)}
                led = [said.command.id for said in map(parse, filter(str.strip, ends)) if isinstance(said, Invocation)]
                self.changes += ((step, one) for one in led if one in ("remark", "pin", "unpin"))
                self._wish(step, sight, sight.name, ends, {path.name for path in sight.files}, to_opened=chosen)
                typed = before = after = ""
                chosen = sight.top == "FuzzyPicker"
            else:
                return
        self._letters = typed

    # ---------------------------------------------------------------- screens over it

    def _picker(self, step: int, sight: Sight, names: list[str]) -> None:
        if sight.filter != self._filter:
            self._moved, self._filter = False, sight.filter
        # Several keys may go from the filter to the list between them.
        moves = MOVES if sight.in_list or len(names) > 1 else ANYWHERE
        for name in names:
            if name in moves or _points(name):
                self._moved = True
            if "double" in name:
                self.wishes.append(Wish("", frozenset(), frozenset({ANY}), step))  # the row that was pointed at
            elif name in ("enter", "ctrl+s") and names[0] in MOVES:
                # A move and Enter in one go: the row is named, though nobody has read it.
                self.wishes.append(Wish("", frozenset(), frozenset({ANY}), step))
            elif name in ("enter", "ctrl+s"):
                named = self._moved or sight.offered or name == "ctrl+s"
                ok = {one for one in sight.picked if named or one == sight.filter}
                self._wish(step, sight, "", set(), ok | self.named)

    def mark(self, names: tuple[str, ...]) -> None:
        """These files carry a mark: that names them."""
        self.named |= set(names)

    def _answer(self, step: int, sight: Sight, names: list[str], patient: bool) -> None:
        if not patient or not names or not (names[0].lower() in ("y", "f") or _points(names[0])):
            return
        for beginning, change in AGREED.items():
            if sight.question.startswith(beginning):
                self.changes.append((step, change))
        if "ecall" in sight.question or "ake" in sight.question:
            many = [int(word) for word in sight.question.split() if word.isdecimal()]
            self.recalls += [step] * (many[0] if many and "messages" in sight.question else 1)
        if "Send it as a file" in sight.question:
            self._wish(step, sight, sight.name, set(), {"paste.txt"})
        if "may have arrived" in sight.question:
            self._wish(step, sight, "", {sight.selected}, set())
        if sight.question.startswith("Forward ") or "can be forwarded" in sight.question:
            texts = ("",) if sight.viewed else sight.marked or (sight.selected,)
            for name in _receivers(sight.question):
                # A file is sent on under its name; a picture has none.
                self.wishes += (
                    Wish(name, frozenset({text}), frozenset() if text else frozenset({ANY}), step) for text in texts
                )

        if (sight.question.startswith("Send ") and " to " in sight.question) or "and send it to" in sight.question:
            many = re.match(r"Send (\d+) files", sight.question)
            for name in _receivers(sight.question):
                self.wishes += (
                    Wish(name, frozenset(), frozenset({ANY}), step) for _ in range(int(many[1]) if many else 1)
                )

    def _wish(
        self,
        step: int,
        sight: Sight,
        to: str,
        texts: set[str],
        files: set[str],
        *,
        must: bool = False,
        to_opened: bool = False,
    ) -> None:
        if texts:
            self.wishes.append(
                Wish(
                    to,
                    frozenset(texts),
                    frozenset(),
                    step,
                    must and bool(to),
                    sight.conversation,
                    "",
                    sight.user_name if to else "",
                    to_opened=to_opened,
                )
            )
        for name in files:
            user_name = sight.user_name if to else ""
            self.wishes.append(Wish(to, frozenset(), frozenset({name}), step, user_name=user_name, to_opened=to_opened))

    # ---------------------------------------------------------------- the judgement

    def take_change(self, call: str) -> bool:
        """Return whether somebody asked for this change of a contact or group; a wish is used up by it."""
        for one in self.changes:
            if one[1] in CHANGES[call]:
                self.changes.remove(one)
                return True
        return False

    def take(self, to: str, user_name: str, text: str, file: str) -> bool:
        """Return whether somebody asked for this message; a wish is used up by it."""
        if not file and "\ufffd" in text and not _read(text).strip():
            return True  # Half a letter, and Enter.
        for wish in self.wishes:
            right = self._is_file(wish, file) if file else self._is_text(wish, text)
            # Of a group without a name the screen shows its members.
            if right and (wish.to in ("", to) or wish.user_name == user_name or not to):
                self.wishes.remove(wish)
                return True
        return False

    @staticmethod
    def _is_file(wish: Wish, file: str) -> bool:
        known = {plain(one) for one in wish.files | wish.texts}
        return bool({plain(file), ANY} & known) or (bool(wish.within) and plain(file) in plain(wish.within))

    @staticmethod
    def _is_text(wish: Wish, text: str) -> bool:
        changed = wish.changed is not None and wish.changed.new in text
        return _read(text) in map(_read, wish.texts) or (bool(wish.end) and text.endswith(wish.end)) or changed
