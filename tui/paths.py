"""Paths of profiles, settings and style sheets. `WXTUI_HOME` puts all files of a person below one directory; otherwise
they lie in the platform's own places.

It is imported before the kept screen is shown, and so imports nothing that costs time.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # `typing` alone costs as much as to show a kept screen.
if TYPE_CHECKING:
    from pathlib import Path, PurePath
    from typing import Final

SESSION: Final = "session.json"
LOCK: Final = "owner.lock"
SOCKET: Final = "control.sock"
LOG: Final = "wxtui.log"
PRIVATE_DIR = 0o700
PRIVATE_FILE = 0o600


def in_home(path: Path) -> str:
    """Return a path as people write it, with `~` for one's home."""
    try:
        return f"~/{path.relative_to(_path('~').expanduser())}"
    except (ValueError, RuntimeError):
        return str(path)


class Profile:
    """Paths of one profile; a profile is one account on one server. Short commands do with texts: `pathlib` is imported
    only where a `Path` is wanted."""

    __slots__ = ("_cache", "_state", "name")

    def __init__(self, name: str, state: str | os.PathLike[str], cache: str | os.PathLike[str]) -> None:
        self.name = name
        self._state = os.fspath(state)
        self._cache = os.fspath(cache)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Profile) and self._facts == other._facts

    def __hash__(self) -> int:
        return hash(self._facts)

    def __repr__(self) -> str:
        return f"Profile{self._facts}"

    @property
    def _facts(self) -> tuple[str, str, str]:
        return self.name, self._state, self._cache

    def within(self, name: str) -> str:
        """Return the path of one of its files."""
        return os.path.join(self._state, name)

    @property
    def state(self) -> Path:
        """Folder of session, store and everything else that must be kept."""
        return _path(self._state)

    @property
    def cache(self) -> Path:
        """Folder of what can be made again."""
        return _path(self._cache)

    @property
    def pictures(self) -> Path:
        """Folder of the pictures of messages, in the cache."""
        return self.cache / "pictures"

    @property
    def pasted(self) -> Path:
        """Folder of images from the clipboard that wait to be sent."""
        return self.cache / "clipboard"

    @property
    def spool(self) -> Path:
        """Folder of archives that are being sent."""
        return _path(os.path.join(self._cache, "packed"))

    @property
    def session_file(self) -> Path:
        """Credentials, mode 0600."""
        return self.state / SESSION

    @property
    def store_file(self) -> Path:
        """Messages, contacts and the sync key, mode 0600."""
        return self.state / "store.sqlite3"

    @property
    def log_place(self) -> str:
        """Path of the log file, mode 0600, as a text."""
        return self.within(LOG)

    @property
    def lock_file(self) -> Path:
        """Held by the process that owns the session."""
        return self.state / LOCK

    @property
    def socket_file(self) -> Path:
        """Socket on which the owner listens for other shells; a link, where this path is too long for a socket."""
        return self.state / SOCKET


def style_sheets(name: str) -> list[str | PurePath]:
    """Return the style sheets of a screen: the one of all screens, and its own."""
    package = _path(__file__).resolve().parent
    packaged = package / "styles"
    # In the installed package, or beside it in a checkout.
    folder = packaged if packaged.is_dir() else package.parent / "styles"
    return [folder / "app.tcss", folder / f"{name}.tcss"]


def _path(text: str) -> Path:
    from pathlib import Path

    return Path(text)


def home_folder() -> Path:
    """Return one's home; the root where there is none, as for a user that only a container knows."""
    return _path(_home() or "/")


def _home() -> str:
    """Return what HOME says, else the home of this user; "" where there is none."""
    if home := os.environ.get("HOME", ""):
        return home
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return ""


def _places() -> tuple[str, str, str]:
    """Return the folders of settings, of state and of what can be fetched again. Raises `NoHome`."""
    if home := os.environ.get("WXTUI_HOME"):
        return home, os.path.join(home, "state"), os.path.join(home, "cache")
    try:
        found = _usual_places() or _places_of_platform()
    except RuntimeError:
        found = ("", "", "")
    # A path with `~` in it would be a folder of that name, wherever one happens to be.
    if not all(place.startswith("/") for place in found):
        from tui import errors

        raise errors.NoHome
    return found


def _usual_places() -> tuple[str, str, str] | None:
    """Return what `_places_of_platform` does, in 20 ms less; None where only that can say."""
    home = _home().rstrip("/")
    wanted = [os.environ.get(f"XDG_{kind}_HOME", "").strip() for kind in ("CONFIG", "STATE", "CACHE")]
    if sys.platform.startswith("linux"):
        usual = (".config", ".local/state", ".cache")
    elif sys.platform == "darwin" and not any(wanted):
        usual = ("Library/Application Support", "Library/Application Support", "Library/Caches")
    else:
        return None
    config, state, cache = (own or f"{home}/{place}" for own, place in zip(wanted, usual, strict=True))
    if not all(one.startswith("/") for one in (home, config, state, cache)):
        return None
    return os.path.join(config, "wxtui"), os.path.join(state, "wxtui"), os.path.join(cache, "wxtui")


def _places_of_platform() -> tuple[str, str, str]:
    from platformdirs import PlatformDirs

    dirs = PlatformDirs("wxtui", appauthor=False)
    return dirs.user_config_dir, dirs.user_state_dir, dirs.user_cache_dir


def config_file() -> Path:
    """Return the path of the settings, which all profiles share; it need not exist."""
    return _path(config_place())


def config_place() -> str:
    """Return the same as a text."""
    return os.path.join(_places()[0], "config.toml")


def find_profile(name: str) -> Profile:
    """Return the paths of profile `name`. Raises `UsageError` when the name would lead elsewhere."""
    letters = name.replace("_", "a").replace("-", "a")
    if not letters.replace(".", "a").isalnum() or letters.startswith(".") or len(name) > 64:
        from tui import errors

        raise errors.UsageError(
            why=errors.Phrase("“{name}” is not a valid profile name; use letters, digits, - and _.", name=name)
        )
    _settings, state, cache = _places()
    return Profile(name, os.path.join(state, name), os.path.join(cache, name))


def profiles_place() -> Path:
    """Return the folder in which each profile has its own."""
    return _path(_places()[1])


def make_private_dir(path: Path) -> None:
    """Make `path` and what is missing above it, for the owner only whatever the umask. Raises `HomeUnusable`."""
    try:
        missing = [place for place in (path, *path.parents) if not place.exists()]
        for place in reversed(missing):
            place.mkdir(mode=PRIVATE_DIR, exist_ok=True)
            place.chmod(PRIVATE_DIR)
        path.chmod(PRIVATE_DIR)
    except OSError as error:
        from tui import errors

        raise errors.HomeUnusable(path=path, why=error.strerror or errors.Phrase("it cannot be created")) from None
