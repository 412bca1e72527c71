"""Settings: read from `config.toml`, then from the environment, which wins. One sentence says what is wrong in them.

    theme = "dark"                  # auto, terminal, dark, light
    language = "zh_CN"              # auto, en, zh_CN
    bell = true
    desktop_notices = false
    show_recalled = true            # what its sender took back stays readable
    endpoint = "filehelper"         # web, filehelper: for a login without --endpoint
    start_dir = "~/Downloads"       # where the file picker opens
    bookmarks = ["~/Pictures"]
    keep = 90                       # messages: "all", days, or "nothing" longer than wxtui runs
    download_dir = "~/Downloads"    # where /save puts files

    [keys]                          # a command's or binding's id, and the keys it shall have
    revoke = "ctrl+z"
    "pane.next" = ["tab", "f6"]

All but bookmarks and keys have a variable of that name: `WXTUI_THEME`, `WXTUI_BELL` …; the language's is `WXTUI_LANG`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args

import msgspec

from tui.errors import Phrase, UsageError
from tui.paths import config_file
from tui.wire.names import Endpoint

Theme: TypeAlias = Literal["auto", "terminal", "dark", "light"]
Language: TypeAlias = Literal["auto", "en", "zh_CN"]
Keep: TypeAlias = int | Literal["all", "nothing"]
"""For how many days messages are stored; see `tui.services.maintenance`."""

_LARGEST: Final = 1024 * 1024
_MOST_DAYS: Final = 100_000
_KEY: Final = r"[^\s,]+"


class Settings(msgspec.Struct, frozen=True):
    """The settings of every profile. `theme` auto is the terminal's own colours; `endpoint` None: not said."""

    theme: Theme = "auto"
    language: Language = "auto"
    bell: bool = True
    desktop_notices: bool = True
    show_recalled: bool = True
    confirm_group_files: bool = True
    endpoint: Endpoint | None = None
    start_dir: Path | None = None
    bookmarks: tuple[Path, ...] = ()
    keep: Keep = "all"
    download_dir: Path | None = None
    keys: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)


def load(file: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of `file`, else of `paths.config_file()`; neither has to exist. Raises `UsageError`."""
    path = file or config_file()
    text = _read(path)
    found: dict[str, Any] = {}
    if text.strip():
        for name, value in _parse(path, text).items():
            found[name] = _checked(path, text, name, value)
    found |= _from_environment(os.environ if environ is None else environ)
    return Settings(**found)


# ---------------------------------------------------------------- the file


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise _mistake(path, 0, Phrase("it cannot be read: {why}", why=error.strerror or "")) from None
    if len(data) > _LARGEST:
        raise _mistake(path, 0, Phrase("it is too large for a settings file"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _mistake(path, line, Phrase("it is not UTF-8 text")) from None


def _parse(path: Path, text: str) -> dict[str, Any]:
    import tomllib  # most people have no such file

    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        at = re.search(r"\(at line (\d+)", str(error))
        line = int(at[1]) if at else len(text.splitlines())
        said = str(error).split(" (at ")[0]
        raise _mistake(path, line, Phrase("it is not TOML: {why}", why=said)) from None


def _checked(path: Path, text: str, name: str, value: object) -> object:
    read = _READERS.get(name)
    if read is None:
        raise _mistake(path, _line_of(text, name), _unknown(name))
    try:
        return read(value)
    except _WrongValue as wrong:
        why = Phrase("“{name}” must be {what}", name=wrong.name or name, what=wrong.what)
        raise _mistake(path, _line_of(text, wrong.name or name), why) from None


def _unknown(name: str) -> Phrase:
    from difflib import get_close_matches

    near = get_close_matches(name, _READERS, 1)
    if near:
        return Phrase("there is no setting “{name}”; did you mean “{near}”?", name=name, near=near[0])
    return Phrase("there is no setting “{name}”; there are: {all}", name=name, all=", ".join(_READERS))


def _line_of(text: str, name: str) -> int:
    """Return the line on which a setting or a table begins; 0 when it is written in some unusual way."""
    written = rf"[\"']?{re.escape(name)}[\"']?"
    start = re.compile(rf"\s*(?:{written}\s*[=.]|\[\s*{written}\s*[\].])")
    return next((number for number, line in enumerate(text.splitlines(), 1) if start.match(line)), 0)


def _mistake(path: Path, line: int, why: Phrase) -> UsageError:
    if line:
        return UsageError(why=Phrase("{path}, line {line}: {why}.", path=path, line=line, why=why))
    return UsageError(why=Phrase("{path}: {why}.", path=path, why=why))


# ---------------------------------------------------------------- values


class _WrongValue(Exception):
    def __init__(self, what: Phrase, name: str = "") -> None:
        super().__init__()
        self.what = what
        self.name = name


def _one_of(choices: tuple[str, ...]) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or value not in choices:
            raise _WrongValue(Phrase("one of {all}", all=", ".join(choices)))
        return value

    return read


def _endpoint(value: object) -> Endpoint:
    return Endpoint(_one_of(tuple(one.value for one in Endpoint))(value))


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise _WrongValue(Phrase("true or false"))
    return value


def _days(value: object) -> Keep:
    if value == "all":
        return "all"
    if value == "nothing":
        return "nothing"
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:9])
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= _MOST_DAYS:
        raise _WrongValue(Phrase('"all", "nothing", or a number of days from 1 on'))
    return value


def _folder(value: object) -> Path:
    if not isinstance(value, str) or not value or "\0" in value:
        raise _WrongValue(Phrase("a path in quotes"))
    try:
        path = Path(value).expanduser()
    except RuntimeError:
        path = Path(value)
    if not path.is_absolute():
        raise _WrongValue(Phrase("a path that begins with / or ~"))
    return path


def _folders(value: object) -> tuple[Path, ...]:
    if not isinstance(value, list):
        raise _WrongValue(Phrase("a list of paths"))
    return tuple(map(_folder, value))


def _keys(value: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise _WrongValue(Phrase("a table of keys"))
    keys: dict[str, tuple[str, ...]] = {}
    for name, wanted in value.items():
        if isinstance(wanted, dict):
            # An id with a dot in it, written without quotes, is a table in TOML.
            keys |= {f"{name}.{rest}": found for rest, found in _keys(wanted).items()}
            continue
        several = [wanted] if isinstance(wanted, str) else wanted
        if not isinstance(several, list) or not all(
            isinstance(key, str) and re.fullmatch(_KEY, key) for key in several
        ):
            raise _WrongValue(Phrase('a key like "ctrl+z", or a list of such'), name)
        keys[name] = tuple(several)
    return keys


_READERS: Final[dict[str, Callable[[object], object]]] = {
    "theme": _one_of(get_args(Theme)),
    "language": _one_of(get_args(Language)),
    "bell": _yes_or_no,
    "desktop_notices": _yes_or_no,
    "show_recalled": _yes_or_no,
    "confirm_group_files": _yes_or_no,
    "endpoint": _endpoint,
    "start_dir": _folder,
    "bookmarks": _folders,
    "keep": _days,
    "download_dir": _folder,
    "keys": _keys,
}

# ---------------------------------------------------------------- the environment

_NOT_IN_ENVIRONMENT: Final = ("language", "bookmarks", "keys")
_VARIABLES: Final = {f"WXTUI_{name.upper()}": name for name in _READERS if name not in _NOT_IN_ENVIRONMENT}
_SWITCHES: Final = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


def _from_environment(environ: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for variable, name in _VARIABLES.items():
        text = environ.get(variable, "")
        if not text:
            continue
        read = _READERS[name]
        value: object = _SWITCHES.get(text.lower(), text) if read is _yes_or_no else text
        try:
            found[name] = read(value)
        except _WrongValue as wrong:
            why = Phrase("The variable {name} must be {what}.", name=variable, what=wrong.what)
            raise UsageError(why=why) from None
    # Read as `i18n` does, which takes any locale's name and never fails.
    if language := environ.get("WXTUI_LANG", ""):
        found["language"] = "zh_CN" if language.lower().startswith("zh") else "en"
    return found
