"""Completions of the word at the caret: commands, their arguments, members of a group. No screen."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import Final, get_args

import msgspec

from tui.commands import Command, Takes, WhoseNames, find, matches
from tui.config.settings import BY_NAME, HOOKS, SETTINGS, RuleName, Settings
from tui.i18n import _
from tui.keymap import BINDINGS, keys_of, shown_keys
from tui.paste import escaped, split_words

MOST: Final = 50
"""Suggestions at most; another letter brings others."""
_ENTRIES: Final = 20_000
"""Entries of a folder that are looked at."""

CompletionName = str | tuple[str, ...]
"""A name, or a name with what else finds it: a remark, pinyin."""


class CompletionKind(Enum):
    """Kinds of words that can be completed."""

    COMMAND = "command"
    PATH = "path"
    CONVERSATION = "conversation"
    MESSAGE = "message"
    MEMBER = "member"
    EMOJI = "emoji"
    EMOTICON = "emoticon"
    """One of WeChat's own, which stands in brackets."""
    SETTING = "setting"
    PROFILE = "profile"
    WORDS = "words"
    PERSON = "person"
    """Name of a person behind a command that takes several."""
    GROUP_MEMBER = "group_member"
    """Name of a member behind such a command; a MEMBER stands behind an @."""
    NOTHING = "nothing"
    """An argument for which nothing is suggested, but the command's help is shown."""


class CompletionRequest(msgspec.Struct, frozen=True):
    """A word from `start` to `end` of the text that could be completed."""

    about: CompletionKind
    start: int
    end: int
    word: str
    command: Command | None = None


class Suggestion(msgspec.Struct, frozen=True):
    """A completion: `insert` takes the word's place; the other words are shown, not yet safe for a terminal.

    `hint` stands beside the label, `note` at the right end of the row.
    """

    label: str
    insert: str
    hint: str = ""
    note: str = ""


class Providers(msgspec.Struct):
    """Sources of names; the screen sets them."""

    conversations: Callable[[], Sequence[CompletionName]] = tuple
    members: Callable[[], Sequence[CompletionName]] = tuple
    """Members of the open group; none in a conversation of two."""
    group: Callable[[], str] = str
    """Name of the open group."""
    kinds: Callable[[], Mapping[str, str]] = dict
    """Name of a conversation → what it is, in a word, where that is not a person."""
    messages: Callable[[], Sequence[tuple[str, str]]] = tuple
    """(number, text) of messages that a command can be about, the last one first."""
    recallable: Callable[[], Sequence[tuple[str, str]]] = tuple
    """(number, text) of those that can still be taken back, the last one first."""
    settings: Callable[[], Settings] = Settings
    profiles: Callable[[], Sequence[str]] = tuple


_COMMAND: Final = r"/(\S*)\Z"
_ARGUMENT: Final = r"(?s)/(\S+)[ \t]+(?=(.*)\Z)"
_MEMBER: Final = r"(?<![A-Za-z0-9._%+-])@([^\s@\u2005]{0,32})\Z"
_EMOJI_NAME: Final = r"[A-Za-z+][A-Za-z0-9_+-]{1,31}|[\u4e00-\u9fff]{1,16}"
_EMOJI: Final = rf"(?<!\S):({_EMOJI_NAME})\Z"
"""Behind a blank, and two letters: `10:30`, `http://` and `:D` are none."""
_CLOSED_EMOJI: Final = rf"(?<!\S):({_EMOJI_NAME}):\Z"
_EMOTICON: Final = r"\[([A-Za-z][^\[\]\s]{1,15}|[\u4e00-\u9fff][^\[\]\s]{0,7})\Z"
_ABOUT: Final = {
    Takes.PATHS: CompletionKind.PATH,
    Takes.CONVERSATION: CompletionKind.CONVERSATION,
    Takes.MESSAGE: CompletionKind.MESSAGE,
    Takes.SETTING: CompletionKind.SETTING,
    Takes.PROFILE: CompletionKind.PROFILE,
    Takes.WORDS: CompletionKind.WORDS,
    Takes.PEOPLE: CompletionKind.WORDS,
    Takes.TEXT: CompletionKind.NOTHING,
    Takes.NOTHING: CompletionKind.NOTHING,
}


def question(text: str, caret: int) -> CompletionRequest | None:
    """Return the word at the caret that could be completed; None in the middle of a plain text."""
    if not caret:
        return None
    before = text[:caret] if caret < 4096 else text[caret - 64 : caret]
    offset = caret - len(before)
    if not offset and before.startswith("/") and not before.startswith("//"):
        if match := re.match(_COMMAND, before):
            return (
                CompletionRequest(CompletionKind.COMMAND, 0, caret, match[1])
                if text[caret : caret + 1] in ("", " ", "\n")
                else None
            )
        match = re.match(_ARGUMENT, before)
        command = find(match[1]) if match else None
        if match is None or command is None:
            return None
        about = _ABOUT[command.takes]
        start = match.end()
        if about is CompletionKind.PATH:
            start += _last_word(before[start:])
        elif command.takes is Takes.PEOPLE:
            about, behind = _person(command, before[start:])
            start += behind
        elif about is CompletionKind.MESSAGE:
            start = max(start, before.rfind(" ") + 1)
        return CompletionRequest(about, start, caret, before[start:], command)
    if match := re.search(_MEMBER, before):
        return CompletionRequest(CompletionKind.MEMBER, match.start() + offset, caret, match[1])
    tail = before[-40:]
    if match := re.search(_EMOJI, tail):
        kind = CompletionKind.EMOJI
    elif match := re.search(_EMOTICON, tail):
        kind = CompletionKind.EMOTICON
    else:
        return None
    return CompletionRequest(kind, caret - (match.end() - match.start()), caret, match[1])


def closed_emoji(text: str, caret: int) -> tuple[int, str] | None:
    """Return where `:name:` begins that ends at the caret, and its emoji; None where that is no emoji's name."""
    from tui.widgets.composer.emoji_names import emoji_named

    before = text[max(0, caret - 64) : caret]
    match = re.search(_CLOSED_EMOJI, before)
    emoji = emoji_named(match[1]) if match else ""
    return (caret - len(before) + match.start(), emoji) if match and emoji else None


def _person(command: Command, text: str) -> tuple[CompletionKind, int]:
    """Return what the end of an argument is that has names behind its first word, and where that begins."""
    verb, blank, names = text.partition(" ")
    if not blank:
        return CompletionKind.WORDS, 0
    word = command.word_of(verb)
    if word is None or word.names is None:
        return CompletionKind.NOTHING, 0
    comma = max(names.rfind(sign) for sign in ",，、") + 1
    start = len(names) - len(names[comma:].lstrip()) if comma else _last_word(names)
    return _NAMES[word.names], len(verb) + 1 + start


_NAMES: Final = {
    WhoseNames.CONTACTS: CompletionKind.PERSON,
    WhoseNames.MEMBERS: CompletionKind.GROUP_MEMBER,
}


def _last_word(text: str) -> int:
    """Return where the last word begins, as a shell reads words."""
    at = start = 0
    quote = ""
    while at < len(text):
        char = text[at]
        if char == "\\" and quote != "'":
            at += 1
        elif quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char.isspace():
            start = at + 1
        at += 1
    return min(start, len(text))


# ---------------------------------------------------------------- answers


def usage(command: Command, name: str = "") -> str:
    """Return `/revoke [n|MsgID]`, as shown."""
    shown = f"/{name or command.names[0]}"
    return f"{shown} {_(command.usage)}" if command.usage else shown


def answers(asked: CompletionRequest, providers: Providers) -> list[Suggestion]:
    """Return suggestions from memory. Paths come from `paths`; members and conversations may take a while."""
    match asked.about:
        case CompletionKind.COMMAND:
            return [
                Suggestion(usage(command, name), f"/{name} " if command.takes is not Takes.NOTHING else f"/{name}",
                           _(command.help))
                for name, command in matches(asked.word)
            ]  # fmt: skip
        case CompletionKind.MESSAGE:
            word = asked.word.lower()
            revokes = asked.command is not None and asked.command.id == "revoke"
            found = (
                Suggestion(text, f"{number} ", note=number)
                for number, text in (providers.recallable if revokes else providers.messages)()
                if number.startswith(word) or (len(word) > 1 and word in text.lower())
            )
            return list(islice(found, MOST))
        case CompletionKind.CONVERSATION:
            kinds = providers.kinds()
            names = ranked(asked.word, providers.conversations())
            return [Suggestion(name, name, note=kinds.get(name, "")) for name in names]
        case CompletionKind.PROFILE:
            return [Suggestion(name, name) for name in providers.profiles() if name.startswith(asked.word)]
        case CompletionKind.SETTING:
            return setting_answers(asked, providers.settings())
        case CompletionKind.WORDS:
            words = asked.command.words if asked.command is not None else ()
            behind = " " if asked.command is not None and asked.command.takes is Takes.PEOPLE else ""
            begun = asked.word.lower()
            return [Suggestion(one.word, one.word + behind, _(one.help)) for one in words if one.word.startswith(begun)]
        case CompletionKind.PERSON:
            others = providers.kinds()
            people = [name for name in providers.conversations() if _name(name) not in others]
            return [Suggestion(name, _as_word(name)) for name in ranked(asked.word.strip('"'), people)]
        case CompletionKind.GROUP_MEMBER:
            return [Suggestion(name, _as_word(name)) for name in ranked(asked.word.strip('"'), providers.members())]
        case CompletionKind.MEMBER:
            # WeChat itself puts this space behind a name.
            names, group = ranked(asked.word, providers.members()), providers.group()
            return [Suggestion(f"@{name}", f"@{name}\u2005", note=group) for name in names]
        case CompletionKind.EMOJI | CompletionKind.EMOTICON:
            return _emoji(asked)
        case CompletionKind.PATH | CompletionKind.NOTHING:
            return []


def _emoji(asked: CompletionRequest) -> list[Suggestion]:
    from tui.widgets.composer.emoji_names import emoji_like, emoticons_like

    if asked.about is CompletionKind.EMOJI:
        return [Suggestion(f"{emoji}  {name}", emoji) for emoji, name in emoji_like(asked.word, MOST)]
    return [Suggestion(f"{emoji}  [{name}]", f"[{name}]") for emoji, name in emoticons_like(asked.word, MOST)]


def setting_answers(asked: CompletionRequest, now: Settings) -> list[Suggestion]:
    """Return names of settings, with their values, or the values of the one that is named."""
    from tui.config.changing import DEFAULT, shown_value

    assert asked.command is not None
    named, blank, begun = asked.word.partition(" ")
    if asked.command.id in BY_NAME:
        named, blank, begun, prefix = asked.command.id, " ", asked.word, ""
    else:
        prefix = f"{named} "
    if blank:
        table, _dot, part = named.partition(".")
        setting = BY_NAME.get(table)
        choices = get_args(RuleName) if part and table == "notify" else setting.choices if setting is not None else ()
        examples = (setting.example,) if setting is not None and setting.example else ()
        values = (*choices, *examples, DEFAULT) if setting is not None else ()
        value = shown_value(now, named) if setting is not None and not part else now.notify_rules.get(part, "")
        return [
            Suggestion(one, prefix + one, _("current") if one == value else "")
            for one in values
            if one.startswith(begun.lower())
        ]
    if named.startswith("notify."):
        rules = now.notify_rules
        return [
            Suggestion(one, f"{one} ", rules[kind]) for kind in rules if (one := f"notify.{kind}").startswith(named)
        ]
    if named.startswith("keys."):
        found = (f"keys.{binding}" for binding in BINDINGS)
        hints = {f"keys.{binding}": shown_keys(keys_of(binding)) for binding in BINDINGS}
        return [Suggestion(one, f"{one} ", hints[one]) for one in found if one.startswith(named)][:MOST]
    if named.startswith("hooks."):
        from shlex import join

        commands = {f"hooks.{name}": join(now.hooks.get(name, ())) for name in HOOKS}
        return [Suggestion(one, f"{one} ", command) for one, command in commands.items() if one.startswith(named)]
    return [
        Suggestion(
            f"{one.name} {shown_value(now, one.name)}".rstrip(),
            one.name + ("." if one.parts else " "),
            _(one.help),
        )
        for one in SETTINGS
        if one.name.startswith(named)
    ]


def ranked(word: str, names: Sequence[CompletionName]) -> list[str]:
    """Return the names that a word fits, best first; also by the first letters of their pinyin."""
    from tui.fuzzy import initials, rank

    if not word.strip():
        return [_name(name) for name in names[:MOST]]

    def keys(name: CompletionName) -> Sequence[str]:
        if not isinstance(name, str):
            return name
        spelled = initials(name)
        return (name, spelled) if spelled else (name,)

    return [_name(name) for name in rank(word, names, keys)[:MOST]]


def _as_word(name: str) -> str:
    """Return a name as `spoken_names` reads it, with the blank behind it."""
    return f'"{name}" ' if re.search(r"[\s,，、]", name) and '"' not in name else f"{name} "


def _name(name: CompletionName) -> str:
    return name if isinstance(name, str) else name[0]


def paths(word: str, here: Path) -> list[Suggestion]:
    """Return files and folders whose path may begin with `word`. Reads a folder: call it in a thread."""
    quote = word[0] if word[:1] in ("'", '"') else ""
    plain = (split_words(word) or [""])[0] if word else ""
    folder, slash, begin = plain.rpartition("/")
    if plain == "~":
        return [Suggestion("~/", "~/")]
    try:
        place = here / Path(folder + slash).expanduser()
    except RuntimeError:
        return []
    small = begin.lower()
    found = []
    for name, is_folder in _entries(place):
        if name.startswith(".") and not begin.startswith("."):
            continue
        if small in name.lower():
            found.append((not name.startswith(begin), not name.lower().startswith(small), not is_folder, name.lower(),
                          name))  # fmt: skip
    found.sort()
    suggestions = []
    for *_order, is_file, _small, name in found[:MOST]:
        whole = folder + slash + name + ("" if is_file else "/")
        written = quote + whole + (quote if is_file else "") if quote and quote not in whole else escaped(whole)
        suggestions.append(Suggestion(name + ("" if is_file else "/"), written + (" " if is_file else "")))
    return suggestions


def is_missing(word: str, here: Path) -> bool:
    """Return whether a word names nothing that is there. Looks at the disk: call it in a thread."""
    plain = (split_words(word) or [""])[0]
    try:
        return bool(plain) and not (here / Path(plain).expanduser()).exists()
    except (OSError, RuntimeError, ValueError):
        return bool(plain)


def _entries(place: Path) -> Iterator[tuple[str, bool]]:
    """Yield (name, is a folder) of what can be written down in a line of text."""
    try:
        with os.scandir(place) as entries:
            for entry in islice(entries, _ENTRIES):
                if entry.name.isprintable() or not any(ord(char) < 32 or 0xD800 <= ord(char) < 0xE000
                                                       for char in entry.name):  # fmt: skip
                    yield entry.name, _is_folder(entry)
    except (OSError, ValueError):
        return


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def common_start(suggestions: Sequence[Suggestion]) -> str:
    """Return what all suggestions begin with."""
    texts = [suggestion.insert for suggestion in suggestions]
    first, last = min(texts, default=""), max(texts, default="")
    same = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    start = first[:same].rstrip()
    # A lone backslash would be half of an escaped blank.
    return start[:-1] if (len(start) - len(start.rstrip("\\"))) % 2 else start
