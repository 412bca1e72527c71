"""Packing a folder: what an archive holds, what it never does, and folders that change meanwhile."""

from __future__ import annotations

import errno
import gc
import gzip
import hashlib
import io
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.examples import examples
from tui import errors
from tui.services.packing.archive import ArchiveForm, FolderCount, count, pack
from tui.services.packing.spool import Spool, drop, sweep
from tui.services.packing.walk import Exclusions, FolderToPack, folder_name


@pytest.fixture
def spools(tmp_path: Path) -> Path:
    """The folder of archives of a profile."""
    return tmp_path / "cache" / "packed"


def packed(
    folder: Path,
    spools: Path,
    *exclude: str,
    form: ArchiveForm = ArchiveForm.TAR,
    on_step: Callable[[FolderCount], None] | None = None,
) -> tuple[bytes, FolderCount]:
    """The bytes of a folder's archive, and what was counted while it was written."""
    with FolderToPack(folder) as opened, Spool(spools, "x") as spool:
        counted = count(opened, form, Exclusions(exclude), spool.path.parent)
        found = pack(opened, form, Exclusions(exclude), spool, on_step or (lambda found: None))
        data = spool.path.read_bytes()
        assert stat.S_IMODE(spool.path.stat().st_mode) == 0o600
        assert len(data) <= counted.room or on_step is not None, "what changes meanwhile may need more"
    assert list(spools.iterdir()) == [], "nothing stays of what is not kept"
    return data, found


def unpacked(data: bytes, target: Path) -> Path:
    """A tar's contents on the disk, as Python's own reader writes them."""
    target.mkdir()
    archive = target / "a.tgz"
    archive.write_bytes(data)
    with tarfile.open(archive, errors="surrogateescape") as tar:
        tar.extractall(target / "out", filter="fully_trusted")
    return target / "out"


def facts(folder: Path) -> dict[str, tuple[object, ...]]:
    """Kind, mode, time and contents of everything below a folder, by path."""
    found: dict[str, tuple[object, ...]] = {}
    for path in [folder, *folder.rglob("*")]:
        status = path.lstat()
        contents = path.readlink() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        # Python's reader sets no time of links.
        rest = () if path.is_symlink() else (stat.S_IMODE(status.st_mode), int(status.st_mtime))
        found[str(path.relative_to(folder))] = (stat.S_IFMT(status.st_mode), *rest, contents)
    return found


ODD = [
    "日志.txt",
    "zwei\nZeilen",
    os.fsdecode(b"latin-\xe9\xff"),
    "long-" + "名" * 80,
    "-rf",
    " ",
    "*",
    "a\\b",
    "résumé",
]


def test_names_modes_times_and_links_are_kept(tmp_path: Path, spools: Path) -> None:
    folder = tmp_path / "项目"
    deep = folder.joinpath(*["deep" * 10] * 12)
    deep.mkdir(parents=True)
    (deep / "file").write_text("far down")
    (folder / "empty").mkdir()
    for number, name in enumerate(ODD):
        (folder / name).write_text(name.encode("utf-8", "replace").decode())
        os.utime(folder / name, (0, 1_000_000_000.75 + number))
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "link").symlink_to("/etc/passwd")
    os.link(folder / "run.sh", folder / "same.sh")
    with (folder / "holes").open("wb") as file:
        file.truncate(5_000_000)
    data, found = packed(folder, spools)
    assert found.left_out == {}
    assert len(data) < 100_000, "a hole takes no room"
    out = unpacked(data, tmp_path / "there") / "项目"
    assert facts(out) == facts(folder)
    assert (out / "run.sh").samefile(out / "same.sh")


def test_the_same_folder_gives_the_same_bytes_which_tell_nothing_of_this_machine(tmp_path: Path, spools: Path) -> None:
    first, second = tmp_path / "1" / "f", tmp_path / "2" / "f"
    for folder, names in ((first, "bca"), (second, "acb")):
        folder.mkdir(parents=True)
        for name in names:
            (folder / name).write_text(name)
            os.utime(folder / name, (7, 7))
        os.utime(folder, (7, 7))
    data, _found = packed(first, spools)
    assert data == packed(second, spools)[0]
    assert data[:10] == b"\x1f\x8b\x08\0\0\0\0\0\0\x03", "no time, no name"
    with tarfile.open(first.parent / "x", "w"):
        pass
    (first.parent / "x").write_bytes(data)
    with tarfile.open(first.parent / "x") as tar:
        assert {(one.uid, one.gid, one.uname, one.gname) for one in tar} == {(0, 0, "", "")}
        assert [one.name for one in tar] == ["f", "f/a", "f/b", "f/c"]


def test_set_user_id_is_not_kept(tmp_path: Path, spools: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    (folder / "tool").write_text("x")
    (folder / "tool").chmod(0o4755)
    out = unpacked(packed(folder, spools)[0], tmp_path / "there")
    assert stat.S_IMODE((out / "f" / "tool").stat().st_mode) == 0o755


def test_patterns_leave_out_by_name_by_path_and_folders(tmp_path: Path, spools: Path) -> None:
    folder = tmp_path / "f"
    for path in ("a.log", "b.txt", "build/a.o", "src/build", "src/x/y.c", "src/x/y.h", "node/deep/er"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("x")
    exclusions = Exclusions(["*.log", "build/", "src/*.h", "deep", "nothing*"])
    with FolderToPack(folder) as opened:
        there = {one.path for one in opened.walk(exclusions, lambda path, why: None)}
    assert there == {"", "b.txt", "src", "src/build", "src/x", "src/x/y.c", "node"}
    assert list(exclusions.unused) == ["nothing*"]


def test_what_no_archive_can_hold_is_left_out_and_named(tmp_path: Path, spools: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    os.mkfifo(folder / "pipe")
    _data, found = packed(folder, spools)
    assert {path: str(why) for path, why in found.left_out.items()} == {"pipe": "a named pipe"}


def test_a_folder_that_holds_the_spool_does_not_pack_itself(tmp_path: Path, spools: Path) -> None:
    (tmp_path / "a").write_text("x")
    data, found = packed(tmp_path, spools)
    assert list(found.left_out) == ["cache/packed"]
    assert b"sending-" not in gzip.decompress(data)


@pytest.mark.parametrize(("path", "name"), [("logs/", "logs"), (".", "here"), ("..", "home"), ("sub/..", "here")])
def test_every_folder_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, name: str) -> None:
    here = tmp_path / "home" / "here"
    (here / "sub").mkdir(parents=True)
    monkeypatch.chdir(here)
    assert folder_name(Path(path)) == name


def test_the_root_has_a_name() -> None:
    assert folder_name(Path("/")) == folder_name(Path("//")) == "root"


def test_what_cannot_be_read_is_named_before_anything_is_packed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    (folder / "secret").touch(0o000)
    real = os.open

    def denied(path: str, flags: int, *rest: int, dir_fd: int | None = None) -> int:
        if path == "secret":
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, flags, *rest, dir_fd=dir_fd)

    # Root, who may run these tests, reads everything.
    monkeypatch.setattr("os.access", lambda *rest, **more: False)
    monkeypatch.setattr("os.open", denied)
    with FolderToPack(folder) as opened, pytest.raises(errors.FolderUnreadable, match=r"secret.*--exclude"):
        count(opened, ArchiveForm.TAR, Exclusions())


# ---------------------------------------------------------------- folders that change meanwhile


def change_at(folder: Path, name: str, change: Callable[[Path], object]) -> Callable[[FolderCount], None]:
    """Change an entry once, when the first file was packed."""
    left = [name]

    def step(found: FolderCount) -> None:
        if left and found.files:
            change(folder / left.pop())

    return step


def _replace_by_link(path: Path) -> None:
    path.unlink() if not path.is_dir() else path.rename(path.with_name("moved"))
    path.symlink_to("/etc" if path.name == "z" else "/etc/passwd")


@pytest.mark.parametrize(
    ("name", "change", "why"),
    [
        ("m", Path.unlink, "it was removed meanwhile"),
        ("m", _replace_by_link, None),
        ("z", _replace_by_link, None),
    ],
)
def test_what_goes_or_becomes_a_link_while_it_is_packed_leads_nowhere(
    tmp_path: Path, spools: Path, name: str, change: Callable[[Path], object], why: str | None
) -> None:
    folder = tmp_path / "f"
    (folder / "z").mkdir(parents=True)
    for file in ("a", "m", "z/inner"):
        (folder / file).write_text("mine")
    data, found = packed(folder, spools, on_step=change_at(folder, name, change))
    assert [str(one) for one in found.left_out.values()] == ([why] if why else [])
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        assert all(one.issym() or one.size <= 4 for one in tar)
        assert not any(one.name.startswith("f/z/") and name == "z" for one in tar)


def test_an_entry_that_becomes_a_link_between_two_steps_is_not_followed(
    tmp_path: Path, spools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The link comes after the entry was looked at, and before it is opened: nobody could check for that."""
    folder = tmp_path / "f"
    (folder / "sub").mkdir(parents=True)
    (folder / "file").write_text("mine")
    (folder / "sub" / "inner").write_text("mine")
    real = os.open

    def swapped(path: str, flags: int, *rest: int, dir_fd: int | None = None) -> int:
        if path in ("file", "sub") and dir_fd is not None and not (folder / path).is_symlink():
            (folder / path).rename(tmp_path / f"old-{path}")
            (folder / path).symlink_to("/etc/passwd" if path == "file" else "/etc")
        return real(path, flags, *rest, dir_fd=dir_fd)

    monkeypatch.setattr("os.open", swapped)
    with FolderToPack(folder) as opened, Spool(spools, "x") as spool:
        found = pack(opened, ArchiveForm.TAR, Exclusions(), spool)
        data = gzip.decompress(spool.path.read_bytes())
    assert list(found.left_out) == ["file", "sub"]
    assert b"root:" not in data


def test_a_file_that_shrinks_ends_it_and_one_that_grows_is_told(tmp_path: Path, spools: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    size = 700_000

    def during(change: Callable[[Path], object]) -> FolderCount:
        (folder / "app.log").write_bytes(b"x" * size)
        left = [change]

        def step(found: FolderCount) -> None:
            if found.size and left:
                left.pop()(folder / "app.log")

        return packed(folder, spools, on_step=step)[1]

    def append(path: Path) -> None:
        with path.open("ab") as file:
            file.write(b"more")

    assert during(append).grown == ["app.log"]
    with pytest.raises(errors.FolderChanged, match=r"app\.log"):
        during(lambda path: os.truncate(path, 300_000))
    with pytest.raises(errors.FolderChanged, match=r"app\.log"):
        during(lambda path: (path.write_bytes(b"y" * size), os.utime(path, (5, 5))))
    assert list(spools.iterdir()) == []


# ---------------------------------------------------------------- zip


def test_a_zip_holds_files_folders_and_modes_and_says_what_it_cannot(tmp_path: Path, spools: Path) -> None:
    folder = tmp_path / "日志"
    (folder / "空").mkdir(parents=True)
    (folder / "run.sh").write_text("#!/bin/sh\n" * 100)
    (folder / "run.sh").chmod(0o755)
    os.utime(folder / "run.sh", (0, 0))
    data, _found = packed(folder, spools, form=ArchiveForm.ZIP)
    (tmp_path / "x.zip").write_bytes(data)
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["日志/", "日志/run.sh", "日志/空/"]
        info = archive.getinfo("日志/run.sh")
        assert (info.external_attr >> 16 & 0o777, info.date_time[0]) == (0o755, 1980)
    (folder / "link").symlink_to("run.sh")
    with pytest.raises(errors.ZipUnable, match=r"link.*symbolic link"):
        packed(folder, spools, form=ArchiveForm.ZIP)
    (folder / "link").unlink()
    for name, why in ((b"\xff", "not UTF-8"), (b"a\\b", "backslash"), (b"a\nb", "control character")):
        path = folder / os.fsdecode(name)
        path.touch()
        with pytest.raises(errors.ZipUnable, match=why):
            packed(folder, spools, form=ArchiveForm.ZIP)
        path.unlink()


def test_a_zip_that_was_given_up_writes_nothing_later(tmp_path: Path, spools: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "file").write_bytes(os.urandom(10_000))
    with FolderToPack(tmp_path / "x") as folder, Spool(spools, "x.zip", limit=1000) as spool:
        with pytest.raises(errors.ArchiveTooLarge):
            pack(folder, ArchiveForm.ZIP, Exclusions(), spool)
        size = os.fstat(spool.fileno()).st_size
        gc.collect()
        assert os.fstat(spool.fileno()).st_size == size


def test_a_session_of_ours_is_left_out(tmp_path: Path, spools: Path) -> None:
    for name in ("session.json", "owner.lock", "other/session.json"):
        (tmp_path / "x" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "x" / name).touch()
    data, found = packed(tmp_path / "x", spools)
    assert list(found.left_out) == ["session.json"]
    assert (unpacked(data, tmp_path / "out") / "x" / "other" / "session.json").exists()


# ---------------------------------------------------------------- the spool


@contextmanager
def room(monkeypatch: pytest.MonkeyPatch, free: int) -> Iterator[None]:
    """A file system with so many bytes free."""
    real = os.fstatvfs

    def found(handle: int) -> object:
        blocks = list(real(handle))
        blocks[1], blocks[4] = 1, free
        return os.statvfs_result(blocks)

    with monkeypatch.context() as patched:
        patched.setattr("os.fstatvfs", found)
        yield


def test_room_is_looked_at_before_and_while_it_is_written(spools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mib = 1024 * 1024
    with Spool(spools, "x") as spool:
        with room(monkeypatch, 30 * mib):
            spool.check_room(10 * mib)
            with pytest.raises(errors.NoRoom, match=r"36 MiB needed, 30 MiB free in .*packed.*WXTUI_HOME"):
                spool.check_room(20 * mib)
            spool.write(b"x")
        with room(monkeypatch, 5 * mib), pytest.raises(errors.NoRoom):
            spool.write(bytes(17 * mib))


def test_an_archive_ends_where_it_passes_the_limit(tmp_path: Path, spools: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    (folder / "random").write_bytes(os.urandom(400_000))
    with (
        FolderToPack(folder) as opened,
        Spool(spools, "f.tar.gz", limit=100_000) as spool,
        pytest.raises(errors.ArchiveTooLarge, match=r"f\.tar\.gz.*97\.7 KiB.*--split"),
    ):
        pack(opened, ArchiveForm.TAR, Exclusions(), spool)
    assert list(spools.iterdir()) == []


def test_what_a_killed_command_left_goes_and_what_is_used_or_queued_stays(spools: Path) -> None:
    with Spool(spools, "x") as running, Spool(spools, "y", queued=True) as waiting:
        kept = waiting.keep()
        left = spools / "sending-0123456789abcdef"
        left.touch()
        stranger = spools / "mine.txt"
        stranger.touch()
        sweep(spools)
        assert set(spools.iterdir()) == {running.path, kept, stranger}
    sweep(spools, [kept])
    assert set(spools.iterdir()) == {kept, stranger}
    drop(spools, stranger)
    drop(spools, kept)
    sweep(spools, [])
    assert list(spools.iterdir()) == [stranger]


# ---------------------------------------------------------------- any folder

NAMES = st.binary(min_size=1, max_size=30).map(lambda raw: raw.replace(b"/", b"_").replace(b"\0", b"_"))
TREES = st.recursive(
    st.one_of(st.binary(max_size=2000), st.tuples(st.just("link"), NAMES)),
    lambda inner: st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
).filter(lambda tree: isinstance(tree, dict))


def make(tree: object, path: bytes) -> None:
    """Lay a tree down on the disk."""
    match tree:
        case dict():
            Path(os.fsdecode(path)).mkdir()
            for name, inner in tree.items():
                if name not in (b".", b".."):
                    make(inner, path + b"/" + name)
        case bytes():
            Path(os.fsdecode(path)).write_bytes(tree)
        case (_, target):
            Path(os.fsdecode(path)).symlink_to(os.fsdecode(target))


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=TREES)
def test_any_folder_comes_out_as_it_went_in(tree: object, tmp_path_factory: pytest.TempPathFactory) -> None:
    base = tmp_path_factory.mktemp("tree")
    make(tree, os.fsencode(base / "f"))
    data, _found = packed(base / "f", base / "spools")
    out = unpacked(data, base / "there")
    assert facts(out / "f") == facts(base / "f")
    assert hashlib.sha256(data).digest() == hashlib.sha256(packed(base / "f", base / "spools")[0]).digest()
