"""Profiles as a whole: what an export holds, what an import refuses, and that both leave all else as it is."""

from __future__ import annotations

import base64
import errno
import gzip
import hashlib
import io
import json
import os
import shutil
import sqlite3
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pyrage
import pytest

from tests.support.earlier_home import lay_earlier_home
from tui import errors
from tui.paths import Profile, find_profile, profiles_place
from tui.services.profiles import encryption, exporting, importing
from tui.services.profiles.exporting import Exported, export_profile
from tui.services.profiles.importing import Imported, import_profile
from tui.services.profiles.manifest import FORMAT, KEY, MANIFEST, SEALED, STORE
from tui.services.profiles.profile_facts import losses, profile_facts
from tui.services.profiles.removing import remove_profile
from tui.services.profiles.staging import staging
from tui.services.session.profile_lock import OwnerLock
from tui.services.session.session_file import SessionFile
from tui.store.db.inspect import inspect
from tui.store.db.schema import VERSION
from tui.store.delivery_state import DeliveryState
from tui.store.store import Store
from tui.store.stored_status import read_status

NOW: Final = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
SECRETS: Final = (b"sid+/==", b"@crypt_skey", b"pass/ticket", b"gSdata")
PASSPHRASE: Final = "correct horse"
LOCKED: Final = base64.b64decode(
    "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBDdS9FRENnRmhVUkhaaDJIVHpodEl3IDEKTENxTXJHWkxSaE82K2h1emVyL3pYMmN6U2Ra"
    "UVZiWGk0QmJIa1pOQmRiVQotLS0gd01VMUlFTHF5ZVEzN1VpSktDQk5ETGFVUVZySFVaZTgySkU1bGxmM3EwbwqRXtW1OtYwwN30Ppq6MxJuUyMa"
    "c8cRJ7nDWAwF3Ot8LzH8IA=="
)
"""`key` in the format of age, encrypted with this passphrase: scrypt's work factor is 1, where the library takes 19."""


@pytest.fixture(autouse=True)
def profile(home: Path) -> Profile:
    """A profile with messages in every state, and a session."""
    lay_earlier_home(home)
    return find_profile("default")


@pytest.fixture
def quick_cipher(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is locked with the passphrase as it stands: to make a real one takes a second on purpose."""

    def decrypt(locked: bytes, passphrase: str) -> bytes:
        word, _newline, key = locked.partition(b"\n")
        if word != passphrase.encode():
            raise pyrage.DecryptError("Decryption failed")
        return key

    lock = SimpleNamespace(encrypt=lambda key, passphrase: passphrase.encode() + b"\n" + key, decrypt=decrypt)
    library = SimpleNamespace(**{**vars(pyrage), "passphrase": lock})
    monkeypatch.setattr(encryption, "_library", lambda: library)


def quiet(done: int, total: int) -> None:
    """Nobody looks."""


def export(profile: Profile, path: Path, *, with_session: bool = False, passphrase: str | None = None) -> Exported:
    return export_profile(profile, path, with_session=with_session, passphrase=passphrase, on_bytes=quiet)


def take(path: Path, name: str | None = "new", passphrase: str = PASSPHRASE) -> Imported:
    return import_profile(path, name, lambda: passphrase, quiet)


def query(profile: Profile, sql: str) -> list[Any]:
    with closing(sqlite3.connect(profile.store_file)) as connection:
        return connection.execute(sql).fetchall()


@contextmanager
def nothing_put(home: Path) -> Iterator[None]:
    """Every file of the home stays as it is, and none comes to it."""

    def files() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}

    before = files()
    yield
    assert files() == before


# ---------------------------------------------------------------- what is in the file


async def test_a_profile_comes_back_as_it_was_without_its_session(profile: Profile, tmp_path: Path) -> None:
    file = tmp_path / "out.tar"
    before = query(profile, "SELECT id, state FROM message ORDER BY id")
    done = export(profile, file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert not [secret for secret in SECRETS if secret in file.read_bytes()]
    assert (done.manifest.account, done.manifest.has_session) == ("我", False)
    assert query(profile, "SELECT id, state FROM message ORDER BY id") == before, "nothing changes here"
    with tarfile.open(file) as tar:
        assert tar.getnames() == [MANIFEST, STORE]

    imported = take(file)
    new = find_profile("new")
    assert (imported.profile, imported.server, imported.manifest) == ("new", "", done.manifest)
    assert sorted(path.name for path in new.state.iterdir()) == ["owner.lock", "store.sqlite3"]
    assert new.store_file.stat().st_mode & 0o777 == 0o600
    words = "SELECT id, body FROM message ORDER BY id"
    assert query(new, words) == query(profile, words)
    async with (
        await Store.open(profile.store_file, clock=lambda: NOW) as here,
        await Store.open(new.store_file, clock=lambda: NOW) as there,
    ):
        assert there.set_aside is None
        assert (await there.current_login()) == (await here.current_login())


def test_what_waits_here_is_not_sent_from_there(profile: Profile, tmp_path: Path) -> None:
    """Two computers would have sent it; and a path of this one is anybody's file on the other."""
    with closing(sqlite3.connect(profile.store_file)) as connection, connection:
        connection.execute("UPDATE message SET state = 'revoking' WHERE id = (SELECT max(id) FROM message)")
    waiting = {i for i, state in query(profile, "SELECT id, state FROM message") if state == "pending"}
    assert waiting and query(profile, "SELECT 1 FROM upload")
    assert export(profile, tmp_path / "out.tar").unsent == len(waiting)
    take(tmp_path / "out.tar")
    new = find_profile("new")
    assert not query(new, "SELECT 1 FROM upload")
    after = dict(query(new, "SELECT id, state FROM message"))
    assert {after[one] for one in waiting} == {DeliveryState.FAILED.value}
    assert not {"pending", "sending", "revoking"} & set(after.values())


async def test_the_search_finds_what_was_imported(profile: Profile, tmp_path: Path) -> None:
    export(profile, tmp_path / "out.tar")
    take(tmp_path / "out.tar")
    assert query(find_profile("new"), "SELECT count(*) FROM search") == query(
        profile, "SELECT count(*) FROM message WHERE id IN (SELECT rowid FROM search)"
    )


async def test_the_store_of_a_running_program_is_exported_as_it_is_now(profile: Profile, tmp_path: Path) -> None:
    with OwnerLock(profile):
        async with await Store.open(profile.store_file, clock=lambda: NOW) as store:
            await store.set_value("just.now", "1")
            assert profile.store_file.with_name(STORE + "-wal").stat().st_size
            export(profile, tmp_path / "out.tar")
    take(tmp_path / "out.tar")
    assert query(find_profile("new"), "SELECT value FROM memory WHERE key = 'just.now'") == [("1",)]


def test_the_quick_cipher_stands_for_a_real_one() -> None:
    assert pyrage.passphrase.encrypt(b"key", PASSPHRASE).startswith(b"age-encryption.org/v1\n-> scrypt ")
    assert pyrage.passphrase.decrypt(LOCKED, PASSPHRASE) == b"key"
    with pytest.raises(pyrage.DecryptError):
        pyrage.passphrase.decrypt(LOCKED, "wrong")


@pytest.mark.usefixtures("quick_cipher")
def test_a_session_is_encrypted_and_comes_back(profile: Profile, tmp_path: Path) -> None:
    file = tmp_path / "out.tar"
    done = export(profile, file, with_session=True, passphrase=PASSPHRASE)
    content = file.read_bytes()
    assert done.manifest.has_session
    assert not [secret for secret in (*SECRETS, MANIFEST.encode(), b"SQLite format") if secret in content]
    with tarfile.open(file) as tar:
        assert tar.getnames() == [KEY, SEALED]
        sealed = tar.extractfile(SEALED)
        assert sealed is not None
        assert sealed.read(21) == b"age-encryption.org/v1"
    imported = take(file)
    assert imported.server == "https://wx.qq.com"
    new = find_profile("new")
    assert new.session_file.stat().st_mode & 0o777 == 0o600
    assert SessionFile(new.session_file).load() == SessionFile(profile.session_file).load()


@pytest.mark.usefixtures("quick_cipher")
def test_a_wrong_passphrase_and_each_kind_of_damage_is_a_sentence(profile: Profile, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.tar"
    export(profile, file, with_session=True, passphrase=PASSPHRASE)
    with nothing_put(home), pytest.raises(errors.PassphraseWrong):
        take(file, passphrase="wrong")
    whole = file.read_bytes()
    for at in (100, 540, 1600, len(whole) // 2, len(whole) - 2000):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with nothing_put(home), pytest.raises(errors.ImportRefused):
            take(file)
        file.write_bytes(whole[:at])
        with nothing_put(home), pytest.raises(errors.ImportRefused):
            take(file)
    file.write_bytes(whole[:-1024] + tar_with(("../evil", b"x")))
    with nothing_put(home), pytest.raises(errors.ImportRefused, match="it is damaged"):
        take(file)
    assert not list(profiles_place().glob(".*"))
    with pytest.raises(AssertionError):
        export(profile, tmp_path / "bare.tar", with_session=True)
    assert not (tmp_path / "bare.tar").exists(), "a session never leaves without a passphrase"


def test_encryption_that_is_not_installed_is_said_before_anything_is_written(
    profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyrage", None)
    with pytest.raises(errors.CipherMissing, match=f"{sys.executable} -m pip install pyrage"):
        export(profile, tmp_path / "out.tar", passphrase=PASSPHRASE)
    assert not (tmp_path / "out.tar").exists()


def test_a_file_that_is_there_is_never_overwritten(profile: Profile, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("mine")
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("a", "link", "missing/a"):
        with pytest.raises(errors.ExportRefused):
            export(profile, tmp_path / name)
    assert (tmp_path / "a").read_text() == "mine"
    with pytest.raises(errors.ProfileUnknown):
        export(find_profile("nobody"), tmp_path / "b")
    with pytest.raises(errors.ExportRefused, match="nothing is stored"):
        export(find_profile("filehelper"), tmp_path / "b")
    profile.session_file.unlink()
    with pytest.raises(errors.NotLoggedIn):
        export(profile, tmp_path / "b", with_session=True, passphrase=PASSPHRASE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "home", "link"]


def test_a_home_that_can_only_be_read_can_be_exported(
    profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise errors.HomeUnusable(path=path, why="read-only")

    monkeypatch.setattr(exporting, "make_private_dir", refuse)
    export(profile, tmp_path / "out.tar")
    assert not profile.cache.exists()
    take(tmp_path / "out.tar")


def test_a_disk_that_fills_up_leaves_no_half_export(
    profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Iterator[bytes]:
        yield b"begun"
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(exporting, "tar_of", full)
    with pytest.raises(errors.ExportRefused, match="No space left"):
        export(profile, tmp_path / "out.tar")
    monkeypatch.setattr(encryption, "_library", lambda: pyrage)
    monkeypatch.setattr(pyrage.passphrase, "encrypt", lambda key, passphrase: key)
    with pytest.raises(errors.ExportRefused, match="No space left"):
        export(profile, tmp_path / "out.tar", passphrase=PASSPHRASE)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    assert not list(profile.cache.iterdir())


# ---------------------------------------------------------------- what is refused


def manifest_of(*files: tuple[str, bytes], **more: object) -> bytes:
    facts = [{"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files]
    manifest = {"profile": "x", "account": "", "made": "", "files": facts, "schema": VERSION, "format": FORMAT}
    return json.dumps(manifest | more).encode()


def tar_with(*members: tuple[str | tarfile.TarInfo, bytes], form: int = tarfile.GNU_FORMAT) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=form) as tar:
        for name, data in members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return written.getvalue()


def odd(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def stored(change: str, profile: Profile) -> bytes:
    """The store of a profile that somebody has changed, in an export that fits it."""
    path = profile.state / "changed"
    shutil.copy(profile.store_file, path)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(change)
    data = path.read_bytes()
    path.unlink()
    return tar_with((MANIFEST, manifest_of((STORE, data))), (STORE, data))


def settled(profile: Profile, folder: Path) -> None:
    """Give the profile the store that an export has: without the index for the search."""
    export(profile, folder / "settled.tar")
    with tarfile.open(folder / "settled.tar") as tar:
        store = tar.extractfile(STORE)
        assert store is not None
        profile.store_file.write_bytes(store.read())


HOSTILE: Final[dict[str, Callable[[Path], bytes]]] = {
    "empty": lambda _: b"",
    "text": lambda _: b"hello\n" * 500,
    "zeros": lambda _: bytes(20480),
    "gzip": lambda _: gzip.compress(tar_with((MANIFEST, manifest_of()))),
    "other tar": lambda _: tar_with(("README", b"hello")),
    "path": lambda _: tar_with(("../../evil", b"x")),
    "manifest twice": lambda _: tar_with((MANIFEST, manifest_of()), (MANIFEST, manifest_of())),
    "link as manifest": lambda _: tar_with((odd(MANIFEST, tarfile.SYMTYPE, "/etc/passwd"), b"")),
    "fifo as manifest": lambda _: tar_with((odd(MANIFEST, tarfile.FIFOTYPE), b"")),
    "link as store": lambda _: tar_with(
        (MANIFEST, manifest_of((STORE, b""))), (odd(STORE, tarfile.SYMTYPE, "/etc/passwd"), b"")
    ),
    "hard link as store": lambda _: tar_with(
        (MANIFEST, manifest_of((STORE, b""))), (odd(STORE, tarfile.LNKTYPE, "/etc/passwd"), b"")
    ),
    "device as store": lambda _: tar_with((MANIFEST, manifest_of((STORE, b""))), (odd(STORE, tarfile.CHRTYPE), b"")),
    "path in the manifest": lambda _: tar_with((MANIFEST, manifest_of(("../evil", b"x"))), ("../evil", b"x")),
    "path behind it": lambda _: tar_with((MANIFEST, manifest_of()), ("../evil", b"x")),
    "pax header": lambda _: tar_with((MANIFEST, manifest_of()), ("名" * 90, b"x"), form=tarfile.PAX_FORMAT),
    "other size": lambda _: tar_with((MANIFEST, manifest_of((STORE, b"xx"))), (STORE, b"x")),
    "other sum": lambda _: tar_with((MANIFEST, manifest_of((STORE, b"x"))), (STORE, b"y")),
    "huge manifest": lambda _: tar_with(
        (MANIFEST, manifest_of(("session.json", b"{}")) + b" " * 70_000), ("session.json", b"{}")
    ),
    "nothing": lambda _: tar_with((MANIFEST, manifest_of())),
    "no manifest": lambda _: tar_with((MANIFEST, b"[]")),
    "negative": lambda _: tar_with(
        (
            MANIFEST,
            manifest_of().replace(b'"files": []', b'"files": [{"name": "session.json", "size": -1, "sha256": ""}]'),
        )
    ),
    "no database": lambda _: tar_with((MANIFEST, manifest_of((STORE, b"x"))), (STORE, b"x")),
    "empty database": lambda _: tar_with((MANIFEST, manifest_of((STORE, b""))), (STORE, b"")),
    "no session": lambda _: tar_with((MANIFEST, manifest_of(("session.json", b"{}"))), ("session.json", b"{}")),
    "key alone": lambda _: tar_with((KEY, b"x")),
    "huge key": lambda _: tar_with((KEY, b"x" * 70_000), (SEALED, b"")),
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.usefixtures("quick_cipher")
def test_what_is_no_export_is_refused_and_nothing_of_it_is_put_anywhere(kind: str, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "in.tar"
    file.write_bytes(HOSTILE[kind](tmp_path))
    with nothing_put(home), pytest.raises(errors.ImportRefused) as refused:
        take(file)
    assert ("cannot be read" in str(refused.value)) is (kind in ("no database", "empty database", "no session"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "in.tar"]
    assert not list(profiles_place().glob(".*"))


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TRIGGER t AFTER INSERT ON message BEGIN DELETE FROM message; END",
        "CREATE VIEW v AS SELECT load_extension('x')",
        "CREATE TABLE more (x)",
        "CREATE VIRTUAL TABLE search USING fts5(words)",
        "DROP INDEX message_place",
        "PRAGMA application_id = 7",
        "UPDATE message SET time_ms = 'x' WHERE id = 1",
    ],
)
def test_a_store_that_wxtui_did_not_make_is_refused(change: str, profile: Profile, home: Path, tmp_path: Path) -> None:
    settled(profile, tmp_path)
    file = tmp_path / "in.tar"
    file.write_bytes(stored(change, profile))
    with nothing_put(home), pytest.raises(errors.ImportRefused, match="its messages cannot be read"):
        take(file)


@pytest.mark.parametrize(("found", "byte"), [(b"CREATE TABLE memory", 0xC3), (b"CREATE TABLE memory", 0x22)])
def test_a_damaged_schema_is_a_sentence_whatever_its_bytes(
    found: bytes, byte: int, profile: Profile, home: Path, tmp_path: Path
) -> None:
    """SQLite names it in its own words, in which Python found no text: that was a crash, at each start as well."""
    settled(profile, tmp_path)
    data = bytearray(profile.store_file.read_bytes())
    data[data.index(found) + 8] = byte
    file = tmp_path / "in.tar"
    file.write_bytes(tar_with((MANIFEST, manifest_of((STORE, bytes(data)))), (STORE, bytes(data))))
    with nothing_put(home), pytest.raises(errors.ImportRefused, match="its messages cannot be read"):
        take(file)
    profile.store_file.write_bytes(data)
    with pytest.raises(errors.StoreBroken):
        read_status(str(profile.store_file), 0)
    with pytest.raises(errors.StoreBroken):
        inspect(profile.store_file)
    assert not losses(profile).known


def test_what_lies_behind_the_last_file_and_a_session_too_large_are_damage(
    profile: Profile, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(profile, tmp_path)
    file, data = tmp_path / "in.tar", profile.store_file.read_bytes()
    file.write_bytes(tar_with((MANIFEST, manifest_of((STORE, data))), (STORE, data), ("../evil", b"x")))
    with nothing_put(home), pytest.raises(errors.ImportRefused, match="it is damaged"):
        take(file)
    session = profile.session_file.read_bytes()
    file.write_bytes(tar_with((MANIFEST, manifest_of(("session.json", session))), ("session.json", session)))
    monkeypatch.setattr(importing, "MOST_SESSION", len(session) - 1)
    with nothing_put(home), pytest.raises(errors.ImportRefused, match="it is damaged"):
        take(file)
    monkeypatch.setattr(importing, "MOST_SESSION", len(session))
    take(file)


def test_a_text_that_was_deleted_here_does_not_leave_with_the_store(profile: Profile, tmp_path: Path) -> None:
    with closing(sqlite3.connect(profile.store_file)) as connection, connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("INSERT INTO memory VALUES ('x', ?)", ("deleted" * 2000,))
        connection.commit()
        connection.execute("DELETE FROM memory WHERE key = 'x'")
    assert b"deleteddeleted" in profile.store_file.read_bytes()
    export(profile, tmp_path / "out.tar")
    assert b"deleteddeleted" not in (tmp_path / "out.tar").read_bytes()


def test_a_store_that_names_a_file_of_this_computer_does_not_send_it(profile: Profile, tmp_path: Path) -> None:
    """Whoever made the export could have had `~/.ssh/id_rsa` sent at the next login."""
    settled(profile, tmp_path)
    file = tmp_path / "in.tar"
    change = (
        "UPDATE message SET state = 'pending', queued = 1 WHERE id = 1; INSERT INTO upload "
        "(message_id, path, name, kind, size, mtime_ns) VALUES (1, '/etc/passwd', 'cat.jpg', 'file', 7, 7)"
    )
    file.write_bytes(stored(change, profile))
    take(file)
    new = find_profile("new")
    assert query(new, "SELECT state FROM message WHERE id = 1") == [("failed",)]
    assert not query(new, "SELECT 1 FROM upload")


@pytest.mark.parametrize("newer", [{"format": FORMAT + 1, "files": "unknown"}, {"schema": VERSION + 1}])
def test_a_newer_export_says_that_wxtui_is_to_be_updated(newer: dict[str, object], home: Path, tmp_path: Path) -> None:
    file = tmp_path / "in.tar"
    file.write_bytes(tar_with((MANIFEST, manifest_of(**newer, wxtui="9.1" + "x" * 900))))
    with nothing_put(home), pytest.raises(errors.ImportTooNew, match=r"newer wxtui \(9\.1x{17}\)"):
        take(file)


def test_every_truncation_and_each_changed_block_is_found(profile: Profile, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.tar"
    export(profile, file)
    whole = file.read_bytes()
    places = [*range(0, 3000, 250), *range(3000, len(whole) - 1024, 20_000), len(whole) - 1025]
    with nothing_put(home):
        for at in places:
            file.write_bytes(whole[:at])
            with pytest.raises(errors.ImportRefused):
                take(file)
    for at in range(1024 + 100, len(whole) - 1024, 20_000):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(errors.ImportRefused):
            take(file)


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", tmp_path, tmp_path / "missing", Path("/dev/null")):
        with pytest.raises(errors.ImportRefused):
            take(path)


def test_a_profile_that_is_there_is_never_overwritten(profile: Profile, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.tar"
    export(profile, file)
    new = find_profile("new")
    new.state.mkdir()
    # The log of another store would be played into this one.
    new.store_file.with_name(STORE + "-wal").write_bytes(b"x")
    for at, name in enumerate((STORE, "session.json", STORE + "-shm", STORE + "-journal")):
        find_profile(f"new{at}").state.mkdir()
        (find_profile(f"new{at}").state / name).write_bytes(b"x")
    with nothing_put(home):
        for name in (None, "default", "new", *(f"new{at}" for at in range(4))):
            with pytest.raises(errors.ProfileTaken):
                take(file, name)
        with pytest.raises(errors.UsageError):
            take(file, "../x")
        with OwnerLock(find_profile("busy")), pytest.raises(errors.ProfileBusy):
            take(file, "busy")
        find_profile("busy").lock_file.unlink()


def test_a_profile_that_begins_meanwhile_is_not_overwritten(
    profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Late(OwnerLock):
        def __enter__(self) -> Any:
            lock = super().__enter__()
            find_profile("new").session_file.write_bytes(b"somebody else's")
            return lock

    export(profile, tmp_path / "out.tar")
    monkeypatch.setattr(importing, "OwnerLock", Late)
    with pytest.raises(errors.ProfileTaken):
        take(tmp_path / "out.tar")
    assert find_profile("new").session_file.read_bytes() == b"somebody else's"


def test_a_name_in_the_file_that_leads_elsewhere_is_refused(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "in.tar"
    file.write_bytes(tar_with((MANIFEST, manifest_of((STORE, b"x"), profile="../../x"))))
    with nothing_put(home), pytest.raises(errors.UsageError):
        take(file, None)


def test_what_another_profile_of_this_name_left_is_not_taken_for_its_own(profile: Profile, tmp_path: Path) -> None:
    export(profile, tmp_path / "out.tar")
    new = find_profile("new")
    new.pictures.mkdir(parents=True)
    (new.pictures / "1").write_bytes(b"somebody else's")
    new.state.mkdir()
    (new.state / "screen").write_bytes(b"somebody else's")
    take(tmp_path / "out.tar")
    assert not new.cache.exists() and not (new.state / "screen").exists()


def test_too_little_room_is_said_before_anything_is_written(
    profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(profile, tmp_path / "out.tar")
    monkeypatch.setattr(importing.shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
    with pytest.raises(errors.HomeUnusable, match="needed, 1000 B free"):
        take(tmp_path / "out.tar")
    (tmp_path / "key.tar").write_bytes(tar_with((KEY, b"x"), (SEALED, b"")))
    with pytest.raises(errors.HomeUnusable, match="needed, 1000 B free"):
        # Nobody is asked for a passphrase before.
        import_profile(tmp_path / "key.tar", "new", lambda: pytest.fail("asked"), quiet)
    assert not find_profile("new").state.exists()


def test_what_a_killed_import_left_is_removed_and_a_running_one_is_not(home: Path) -> None:
    place = profiles_place()
    with staging(place) as running:
        (running / "file").touch()
        left = place / ".moving-0"
        left.mkdir()
        (left / "store.sqlite3").touch()
        with staging(place):
            assert running.exists() and not left.exists()
    assert not list(place.glob(".*"))


# ---------------------------------------------------------------- list and remove


def test_the_list_says_who_and_how_large_and_what_runs(profile: Profile) -> None:
    with OwnerLock(profile):
        first, second = profile_facts()
        assert (first.name, first.account, first.logged_in, first.pid) == ("default", "我", True, str(os.getpid()))
    assert first.used is not None and first.size > 100_000
    assert (second.name, second.account, second.logged_in, second.pid) == ("filehelper", "", True, "")
    profile.session_file.unlink()
    assert (profile_facts()[0].account, profile_facts()[0].logged_in) == ("我", False), "the store knows it"
    profile.store_file.write_bytes(b"damaged" * 100)
    assert profile_facts()[0].account == ""


def test_a_profile_is_removed_whole_and_no_other(profile: Profile, home: Path) -> None:
    profile.pictures.mkdir(parents=True)
    (profile.pictures / "1").touch()
    lost = losses(profile)
    assert (lost.session, lost.known) == (True, True)
    assert lost.messages > 20 and lost.unsent > 5
    with OwnerLock(profile), nothing_put(home), pytest.raises(errors.ProfileBusy):
        remove_profile(profile)
    remove_profile(profile)
    assert not profile.state.exists() and not profile.cache.exists()
    assert [path.name for path in profiles_place().iterdir()] == ["filehelper"]
    with pytest.raises(errors.ProfileUnknown):
        remove_profile(profile)
    assert not profile.state.exists(), "to ask for it makes none"


def test_a_profile_that_is_a_link_is_left_to_the_person(profile: Profile, home: Path) -> None:
    link = find_profile("link")
    link.state.symlink_to(profile.state)
    with nothing_put(home), pytest.raises(errors.HomeUnusable, match="it is a link"):
        remove_profile(link)


def test_a_damaged_store_can_be_removed(profile: Profile) -> None:
    profile.store_file.write_bytes(b"damaged" * 100)
    assert not losses(profile).known
    remove_profile(profile)
    assert not profile.state.exists()
