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

import msgspec

from tui import errors
from tui.paths import SESSION, Profile, make_private_dir
from tui.services.profiles import encryption
from tui.services.profiles.manifest import MANIFEST, STORE, ExportedFile, Manifest
from tui.services.profiles.profile_facts import account_of
from tui.services.profiles.staging import staging
from tui.services.profiles.tar_file import tar_of
from tui.services.session.profile_list import exists
from tui.services.session.session_file import SessionFile
from tui.services.util.ids import Ids
from tui.services.util.private_file import new_private
from tui.store.copying import copy_store
from tui.store.db.schema import VERSION

log = logging.getLogger("wxtui.profiles")

OnBytes = Callable[[int, int], None]
"""Hears how many bytes of how many are done."""


class Exported(msgspec.Struct, frozen=True):
    """Profile that was exported: what is in the file, and how many messages that wait are in it as not sent."""

    manifest: Manifest
    size: int
    unsent: int


def export_profile(
    profile: Profile, path: Path, *, with_session: bool, passphrase: str | None, on_bytes: OnBytes
) -> Exported:
    """Write the profile, as it is now, to a new file; blocks. A wxtui that runs goes on.

    With a passphrase all of it is encrypted; a session never leaves without one. Raises `ProfileUnknown`,
    `NotLoggedIn` where the session is missing, `CipherMissing`, `ExportRefused`, `LocalError`.
    """
    assert passphrase or not with_session
    check(profile, path, with_session=with_session, encrypted=passphrase is not None)
    session = _session(profile) if with_session else None
    with _refusing(path), new_private(path) as file, _folder(profile) as folder:
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
        whole = tar_of([(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest))), *contents], int(time.time()))
        if passphrase is None:
            file.writelines(whole)
        else:
            encryption.seal(whole, file, passphrase, int(time.time()))
        size = file.seek(0, os.SEEK_END)
    log.info("exported %d files, %d bytes, encrypted: %s", len(contents), size, passphrase is not None)
    return Exported(manifest, size, unsent)


def check(profile: Profile, path: Path, *, with_session: bool, encrypted: bool) -> None:
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
        if os.path.lexists(path):
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
