"""`wxtui config`: what counts and from where, the file that is created, every mistake, the schema."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tui.config
from tests.support.command_line import Wxtui
from tests.support.json_schema import refusals
from tui import i18n
from tui.config.config_file import edited, written
from tui.config.sample_file import sample_file
from tui.config.schema import schema
from tui.config.settings import BY_NAME, HOOKS, SETTINGS, Settings, WrongValue, examine, load
from tui.keymap import BINDINGS


@pytest.fixture
def file(home: Path) -> Path:
    home.mkdir()
    return home / "config.toml"


# ---------------------------------------------------------------- what counts, and from where


def test_a_name_that_is_no_setting_is_told_what_shows_all_of_them_in_a_shell(wxtui: Wxtui) -> None:
    result = wxtui("config", "show", "xyzzy")
    assert result.code == 2
    assert result.err == "wxtui: unknown setting “xyzzy”; to see all: wxtui config show\n"


def test_each_value_is_shown_with_where_it_comes_from(
    wxtui: Wxtui, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(
        "# first\ntheme = 'dark'\nbell = false\nopen_command = 'feh {}'\nproxy = 'http://me:secret@p:8'\n"
        "list = 3\n[notify]\ngroup = 'none'\n[hooks]\non_mention = ['ring', 'a b']\n[keys]\npane.next = 'f6'\n"
    )
    monkeypatch.setenv("WXTUI_BELL", "on")
    monkeypatch.delenv("WXTUI_LANG")
    result = wxtui("config", "show", "--endpoint", "filehelper")
    assert result.code == 0
    assert "line 6: “list” must be one of one, two, auto" in result.err
    rows = {line.split("\t")[0]: line.split("\t")[1:] for line in result.lines}
    assert rows["theme"] == ['"dark"', "config.toml, line 2"]
    assert rows["bell"] == ["true", "WXTUI_BELL"]
    assert rows["open_command"] == ['["feh", "{}"]', "config.toml, line 4"]
    assert rows["proxy"] == ['"http://***@p:8"', "config.toml, line 5"]
    assert rows["list"] == ['"auto"', "default"]
    assert rows["endpoint"] == ['"filehelper"', "--endpoint"]
    assert rows["start_dir"] == ["", "not set"]
    assert rows["notify.group"] == ['"none"', "config.toml, line 8"]
    assert rows["notify.person"] == ['"all"', "default"]
    assert rows["hooks.on_mention"] == ['["ring", "a b"]', "config.toml, line 10"]
    assert rows["keys.pane.next"] == ['["f6"]', "config.toml, line 12"]
    assert set(BY_NAME) - {"notify", "hooks", "keys"} <= set(rows)
    told = {row["setting"]: row for row in wxtui("--json", "config", "show", "proxy", "notify").json}
    assert set(told) == {"proxy", *(f"notify.{kind}" for kind in Settings().notify_rules)}
    assert told["proxy"] == {
        "setting": "proxy",
        "value": "http://***@p:8",
        "default": "auto",
        "source": "file",
        "line": 5,
        "named_by": None,
    }
    assert "secret" not in result.out + result.err + repr(load(file.with_name("none"), {"WXTUI_PROXY": "a:secret@b"}))
    unknown = wxtui("config", "show", "thme")
    assert (unknown.code, "“theme”" in unknown.err) == (2, True)


def test_the_path_is_printed_whether_there_is_a_file_or_not(wxtui: Wxtui, file: Path) -> None:
    assert wxtui("config", "path").out == f"{file}\n"
    assert wxtui("config", "path", "--json").json == [{"path": str(file), "exists": False}]
    file.touch()
    assert wxtui("config", "path", "--json").json == [{"path": str(file), "exists": True}]


# ---------------------------------------------------------------- the file that is created


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_without_its_signs_each_line_is_a_setting(language: str, tmp_path: Path) -> None:
    i18n.use(language)
    text = sample_file()
    assert tomllib.loads(text) == {}
    (tmp_path / "all").write_text(re.sub(r"(?m)^#(?! )", "", text))
    found = examine(tmp_path / "all", {})
    assert found.mistakes == ()
    assert found.in_file == set(BY_NAME)
    assert set(found.settings.keys) == set(BINDINGS) and set(found.settings.hooks) == set(HOOKS)
    for name in set(BY_NAME) - {"hooks", "keys", "notify"}:
        default = getattr(Settings(), name)
        assert default in (None, (), "") or getattr(found.settings, name) == default, name
    assert found.settings.notify_rules == Settings().notify_rules
    assert all(one.name in text and i18n._(one.help) in text for one in SETTINGS)


def test_it_is_private_and_nothing_is_ever_overwritten(wxtui: Wxtui, home: Path, tmp_path: Path) -> None:
    assert wxtui("config", "init", "--stdout").out == sample_file()
    assert not home.exists()
    assert wxtui("config", "init").out == f"Created {home}/config.toml.\n"
    file = home / "config.toml"
    assert (file.read_text(), file.stat().st_mode & 0o777, home.stat().st_mode & 0o777) == (sample_file(), 0o600, 0o700)
    for there in ("file", "link", "folder"):
        file.unlink()
        if there == "file":
            file.write_text("mine")
        elif there == "link":
            file.symlink_to(tmp_path / "nowhere")
        else:
            file.mkdir()
        result = wxtui("config", "init")
        assert (result.code, "exists already; it was not changed" in result.err) == (1, True)
    assert not (tmp_path / "nowhere").exists()


def test_a_change_from_the_program_goes_below_the_default_that_it_replaces() -> None:
    text = edited(sample_file(), "theme", "dark")
    lines = text.splitlines()
    assert lines[lines.index('theme = "dark"') - 1] == '#theme = "auto"'
    text = edited(edited(text, "log", "debug"), "notify.group", "none")
    assert tomllib.loads(text) == {"theme": "dark", "log": "debug", "notify": {"group": "none"}}
    # Taking the sign away from a table above must not take the setting into it.
    assert text.index("\nlog =") < text.index("#[notify]") and text.endswith('[notify]\ngroup = "none"\n')
    assert edited(text, "theme", None).count("theme") == text.count("theme") - 1
    assert edited("x = 'a'\n[keys]\n#bell = 1\n", "bell", value=True).startswith("x = 'a'\nbell = true\n")


# ---------------------------------------------------------------- mistakes


def test_all_mistakes_are_told_and_the_exit_code_says_whether_there_is_one(
    wxtui: Wxtui, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wxtui("config", "check").out == f"There is no {file}: everything has its default.\n"
    file.write_text("theme = 'dark'\n")
    assert wxtui("config", "check").out == f"{file}: 1 setting, no mistake.\n"
    file.write_text("thme = 'dark'\nlog = verbose\n[keys]\nrevoke = 3\n")
    monkeypatch.setenv("WXTUI_MOUSE", "perhaps")
    result = wxtui("config", "check")
    assert (result.code, result.out, len(result.err.splitlines())) == (2, "", 4)
    result = wxtui("config", "check", "--json")
    assert [(row["line"], row["setting"], row["variable"]) for row in result.json] == [
        (1, "thme", None),
        (2, None, None),
        (4, "keys.revoke", None),
        (None, "mouse", "WXTUI_MOUSE"),
    ]
    other = tmp_path / "other.toml"
    assert wxtui("config", "check", other).code == 2
    other.write_text("proxy = 'http://me:secret@p'\n")
    other.chmod(0o600)
    assert wxtui("config", "check", other).err == ""
    other.chmod(0o640)
    result = wxtui("config", "check", other)
    assert (result.code, "chmod go= " in result.err, "secret" in result.out + result.err) == (0, True, False)
    assert wxtui("config", "check", other, "--json").json[0]["level"] == "warning"
    other.rename(file)
    monkeypatch.delenv("WXTUI_MOUSE")
    told = [row for row in wxtui("doctor", "--offline", "--json").json if row["probe"] == "settings"]
    assert [(row["level"], "the proxy's password" in row["what"]) for row in told] == [("warning", True), ("ok", False)]


# ---------------------------------------------------------------- the schema


def test_the_schema_that_ships_is_that_of_the_table(wxtui: Wxtui) -> None:
    shipped = json.loads((Path(tui.config.__path__[0]) / "schema.json").read_text("utf-8"))
    assert shipped == schema() == json.loads(wxtui("config", "schema").out)
    assert list(shipped["properties"]) == list(BY_NAME)


def fits(value: Any, rule: dict[str, Any]) -> bool:
    return not any(refusals(value, rule, rule))


WORDS = st.sampled_from(
    (
        *("", " ", "auto", "none", "all", "dark", "en", "two", "90"),
        *("1.5", "1e3", "²", "/srv", "~/x", "x y", "'", "f8", "\n"),
        *("a,b", "ctrl+z", "23:00-08:00", "http://a:1", "socks5://", "ftp://x", "mentions", "web", "off", "日志"),
    )
)
PLAIN = WORDS | st.booleans() | st.integers(-2, 2_000_000) | st.floats() | st.lists(WORDS | st.integers(), max_size=3)
NAMES = st.sampled_from(["person", "group", "on_message", "revoke", "pane", "pane.next", "next", "zzz", "links"])
VALUES = PLAIN | st.dictionaries(NAMES, PLAIN | st.dictionaries(NAMES, PLAIN, max_size=2), max_size=3)
ONLY_READ = {
    "quiet",
    "hooks",
    "keys",
    "open_command",
    "play_command",
    "proxy",
    "start_dir",
    "download_dir",
    "bookmarks",
}
"""Settings whose reader looks further than a schema can."""
PROPERTIES = schema()["properties"]


@given(st.sampled_from(SETTINGS), VALUES)
def test_what_the_schema_refuses_the_reader_refuses(setting: Any, value: Any) -> None:
    try:
        setting.read(value)
        taken = True
    except WrongValue:
        taken = False
    allowed = fits(value, PROPERTIES[setting.name])
    assert allowed or not taken
    if setting.name not in ONLY_READ and not (isinstance(value, str) and value.isdigit()):
        assert taken == allowed


def test_the_schema_takes_the_file_with_everything_in_it(tmp_path: Path) -> None:
    tables = tomllib.loads(re.sub(r"(?m)^#(?! )", "", sample_file()))
    assert fits(tables, schema())
    assert not fits(tables | {"thme": "dark"}, schema())
    assert fits({"keys": {"pane": {"next": "f6"}, "picker": {"mark": {"anywhere": []}, "send": "f2"}}}, schema())
    assert not fits({"keys": {"pane": {"nxt": "f6"}}}, schema())
    assert written(True) == "true"
