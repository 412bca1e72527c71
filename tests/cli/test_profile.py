"""`wxtui profile`: what it prints, asks and refuses."""

from __future__ import annotations

import io
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import BinaryIO

import pytest

from tests.support.command_line import Wxtui
from tests.support.earlier_home import lay_earlier_home
from tui import errors
from tui.cli.main import run
from tui.cli.sending import asking
from tui.cli.shared.streams import ClosedOutput
from tui.paths import find_profile
from tui.services.profiles import encryption
from tui.services.session.profile_lock import OwnerLock
from tui.store.search import index, tokenizer


@pytest.fixture(autouse=True)
def in_a_folder(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    lay_earlier_home(home)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Somebody sits at the terminal, and types this letter."""

    def answer(letter: str) -> None:
        monkeypatch.setattr(asking, "somebody_there", lambda: True)
        monkeypatch.setattr(asking, "letter_typed", lambda question, patience: letter)

    return answer


@pytest.fixture
def open_lock(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passphrases that were given; nothing is encrypted."""
    given: list[str] = []

    def seal(pieces: list[bytes], file: BinaryIO, passphrase: str, mtime: int) -> None:
        given.append(passphrase)
        file.writelines(pieces)

    monkeypatch.setattr(encryption, "seal", seal)
    return given


def test_the_list_marks_the_profile_that_is_used(wxtui: Wxtui) -> None:
    with OwnerLock(find_profile("filehelper")):
        done = wxtui("profile", "list")
    rows = [line.split("\t") for line in done.lines]
    assert [row[0] for row in rows] == ["* default", "  filehelper"]
    assert (rows[0][1], rows[1][4]) == ("我", f"running, process {os.getpid()}")
    (here, other) = wxtui("--profile", "filehelper", "profile", "list", "--json").json
    assert (here["profile"], here["default"], here["logged_in"], here["pid"]) == ("default", False, True, None)
    assert other["default"] and set(other) == {
        "profile", "account", "logged_in", "last_used", "size", "pid", "default"
    }  # fmt: skip


def test_no_profile_at_all_is_a_sentence(wxtui: Wxtui, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WXTUI_HOME", str(tmp_path / "none"))
    done = wxtui("profile", "list")
    assert (done.code, done.out) == (0, "")
    assert "The first login makes one: wxtui login" in done.err
    assert not (tmp_path / "none").exists()


def test_a_profile_moves_to_another_home_and_goes_here(
    wxtui: Wxtui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = wxtui("export").out
    done = wxtui("profile", "export", "default")
    assert (done.code, done.out) == (0, "default.wxtui.tar\n")
    assert "without the session, not encrypted" in done.err
    assert "messages still wait to be sent here; in the file they are not sent" in done.err
    assert "already exists" in wxtui("profile", "export", "default").err

    monkeypatch.setenv("WXTUI_HOME", str(tmp_path / "other"))
    done = wxtui("profile", "import", "default.wxtui.tar")
    assert (done.code, done.out) == (0, "default\n")
    assert "Imported the profile of 我, without a session. Log in: wxtui --profile default login" in done.err
    done = wxtui("profile", "import", "default.wxtui.tar", "--as", "second", "--json")
    assert done.json[0] | {"made": ""} == {
        "profile": "second", "account": "我", "made": "", "with_session": False, "server": None
    }  # fmt: skip
    assert [json.loads(line)["text"] for line in wxtui("export").lines] == [
        json.loads(line)["text"] for line in messages.splitlines()
    ]
    assert wxtui("profile", "import", "default.wxtui.tar").code == 1
    assert wxtui("send", "x", "-m", "y").code == 3, "it is not logged in"

    assert wxtui("profile", "remove", "second", "--yes", "--json").json[0]["profile"] == "second"
    assert [row["profile"] for row in wxtui("profile", "list", "--json").json] == ["default"]


def test_a_profile_goes_through_a_pipe(wxtui: Wxtui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`ssh old wxtui profile export default - | wxtui profile import -`"""
    given = io.BytesIO()
    with monkeypatch.context() as patched:
        patched.setattr("sys.stdout", SimpleNamespace(isatty=lambda: False, buffer=given, write=given.write))
        assert run(["profile", "export", "default", "-"]) == 0
    assert not (tmp_path / "-").exists()
    done = wxtui("profile", "import", "-", "--as", "new", stdin=given.getvalue())
    assert (done.code, done.out) == (0, "new\n")
    done = wxtui("profile", "import", "-", "--as", "other", stdin=given.getvalue()[:100_000])
    assert done.code == 1 and "“-” was not imported: it is cut off." in done.err
    assert wxtui("profile", "export", "default", "-", "--json").code == 2
    with monkeypatch.context() as patched:
        patched.setattr("sys.stdout", ClosedOutput())
        assert run(["profile", "export", "default", "-"]) == errors.OutputFailed.exit_code


def test_quiet_leaves_the_path_and_the_name(wxtui: Wxtui) -> None:
    done = wxtui("-q", "profile", "export", "default", "out")
    assert (done.code, done.out, done.err) == (0, "out\n", "")
    done = wxtui("-q", "profile", "import", "out", "--as", "new")
    assert (done.code, done.out, done.err) == (0, "new\n", "")


def test_an_export_with_the_session_says_that_it_moves(wxtui: Wxtui, open_lock: list[str], tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("correct horse\nsecond line\n")
    done = wxtui("profile", "export", "default", "out", "--with-session", "--passphrase-file", "secret")
    assert (done.code, open_lock) == (0, ["correct horse"])
    assert "with the session, encrypted" in done.err
    assert "run “wxtui profile remove default” here. Do not log out, that ends it on both." in done.err
    assert "correct horse" not in done.out + done.err
    done = wxtui("profile", "import", "out", "--as", "new")
    assert "with its session at https://wx.qq.com. Do not use this session on the other computer" in done.err


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\n", "The passphrase is empty."), (b"\xff\n", "is not UTF-8"), (None, "No such file")],
)
def test_a_passphrase_that_cannot_be_is_a_wrong_use(
    content: bytes | None, said: str, wxtui: Wxtui, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    done = wxtui("profile", "export", "default", "out", "--encrypt", "--passphrase-file", "secret")
    assert (done.code, (tmp_path / "out").exists()) == (2, False)
    assert said in done.err


def test_a_passphrase_is_asked_for_twice_where_somebody_is(
    wxtui: Wxtui, open_lock: list[str], answered: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = wxtui("profile", "export", "default", "out", "--encrypt")
    assert done.code == 2 and "give --passphrase-file FILE" in done.err
    answered("")
    typed = iter(["one", "two", "three", "three"])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(typed))
    done = wxtui("profile", "export", "default", "out", "--encrypt")
    assert done.code == 2 and "The two passphrases differ" in done.err
    assert wxtui("profile", "export", "default", "out", "--encrypt").code == 0
    assert open_lock == ["three"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_sqlite_calls_us_is_not_taken_for_damage(
    number: signal.Signals, code: int, wxtui: Wxtui, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    """Ctrl+C while the index was made said that the messages of the file cannot be read."""
    assert wxtui("profile", "export", "default", "out").code == 0
    split = tokenizer.split

    def interrupted(text: str) -> list[str]:
        signal.raise_signal(number)
        return split(text)

    monkeypatch.setattr(index, "split", interrupted)
    done = wxtui("profile", "import", "out", "--as", "new")
    assert (done.code, done.out, done.err) == (code, "", "")
    assert sorted(path.name for path in (home / "state").iterdir()) == ["default", "filehelper"]


def test_a_removal_says_what_goes_and_asks(wxtui: Wxtui, answered: Callable[[str], None]) -> None:
    state = find_profile("default").state
    done = wxtui("profile", "remove", "default")
    assert done.code == 2 and "Add --yes." in done.err
    answered("n")
    done = wxtui("profile", "remove", "default")
    assert done.code == 1 and "Nothing was removed." in done.err
    words = [line for line in done.err.splitlines() if line.startswith("- ")]
    assert "messages that are not sent yet" in words[0] and "unless you log out first" in words[-1]
    with OwnerLock(find_profile("default")):
        done = wxtui("profile", "remove", "default", "--yes")
        assert done.code == 1 and "in use by another wxtui" in done.err
    assert state.exists()
    answered("y")
    done = wxtui("profile", "remove", "default")
    assert done.code == 0 and done.out.startswith("Removed profile default: ")
    assert not state.exists()
    assert "Profile “default” does not exist" in wxtui("profile", "remove", "default", "--yes").err
    assert wxtui("profile", "remove", "../x", "--yes").code == 2
