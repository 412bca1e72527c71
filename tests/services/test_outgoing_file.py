"""Files are refused with a sentence before anything is sent, and watched while they are."""

import hashlib
import io
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui import errors
from tui.services.uploads import outgoing_file
from tui.services.uploads.outgoing_file import clean_name, from_stream, open_file
from tui.wire.media_types import MediaKind
from tui.wire.names import Endpoint

WEB = Endpoint.WEB


def sparse(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        file.truncate(size)
    return path


def test_a_good_file_knows_its_size_kind_and_hash(tmp_path: Path) -> None:
    path = tmp_path / "图 1.PNG"
    path.write_bytes(b"x" * 3_000_000)
    os.utime(path, ns=(0, 1_700_000_000_000_000_000))
    seen: list[int] = []
    with open_file(path, WEB) as file:
        assert (file.name, file.size, file.kind) == ("图 1.PNG", 3_000_000, MediaKind.IMAGE)
        md5 = file.hash(seen.append, threading.Event())
        assert md5 == hashlib.md5(path.read_bytes()).hexdigest()
        assert file.source(md5).modified == datetime.fromtimestamp(1_700_000_000, UTC)
    assert seen[-1] == 3_000_000


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda path: None, errors.FileMissing),
        (lambda path: path.mkdir(), errors.NotAFile),
        (lambda path: os.mkfifo(path), errors.NotAFile),
        (lambda path: path.touch(), errors.FileEmpty),
        (lambda path: path.symlink_to(path), errors.FileUnreadable),
        (lambda path: sparse(path, 50 * 1024 * 1024 + 1), errors.FileTooLarge),
    ],
)
def test_what_cannot_be_sent_is_refused(
    tmp_path: Path, make: Callable[[Path], object], error: type[errors.FileRefused]
) -> None:
    path = tmp_path / "thing.log"
    make(path)
    with pytest.raises(error) as caught:
        open_file(path, WEB)
    assert caught.value.exit_code == 5
    assert "thing.log" in str(caught.value)


def test_a_device_a_nul_and_a_file_as_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(errors.NotAFile):
        open_file(Path("/dev/null"), WEB)
    with pytest.raises(errors.FileMissing):
        open_file(Path("a\0b"), WEB)
    (tmp_path / "file").write_text("x")
    with pytest.raises(errors.FileMissing):
        open_file(tmp_path / "file" / "below", WEB)


def test_an_unreadable_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret"
    path.write_text("x")

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    # The tests may run as root, who may read everything.
    monkeypatch.setattr(outgoing_file.os, "open", refuse)
    with pytest.raises(errors.FileUnreadable, match="Permission denied"):
        open_file(path, WEB)


def test_the_limit_depends_on_kind_and_endpoint(tmp_path: Path) -> None:
    video = sparse(tmp_path / "a.mp4", 20 * 1024 * 1024 + 1)
    with open_file(video, WEB) as file:
        assert file.kind is MediaKind.FILE, "too large for a video, not for a file"
    with pytest.raises(errors.FileTooLarge, match="20 MiB"):
        open_file(video, WEB, MediaKind.VIDEO)
    exact = sparse(tmp_path / "exact.bin", 50 * 1024 * 1024)
    open_file(exact, WEB).close()
    large = sparse(tmp_path / "large.bin", 1024 * 1024 * 1024)
    open_file(large, Endpoint.FILEHELPER).close()
    with pytest.raises(errors.FileTooLarge):
        open_file(large, WEB)


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_bytes(b"y" * 5000),
        lambda path: path.write_bytes(b"y" * 4000),
        lambda path: os.truncate(path, 5001),
        lambda path: os.utime(path),
    ],
)
def test_a_change_is_noticed(tmp_path: Path, change: Callable[[Path], object]) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * 5000)
    os.utime(path, ns=(0, 0))
    with open_file(path, WEB) as file:
        change(path)
        with pytest.raises(errors.FileChanged):
            file.check_unchanged()
        with pytest.raises(errors.FileChanged):
            file.read_into(0, memoryview(bytearray(100)))


def test_a_file_that_shrinks_under_the_reader_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * 5000)
    with open_file(path, WEB) as file:
        os.truncate(path, 10)
        with pytest.raises(errors.FileChanged):
            file.read_into(0, memoryview(bytearray(5000)))
        with pytest.raises(errors.FileChanged):
            file.hash(lambda done: None, threading.Event())


def test_a_stream_is_kept_privately_and_checked(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    with from_stream(io.BytesIO(b"hello"), folder, WEB, MediaKind.AUTO, "a.txt") as file:
        assert file.hash(lambda done: None, threading.Event()) == hashlib.md5(b"hello").hexdigest()
        assert list(folder.iterdir()) == [], "it has no name that others could open"
    with pytest.raises(errors.FileEmpty):
        from_stream(io.BytesIO(b""), folder, WEB, MediaKind.AUTO, "a.txt")


def test_a_stream_without_end_stops_at_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing_file, "WEB_LIMITS", dict.fromkeys(MediaKind, 3_000_000))

    class Endless(io.BufferedIOBase):
        def read1(self, size: int = -1, /) -> bytes:
            return b"x" * size

    with pytest.raises(errors.FileTooLarge):
        from_stream(Endless(), tmp_path, WEB, MediaKind.AUTO, "a.txt")


@given(st.text(alphabet=st.characters(), max_size=60))
def test_a_cleaned_name_is_one_part_without_controls(name: str) -> None:
    clean = clean_name(name)
    assert "/" not in clean
    assert all(char >= " " and not 0x7F <= ord(char) < 0xA0 for char in clean)
    clean.encode()


@pytest.mark.parametrize("name", ["/", "x/", "..", ".", "a/.."])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "a").write_text("x")
    with pytest.raises(errors.BadFileName):
        open_file(tmp_path / "a", WEB, name=name)


def test_names_stay_as_they_are_where_they_can(tmp_path: Path) -> None:
    for name in ("R&D <v2> \"x\" 'y'.tar.gz", ".bashrc", "README", "测" * 40 + ".txt", "😀.png", "a\\b.txt"):
        path = tmp_path / name
        path.write_text("x")
        with open_file(path, WEB) as file:
            assert file.name == name
    with pytest.raises(errors.NameTooLong):
        open_file(tmp_path / "README", WEB, name="测" * 100)
