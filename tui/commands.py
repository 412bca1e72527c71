"""Table of all commands: it feeds the parser of the bar, completion, help, palette and the keys.

Pure text and data: `tui.screens.chat.actions` says by a command's id what it does.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from enum import Enum
from typing import Final, TypeAlias

import msgspec

from tui.errors import N_, Phrase
from tui.wire.text import printable


class KeyScope(Enum):
    """Scope of a command's keys."""

    ANYWHERE = "anywhere"
    LOG = "log"


class Takes(Enum):
    """Argument that a command takes; decides what completion offers."""

    NOTHING = "nothing"
    TEXT = "text"
    PATHS = "paths"
    CONVERSATION = "conversation"
    MESSAGE = "message"
    SETTING = "setting"
    PROFILE = "profile"
    WORDS = "words"
    """One of the command's own `words`, or something like them."""
    PEOPLE = "people"
    """One of the command's own `words`, then names of people."""


class WhoseNames(Enum):
    """People whose names follow a command's word."""

    CONTACTS = "contacts"
    MEMBERS = "members"


class OfferedWord(msgspec.Struct, frozen=True):
    """Argument of a command that is offered; `also` says the same."""

    word: str
    help: str
    also: tuple[str, ...] = ()
    names: WhoseNames | None = None


class Command(msgspec.Struct, frozen=True):
    """Command of the full-screen program. `help` and `usage` are translated where they are shown."""

    id: str
    names: tuple[str, ...]
    """Slash names, the first is shown; none when it has keys only."""
    help: str
    takes: Takes = Takes.NOTHING
    usage: str = ""
    """Argument as it is shown: `[n|MsgID]`."""
    keys: tuple[str, ...] = ()
    """Textual's key names."""
    where: KeyScope = KeyScope.ANYWHERE
    quiet_keys: tuple[str, ...] = ()
    """Keys that type a character in a text field, and run the command in the messages and the lists."""
    words: tuple[OfferedWord, ...] = ()

    def word_of(self, typed: str) -> OfferedWord | None:
        """Return the word that is meant, in whatever case."""
        typed = typed.lower()
        return next((one for one in self.words if typed == one.word or typed in one.also), None)


_FILES = N_("[file…]")
_FOLDER = N_("[folder]")
_NAME = N_("[name]")
_REMARK = N_("[remark]")
_NAME_OR_DAY = N_("[name|date]")
_MESSAGE = N_("[n|MsgID]")
_WORDS = N_("[text]")
_THEME = N_("[theme]")
_LANGUAGE = N_("[language]")
_CHANGE = N_("[new|add|remove|rename name…]")
_SETTING = N_("[setting value]")
_HOW_LONG = N_("[how long]")
_RULE = N_("[rule]")

COMMANDS: Final[tuple[Command, ...]] = (
    Command("send", ("send",), N_("Send files (type detected)"), Takes.PATHS, _FILES, ("ctrl+o",)),
    Command("image", ("image",), N_("Send files as images"), Takes.PATHS, _FILES),
    Command("video", ("video",), N_("Send files as videos"), Takes.PATHS, _FILES),
    Command("gif", ("gif",), N_("Send files as animated images"), Takes.PATHS, _FILES),
    Command("file", ("file", "upload", "attach"), N_("Send as plain files"), Takes.PATHS, _FILES),
    Command("sticker", ("sticker", "stickers"), N_("Send a sticker that you received")),
    Command("paste", ("paste",), N_("Paste an image, files or text from the clipboard"), keys=("ctrl+v",)),
    Command(
        "revoke",
        ("revoke", "recall", "undo", "redact", "delete", "del", "rm", "remove"),
        N_("Recall a message"),
        Takes.MESSAGE,
        _MESSAGE,
        ("d",),
        KeyScope.LOG,
    ),
    Command("revoke_last", (), N_("Recall your last message"), keys=("u",), where=KeyScope.LOG),
    Command("forward", ("forward", "fwd"), N_("Forward a message"), Takes.CONVERSATION, _NAME, ("f",), KeyScope.LOG),
    Command("reply", ("reply", "r"), N_("Quote a message"), Takes.MESSAGE, _MESSAGE, ("r",), KeyScope.LOG),
    Command(
        "edit",
        ("edit", "e"),
        N_("Edit a recalled message"),
        Takes.MESSAGE,
        _MESSAGE,
        ("e",),
        KeyScope.LOG,
    ),
    Command(
        "mark",
        ("mark",),
        N_("Mark a message, to act on several"),
        Takes.MESSAGE,
        _MESSAGE,
        ("space",),
        KeyScope.LOG,
    ),
    Command(
        "menu",
        (),
        N_("Menu"),
        keys=("full_stop", "shift+f10"),
        where=KeyScope.LOG,
    ),
    Command("copy", ("copy", "yank"), N_("Copy a message's text"), Takes.MESSAGE, _MESSAGE, ("y",), KeyScope.LOG),
    Command("copy_id", ("copyid",), N_("Copy a message's MsgID"), Takes.MESSAGE, _MESSAGE, ("Y",), KeyScope.LOG),
    Command(
        "open",
        ("view", "details", "info"),
        N_("Show a picture, or message details"),
        Takes.MESSAGE,
        _MESSAGE,
        ("o",),
        KeyScope.LOG,
    ),
    Command(
        "quoted",
        ("quoted",),
        N_("Go to the quoted message"),
        Takes.MESSAGE,
        _MESSAGE,
        ("enter",),
        KeyScope.LOG,
    ),
    Command(
        "jump_back",
        ("back",),
        N_("Go back to before the last jump"),
        keys=("backspace",),
        where=KeyScope.LOG,
    ),
    Command(
        "links",
        ("links", "urls"),
        N_("List the links in a message"),
        Takes.MESSAGE,
        _MESSAGE,
        ("l",),
        KeyScope.LOG,
    ),
    Command(
        "save",
        ("save", "download", "dl"),
        N_("Save a message's file or picture"),
        Takes.PATHS,
        _FOLDER,
        ("s",),
        KeyScope.LOG,
    ),
    Command(
        "open_with",
        ("open", "play"),
        N_("Open a file with its program"),
        Takes.MESSAGE,
        _MESSAGE,
        ("O",),
        KeyScope.LOG,
    ),
    Command(
        "retry", ("retry", "resend"), N_("Send a failed message again"), Takes.MESSAGE, _MESSAGE, ("R",), KeyScope.LOG
    ),
    Command("cancel", ("cancel",), N_("Cancel an upload"), Takes.MESSAGE, _MESSAGE, ("c",), KeyScope.LOG),
    Command("pause", ("pause",), N_("Pause or resume an upload"), Takes.MESSAGE, _MESSAGE, ("p",), KeyScope.LOG),
    Command("resume", ("resume",), N_("Resume a paused upload"), Takes.MESSAGE, _MESSAGE),
    Command(
        "goto",
        ("goto", "query", "pm", "dm"),
        N_("Open a conversation, or go to a day"),
        Takes.CONVERSATION,
        _NAME_OR_DAY,
        ("ctrl+k",),
    ),
    Command("unread", ("unread", "unreads"), N_("Open the next unread conversation"), keys=("alt+a",)),
    Command("mention", ("mention",), N_("Go to the next message that mentions you"), keys=("alt+m",)),
    Command("mentions", ("mentions",), N_("List messages that mention you"), Takes.TEXT, _WORDS),
    Command("read", ("read",), N_("Mark a conversation as read"), Takes.CONVERSATION, _NAME),
    Command(
        "search",
        ("search", "find"),
        N_("Search this conversation"),
        Takes.TEXT,
        _WORDS,
        ("slash",),
        KeyScope.LOG,
    ),
    Command("search_older", ("older",), N_("Next match above"), keys=("n",), where=KeyScope.LOG),
    Command("search_newer", ("newer",), N_("Next match below"), keys=("N",), where=KeyScope.LOG),
    Command(
        "search_all",
        ("searchall", "grep"),
        N_("Search all conversations"),
        Takes.TEXT,
        _WORDS,
        ("f3",),
    ),
    Command("members", ("members", "names"), N_("List the members of this group"), Takes.TEXT, _NAME),
    Command(
        "group",
        ("group", "groups"),
        N_("Create a group, or change this one"),
        Takes.PEOPLE,
        _CHANGE,
        words=(
            OfferedWord("new", N_("Create a group"), ("create", "新建"), WhoseNames.CONTACTS),
            OfferedWord("add", N_("Add people to this group"), ("invite", "添加", "邀请"), WhoseNames.CONTACTS),
            OfferedWord("remove", N_("Remove members from this group"), ("kick", "移除"), WhoseNames.MEMBERS),
            OfferedWord("rename", N_("Rename this group"), ("topic", "改名")),
        ),
    ),
    Command("read_all", ("readall",), N_("Mark all conversations as read")),
    Command("requests", ("requests",), N_("List friend requests")),
    Command("accept", ("accept",), N_("Accept a friend request"), Takes.MESSAGE, _MESSAGE, ("a",), KeyScope.LOG),
    Command("ignore", ("ignore",), N_("Ignore a friend request"), Takes.MESSAGE, _MESSAGE, ("i",), KeyScope.LOG),
    Command("remark", ("remark",), N_("Set a contact's remark; - removes it"), Takes.TEXT, _REMARK),
    Command("pin", ("pin",), N_("Pin this conversation")),
    Command("unpin", ("unpin",), N_("Unpin this conversation")),
    Command("whose", ("whose",), N_("Assign earlier messages, or take them apart")),
    Command(
        "mute",
        ("mute",),
        N_("Mute this conversation, or unmute it"),
        Takes.WORDS,
        _HOW_LONG,
        words=(
            OfferedWord("8h", N_("For 8 hours")),
            OfferedWord("30m", N_("For 30 minutes")),
            OfferedWord("2d", N_("For 2 days")),
            OfferedWord("until 18:00", N_("Until a time of day")),
        ),
    ),
    Command("unmute", ("unmute",), N_("Unmute this conversation")),
    Command(
        "notify",
        ("notify",),
        N_("Choose what notifies you here"),
        Takes.WORDS,
        _RULE,
        words=(
            OfferedWord("all", N_("All messages"), ("on", "everything", "全部")),
            OfferedWord("mentions", N_("Only messages that mention you"), ("@", "me", "仅提到我")),
            OfferedWord("none", N_("Nothing, not even mentions"), ("off", "never", "nothing", "关闭")),
            OfferedWord("default", N_("Default, set with /set notify"), ("默认",)),
        ),
    ),
    Command("list", ("list", "sidebar"), N_("Hide or show the conversation list"), keys=("f2",)),
    Command("transfers", ("transfers", "uploads"), N_("Show uploads"), keys=("ctrl+t",)),
    Command("editor", ("editor",), N_("Write in your editor"), keys=("alt+e",)),
    Command("login", ("login",), N_("Log in again")),
    Command("profile", ("profile", "account"), N_("Switch to another profile"), Takes.PROFILE, _NAME),
    Command("logout", ("logout",), N_("Log out, here and on the server")),
    Command("palette", (), N_("Find a command"), keys=("ctrl+p",)),
    Command("theme", ("theme", "colors", "colours"), N_("Change the theme"), Takes.SETTING, _THEME),
    Command("language", ("lang", "language"), N_("Change the language"), Takes.SETTING, _LANGUAGE),
    Command("set", ("set", "settings", "config"), N_("Show the settings, or change one"), Takes.SETTING, _SETTING),
    Command("redraw", ("redraw",), N_("Redraw"), keys=("ctrl+l",)),
    Command("help", ("help", "h"), N_("All keys and commands"), keys=("f1",), quiet_keys=("question_mark",)),
    Command("quit", ("quit", "q", "exit"), N_("Quit wxtui"), keys=("ctrl+q",)),
)

BY_NAME: Final[Mapping[str, Command]] = {name: command for command in COMMANDS for name in command.names}
"""Every slash name, aliases too."""
BY_ID: Final[Mapping[str, Command]] = {command.id: command for command in COMMANDS}


# ---------------------------------------------------------------- what stands in the bar


class Say(msgspec.Struct, frozen=True):
    """A message to send."""

    text: str


class Invocation(msgspec.Struct, frozen=True):
    """A command and its argument, without the blanks around it."""

    command: Command
    argument: str


class Correction(msgspec.Struct, frozen=True):
    """Correction of one's last message, as sed writes it: `s/old/new/`; with `g` behind it `everywhere`."""

    old: str
    new: str
    everywhere: bool = False

    def applied(self, text: str) -> str:
        """Return the changed text; the same one where `old` is not in it."""
        return text.replace(self.old, self.new, -1 if self.everywhere else 1)


class Mistake(msgspec.Struct, frozen=True):
    """Text that looks like a command and is none: nothing is sent, and the text stays in the bar."""

    sentence: Phrase


Meaning: TypeAlias = Say | Invocation | Correction | Mistake
"""What the text in the bar can be."""

_COMMAND: Final = r"(?s)/(\S*)(.*)"
_PART: Final = r"(?:\\/|[^/\n])"
_CORRECTION: Final = rf"s/({_PART}+)/(?:({_PART}+)|({_PART}*)/([a-z]{{0,2}}) *)"
"""The last slash may be missing, unless nothing stands before it. `\\/` is a slash."""
_SHOWN: Final = 30
"""Characters of an unknown name that a sentence repeats."""


def parse(text: str) -> Meaning:
    """Return what the text in the bar means. `//x` says `/x`.

    A blank before the slash is a slip of the finger, not a wish to send a command's name to people.
    """
    if text.startswith("s/"):
        return _correction(text)
    bare = text.lstrip()
    if not bare.startswith("/"):
        return Say(text)
    blanks = text[: len(text) - len(bare)]
    if bare.startswith("//"):
        return Say(blanks + bare[1:])
    match = re.fullmatch(_COMMAND, bare)
    assert match is not None, "the text begins with a slash"
    name, argument = match[1], match[2].strip()
    command = find(name)
    if command is None:
        return Mistake(_unknown(name))
    if blanks:
        return Mistake(
            Phrase(
                "There is a space before /{name}. Delete it to run the command, or start with // to send this as text.",
                name=name,
            )
        )
    if argument and command.takes is Takes.NOTHING:
        return Mistake(Phrase("/{name} takes no arguments. Start with // to send this as text.", name=name))
    return Invocation(command, argument)


def _correction(text: str) -> Meaning:
    """Return what a text means that begins with `s/`; `s/he said` is a text, and so is one of several lines."""
    match = re.fullmatch(_CORRECTION, text)
    if match is None:
        return Say(text)
    old, last, new, flags = match.groups()
    if flags not in (None, "", "g"):
        return Mistake(Phrase("Only g can follow s/old/new/."))
    return Correction(old.replace("\\/", "/"), (last or new).replace("\\/", "/"), everywhere=flags == "g")


def find(name: str) -> Command | None:
    """Return the command of this slash name, in whatever case."""
    return BY_NAME.get(name.lower())


def nearest(name: str, names: Collection[str]) -> str | None:
    """Return the name that was probably meant: the first that begins so, else one that is spelled much alike."""
    from difflib import get_close_matches

    begun = next((one for one in names if name and one.startswith(name.lower())), None)
    return begun or next(iter(get_close_matches(name[:_SHOWN].lower(), names, n=1, cutoff=0.6)), None)


def _unknown(name: str) -> Phrase:
    shown = printable(name[:_SHOWN] + ("…" if len(name) > _SHOWN else ""), newlines=False)
    if not name:
        return Phrase("A slash starts a command; /help lists them all. // sends a slash.")
    near = nearest(name, BY_NAME)
    if near is None:
        return Phrase("Unknown command: /{name}. Start with // to send it as text.", name=shown)
    return Phrase(
        "Unknown command: /{name}. Did you mean /{near}? Start with // to send it as text.", name=shown, near=near
    )


def matches(prefix: str) -> Iterator[tuple[str, Command]]:
    """Yield (name, command) for each command with a name that begins with `prefix`, under the first name that fits."""
    prefix = prefix.lower()
    later = []
    for command in COMMANDS:
        fits = [name for name in command.names if name.startswith(prefix)]
        if not fits:
            continue
        if prefix in fits or fits[0] == command.names[0]:
            yield prefix if prefix in fits else fits[0], command
        else:
            later.append((fits[0], command))
    yield from later
