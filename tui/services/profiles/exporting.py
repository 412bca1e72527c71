"""Export of a profile into one file: its messages and contacts, and the session only where it is asked for.

Settings and keys are no part of it: all profiles share them, and they name programs that run. Nor are pictures, which
can be fetched again, and what is of this computer alone.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Final

import msgspec

from tui import errors
from tui.paths import SESSION, Profile, make_private_dir
from tui.services.profiles import encryption
from tui.services.profiles.manifest import MANIFEST, STORE, ExportedFile, Manifest
from tui.services.profiles.profile_facts import account_of
from tui.services.profiles.staging import staging
from tui.services.profiles.tar_file import PIECE, tar_of
from tui.services.session.profile_list import exists
from tui.services.session.session_file import SessionFile
from tui.services.util.ids import Ids
from tui.services.util.private_file import new_private
from tui.store.copying import copy_store
from tui.store.db.schema import VERSION

log = logging.getLogger("wxtui.profiles")

_WHOLE: Final = "exported.tar"
OnBytes = Callable[[int, int], None]
"""Hears how many bytes of how many are done."""


class Exported(msgspec.Struct, frozen=True):
    """Profile that was exported: what is in the file, and how many messages that wait are in it as not sent."""

    manifest: Manifest
    size: int
    unsent: int


def export_profile(
    profile: Profile,
    path: Path,
    *,
    with_session: bool,
    passphrase: str | None,
    on_bytes: OnBytes,
    out: Callable[[bytes], object] | None = None,
) -> Exported:
    """Write the profile, as it is now, to a new file; or to `out`, piece by piece, once the whole is there; blocks.

    A wxtui that runs goes on. With a passphrase all of it is encrypted; a session never leaves without one. Raises
    `ProfileUnknown`, `NotLoggedIn` where the session is missing, `CipherMissing`, `ExportRefused`, `LocalError`.
    """
    assert passphrase or not with_session
    check(profile, path, with_session=with_session, encrypted=passphrase is not None, is_new=out is None)
    session = _session(profile) if with_session else None
    with _folder(profile) as folder:
        place = path if out is None else folder / _WHOLE
        with _refusing(path), new_private(place) as file:
            done = _write(profile, file, folder, session, passphrase, on_bytes)
        if out is not None:
            with place.open("rb") as file:
                while piece := file.read(PIECE):
                    out(piece)
    log.info("exported %d files, %d bytes, encrypted: %s", len(done.manifest.files), done.size, passphrase is not None)
    return done


def _write(
    profile: Profile, file: BinaryIO, folder: Path, session: bytes | None, passphrase: str | None, on_bytes: OnBytes
) -> Exported:
    contents: list[tuple[str, Path | bytes]] = []
    unsent = 0
    if profile.store_file.exists():
        unsent = copy_store(profile.store_file, folder / STORE, Ids().now(), on_bytes)
        contents.append((STORE, folder / STORE))
    if session is not None:
        contents.append((SESSION, session))
    manifest = Manifest(
        profile=profile.name,
        account=account_of(profile),
        made=Ids().now().isoformat(timespec="seconds"),
        files=tuple(_summed(name, content) for name, content in contents),
        schema=VERSION,
    )
    now = int(time.time())
    whole = tar_of([(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest))), *contents], now)
    if passphrase is None:
        file.writelines(whole)
    else:
        encryption.seal(whole, file, passphrase, now)
    return Exported(manifest, file.seek(0, os.SEEK_END), unsent)


def check(profile: Profile, path: Path, *, with_session: bool, encrypted: bool, is_new: bool = True) -> None:
    """Raise what `export_profile` would raise at once, before a person is asked for a passphrase."""
    if not exists(profile):
        raise errors.ProfileUnknown(profile=profile.name)
    if encrypted:
        encryption.require()
    if with_session:
        _session(profile)
    elif not profile.store_file.exists():
        raise errors.ExportRefused(path=path, why=errors.Phrase("nothing is stored in this profile"))
    with _refusing(path):
        if is_new and os.path.lexists(path):
            raise FileExistsError


def _session(profile: Profile) -> bytes:
    stored = SessionFile(profile.session_file).load()
    if stored is None:
        raise errors.NotLoggedIn(profile=profile.name)
    return msgspec.json.encode(stored)


def _summed(name: str, content: Path | bytes) -> ExportedFile:
    if isinstance(content, bytes):
        return ExportedFile(name, len(content), hashlib.sha256(content).hexdigest())
    with content.open("rb") as file:
        return ExportedFile(name, content.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


@contextmanager
def _folder(profile: Profile) -> Iterator[Path]:
    """Yield a folder for the copy of the store, also where the home can only be read."""
    try:
        make_private_dir(profile.cache)
    except errors.HomeUnusable:
        with TemporaryDirectory(prefix="wxtui-") as folder:
            yield Path(folder)
        return
    with staging(profile.cache) as staged:
        yield staged


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise errors.ExportRefused(path=path, why=errors.Phrase("the file already exists")) from None
    except OSError as error:
        raise errors.ExportRefused(path=path, why=error.strerror or str(error)) from None
