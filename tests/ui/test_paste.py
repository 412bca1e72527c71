"""Pastes: text made clean, and paths in all the forms in which terminals hand them over."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import examples
from tui.paste import clean, escaped, files_in, looks_like_paths, measured, readings, split_paths, split_words


@pytest.mark.parametrize(
    ("pasted", "text"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\x1b[1;31mred\x1b[0m", "ared"),
        ("\x1b]0;title\x07x\x1b]8;;http://a\x1b\\y", "xy"),
        ("a\x00\x07\x08\x7f\x9bb", "ab"),
        ("one\x1atwo\x1a", "onetwo"),
        ("a\tb", "a\tb"),
        ("a\u2028b\x85c", "a\nb\nc"),
        ("👩‍👩‍👧 你好\u3000", "👩‍👩‍👧 你好\u3000"),
        ("\ud800x", "x"),
    ],
)
def test_a_paste_is_cleaned_of_control_characters(pasted: str, text: str) -> None:
    assert clean(pasted) == text


@given(text=st.text())
def test_what_is_clean_has_no_control_characters_and_stays(text: str) -> None:
    found = clean(text)
    assert not [char for char in found if (ord(char) < 32 and char not in "\n\t") or 0x7F <= ord(char) < 0xA0]
    assert clean(found) == found
    found.encode()


@settings(max_examples=examples(50))
@given(words=st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), max_size=4))
def test_what_is_escaped_is_read_as_it_was(words: list[str]) -> None:
    assert split_words(" ".join(map(escaped, words))) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a b", ["a", "b"]),
        ("a\\ b 'c d' \"e 'f\"", ["a b", "c d", "e 'f"]),
        ('"a\\"b" \'c\\d\'', ['a"b', "c\\d"]),
        ("open 'quote", ["open", "quote"]),
        ("''", [""]),
        ("a\\", ["a\\"]),
        ("  ", []),
    ],
)
def test_a_paste_is_split_as_a_shell_does(text: str, words: list[str]) -> None:
    assert split_words(text) == words


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    one, two = tmp_path / "构建 日志'1.log", tmp_path / "b.png"
    one.write_bytes(b"x" * 2048)
    two.write_bytes(b"")
    return one, two


def forms(path: Path) -> list[str]:
    return [
        str(path),
        escaped(str(path)),
        f'"{path}"',
        "file://" + quote(str(path)),
        "file://localhost" + quote(str(path)),
    ]


@pytest.mark.parametrize("form", range(5))
def test_a_pasted_path_is_a_file_in_every_form(files: tuple[Path, Path], form: int) -> None:
    text = forms(files[0])[form]
    for around in (text, f" {text} ", f"{text}\n"):
        assert [(one.path, one.size) for one in files_in(around)] == [(files[0], "2 KiB")]


@pytest.mark.parametrize("joint", [" ", "\n", "  ", "\n\n"])
@pytest.mark.parametrize("form", range(1, 5))
def test_several_pasted_paths_are_files(files: tuple[Path, Path], joint: str, form: int) -> None:
    text = joint.join((forms(files[0])[form], forms(files[1])[form]))
    assert [one.path for one in files_in(text)] == list(files)


def test_raw_paths_on_lines_of_their_own(files: tuple[Path, Path]) -> None:
    assert [one.path for one in files_in(f"{files[0]}\n{files[1]}\n")] == list(files)


def test_what_names_no_files(tmp_path: Path, files: tuple[Path, Path]) -> None:
    for text in (
        f"{files[1]} and some words",
        f"look at {files[1]}",
        str(tmp_path),
        f"{files[1]} {tmp_path}/gone",
        "b.png",
        "/",
        "file://elsewhere/etc/passwd",
        "file:///%00",
        "/\x00",
        "~nobody-of-that-name/x",
        "/" + "x" * 300,
        "",
    ):
        assert files_in(text) == []


def test_a_pasted_tilde_is_the_home(files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert [one.path for one in files_in("~/b.png")] == [files[1]]
    assert split_paths("~/b.png") == [files[1]]


def test_no_regular_file_is_no_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert measured([pipe, tmp_path / "gone"]) == [None, None]


def test_a_folder_is_attached_where_it_was_dropped_and_not_where_its_path_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    for dropped in (f"'{folder}'", f'"{folder}" ', f"{folder} ", f"file://{folder}", f"file://{folder}\n"):
        assert [(one.path, one.folder) for one in files_in(dropped)] == [(folder, True)], dropped
    for written in (str(folder), f"{folder}/", f"{folder} is full"):
        assert files_in(written) == [], written


def test_paths_behind_a_command(files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert split_paths("b.png 'c d'") == [Path("b.png"), Path("c d")]
    assert split_paths(str(files[0])) == [files[0]]
    assert split_paths("") == []


def test_a_very_long_text_is_not_looked_at() -> None:
    assert not looks_like_paths("/a " * 20_000)
    assert all(len(paths) == 1 for paths in readings("/a\n" * 200))


@given(text=st.text(alphabet="/~'\"\\ \nfile:%41a\x00", max_size=40))
def test_readings_never_fail(text: str) -> None:
    for paths in readings(text):
        assert all(path.is_absolute() for path in paths)
