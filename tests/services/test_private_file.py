"""The session file, the lock, and who may read them."""

import errno
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec
import pytest

from tui import errors
from tui.paths import find_profile
from tui.services.http.transport import StoredCookie
from tui.services.session.profile_lock import OwnerLock
from tui.services.session.session_file import SessionFile, StoredSession
from tui.services.util.private_file import new_private, write_private
from tui.wire.hosts import one_origin
from tui.wire.names import Endpoint
from tui.wire.session import Session

SECRETS = ("sid-SECRET", "@crypt_SECRET", "ticket-SECRET", "data-SECRET", "cookie-SECRET")
STORED = StoredSession(
    Session(
        Endpoint.WEB, one_origin("http://127.0.0.1:1"), "7", SECRETS[0], SECRETS[1], SECRETS[2], SECRETS[3], "e1", "@me"
    ),
    [StoredCookie("wxsid", SECRETS[4], "127.0.0.1")],
    "http://127.0.0.1:1",
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def open_umask():
    old = os.umask(0)
    yield
    os.umask(old)


@pytest.mark.usefixtures("open_umask")
def test_the_session_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "state" / "session.json"
    file = SessionFile(path)
    assert file.load() is None
    file.save(STORED)
    assert file.load() == STORED
    assert mode(path) == 0o600
    assert [mode(parent) for parent in (path.parent, path.parent.parent)] == [0o700, 0o700]
    file.delete()
    file.delete()
    assert file.load() is None


def test_rights_that_others_were_given_are_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "session.json"
    SessionFile(path).save(STORED)
    path.chmod(0o644)
    assert SessionFile(path).load() == STORED
    assert mode(path) == 0o600


def test_nothing_of_it_shows_a_secret() -> None:
    shown = repr(STORED) + repr(STORED.session) + repr(STORED.cookies) + str(STORED)
    assert not any(secret in shown for secret in SECRETS)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": 9}', b"\xff\xfe", b'{"session": {}}'])
def test_a_session_file_that_makes_no_sense_counts_as_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "session.json"
    path.write_bytes(content)
    assert SessionFile(path).load() is None


@pytest.mark.parametrize("host", ["garbage", "http://[half", "ftp://a", "http://u:p@a", "http://a:99999", ""])
def test_a_session_with_a_damaged_host_counts_as_none(tmp_path: Path, host: str) -> None:
    """It once came out as a traceback with the ticket in it."""
    path = tmp_path / "session.json"
    session = msgspec.structs.replace(STORED.session, hosts=msgspec.structs.replace(STORED.session.hosts, api=host))
    SessionFile(path).save(msgspec.structs.replace(STORED, session=session))
    assert SessionFile(path).load() is None


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "session.json"
    write_private(path, b"old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tui.services.util.private_file.os.fsync", full)
    with pytest.raises(errors.HomeUnusable, match="No space left"):
        write_private(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["session.json"], "no half file stays behind"


def test_a_link_in_its_place_is_replaced_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"theirs")
    (tmp_path / "session.json").symlink_to(other)
    write_private(tmp_path / "session.json", b"ours")
    assert other.read_bytes() == b"theirs"


def test_one_owner_at_a_time_and_a_dead_one_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WXTUI_HOME", str(tmp_path))
    profile = find_profile("default")
    with OwnerLock(profile):
        with pytest.raises(errors.ProfileBusy, match=str(os.getpid())), OwnerLock(profile):
            pass
        assert mode(profile.lock_file) == 0o600
    holder = subprocess.run(
        [sys.executable, "-c", "import os, tui.services.session.profile_lock as l, tui.paths as p\n"
         "l.OwnerLock(p.find_profile('default')).__enter__(); os.kill(os.getpid(), 9)"],
    )  # fmt: skip
    assert holder.returncode == -9
    with OwnerLock(profile):
        pass


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "a\0", "x" * 80, "../../etc"])
def test_a_profile_name_leads_nowhere_else(name: str) -> None:
    with pytest.raises(errors.UsageError):
        find_profile(name)


def test_a_signal_in_the_middle_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def end(handle: int) -> None:
        raise SystemExit(143)

    monkeypatch.setattr(os, "fsync", end)
    with pytest.raises(SystemExit):
        write_private(tmp_path / "note", b"new")
    assert list(tmp_path.iterdir()) == []


def test_a_new_file_appears_whole_and_never_over_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(name: str) -> None:
        with new_private(tmp_path / name) as file:
            assert not (tmp_path / name).exists()
            file.write(b"whole")

    write("a")
    assert ((tmp_path / "a").read_bytes(), mode(tmp_path / "a")) == (b"whole", 0o600)
    with pytest.raises(FileExistsError), new_private(tmp_path / "late") as file:
        file.write(b"mine")
        (tmp_path / "late").write_text("somebody was quicker")

    def no_links(path: Path, target: Path) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    write("b")
    with pytest.raises(FileExistsError), new_private(tmp_path / "late2") as file:
        (tmp_path / "late2").write_text("somebody was quicker")
    with pytest.raises(ZeroDivisionError), new_private(tmp_path / "c") as file:
        raise ZeroDivisionError
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "home") == ["a", "b", "late", "late2"]
    monkeypatch.setattr(tempfile, "mkstemp", lambda **_: pytest.fail("nothing is begun"))
    with pytest.raises(FileExistsError):
        write("a")
    assert (tmp_path / "late").read_text() == (tmp_path / "late2").read_text() == "somebody was quicker"
