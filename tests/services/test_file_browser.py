"""Folders read, ordered and looked into; what speaks against a file; places that are kept."""

from __future__ import annotations

import asyncio
import os
import stat
import struct
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui import errors
from tui.services.file_browser import previews
from tui.services.file_browser import reader as folder_reader
from tui.services.file_browser.bookmarks import MOST_RECENT, Bookmarks, BookmarksFile
from tui.services.file_browser.image_info import ImageInfo, measure
from tui.services.file_browser.listing import (
    DENIED,
    GONE,
    UNKNOWN,
    EntryKind,
    FolderListing,
    Sort,
    natural_key,
    shown_name,
)
from tui.services.file_browser.previews import Bytes, FolderHead, NoPreview, TextHead, decode_head, look
from tui.services.file_browser.reader import FolderReader, details, inspect, nearest_folder, subfolders
from tui.services.uploads.preflight import FileWarning, check, large_animations
from tui.services.util.threads import Breath, Later, ThreadStopped, in_own_thread
from tui.wire.media_types import LARGE_ANIMATION, MediaKind
from tui.wire.names import Endpoint

WEB, AUTO = Endpoint.WEB, MediaKind.AUTO
OLD = 1_600_000_000


def go_on() -> None:
    """A breath that never ends the work."""


def aged(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    os.utime(path, (OLD, OLD))
    return path


def read(path: Path) -> FolderListing:
    folder, reader = FolderListing(path), FolderReader(path)
    while batch := reader.read(go_on):
        folder.add(batch)
    reader.close()
    return folder


def names(folder: FolderListing, indices: list[int]) -> list[str]:
    return [folder.names[index] for index in indices]


# ---------------------------------------------------------------- order


@pytest.mark.parametrize(
    "ordered",
    [
        ["part 9", "part 10", "part 010", "part 11"],
        ["2.txt", "10.txt", "a.txt", "B.txt"],
        ["北京", "广州", "上海"],
        ["v1.9", "v1.10", "v1.10.1"],
    ],
)
def test_names_are_ordered_as_people_count_and_spell(ordered: list[str]) -> None:
    assert sorted(ordered, key=natural_key) == ordered


@given(st.lists(st.integers(0, 10**30), max_size=10))
def test_numbers_of_any_length_are_ordered_by_value(numbers: list[int]) -> None:
    assert sorted(map(str, numbers), key=natural_key) == [str(number) for number in sorted(numbers)]


@given(st.text())
def test_every_name_has_a_key(name: str) -> None:
    assert all(ord(char) < 256 for char in natural_key(name))


def test_folders_come_first_and_dot_files_only_when_asked_for(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / name).mkdir()
    for name in ("z 10", "z 9", ".dot"):
        (tmp_path / name).touch()
    folder = read(tmp_path)
    assert names(folder, folder.order(Sort.NAME, False, go_on)) == ["a", "b", "z 9", "z 10"]
    assert names(folder, folder.order(Sort.NAME, True, go_on)) == ["a", "b", ".dot", "z 9", "z 10"]


def test_order_by_date_and_size(tmp_path: Path) -> None:
    for number, size in ((1, 5), (2, 50), (3, 5)):
        path = aged(tmp_path / f"f{number}", b"x" * size)
        os.utime(path, (OLD + number, OLD + number))
    folder = read(tmp_path)
    folder.learn(details(tmp_path, list(enumerate(folder.names)), go_on))
    assert folder.unknown() == []
    assert names(folder, folder.order(Sort.NEWEST, False, go_on)) == ["f3", "f2", "f1"]
    assert names(folder, folder.order(Sort.LARGEST, False, go_on)) == ["f2", "f1", "f3"]


@given(st.lists(st.integers(0, 50), max_size=200))
def test_sorting_in_pieces_is_sorting(numbers: list[int]) -> None:
    from tui.services.file_browser import listing

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing, "BATCH", 16)
        wanted = sorted(range(len(numbers)), key=lambda index: str(numbers[index]))
        assert listing._sorted(list(range(len(numbers))), lambda index: str(numbers[index]), go_on) == wanted


def test_a_filter_finds_names_and_pinyin_and_narrows(tmp_path: Path) -> None:
    for name in ("项目计划.txt", "xm.log", "other"):
        (tmp_path / name).touch()
    folder = read(tmp_path)
    among = folder.order(Sort.NAME, False, go_on)
    found, kept = folder.find("xm", among, go_on)
    assert sorted(names(folder, found)) == ["xm.log", "项目计划.txt"]
    assert names(folder, folder.find("xmj", kept, go_on)[0]) == ["项目计划.txt"]
    assert folder.find("", among, go_on)[0] == among


# ---------------------------------------------------------------- reading


def test_a_folder_comes_in_batches_without_stats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_reader, "BATCH", 64)
    for number in range(200):
        (tmp_path / str(number)).touch()
    reader = FolderReader(tmp_path)
    sizes = []
    while batch := reader.read(go_on):
        sizes.append(len(batch.names))
        assert set(batch.sizes) == {UNKNOWN}
    reader.close()
    assert sum(sizes) == 200
    assert len(sizes) >= 3


def test_every_kind_of_entry(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "to folder").symlink_to("folder")
    (tmp_path / "to file").symlink_to("file")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "nowhere").symlink_to("gone")
    folder = read(tmp_path)
    found = {folder.names[index]: folder.entry(index) for index in range(len(folder))}
    kinds = {name: (entry.kind, entry.link) for name, entry in found.items()}
    assert kinds == {
        "folder": (EntryKind.FOLDER, False),
        "file": (EntryKind.FILE, False),
        "pipe": (EntryKind.OTHER, False),
        "to folder": (EntryKind.FOLDER, True),
        "to file": (EntryKind.FILE, True),
        "loop": (EntryKind.BROKEN, True),
        "nowhere": (EntryKind.BROKEN, True),
    }
    assert found["loop"].size == GONE
    assert found["to file"].size == 1


def test_an_entry_that_vanishes_is_gone(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    folder = read(tmp_path)
    (tmp_path / "a").unlink()
    folder.learn(details(tmp_path, [(0, "a")], go_on))
    assert folder.entry(0).size == GONE
    assert inspect(tmp_path / "a").kind is EntryKind.BROKEN
    assert inspect(Path("nul\0")).kind is EntryKind.BROKEN


def test_what_may_not_be_asked_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: object) -> os.stat_result:
        raise PermissionError

    monkeypatch.setattr(os, "stat", denied)
    assert inspect(tmp_path).size == DENIED


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path, error in ((tmp_path / "file", NotADirectoryError), (tmp_path / "gone", FileNotFoundError)):
        with pytest.raises(error):
            FolderReader(path).read(go_on)


def test_a_reader_that_is_stopped_leaves_nothing_open(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / str(number)).touch()
    reader = FolderReader(tmp_path)
    breaths = []

    def stop() -> None:
        breaths.append(1)
        if len(breaths) > 2:
            reader.close()
            raise ThreadStopped

    with pytest.raises(ThreadStopped):
        reader.read(stop)
    # An open directory would be warned about when it is collected, and a warning is an error here.
    assert reader.read(go_on) is None


def test_subfolders_by_name(tmp_path: Path) -> None:
    for name in ("b 10", "b 9", ".dot"):
        (tmp_path / name).mkdir()
    (tmp_path / "file").touch()
    assert [path.name for path in subfolders(tmp_path, False, go_on)] == ["b 9", "b 10"]
    assert [path.name for path in subfolders(tmp_path, True, go_on)] == [".dot", "b 9", "b 10"]
    assert subfolders(tmp_path / "gone", True, go_on) == []


def test_the_nearest_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert nearest_folder(tmp_path) == tmp_path
    assert nearest_folder(tmp_path / "file" / "x") == tmp_path
    assert nearest_folder(Path(f"{tmp_path}/nul\0/x")) == tmp_path


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a\x1b[31m\n\u202e", "a␛[31m↵<U+202E>"), ("b\udcff", "b�"), ("👨‍👩‍👧 图", "👨‍👩‍👧 图")],
)
def test_names_are_shown_clean(name: str, shown: str) -> None:
    assert shown_name(name) == shown


# ---------------------------------------------------------------- beside the loop


async def test_work_beside_the_loop_returns_and_raises() -> None:
    assert await in_own_thread(lambda breathe: 42) == 42
    with pytest.raises(ZeroDivisionError):
        await in_own_thread(lambda breathe: 1 // 0)


async def test_work_that_nobody_waits_for_ends_at_its_next_breath() -> None:
    started, ended = threading.Event(), threading.Event()

    def work(breathe: Breath) -> None:
        started.set()
        try:
            while True:
                breathe()
        except ThreadStopped:
            ended.set()
            raise

    task = asyncio.ensure_future(in_own_thread(work))
    await asyncio.sleep(0)
    assert await asyncio.to_thread(started.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(ended.wait, 5)


async def test_a_later_coroutine_begins_when_it_is_awaited() -> None:
    done = []

    async def work(what: str) -> None:
        done.append(what)

    later = Later(work, "a")
    assert done == []
    await later
    assert done == ["a"]


# ---------------------------------------------------------------- preflight


def test_a_good_file(tmp_path: Path) -> None:
    found = check(aged(tmp_path / "图.png", b"x" * 9), WEB, AUTO)
    assert (found.size, found.kind, found.refusal, found.doubts) == (9, MediaKind.IMAGE, None, ())


def test_what_would_be_refused_is_refused_here(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").touch()
    with (tmp_path / "big").open("wb") as file:
        file.truncate(51 * 1024 * 1024)
    for name, error in (
        ("gone", errors.FileMissing),
        (".", errors.IsAFolder),
        ("pipe", errors.NotAFile),
        ("empty", errors.FileEmpty),
        ("big", errors.FileTooLarge),
    ):
        assert type(check(tmp_path / name, WEB, AUTO).refusal) is error
    assert check(tmp_path / "big", Endpoint.FILEHELPER, AUTO).refusal is None


@pytest.mark.parametrize(
    ("name", "content", "doubt"),
    [
        ("key", b"-----BEGIN RSA PRIVATE KEY-----\n", FileWarning.PRIVATE_KEY),
        ("key", b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n", FileWarning.PRIVATE_KEY),
        ("key.ppk", b"PuTTY-User-Key-File-2: ssh-rsa\n", FileWarning.PRIVATE_KEY),
        ("id_ed25519", b"whatever", FileWarning.PRIVATE_KEY),
        (".env", b"A=1\nDB_PASSWORD=hunter2hunter2\n", FileWarning.TOKEN),
        ("notes.txt", b"use AKIA" + b"ABCDEFGHIJKLMNOP now", FileWarning.TOKEN),
        ("x", b"ghp_" + b"a" * 36, FileWarning.TOKEN),
        ("id_ed25519.pub", b"ssh-ed25519 AAAA me@there", None),
        ("code.py", b"password = get_password()\nTOKEN=$TOKEN\n", None),
        ("cert.pem", b"-----BEGIN CERTIFICATE-----\n", None),
    ],
)
def test_what_looks_secret(tmp_path: Path, name: str, content: bytes, doubt: FileWarning | None) -> None:
    found = check(aged(tmp_path / name, content), WEB, AUTO)
    assert found.doubts == ((doubt,) if doubt else ())


@pytest.mark.parametrize(
    ("name", "more", "kind", "doubts"),
    [
        ("a.gif", 0, AUTO, ()),
        ("a.gif", 1, AUTO, (FileWarning.LARGE_ANIMATION,)),
        ("a.gif", 1, MediaKind.IMAGE, (FileWarning.LARGE_ANIMATION,)),
        ("a.gif", 1, MediaKind.FILE, ()),
        ("a.png", 1, AUTO, ()),
    ],
)
def test_an_animated_image_that_may_be_refused(
    tmp_path: Path, name: str, more: int, kind: MediaKind, doubts: tuple[FileWarning, ...]
) -> None:
    path = aged(tmp_path / name, b"GIF89a".ljust(LARGE_ANIMATION + more))
    assert check(path, WEB, kind).doubts == doubts
    assert large_animations([(path, kind), (tmp_path / "none.gif", kind)]) == [path] * len(doubts)


def test_a_file_that_is_being_written(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("now")
    assert check(tmp_path / "log", WEB, AUTO).doubts == (FileWarning.CHANGING,)


# ---------------------------------------------------------------- previews


@pytest.mark.parametrize(
    ("head", "decoded"),
    [
        ("说明\n".encode(), ("说明\n", "UTF-8")),
        ("说明".encode()[:-1], ("说", "UTF-8")),
        ("第一季度".encode("gbk"), ("第一季度", "GBK")),
        ("第一季度".encode("gbk")[:-1], ("第一季", "GBK")),
        ("hi".encode("utf-16"), ("hi", "UTF-16")),
        (b"\xef\xbb\xbfhi", ("hi", "UTF-8")),
        (b"\x1b[31mred\x1b[0m", ("\x1b[31mred\x1b[0m", "UTF-8")),
        (b"\x00\x01\x02\x03\x04", None),
    ],
)
def test_encodings_are_guessed(head: bytes, decoded: tuple[str, str] | None) -> None:
    assert decode_head(head) == decoded


@given(st.binary(max_size=300))
def test_any_bytes_are_something(head: bytes) -> None:
    decode_head(head)
    measure(head)


def test_a_text_is_shown_clean(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"\x1b]0;x\x07\n" + b"line\n" * 2000)
    found = look(tmp_path / "log", go_on)
    assert isinstance(found, TextHead)
    assert found.lines[:2] == ("␛]0;x␇", "line")
    assert found.more


def test_folders_pipes_and_binaries(tmp_path: Path) -> None:
    (tmp_path / "b\x1b").mkdir()
    (tmp_path / "a").touch()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zip").write_bytes(b"PK\x03\x04")
    assert look(tmp_path, go_on) == FolderHead(("a", "b␛/", "pipe", "zip"), False)
    assert look(tmp_path / "pipe", go_on) == NoPreview("")
    assert look(tmp_path / "zip", go_on) == Bytes("ZIP")
    assert look(tmp_path / "gone", go_on) == NoPreview("")


def test_a_file_that_turned_into_a_pipe_does_not_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    was = inspect(tmp_path / "file")
    monkeypatch.setattr(previews, "inspect", lambda path: was)
    assert look(tmp_path / "pipe", go_on) == NoPreview("")


def test_a_picture_is_measured(tmp_path: Path) -> None:
    (tmp_path / "p.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 2, 3))
    assert look(tmp_path / "p.png", go_on) == ImageInfo("PNG", 2, 3)


JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\0" + bytes(9) + b"\xff\xff\xc0\x00\x11\x08\x01\x02\x03\x04" + bytes(9)


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"GIF89a\x10\x00\x20\x00", ImageInfo("GIF", 16, 32)),
        (b"BM" + bytes(16) + struct.pack("<ii", 7, -9), ImageInfo("BMP", 7, 9)),
        (JPEG, ImageInfo("JPEG", 0x0304, 0x0102)),
        (b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + b"\x0f\0\0\x1f\0\0", ImageInfo("WebP", 16, 32)),
        (b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x0f\xc0\x07\0", ImageInfo("WebP", 16, 32)),
        (b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x10\0\x20\0", ImageInfo("WebP", 16, 32)),
        (b"\xff\xd8\xff\xe0\xff", None),
        (b"GIF89a", None),
    ],
)
def test_sizes_from_headers(head: bytes, found: ImageInfo | None) -> None:
    assert measure(head) == found


# ---------------------------------------------------------------- places


def test_places_are_kept_for_their_owner_only(tmp_path: Path) -> None:
    kept = BookmarksFile(tmp_path / "state" / "places.json")
    assert kept.load() == Bookmarks()
    bad = Path(os.fsdecode(b"/srv/\xff"))
    places = Bookmarks().toggled(tmp_path).toggled(bad).visited(bad)
    kept.save(places)
    assert kept.load() == places
    assert stat.S_IMODE((tmp_path / "state" / "places.json").stat().st_mode) == 0o600
    assert places.toggled(bad).bookmarks == (tmp_path,)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"bookmarks": 1, "recent": []}', b"\xff"])
def test_a_places_file_that_is_none_of_ours(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "places.json").write_bytes(content)
    assert BookmarksFile(tmp_path / "places.json").load() == Bookmarks()


def test_the_latest_folders_only() -> None:
    places = Bookmarks()
    for number in range(20):
        places = places.visited(Path(f"/{number}"))
    places = places.visited(Path("/15"))
    assert len(places.recent) == MOST_RECENT
    assert places.recent[:3] == (Path("/15"), Path("/19"), Path("/18"))
