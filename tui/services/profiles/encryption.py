"""Encryption of an exported profile with a passphrase, in the format of age (age-encryption.org).

A key is made for each file, and encrypted with the passphrase; with the key, the profile is encrypted piece by piece,
however large it is. `age -d -i key.age profile.tar.age` decrypts it without wxtui. The library is optional.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

from tui import errors
from tui.services.profiles.manifest import KEY, MOST, SEALED
from tui.services.profiles.tar_file import END, Readable, TarFile, TarMember, header, padding


def require() -> None:
    """Raise `CipherMissing` where the library is not installed."""
    _library()


def _library() -> ModuleType:
    try:
        import pyrage
    except ImportError:
        raise errors.CipherMissing(python=sys.executable) from None
    library: ModuleType = pyrage
    return library


def seal(pieces: Iterable[bytes], file: BinaryIO, passphrase: str, mtime: int) -> None:
    """Write a tar file with the key, and with these bytes encrypted. Raises `CipherMissing`, `OSError`."""
    library = _library()
    identity = library.x25519.Identity.generate()
    key = library.passphrase.encrypt(f"{identity}\n".encode(), passphrase)
    file.write(header(KEY, len(key), mtime) + key + padding(len(key)))
    place = file.tell()
    # Its size is known afterwards.
    file.write(header(SEALED, 0, mtime))
    begin = file.tell()
    source = _PieceReader(iter(pieces))
    try:
        library.encrypt_io(source, _Watched(file, source), [identity.to_public()])
    except BaseException:
        source.complain()
        raise
    size = file.tell() - begin
    file.write(padding(size) + END)
    file.seek(place)
    file.write(header(SEALED, size, mtime))


def unseal(tar: TarFile, key: TarMember, file: BinaryIO, passphrase: str, path: Path) -> None:
    """Write the decrypted bytes of a tar file, of which `key` is the first file; `path` is shown.

    Raises `CipherMissing`, `PassphraseWrong`, `ImportRefused`, `OSError`.
    """
    library = _library()
    locked = tar.content(key, MOST)
    sealed = tar.expect(SEALED)
    try:
        opened = library.passphrase.decrypt(locked, passphrase)
    except library.DecryptError:
        raise errors.PassphraseWrong(path=path) from None
    damaged = errors.ImportRefused(path=path, why=errors.Phrase("it is damaged"))
    try:
        identity = library.x25519.Identity.from_str(opened.decode("ascii").strip())
    except (library.IdentityError, UnicodeDecodeError):
        raise damaged from None
    source = _Watch(tar.section(sealed))
    try:
        library.decrypt_io(source, _Watched(file, source), [identity])
    except BaseException as error:
        source.complain()
        if isinstance(error, library.DecryptError | OSError):
            raise damaged from None
        raise
    tar.skip_padding(sealed)
    tar.end()


class _Complaints:
    """Failures in a call from the library, which hands on only words about it."""

    failure: BaseException | None = None

    def complain(self) -> None:
        """Raise it, if anything did."""
        if self.failure is not None:
            raise self.failure from None


class _Watch(_Complaints):
    """File that the library reads from."""

    def __init__(self, file: Readable) -> None:
        self._file = file

    def read(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except BaseException as error:
            self.failure = error
            raise


class _PieceReader(_Complaints):
    """Pieces as a file that the library reads from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def read(self, size: int) -> bytes:
        try:
            while not self._rest:
                piece = next(self._pieces, None)
                if piece is None:
                    return b""
                self._rest = memoryview(piece)
        except BaseException as error:
            self.failure = error
            raise
        given, self._rest = self._rest[:size], self._rest[size:]
        return bytes(given)


class _Watched:
    """File that the library writes to."""

    def __init__(self, file: BinaryIO, complaints: _Complaints) -> None:
        self._file = file
        self._complaints = complaints

    def write(self, data: bytes) -> int:
        try:
            return self._file.write(data)
        except BaseException as error:
            self._complaints.failure = error
            raise

    def flush(self) -> None:
        self._file.flush()
