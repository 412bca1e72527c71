"""Import of an exported profile. All of it is read and checked before anything is put in place.

The file may come from anybody: see `tar_file` for what is read of it, `copying` in the store for the messages.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from tui import errors
from tui.kept_screen import keeping
from tui.paths import SESSION, Profile, find_profile, profiles_place
from tui.services.profiles import encryption
from tui.services.profiles.manifest import FORMAT, KEY, MANIFEST, MOST, MOST_SESSION, STORE, Manifest, ManifestVersion
from tui.services.profiles.staging import staging
from tui.services.profiles.tar_file import FOREIGN, TarFile, TarMember
from tui.services.session.profile_lock import OwnerLock
from tui.services.session.session_file import SessionFile
from tui.services.util.ids import Ids
from tui.services.util.private_file import sync_folder
from tui.store.copying import adopt_store
from tui.store.db.schema import VERSION
from tui.units import shown_size

log = logging.getLogger("wxtui.profiles")

_OPEN: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_DAMAGED: Final = errors.Phrase("it is damaged")
_SPARE: Final = 16 * 1024 * 1024
"""Bytes that are left free: a disk that is full to the last byte loses more than this profile."""
_DECRYPTED: Final = "decrypted.tar"
_IN_THE_WAY: Final = (STORE, f"{STORE}-wal", f"{STORE}-shm", f"{STORE}-journal", SESSION)
"""Files of another profile; SQLite would play the log of another store into this one."""
AskPassphrase = Callable[[], str]


class Imported(msgspec.Struct, frozen=True):
    """Profile that was imported: under which name, what was in the file, and the server of its session ("": none)."""

    profile: str
    manifest: Manifest
    server: str


def import_profile(
    path: Path,
    name: str | None,
    passphrase: AskPassphrase,
    on_bytes: Callable[[int, int], None],
    stream: BinaryIO | None = None,
) -> Imported:
    """Read an exported profile, and put it in place as `name`, or as it was called; blocks.

    With a `stream` it is read from there, and `path` is only shown. `passphrase` is asked for where it is needed.
    Raises `ImportRefused`, `ProfileTaken`, `ProfileBusy`, `CipherMissing`, `UsageError` for a name that cannot be,
    `HomeUnusable`.
    """
    if name is not None:
        _check_free(find_profile(name))
    with _opened(path, stream) as file, staging(profiles_place()) as folder, _full(folder, path), ExitStack() as stack:
        tar = TarFile(file, path)
        first = tar.member()
        if first is not None and first.name == KEY:
            if stream is None:
                _check_room(folder, os.fstat(file.fileno()).st_size)
            decrypted = stack.enter_context((folder / _DECRYPTED).open("x+b"))
            encryption.unseal(tar, first, decrypted, passphrase(), path)
            decrypted.seek(0)
            tar = TarFile(decrypted, path)
            first = tar.member()
        manifest = _manifest(tar, first, path)
        profile = find_profile(name or manifest.profile)
        _check_free(profile)
        _unpack(tar, manifest, folder, path, on_bytes)
        server = _examine(folder, manifest, path)
        _put_in_place(folder, manifest, profile)
    log.info("imported %d files", len(manifest.files))
    return Imported(profile.name, manifest, server)


@contextmanager
def _opened(path: Path, stream: BinaryIO | None) -> Iterator[BinaryIO]:
    if stream is not None:
        yield stream
        return
    try:
        handle = os.open(path, _OPEN)
    except OSError as error:
        why = error.strerror or errors.Phrase("it cannot be read")
        raise errors.ImportRefused(path=path, why=why) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise errors.ImportRefused(path=path, why=errors.Phrase("it is not a regular file"))
    with os.fdopen(handle, "rb") as file:
        yield file


@contextmanager
def _full(folder: Path, path: Path) -> Iterator[None]:
    """Tell what the disk says."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise errors.ImportRefused(path=path, why=error.strerror or _DAMAGED) from None
        why = error.strerror or errors.Phrase("it cannot be written")
        raise errors.HomeUnusable(path=folder.parent, why=why) from None


# ---------------------------------------------------------------- reading


def _unpack(tar: TarFile, manifest: Manifest, folder: Path, path: Path, on_bytes: Callable[[int, int], None]) -> None:
    """Write the files into the folder; they are as the manifest says."""
    total = sum(file.size for file in manifest.files)
    # The index for the search comes to it.
    _check_room(folder, total * 3 // 2)
    done = 0
    for wanted in manifest.files:
        member = tar.expect(wanted.name, wanted.size)
        if wanted.name == SESSION and member.size > MOST_SESSION:
            raise errors.ImportRefused(path=path, why=_DAMAGED)
        digest = hashlib.sha256()
        with (folder / wanted.name).open("xb") as file:
            for piece in tar.pieces(member):
                digest.update(piece)
                file.write(piece)
                done += len(piece)
                on_bytes(done, total)
        if digest.hexdigest() != wanted.sha256:
            raise errors.ImportRefused(path=path, why=_DAMAGED)
    tar.end()


def _manifest(tar: TarFile, first: TarMember | None, path: Path) -> Manifest:
    if first is None or first.name != MANIFEST:
        raise errors.ImportRefused(path=path, why=FOREIGN)
    text = tar.content(first, MOST)
    try:
        version = msgspec.json.decode(text, type=ManifestVersion)
        if version.format > FORMAT:
            raise errors.ImportTooNew(path=path, version=_short(version.wxtui))
        manifest = msgspec.json.decode(text, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise errors.ImportRefused(path=path, why=_DAMAGED) from None
    if manifest.schema > VERSION:
        raise errors.ImportTooNew(path=path, version=_short(manifest.wxtui))
    if not manifest.sound:
        raise errors.ImportRefused(path=path, why=_DAMAGED)
    return manifest


def _short(version: str) -> str:
    return version[:20]


def _check_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + _SPARE:
        why = errors.Phrase("{size} needed, {free} free", size=shown_size(needed + _SPARE), free=shown_size(free))
        raise errors.HomeUnusable(path=folder.parent, why=why)


# ---------------------------------------------------------------- checking, and putting in place


def _examine(folder: Path, manifest: Manifest, path: Path) -> str:
    """Look at what was unpacked; return the server of the session, "" without one."""
    if (folder / STORE).exists():
        try:
            adopt_store(folder / STORE, Ids().now())
        except errors.StoreTooNew:
            raise errors.ImportTooNew(path=path, version=_short(manifest.wxtui)) from None
        except errors.HomeUnusable as error:
            raise errors.HomeUnusable(path=folder.parent, why=error.facts["why"]) from None
        except errors.StoreBroken as error:
            why = errors.Phrase("its messages cannot be read: {why}", why=error.facts["why"])
            raise errors.ImportRefused(path=path, why=why) from None
    if not manifest.has_session:
        return ""
    stored = SessionFile(folder / SESSION).load()
    if stored is None:
        raise errors.ImportRefused(path=path, why=errors.Phrase("its session cannot be read"))
    return stored.session.hosts.api


def _put_in_place(folder: Path, manifest: Manifest, profile: Profile) -> None:
    """Move the files into the profile's folder, the session last: half a profile is one that is not logged in."""
    with OwnerLock(profile, brief=True):
        # Somebody may have logged in there since.
        _check_free(profile)
        # What lies in the cache, and the screen, are those of another profile that was called so.
        shutil.rmtree(profile.cache, ignore_errors=True)
        keeping.drop(profile.state)
        for file in manifest.files:
            with (folder / file.name).open("rb") as written:
                os.fsync(written.fileno())
            (folder / file.name).rename(profile.state / file.name)
        with suppress(OSError):
            sync_folder(profile.state)


def _check_free(profile: Profile) -> None:
    if any(os.path.lexists(profile.state / name) for name in _IN_THE_WAY):
        raise errors.ProfileTaken(profile=profile.name)
