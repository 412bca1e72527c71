"""The settings: what is taken, and the sentence for what is not."""

from __future__ import annotations

import itertools
import os
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui import i18n, paths
from tui.cli.main import run
from tui.cli.shared.global_options import plain_by_variable
from tui.config.settings import BY_NAME, SETTINGS, Settings, examine, load
from tui.errors import SettingsWrong, UsageError
from tui.paths import config_file
from tui.terminal.graphemes import cell_len
from tui.wire.names import Endpoint

WHOLE = """
theme = "dark"
language = "zh_CN"
bell = false
desktop_notices = false
window_title = false
show_recalled = false
confirm_group_files = false
links = false
pictures = "always"
list = "two"
fold_official = false
mouse = false
endpoint = "filehelper"
proxy = "http://me:secret@proxy.example:8080"
start_dir = "~/Downloads"
bookmarks = ["~/Pictures", "/srv/共享"]
download_dir = "~/下载"
open_command = '''feh -F '{}' "a b"'''
open_in_terminal = true
play_command = ["mpv", "{}"]
picture_cache = 50
log = "debug"
mentions_ring = false
mentions_all = false
quiet = "23:00–8:00, 12:30-13:30"
quiet_mentions = true

[notify]
group = "mentions"
official = "all"

[hooks]
on_message = "~/bin/told 'a b'"
on_session_end = ["mail-me", "{}"]

[keys]
revoke = "ctrl+z"
pane.next = ["tab", "f6"]
"log.last" = []
"""


def loaded(tmp_path: Path, text: str | bytes, **environ: str) -> Settings:
    path = tmp_path / "config.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load(path, environ)


def test_everything_can_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert loaded(tmp_path, WHOLE) == Settings(
        theme="dark",
        language="zh_CN",
        bell=False,
        desktop_notices=False,
        window_title=False,
        show_recalled=False,
        confirm_group_files=False,
        links=False,
        pictures="always",
        list="two",
        fold_official=False,
        mouse=False,
        endpoint=Endpoint.FILEHELPER,
        proxy="http://me:secret@proxy.example:8080",
        start_dir=Path("/home/me/Downloads"),
        bookmarks=(Path("/home/me/Pictures"), Path("/srv/共享")),
        download_dir=Path("/home/me/下载"),
        open_command=("feh", "-F", "{}", "a b"),
        open_in_terminal=True,
        play_command=("mpv", "{}"),
        picture_cache=50,
        log="debug",
        mentions_ring=False,
        mentions_all=False,
        quiet="23:00-08:00, 12:30-13:30",
        quiet_mentions=True,
        notify={"group": "mentions", "official": "all"},
        hooks={"on_message": ("~/bin/told", "a b"), "on_session_end": ("mail-me", "{}")},
        keys={"revoke": ("ctrl+z",), "pane.next": ("tab", "f6"), "log.last": ()},
    )


def test_nothing_need_be_there(tmp_path: Path, home: Path) -> None:
    assert load(environ={}) == Settings()
    assert load(tmp_path / "file" / "below", {}) == Settings()
    assert config_file() == home / "config.toml"
    assert not home.exists(), "looking makes nothing"
    assert loaded(tmp_path, "") == loaded(tmp_path, "\ufeff# only words\r\n") == Settings()


def test_the_platforms_own_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WXTUI_HOME")
    assert config_file().name == "config.toml"
    assert config_file().parent.name == "wxtui"
    # Ours are those that the library says, where ours are used.
    variables = ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
    for values in itertools.product(
        ("/home/me", "/home/me/", ""), ("", " ", "/else/", "~/x", "rel"), ("", "/s"), ("",)
    ):
        for name, value in zip(variables, values, strict=True):
            monkeypatch.setenv(name, value)
        ours = paths._usual_places()
        assert ours in (None, paths._places_of_platform())
        if values[0] and values[1] != "rel" and "~" not in values[1] and sys.platform == "linux":
            assert ours is not None


def test_the_own_place_on_a_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    from platformdirs.macos import MacOS

    for name in ("CONFIG", "STATE", "CACHE"):
        monkeypatch.delenv(f"XDG_{name}_HOME", raising=False)
    monkeypatch.setenv("HOME", "/Users/me")
    monkeypatch.setattr(sys, "platform", "darwin")
    dirs = MacOS("wxtui", appauthor=False)
    assert paths._usual_places() == (dirs.user_config_dir, dirs.user_state_dir, dirs.user_cache_dir)
    monkeypatch.setenv("XDG_STATE_HOME", "/else")
    assert paths._usual_places() is None


def test_it_is_found_by_itself(home: Path) -> None:
    home.mkdir()
    config_file().write_text('theme = "light"')
    assert load(environ={}).theme == "light"


def test_the_environment_comes_last(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path,
        WHOLE,
        WXTUI_THEME="light",
        WXTUI_BELL="YES",
        WXTUI_SHOW_RECALLED="1",
        WXTUI_DESKTOP_NOTICES="",
        WXTUI_ENDPOINT="web",
        WXTUI_START_DIR="/tmp",
        WXTUI_LANG="en_GB.UTF-8",
    )
    assert (settings.theme, settings.bell, settings.show_recalled, settings.desktop_notices) == (
        "light",
        True,
        True,
        False,
    )
    assert (settings.endpoint, settings.start_dir, settings.language) == (Endpoint.WEB, Path("/tmp"), "en")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('bell = true\nthme = "dark"', ["line 2", "“thme”", "“theme”"]),
        ("zzz = 1", ["line 1", "“zzz”", "wxtui config show"]),
        ("[zzz]\nx = 1", ["line 1", "“zzz”"]),
        ("theme = 'blue'", ["line 1", "“theme”", "auto, terminal, dark, light"]),
        ("theme = 3", ["line 1", "auto, terminal"]),
        ("\n\nbell = 'yes'", ["line 3", "“bell”", "true or false"]),
        ("bell = 1", ["line 1", "true or false"]),
        ("endpoint = 'wechat'", ["web, filehelper"]),
        ("start_dir = 3", ["path in quotes"]),
        ("open_command = 3", ["open_command", "a list of its words"]),
        ('open_command = "feh \'"', ["open_command"]),
        ("play_command = ['mpv', 3]", ["play_command"]),
        ("play_command = ''", ["play_command"]),
        ("start_dir = 'here'", ["starts with / or ~"]),
        ("bookmarks = '/srv'", ["list of paths"]),
        ("bookmarks = ['/srv', 1]", ["path in quotes"]),
        ("picture_cache = -1", ["a number of MB"]),
        ("picture_cache = 1000001", ["a number of MB"]),
        ("send_pause = 601", ["seconds, from 0 to 600"]),
        ("keep = 100001", ["a number of days"]),
        ("proxy = 'ftp://x'", ["“proxy” must be", "socks5h://127.0.0.1:1080"]),
        ("proxy = 3", ["“proxy” must be", "none"]),
        ("log = 'all'", ["“log” must be one of off, error, warning, info, debug"]),
        ("hooks = 3", ["table of hooks"]),
        ("[hooks]\non_message = 'ok'\non_mesage = 'x'", ["line 3", "“on_mesage”", "on_message"]),
        ("[hooks]\non_upload = 3", ["line 2", "“on_upload”", "list of its words"]),
        ('[hooks]\non_upload = "feh \'"', ["line 2", "“on_upload”", "list of its words"]),
        ("keys = 3", ["table of keys"]),
        ("notify = 'all'", ["table of rules"]),
        ("[notify]\ngroups = 'all'", ["line 2", "“groups” must be one of person, group, official, service"]),
        ("[notify]\ngroup = 'some'", ["line 2", "“notify.group” must be one of all, mentions, none"]),
        ("quiet = '23-8'", ["“quiet”", '"23:00-08:00"']),
        ("quiet = '25:00-08:00'", ["23:00-08:00"]),
        ("quiet = 8", ["23:00-08:00"]),
        ("[keys]\nrevoke = 3", ["line 2", "“revoke”", "ctrl+z"]),
        ("[keys]\nrevoke = ''", ["line 2", "ctrl+z"]),
        ("[keys]\nrevoke = ['a, b']", ["line 2", "ctrl+z"]),
        ("theme = \n", ["line 1", "not TOML: the value is missing"]),
        ("theme = dark", ["line 1", "not TOML: texts need quotes"]),
        ("theme = “dark”", ["straight quotes"]),
        ("bell = True # x", ["true or false, in small letters"]),
        ("bell = true\ntheme = 'dark", ["line 2", "not TOML: a quote or ] at the end"]),
        ("theme 'dark'", ["= is missing"]),
        ("theme = 'dark' bell = true", ["a line of its own"]),
        ('start_dir = "C:\\Users"', ["line 1", "write \\\\ for \\"]),
        ("notify = {person = 'all'\n}", ["line 1", "} is missing on the same line"]),
        ("bell = true\nbookmarks = [\n'a',\n\n", ["line 2", "a quote or ] at the end is missing"]),
        ("= 3", ["not TOML: Invalid statement"]),
        ("a = 1\na = 2", ["line 2", "not TOML: “a” is set twice"]),
        ("[keys]\n[keys]", ["line 2", "twice"]),
        ("keep = " + "1" * 5000, ["line 1", "no setting has such a value"]),
        (b"# \xff\n", ["line 1", "UTF-8"]),
        ("bell = true".encode("utf-16"), ["UTF-16", "save it as UTF-8"]),
        ("#" * 1_100_000, ["too large"]),
        ("a = " + "[" * 5000, ["line 1", "not TOML"]),
    ],
)
def test_a_mistake_is_one_sentence_that_says_where(text: str | bytes, words: list[str], tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        loaded(tmp_path, text)
    said = str(caught.value)
    assert str(tmp_path / "config.toml") in said
    for word in words:
        assert word in said
    assert "\n" not in said
    assert len(said) < 600


def test_every_mistake_is_told_on_its_line(tmp_path: Path) -> None:
    text = """thme = "dark"
bell = 1
# a comment
bookmarks = [
  "/srv",   # bell = 2
]
[keys]
revoke = "ctrl+nope"
"goto" = "ctrl+q"
[keys.pane]
next = 3
[hooks]
on_upload = []
x = "y"
"""
    path = tmp_path / "config.toml"
    with pytest.raises(SettingsWrong) as caught:
        loaded(tmp_path, text, WXTUI_MOUSE="perhaps", WXTUI_BELL="off", WXTUI_THEME="blue")
    said = [str(one) for one in caught.value.mistakes]
    assert [one.removeprefix(f"{path}, ").split(": ")[0] for one in said[:-2]] == [
        "line 1",
        "line 2",
        "line 8",
        "line 9",
        "line 11",
        "line 13",
        "line 14",
    ]
    assert "WXTUI_THEME" in said[-2] and "WXTUI_MOUSE" in said[-1]
    assert str(caught.value) == " ".join(said)


def test_where_it_is_no_toml_everything_else_is_read_and_told(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    text = """\ufefftheme = dark
mouse = false
bookmarks = ["/a"
  "/b"]
bell = 1
[keys
goto = 3
[notify]
group = "mentions"
person = everything
"""
    path.write_bytes(text.replace("\n", "\r\n").encode())
    found = examine(path, {})
    assert found.settings == Settings(mouse=False, notify={"group": "mentions"})
    assert [(one.line, one.setting) for one in found.mistakes] == [(1, ""), (4, ""), (5, "bell"), (6, ""), (10, "")]
    path.write_text("x =\n" * 1000)
    assert len(examine(path, {}).mistakes) == 20
    path.write_text("x =\n" * 17_000)
    assert len(examine(path, {}).mistakes) == 1, "it is not read again and again"


HUGE = {
    "unknown names": "".join(f"a{number}=1\n" for number in range(30_000)),
    "a list of lists": "bell=1\na=[\n" + "[],\n" * 15_000 + "]\n",
    "one that is open": "a=[\n" + "[],\n" * 60_000,
    "keys": "[keys]\n" + "".join(f"a{number}=1\n" for number in range(9_000)),
    "a name with many dots": "a" + ".a" * 20_000 + "=1\n",
    "and no TOML": "a" + ".a" * 20_000 + "=1\nbell = maybe\n",
    "tables in tables": "a=" + "{b=" * 3_000,
    "a long name": "a" * 900_000 + "=1\n",
    "a long key": "[keys]\nrevoke='" + "a" * 300_000 + "'\n",
    "deep tables": "[keys" + ".a" * 90 + "]\nx = 1\n",
}


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
def test_whatever_is_huge_in_it_takes_no_time_and_few_sentences(text: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    began = time.process_time()
    found = examine(path, {})
    assert 0 < len(found.mistakes) <= 50 and found.settings == Settings()
    assert all(len(str(one.sentence)) < 600 for one in found.mistakes)
    # A second or less; each line looked at for each mistake was minutes.
    assert time.process_time() - began < 10


def test_with_mistakes_the_rest_still_counts(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("bell = 1\ntheme = 'dark'\n")
    found = examine(path, {})
    assert found.settings == Settings(theme="dark") and len(found.sentences) == 1


def test_the_table_is_the_settings() -> None:
    assert list(BY_NAME) == list(Settings.__struct_fields__)
    for setting in SETTINGS:
        for choice in setting.choices:
            assert setting.read({"true": True, "false": False}.get(choice, choice)) is not None


def test_a_folder_or_a_pipe_in_its_place_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot be read: Is a directory"):
        load(tmp_path, {})
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match=r"it is not a file"):
        load(tmp_path / "pipe", {})


@pytest.mark.parametrize(
    ("variable", "value"), [("WXTUI_THEME", "blue"), ("WXTUI_BELL", "perhaps"), ("WXTUI_ENDPOINT", "x")]
)
def test_a_mistake_in_the_environment_names_the_variable(variable: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=variable):
        loaded(tmp_path, "", **{variable: value})


def test_the_variable_for_plain_mode_is_named_where_it_makes_no_sense(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"": False, "1": True, " Yes ": True, "0": False, "off": False}
    for text, plain in said.items():
        monkeypatch.setenv("WXTUI_PLAIN", text)
        assert plain_by_variable() is plain
    monkeypatch.setenv("WXTUI_PLAIN", "perhaps")
    with pytest.raises(SettingsWrong, match="The variable WXTUI_PLAIN must be true or false"):
        plain_by_variable()
    assert run(["profile", "list"]) == 0, "it is nothing to a command"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)
)


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from([*WHOLE.splitlines(), '"', "[", "]", "=", "'''", "[[keys]]", "keys.a=1"])).map("\n".join)
)
def test_whatever_is_written_there_is_settings_or_one_sentence(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        try:
            assert isinstance(loaded(Path(folder), text.encode("utf-8", "replace")), Settings)
        except UsageError as error:
            assert folder in str(error)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://me:secret@proxy:80", "http://***@proxy:80"),
        ("me:secret@proxy", "http://***@proxy"),
        ("socks5://a:b@secret@proxy", "socks5://***@proxy"),
        ("socks5h://127.0.0.1:1080", "socks5h://127.0.0.1:1080"),
        ("auto", "auto"),
    ],
)
def test_a_proxys_password_is_shown_nowhere(address: str, shown: str, tmp_path: Path) -> None:
    from tui.config.changing import change, shown_value

    settings = change(Settings(), "proxy", address).settings
    assert shown_value(settings, "proxy") == shown
    with pytest.raises(UsageError) as caught:
        loaded(tmp_path, f"proxy = '{address}:x x'\n'{address}' = 1\nhooks = {{'{address}' = 'x'}}")
    assert len(caught.value.facts["mistakes"]) == 3
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_settings_sentence_fits_beside_its_values_on_80_columns(language: str) -> None:
    i18n.use(language)
    try:
        for one in SETTINGS:
            widest = max(map(len, one.choices), default=0)
            assert cell_len(i18n._(one.help)) + widest <= 49, f"/set cuts it off: {one.name}"
    finally:
        i18n.use("en")
