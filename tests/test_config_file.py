"""Changing one setting in `config.toml`: it alone changes, and the file stays the person's own."""

from __future__ import annotations

import stat
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import examples
from tui.config.config_file import edited, line_numbers, save
from tui.errors import HomeUnusable, UsageError

MINE = """# my settings
theme = "dark"   # not light # really

bell=true
"start_dir" = '~/Downloads#1' # here
bookmarks = [
  "~/a",   # the first
  "~/b",
] # both

# about keys
[keys]   # mine
revoke = "f8"
pane.next = ["tab", "f6"]
"list.up" = "k"

[keys.log]
down = "j"
"""


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("theme", "light", 'theme = "light"   # not light # really'),
        ("bell", False, "bell=false"),
        ("start_dir", '/a "b"\t\x7f', '"start_dir" = "/a \\"b\\"\\t\\u007F" # here'),
        ("bookmarks", ("/x",), 'bookmarks = ["/x"] # both'),
        ("keys.revoke", ("f9", "ctrl+z"), 'revoke = ["f9", "ctrl+z"]'),
        ("keys.pane.next", "tab", 'pane.next = "tab"'),
        ("keys.list.up", "up", '"list.up" = "up"'),
        ("keys.log.down", "down", 'down = "down"'),
        ("language", "zh_CN", 'language = "zh_CN"'),
        ("keys.log.up", "f3", '"log.up" = "f3"'),
        ("keep", 90, "keep = 90"),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_one_line_changes(name: str, value: str | bool | int | tuple[str, ...], line: str, ending: str) -> None:
    before = MINE.replace("\n", ending)
    after = edited(before, name, value)
    assert line in after.split(ending)
    assert set(after.count("\n") - after.count("\r\n") for _ in "x") == {0 if ending == "\r\n" else after.count("\n")}
    kept = [one for one in before.split(ending) if one in after.split(ending)]
    lost = 1 if name in ("theme", "bell", "start_dir") or name.startswith("keys.") else 4
    assert len(kept) >= len(before.split(ending)) - lost


def test_a_new_setting_stands_before_the_tables_and_a_new_key_in_its_table() -> None:
    assert edited("", "bell", True) == "bell = true\n"
    assert edited("# mine", "bell", True) == "# mine\nbell = true\n"
    assert edited("[keys]\nrevoke = 'f8'", "bell", True) == "bell = true\n\n[keys]\nrevoke = 'f8'"
    assert edited("# keys\n[keys]\n", "bell", True) == "bell = true\n\n# keys\n[keys]\n"
    assert edited("# mine\n\n# keys\n[keys]\n", "bell", True) == "# mine\n\nbell = true\n# keys\n[keys]\n"
    assert edited("theme = 'dark'\n[keys]\n", "bell", True) == "theme = 'dark'\nbell = true\n[keys]\n"
    assert edited("\ufeff[keys]\n", "bell", True) == "\ufeffbell = true\n\n[keys]\n"
    assert edited("", "keys.copy", "y") == '[keys]\ncopy = "y"\n'
    assert edited("bell = true", "keys.log.up", "y") == 'bell = true\n\n[keys]\n"log.up" = "y"\n'
    assert edited("keys.copy = 'y'\nbell = true", "keys.revoke", "d") == (
        "keys.copy = 'y'\nkeys.revoke = \"d\"\nbell = true"
    )


def test_a_setting_goes_and_its_comment_stays() -> None:
    assert edited("bell = true\ntheme = 'dark' # dark!\n", "theme", None) == "bell = true\n# dark!\n"
    assert edited("bell = true\ntheme = 'dark'\n", "theme", None) == "bell = true\n"
    assert edited("bell = true\n", "theme", None) == "bell = true\n"


@pytest.mark.parametrize("text", ["keys = {copy = 'y', revoke = 'd'}", "keys = {copy = 'y'}", "keys = {}"])
def test_a_form_that_cannot_be_changed_alone_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        edited(text, "keys.copy", "c")


def test_the_line_of_a_setting_is_found_in_every_form() -> None:
    lines = MINE.split("\n")
    for name, begin in [
        ("theme", "theme"), ("start_dir", '"start_dir"'), ("bookmarks", "bookmarks"), ("keys", "[keys]"),
        ("keys.revoke", "revoke"), ("keys.pane.next", "pane.next"), ("keys.log.down", "down"),
    ]:  # fmt: skip
        assert lines[line_numbers(MINE)[name] - 1].startswith(begin)
    assert "mouse" not in line_numbers(MINE)


# ---------------------------------------------------------------- any file

WORDS = st.text("ab#=\"'[]\\ \t,.中", max_size=8)
STRINGS = st.one_of(
    WORDS.filter(lambda text: "'" not in text).map(lambda text: f"'{text}'"),
    WORDS.map(lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'),
    WORDS.filter(lambda text: "'" not in text).map(lambda text: f"'''\n{text}\n#x'''"),
)
SCALARS = STRINGS | st.sampled_from(["true", "3", "1979-05-27", "1.5e3"])
ARRAYS = st.lists(SCALARS, max_size=3).map(
    lambda items: "[ # one\n" + "".join(f"  {one}, # é\n" for one in items) + "]"
)
KEYS = st.sampled_from(["theme", "bell", "x-1", '"a = b"', "'c#'", "start_dir", "pane.next", '"pane.up"'])
COMMENTS = st.sampled_from(["", " # why", "  # [keys]", "\t# theme = 3", " # \"'"])
PAIRS = st.builds(
    lambda key, equals, value, comment: f"{key}{equals}{value}{comment}",
    KEYS,
    st.sampled_from(["=", " = ", "  ="]),
    SCALARS | ARRAYS,
    COMMENTS,
)
LINES = PAIRS | st.sampled_from(["", "# words", "[keys] # mine", "[keys.log]", "[other]", "[[many]]", "  "])
FILES = st.builds(
    lambda lines, mark, end: mark + "\n".join(lines) + end,
    st.lists(LINES, max_size=8),
    st.sampled_from(["", "", "\ufeff"]),
    st.sampled_from(["", "\n"]),
)
CHANGES = st.tuples(
    st.sampled_from(["theme", "bell", "start_dir", "keep", "keys.copy", "keys.pane.next", "keys.pane.up"]),
    WORDS | st.booleans() | st.integers(0, 99) | st.lists(WORDS, max_size=2).map(tuple),
)


def parsed(text: str) -> dict[str, object]:
    return tomllib.loads(text.removeprefix("\ufeff"))


def flat(tables: dict[str, object], prefix: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in tables.items():
        found |= flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return found


def comments(text: str) -> list[int]:
    """How often each comment stands there; no value can hold one."""
    return [text.count(one) for one in ("# words", "# mine", "# why", "# [keys]", "# theme = 3")]


@settings(max_examples=examples(400), deadline=None)
@given(FILES, CHANGES)
def test_every_edit_of_a_valid_file_changes_the_one_key(text: str, change: tuple[str, Any]) -> None:
    name, value = change
    try:
        before = parsed(text)
    except tomllib.TOMLDecodeError:
        return
    try:
        after = edited(text, name, value)
    except ValueError:
        assert isinstance(before.get(name.split(".")[0]), list | dict) or "keys" in before or "pane" in before
        return
    wanted = flat(before) | {name: list(value) if isinstance(value, tuple) else value}
    assert flat(parsed(after)) == wanted
    assert comments(after) == comments(text)
    assert edited(after, name, value) == after


# ---------------------------------------------------------------- the file


def test_a_new_file_is_private_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    save(path, "bell", False)
    assert path.read_text() == "bell = false\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o640)
    path.parent.chmod(0o755)
    save(path, "bell", True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o755
    assert [one.name for one in path.parent.iterdir()] == ["config.toml"]


def test_a_linked_dotfile_stays_a_link(tmp_path: Path) -> None:
    dotfiles, home = tmp_path / "dotfiles", tmp_path / "home"
    dotfiles.mkdir()
    home.mkdir()
    (dotfiles / "wxtui.toml").write_text("# mine\n")
    (home / "config.toml").symlink_to(Path("..") / "dotfiles" / "wxtui.toml")
    save(home / "config.toml", "theme", "dark")
    assert (home / "config.toml").is_symlink()
    assert (dotfiles / "wxtui.toml").read_text() == '# mine\ntheme = "dark"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("theme = \n", "line 1: it is not TOML"),
        ("bell = true\n'", "line 2: it is not TOML"),
        ("\nkeys = {copy = 'y'}", "line 2: “keys.copy” is written in a way"),
    ],
)
def test_what_cannot_be_changed_stays_as_it_is(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=words):
        save(path, "keys.copy", "c")
    assert path.read_text() == text


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeUnusable):
        save(tmp_path / "file" / "config.toml", "bell", True)


@pytest.mark.parametrize(
    "lines",
    [
        "".join(f'"/a/{number}",\n' for number in range(500)),
        "".join(f'"/a/{number}", # why\n' for number in range(500)),
    ],
    ids=["plain", "comments"],
)
@pytest.mark.parametrize("name", ["theme", "bookmarks"])
def test_a_list_of_many_lines_is_not_read_anew_for_each(monkeypatch: pytest.MonkeyPatch, lines: str, name: str) -> None:
    text = f"bookmarks = [\n{lines}] # mine\n"
    reads, loads = [0], tomllib.loads

    def counted(text: str) -> dict[str, Any]:
        reads[0] += 1
        return loads(text)

    monkeypatch.setattr(tomllib, "loads", counted)
    edited(text, name, ("/b",) if name == "bookmarks" else "dark")
    assert reads[0] < 10


def test_two_programs_that_save_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("first = 0\nsecond = 0\n")

    def keep_saving(name: str) -> list[int]:
        lost = []
        for number in range(1, 101):
            save(path, name, number)
            if tomllib.loads(path.read_text())[name] != number:
                lost.append(number)
        return lost

    with ThreadPoolExecutor(2) as both:
        assert list(both.map(keep_saving, ("first", "second"))) == [[], []]
    assert path.read_text() == "first = 100\nsecond = 100\n"
    assert [one.name for one in tmp_path.iterdir()] == ["config.toml"]
