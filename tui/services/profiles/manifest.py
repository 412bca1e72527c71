"""Manifest of an exported profile: what the other files are, and how they are checked."""

from __future__ import annotations

from typing import Final

import msgspec

from tui import __version__
from tui.paths import SESSION

MANIFEST: Final = "wxtui-profile.json"
"""Name of the manifest; it is the first file."""
STORE: Final = "store.sqlite3"
KEY: Final = "key.age"
"""Name of the key of an encrypted profile, itself encrypted with the passphrase."""
SEALED: Final = "profile.tar.age"
"""Name of the encrypted profile, behind its key."""
FORMAT: Final = 1
"""Version of what is described here. It is raised where an earlier wxtui could not read a profile rightly."""
MOST: Final = 64 * 1024
"""Bytes of a manifest or a key, at most."""
MOST_SESSION: Final = 4 * 1024 * 1024
"""Bytes of a session, at most."""


class ExportedFile(msgspec.Struct, frozen=True):
    """File of an exported profile; `sha256` in hex."""

    name: str
    size: int
    sha256: str


class ManifestVersion(msgspec.Struct, frozen=True):
    """Format of a manifest, and the version that wrote it: what every version understands."""

    format: int
    wxtui: str = ""


class Manifest(msgspec.Struct, frozen=True):
    """Manifest. `made` is a time in ISO 8601, `schema` the version of the store's tables; `account` as it was called
    last, "" where it was never logged in."""

    profile: str
    account: str
    made: str
    files: tuple[ExportedFile, ...]
    schema: int
    format: int = FORMAT
    wxtui: str = __version__

    @property
    def has_session(self) -> bool:
        """True where the session lies in it."""
        return any(file.name == SESSION for file in self.files)

    @property
    def sound(self) -> bool:
        """True where it names the files that a profile has, in their order."""
        names = [file.name for file in self.files]
        return names in ([STORE], [SESSION], [STORE, SESSION]) and all(file.size >= 0 for file in self.files)
