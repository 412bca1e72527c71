"""Paths of profiles, settings and style sheets. `WXTUI_HOME` puts all files of a person below one directory; otherwise
they lie in the platform's own places."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePath
from typing import NamedTuple

from tui import errors

_PACKAGE = Path(__file__).resolve().parent
PRIVATE_DIR = 0o700
PRIVATE_FILE = 0o600


def in_home(path: Path) -> str:
    """Return a path as people write it, with `~` for one's home."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)


class Profile(NamedTuple):
    """Paths of one profile; a profile is one account on one server."""

    name: str
    state: Path
    cache: Path

    @property
    def session_file(self) -> Path:
        """Credentials, mode 0600."""
        return self.state / "session.json"

    @property
    def store_file(self) -> Path:
        """Messages, contacts and the sync key, mode 0600."""
        return self.state / "store.sqlite3"

    @property
    def lock_file(self) -> Path:
        """Held by the process that owns the session."""
        return self.state / "owner.lock"

    @property
    def socket_file(self) -> Path:
        """Socket on which the owner listens for other shells; a link, where this path is too long for a socket."""
        return self.state / "control.sock"


def style_sheets(name: str) -> list[str | PurePath]:
    """Return the style sheets of a screen: the one of all screens, and its own."""
    packaged = _PACKAGE / "styles"
    # In the installed package, or beside it in a checkout.
    folder = packaged if packaged.is_dir() else _PACKAGE.parent / "styles"
    return [folder / "app.tcss", folder / f"{name}.tcss"]


def _places() -> tuple[Path, Path, Path]:
    """Return the folders of settings, of state and of what can be fetched again."""
    if home := os.environ.get("WXTUI_HOME"):
        return Path(home), Path(home) / "state", Path(home) / "cache"
    from platformdirs import PlatformDirs

    dirs = PlatformDirs("wxtui", appauthor=False)
    return dirs.user_config_path, dirs.user_state_path, dirs.user_cache_path


def config_file() -> Path:
    """Return the path of the settings, which all profiles share; it need not exist."""
    return _places()[0] / "config.toml"


def find_profile(name: str) -> Profile:
    """Return the paths of profile `name`. Raises `UsageError` when the name would lead elsewhere."""
    if not re.fullmatch(r"[\w-][\w.-]{0,63}", name):
        raise errors.UsageError(
            why=errors.Phrase("“{name}” is not a valid profile name; use letters, digits, - and _.", name=name)
        )
    _settings, state, cache = _places()
    return Profile(name, state / name, cache / name)


def make_private_dir(path: Path) -> None:
    """Make `path` and what is missing above it, for the owner only whatever the umask. Raises `HomeUnusable`."""
    try:
        missing = [place for place in (path, *path.parents) if not place.exists()]
        for place in reversed(missing):
            place.mkdir(mode=PRIVATE_DIR, exist_ok=True)
            place.chmod(PRIVATE_DIR)
        path.chmod(PRIVATE_DIR)
    except OSError as error:
        raise errors.HomeUnusable(path=path, why=error.strerror or errors.Phrase("it cannot be created")) from None
