"""The table of commands and what is made of the text in the bar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.keys import KEY_NAME_REPLACEMENTS, _character_to_key

from tui.commands import (
    BY_NAME,
    COMMANDS,
    Correction,
    Invocation,
    KeyScope,
    Mistake,
    Say,
    Takes,
    matches,
    parse,
)
from tui.errors import UsageError
from tui.keymap import checked, key_name


def test_names_and_ids_are_unique() -> None:
    names = [name for command in COMMANDS for name in command.names]
    assert len(set(names)) == len(names)
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)
    assert all(name == name.lower() and name.isalpha() for name in names)


@pytest.mark.parametrize("where", KeyScope)
def test_no_key_does_two_things(where: KeyScope) -> None:
    keys = [key for command in COMMANDS if command.where is where for key in command.keys]
    keys += [key for command in COMMANDS for key in command.quiet_keys]
    assert len(set(keys)) == len(keys)


def test_keys_that_work_anywhere_type_nothing() -> None:
    anywhere = [key for command in COMMANDS if command.where is KeyScope.ANYWHERE for key in command.keys]
    assert all("+" in key or key in ("f1", "f2", "f3") for key in anywhere)
    assert not {"ctrl+i", "ctrl+m", "ctrl+h"} & set(anywhere)


def test_these_are_all_slash_commands() -> None:
    wanted = (
        "send image video gif file upload attach revoke recall undo redact delete del rm remove forward fwd read goto "
        "query pm dm unread unreads search find searchall grep copy yank retry resend cancel pause resume reply r "
        "edit e open details info save download dl whose transfers uploads mute unmute notify editor theme colors "
        "colours lang language set settings config login logout profile account help h redraw quit "
        "members names group groups "
        "mentions q exit list sidebar links urls quoted back view play paste sticker stickers "
        "requests accept ignore remark pin unpin readall mark mention older newer copyid"
    )
    assert set(BY_NAME) == set(wanted.split())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hi", "hi"),
        ("//quit", "/quit"),
        ("//", "/"),
        ("  //x", "  /x"),
        ("///x", "//x"),
        ("a /quit", "a /quit"),
        ("", ""),
    ],
)
def test_what_is_no_command_is_a_message(text: str, said: str) -> None:
    assert parse(text) == Say(said)


@pytest.mark.parametrize(
    ("text", "name", "argument"),
    [
        ("/revoke", "revoke", ""),
        ("/REVOKE  3 ", "revoke", "3"),
        ("/recall 7041\n", "revoke", "7041"),
        ("/send a\\ b 'c d'", "send", "a\\ b 'c d'"),
        ("/search /etc", "search", "/etc"),
        ("/q", "quit", ""),
    ],
)
def test_a_command_is_known_by_its_names(text: str, name: str, argument: str) -> None:
    assert parse(text) == Invocation(BY_NAME[name], argument)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("/qiut", "Did you mean /quit?"),
        ("/sti", "Did you mean /sticker?"),
        ("/frobnicate", "Unknown command: /frobnicate. Start with //"),
        ("/", "// sends a slash"),
        ("/ quit", "// sends a slash"),
        (" /quit", "There is a space before /quit"),
        ("\n/rm 3", "There is a space before /rm"),
        ("　/quit", "There is a space before /quit"),
        ("/quit smoking", "takes no arguments"),
        ("/home/x/build.log", "Unknown command: /home"),
        ("/\x1b[31m", "␛[31m"),
    ],
)
def test_a_mistake_in_a_command_is_said(text: str, part: str) -> None:
    found = parse(text)
    assert isinstance(found, Mistake)
    assert part in str(found.sentence)


@given(text=st.text() | st.text(alphabet="/ quit\n\x1b", max_size=12))
def test_only_what_begins_with_a_slash_is_not_sent_as_typed(text: str) -> None:
    found = parse(text)
    if not text.lstrip().startswith("/"):
        assert found == Say(text)
    elif text.lstrip().startswith("//"):
        assert isinstance(found, Say)
        assert found.text.lstrip() == text.lstrip()[1:]
    else:
        assert not isinstance(found, Say)
        if isinstance(found, Mistake):
            assert str(found.sentence)


def test_commands_are_completed_from_their_beginning() -> None:
    later = ["readall", "requests", "remark", "redraw"]
    assert [name for name, _ in matches("re")] == ["revoke", "reply", "retry", "resume", "read", *later]
    assert [name for name, _ in matches("rec")] == ["recall"]
    assert next(iter(matches("R")))[0] == "revoke"
    assert [command.id for _, command in matches("")] == [command.id for command in COMMANDS if command.names]
    assert not list(matches("zz"))


# ---------------------------------------------------------------- other keys


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Ctrl+K", "ctrl+k"),
        ("ctrl-k", "ctrl+k"),
        ("alt+ctrl+a", "alt+ctrl+a"),
        ("ctrl+alt+a", "alt+ctrl+a"),
        ("?", "question_mark"),
        ("ctrl++", "ctrl+plus"),
        ("-", "minus"),
        ("Y", "Y"),
        ("F12", "f12"),
        ("你", "你"),
        ("ctrl+m", None),
        ("ctrl+i", None),
        ("hello", None),
        ("", None),
        ("ctrl+ctrl+a", None),
        ("foo+a", None),
        ("f25", None),
    ],
)
def test_a_key_has_a_name_for_people(written: str, name: str | None) -> None:
    assert key_name(written) == name


@pytest.mark.parametrize("sign", "?/.,-+=:;!'\"[]\\`@#*<>_&%$^~()|")
def test_signs_have_the_names_that_textual_gives_them(sign: str) -> None:
    name = _character_to_key(sign)
    assert key_name(sign) == KEY_NAME_REPLACEMENTS.get(name, name)


def test_a_persons_own_keys_are_checked() -> None:
    own = checked({"goto": ["Ctrl+G", "alt+g"], "mute": ["alt+x"], "quit": [], "text.undo": ["Ctrl+z"]})
    assert own == {"goto": ("ctrl+g", "alt+g"), "mute": ("alt+x",), "quit": (), "text.undo": ("ctrl+z",)}


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        ({"gotto": ["ctrl+g"]}, "[keys]: unknown action “gotto” (did you mean goto?)."),
        ({"zzzzzz": ["ctrl+g"]}, "[keys]: unknown action “zzzzzz”."),
        ({"goto": ["ctrl+nope"]}, "[keys]: “ctrl+nope”, given to goto, is not a key."),
        ({"goto": ["ctrl+q"]}, "[keys]: the key “ctrl+q” is given to both goto and quit."),
        ({"bar.send": []}, "[keys]: bar.send needs a key that types no letter."),
        ({"bar.send": ["a", "?"]}, "[keys]: bar.send needs a key that types no letter."),
        ({"question.no": ["y"]}, "[keys]: the key “y” is given to both question.yes and question.no."),
        ({"goto": ["d"]}, "[keys]: the key “d” is given to both revoke and goto."),
    ],
)
def test_a_wrong_keymap_is_one_sentence(overrides: dict[str, list[str]], sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        checked(overrides)
    assert str(caught.value) == sentence


def test_what_takes_something_says_so() -> None:
    assert all(bool(command.usage) is (command.takes is not Takes.NOTHING) for command in COMMANDS)


# ---------------------------------------------------------------- s/old/new/


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("s/a/b/", Correction("a", "b")),
        ("s/a/b", Correction("a", "b")),
        ("s/a/b/ ", Correction("a", "b")),
        ("s/a/b/g", Correction("a", "b", everywhere=True)),
        ("s/a//", Correction("a", "")),
        ("s/a//g", Correction("a", "", everywhere=True)),
        (r"s/and\/or/or/", Correction("and/or", "or")),
        (r"s/or/and\/or", Correction("or", "and/or")),
        ("s/two words/and more ", Correction("two words", "and more ")),
        ("s/你好/您好/", Correction("你好", "您好")),
    ],
)
def test_what_changes_the_last_message(text: str, meaning: Correction) -> None:
    assert parse(text) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "s/he said", "s/", "s//", "s///", "s//b/", "s/a/", "S/a/b/", " s/a/b/", "see s/a/b/", "s/a/b/\nmore",
        "s/a\nb/c/", "s/a/b/c/d", "s/usr/lib/python3", "s|a|b|", "say s/a/b",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_change_is_a_text(text: str) -> None:
    assert parse(text) == Say(text)


def test_letters_behind_a_change_that_mean_nothing_send_nothing() -> None:
    assert isinstance(parse("s/a/b/i"), Mistake)


_PARTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\\"), min_size=1)


@given(_PARTS, _PARTS, st.booleans(), _PARTS)
def test_a_change_is_read_as_it_was_written(old: str, new: str, everywhere: bool, text: str) -> None:
    written = f"s/{old.replace('/', chr(92) + '/')}/{new.replace('/', chr(92) + '/')}/" + "g" * everywhere
    change = parse(written)
    assert change == Correction(old, new, everywhere)
    assert isinstance(change, Correction)
    assert change.applied(text) == (text.replace(old, new) if everywhere else text.replace(old, new, 1))


@given(st.text(st.sampled_from("s/ab\\g \n"), max_size=12))
def test_whatever_is_typed_is_a_change_of_one_line_with_two_slashes_or_a_text_as_it_stands(text: str) -> None:
    meaning = parse(text)
    if isinstance(meaning, Correction):
        assert text.startswith("s/")
        assert text.count("/") >= 2
        assert "\n" not in text
        assert meaning.old
    elif text.startswith("s/"):
        assert meaning == Say(text) or isinstance(meaning, Mistake)
