"""Settings: read from `config.toml`, then from the environment, which wins. Every mistake in them is a sentence.

`SETTINGS` is the table of all. Made of it are a file with each of them (`wxtui config init`), `wxtui-config(5)`, the
schema and README's list.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args

import msgspec

from tui.config import config_file
from tui.errors import N_, Phrase, SettingsWrong, UsageError, together
from tui.paths import config_file as default_file
from tui.wire.names import Endpoint

Theme: TypeAlias = Literal["auto", "terminal", "dark", "light"]
Language: TypeAlias = Literal["auto", "en", "zh_CN"]
ListLines: TypeAlias = Literal["one", "two", "auto"]
"""Lines of a conversation in the list; auto: two from 100 columns on."""
PicturesShown: TypeAlias = Literal["selected", "always", "never"]
"""Messages whose picture stands below their words: the selected one, all, none."""
PicturesBy: TypeAlias = Literal["auto", "kitty", "sixel", "blocks", "none"]
"""Way of pictures to the terminal; auto: the best that it says it has."""
LogLevel: TypeAlias = Literal["off", "error", "warning", "info", "debug"]
"""Least grave lines that go to the log file; off: there is none."""
RuleName: TypeAlias = Literal["all", "mentions", "none"]
"""Values of a `NotifyRule`."""
Keep: TypeAlias = int | Literal["all", "nothing"]
"""For how many days messages are stored; see `tui.services.maintenance`."""
HookCommands: TypeAlias = Mapping[str, tuple[str, ...]]
"""Command of each hook that is set, by its name."""

HOOKS: Final = ("on_message", "on_mention", "on_upload", "on_session_end")
"""Names of the hooks."""

MOST_DAYS: Final = 100_000
LONGEST_PAUSE: Final = 600
MOST_MEGABYTES: Final = 1_000_000
SECONDS: Final = r"^[0-9]{1,9}(\.[0-9]{1,9})?$"
"""Form of seconds that are written as a text."""
_KEY: Final = r"[^\s,]+"
_LONG: Final = 100
"""Characters of a name or key in a mistake."""
_MOST_TOLD: Final = 50
"""Mistakes of a file that are told; one with more is something else than settings."""


class Settings(msgspec.Struct, frozen=True):
    """The settings of every profile. `theme` auto is the terminal's own colours; `endpoint` None: not said."""

    theme: Theme = "auto"
    language: Language = "auto"
    bell: bool = True
    desktop_notices: bool = True
    window_title: bool = True
    show_recalled: bool = True
    confirm_group_files: bool = True
    links: bool = True
    pictures: PicturesShown = "selected"
    list: ListLines = "auto"
    fold_official: bool = True
    mouse: bool = True
    pictures_by: PicturesBy = "auto"
    endpoint: Endpoint | None = None
    proxy: str = "auto"
    start_dir: Path | None = None
    bookmarks: tuple[Path, ...] = ()
    keep: Keep = "all"
    download_dir: Path | None = None
    send_pause: float = 1.0
    open_command: tuple[str, ...] = ()
    open_in_terminal: bool = False
    play_command: tuple[str, ...] = ()
    picture_cache: int = 200
    log: LogLevel = "warning"
    mentions_ring: bool = True
    mentions_all: bool = True
    quiet: str = ""
    quiet_mentions: bool = False
    notify: Mapping[str, RuleName] = msgspec.field(default_factory=dict)
    hooks: HookCommands = msgspec.field(default_factory=dict)
    keys: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)

    def __repr__(self) -> str:
        """Name what differs from the default, and no value that may hold a password."""
        different = (one for one in self.__struct_fields__ if getattr(self, one) != getattr(_DEFAULTS, one))
        shown = (f"{one}=***" if BY_NAME[one].is_secret else f"{one}={getattr(self, one)!r}" for one in different)
        return f"Settings({', '.join(shown)})"

    @property
    def notify_rules(self) -> Mapping[str, RuleName]:
        """Rule of each `NotifyKind`, by its value."""
        return {**_NOTIFY, **self.notify}

    @property
    def quiet_kinds(self) -> frozenset[str]:
        """Kinds of which not everything rings."""
        return frozenset(kind for kind, rule in self.notify_rules.items() if rule != "all")


_DEFAULTS: Final = Settings()
_NOTIFY: Final[Mapping[str, RuleName]] = {"person": "all", "group": "all", "official": "none", "service": "none"}
"""Rules of the kinds where the settings say nothing."""


class SettingMistake(msgspec.Struct, frozen=True):
    """Mistake in the settings, as a whole sentence.

    `setting`: its name, with a dot and a part where the value has parts; "" where the whole file is meant. `line`: that
    of the file, 0 where there is none. `variable`: the one that is wrong, "" where it is the file.
    """

    sentence: Phrase
    setting: str = ""
    line: int = 0
    variable: str = ""


class Examined(msgspec.Struct, frozen=True):
    """Settings as far as they make sense, and what is wrong in them.

    `mistakes` stand in the order of the lines, then those of the variables. `in_file` names the settings that the file
    sets, `variables` has the variable of each that one sets.
    """

    settings: Settings
    mistakes: tuple[SettingMistake, ...]
    in_file: frozenset[str]
    variables: Mapping[str, str]
    text: str
    """The file's text, without what is no TOML in it."""

    @property
    def sentences(self) -> tuple[Phrase, ...]:
        """The sentence of each mistake."""
        return tuple(one.sentence for one in self.mistakes)


def load(file: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of `file`, else of `paths.config_file()`; neither has to exist. Raises `SettingsWrong`."""
    found = examine(file, environ)
    if found.mistakes:
        raise SettingsWrong(why=together(found.sentences), mistakes=found.sentences)
    return found.settings


def examine(file: Path | None = None, environ: Mapping[str, str] | None = None) -> Examined:
    """Return what `load` does, together with all the mistakes; a setting with a mistake has its default."""
    path = file or default_file()
    values: dict[str, Any] = {}
    mistakes: list[SettingMistake] = []
    try:
        text = config_file.read_text(path)
    except UsageError as error:
        mistakes.append(SettingMistake(error.said))
        text = ""
    try:
        tables = config_file.parse(path, text) if text.strip() else {}
    except UsageError:
        from tui.config.toml_mistakes import recovered

        tables, text, wrong_lines = recovered(text)
        mistakes += (SettingMistake(config_file.located(path, line, why), line=line) for line, why in wrong_lines)
    lines: dict[str, int] | None = None
    for name, value in tables.items():
        if len(mistakes) > _MOST_TOLD:
            break
        try:
            values[name] = _checked(name, value)
        except WrongValue as wrong:
            lines = config_file.line_numbers(text) if lines is None else lines
            for one, why in wrong.sentences(name)[:_MOST_TOLD]:
                line, told = lines.get(one, 0), _without_passwords(why).cut(_LONG)
                mistakes.append(SettingMistake(config_file.located(path, line, told), one[:_LONG], line))
    del mistakes[_MOST_TOLD:]
    mistakes.sort(key=lambda one: one.line)
    in_file = frozenset(values)
    variables = _from_environment(os.environ if environ is None else environ, values, mistakes)
    return Examined(Settings(**values), tuple(mistakes), in_file, variables, text)


def _without_passwords(why: Phrase) -> Phrase:
    """Return a reason in which an address that stands where a name should be shows no password."""
    from tui.config.proxy_address import masked

    facts = {
        name: _without_passwords(fact) if isinstance(fact, Phrase) else masked(fact) if isinstance(fact, str) else fact
        for name, fact in why.facts.items()
    }
    return Phrase(why.template, **facts)


def _checked(name: str, value: object) -> object:
    setting = BY_NAME.get(name)
    if setting is None:
        raise WrongValue((name, unknown_setting(name)))
    return setting.read(value)


def unknown_setting(name: str, shown_by: str = "wxtui config show") -> Phrase:
    """Return the sentence for a name that is no setting, with the one that was probably meant, or what shows all."""
    from tui.commands import nearest

    near = nearest(name, BY_NAME)
    if near is not None:
        return Phrase("unknown setting “{name}” (did you mean “{near}”?)", name=name, near=near)
    return Phrase("unknown setting “{name}”; to see all: {command}", name=name, command=shown_by)


def _listed(names: Iterable[str]) -> Phrase | str:
    """Return names in a row, as `i18n.listed` does, but translated only where the sentence is."""
    said: Phrase | str = ""
    for name in names:
        said = Phrase("{before}, {name}", before=said, name=name) if said else name
    return said


# ---------------------------------------------------------------- values


class WrongValue(Exception):
    """Raised by a reader: what the value must be; or several (name, why), where the value has parts."""

    def __init__(self, *wrong: tuple[str, Phrase], what: Phrase | None = None) -> None:
        super().__init__()
        self.wrong = wrong
        self.what = what

    def sentences(self, name: str) -> list[tuple[str, Phrase]]:
        """Return (name with dots, why it is wrong) for each mistake in the setting of this name."""
        if self.what is None:
            return list(self.wrong)
        return [(name, Phrase("“{name}” must be {what}", name=name, what=self.what))]


Reader: TypeAlias = Callable[[object], object]
"""Takes a value as TOML gives it, and returns that of `Settings`. Raises `WrongValue`."""


def _one_of(choices: tuple[str, ...]) -> Reader:
    def read(value: object) -> str:
        if not isinstance(value, str) or value not in choices:
            raise WrongValue(what=Phrase("one of {all}", all=_listed(choices)))
        return value

    return read


def _endpoint(value: object) -> Endpoint:
    return Endpoint(_one_of(_ENDPOINTS)(value))


def read_switch(value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise WrongValue(what=Phrase("true or false"))
    return value


def read_days(value: object) -> Keep:
    """Read for how long messages are kept."""
    if value == "all":
        return "all"
    if value == "nothing":
        return "nothing"
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:9])
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= MOST_DAYS:
        raise WrongValue(what=Phrase('"all", "nothing", or a number of days (1 or more)'))
    return value


def read_seconds(value: object) -> float:
    """Read a time in seconds."""
    import re

    if isinstance(value, str) and re.match(SECONDS, value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST_PAUSE:
        raise WrongValue(what=Phrase("seconds, from 0 to 600"))
    return float(value)


def read_megabytes(value: object) -> int:
    """Read a number of MB."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:9])
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_MEGABYTES:
        raise WrongValue(what=Phrase("a number of MB (0 or more)"))
    return value


def read_proxy(value: object) -> str:
    """Read a proxy's address; auto: as the environment says, none: straight to the server."""
    from tui.config.proxy_address import NoProxyAddress, read_address

    try:
        return value if value in ("auto", "none") else read_address(value if isinstance(value, str) else "").url
    except NoProxyAddress:
        raise WrongValue(what=Phrase('"auto", "none", or an address like "socks5h://127.0.0.1:1080"')) from None


def read_folder(value: object) -> Path:
    """Read a path; `~` is one's home."""
    if not isinstance(value, str) or not value or "\0" in value:
        raise WrongValue(what=Phrase("a path in quotes"))
    try:
        path = Path(value).expanduser()
    except RuntimeError:
        path = Path(value)
    if not path.is_absolute():
        raise WrongValue(what=Phrase("a path that starts with / or ~"))
    return path


def read_folders(value: object) -> tuple[Path, ...]:
    """Read a list of paths."""
    if not isinstance(value, list):
        raise WrongValue(what=Phrase("a list of paths"))
    return tuple(map(read_folder, value))


def command_words(value: object) -> tuple[str, ...] | None:
    """Return a command's words, which a shell would split so, or a list gives; no shell ever runs it. None for none."""
    import shlex

    try:
        words = shlex.split(value) if isinstance(value, str) else value
    except ValueError:
        words = None
    if not isinstance(words, list) or not all(isinstance(one, str) and "\0" not in one for one in words):
        words = None
    return tuple(words) if words and words[0] else None


def read_command(value: object) -> tuple[str, ...]:
    """Read the words of a command."""
    words = command_words(value)
    if words is None:
        raise WrongValue(what=Phrase('a command like "feh {place}", or a list of its words', place="{}"))
    return words


def read_hooks(value: object) -> dict[str, tuple[str, ...]]:
    """Read a table of commands."""
    from tui.commands import nearest

    if not isinstance(value, dict):
        raise WrongValue(what=Phrase("a table of hooks"))
    hooks: dict[str, tuple[str, ...]] = {}
    wrong: list[tuple[str, Phrase]] = []
    for name, command in value.items():
        if name not in HOOKS:
            known = nearest(name, HOOKS) or _listed(HOOKS)
            wrong.append((f"hooks.{name}", Phrase("unknown hook “{name}”; there is: {all}", name=name, all=known)))
            continue
        words = command_words(command)
        if words is None:
            what = Phrase('a command like "notify-send hello", or a list of its words')
            wrong.append((f"hooks.{name}", Phrase("“{name}” must be {what}", name=name, what=what)))
        else:
            hooks[name] = words
    if wrong:
        raise WrongValue(*wrong)
    return hooks


def read_keys(value: object) -> dict[str, tuple[str, ...]]:
    """Read a table of keys, each of which must be one that can be pressed."""
    import re

    from tui.keymap import mistakes_in

    if not isinstance(value, dict):
        raise WrongValue(what=Phrase("a table of keys"))
    keys: dict[str, tuple[str, ...]] = {}
    wrong: list[tuple[str, Phrase]] = []
    for name, wanted in config_file.flat(value).items():
        several = [wanted] if isinstance(wanted, str) else wanted
        if isinstance(several, list) and all(isinstance(key, str) and re.fullmatch(_KEY, key) for key in several):
            keys[name] = tuple(several)
        else:
            what = Phrase('a key like "ctrl+z", or a list of such')
            wrong.append((f"keys.{name}", Phrase("“{name}” must be {what}", name=name, what=what)))
    wrong += ((f"keys.{name}", why) for name, why in mistakes_in(keys))
    if wrong:
        raise WrongValue(*wrong)
    return keys


def read_times_of_day(value: object) -> str:
    """Read quiet hours."""
    from tui.config.quiet_hours import QuietHours

    try:
        return str(QuietHours.parse(value if isinstance(value, str) else "?"))
    except ValueError:
        raise WrongValue(what=Phrase('times of day like "23:00-08:00"')) from None


def _notify(value: object) -> dict[str, RuleName]:
    if not isinstance(value, dict):
        raise WrongValue(what=Phrase("a table of rules"))
    wrong: list[tuple[str, Phrase]] = []
    for kind, rule in value.items():
        if kind not in _NOTIFY:
            why = Phrase("“{name}” must be one of {all}", name=kind, all=_listed(_NOTIFY))
            wrong.append((f"notify.{kind}", why))
        elif rule not in RULES:
            setting, what = f"notify.{kind}", Phrase("one of {all}", all=_listed(RULES))
            wrong.append((setting, Phrase("“{name}” must be {what}", name=setting, what=what)))
    if wrong:
        raise WrongValue(*wrong)
    return value


# ---------------------------------------------------------------- the table

_KEPT: Final = ("all", "nothing")
_ENDPOINTS: Final = tuple(one.value for one in Endpoint)
RULES: Final[tuple[str, ...]] = get_args(RuleName)


class Setting(msgspec.Struct, frozen=True):
    """Setting as people see it: its name in the file, its values, and its help, translated where it is shown."""

    name: str
    read: Reader
    help: str
    choices: tuple[str, ...] = ()
    """Values that are offered; none where it is a path, a list or a number."""
    example: str = ""
    """Value that is offered besides the choices, or where there are none, as a person types it."""
    at_once: bool = True
    """False where it counts at the next start."""
    in_environment: bool = True
    parts: Phrase | None = None
    """Sentence with an example of a change where it is a table, whose values are set one by one."""
    is_secret: bool = False
    """True where the value may hold a password: it is shown masked."""

    @property
    def variable(self) -> str:
        """Variable that sets it, and wins over the file; "" where there is none."""
        if self.name == "language":
            return "WXTUI_LANG"
        return f"WXTUI_{self.name.upper()}" if self.in_environment else ""


def _choice(name: str, choices: tuple[str, ...], help: str) -> Setting:
    return Setting(name, _one_of(choices), help, choices)


def _switch(name: str, help: str) -> Setting:
    return Setting(name, read_switch, help, ("true", "false"))


SETTINGS: Final[tuple[Setting, ...]] = (
    _choice("theme", get_args(Theme), N_("Colors of the screen")),
    _choice("language", get_args(Language), N_("Language of the interface")),
    _switch("bell", N_("Terminal bell for new messages")),
    _switch("desktop_notices", N_("Desktop notifications for new messages")),
    _switch("window_title", N_("Unread messages in the window's title")),
    _switch("show_recalled", N_("Keep recalled messages readable")),
    _switch("confirm_group_files", N_("Ask before files go to a group")),
    _switch("links", N_("Addresses as links of the terminal (OSC 8)")),
    _choice("pictures", get_args(PicturesShown), N_("Pictures of the selected message, or all")),
    _choice("list", get_args(ListLines), N_("Lines per conversation; auto: two where wide")),
    _switch("fold_official", N_("Official accounts and services in one row")),
    _switch("mouse", N_("Mouse; false: the terminal selects text")),
    _choice("pictures_by", get_args(PicturesBy), N_("How the terminal draws pictures")),
    Setting("endpoint", _endpoint, N_("Web or File Transfer, for a new login"), _ENDPOINTS, at_once=False),
    Setting(
        "proxy",
        read_proxy,
        N_("Proxy; auto: what HTTPS_PROXY says"),
        ("auto", "none"),
        example="socks5h://127.0.0.1:1080",
        at_once=False,
        is_secret=True,
    ),
    Setting("start_dir", read_folder, N_("Folder of the file picker"), example="~/Downloads"),
    Setting("bookmarks", read_folders, N_("Bookmarks of the file picker"), example="~/Pictures", in_environment=False),
    Setting("keep", read_days, N_("Messages stored: all, nothing, or days"), ("all", "nothing"), "90", at_once=False),
    Setting("download_dir", read_folder, N_("Folder for saved files"), example="~/Downloads"),
    Setting("send_pause", read_seconds, N_("Seconds between messages to several")),
    Setting("open_command", read_command, N_("Program that files are opened with"), example="feh {}"),
    _switch("open_in_terminal", N_("It needs the terminal while it runs")),
    Setting("play_command", read_command, N_("Program that voice is played with"), example="mpv --no-terminal {}"),
    Setting("picture_cache", read_megabytes, N_("MB of pictures kept on the disk; 0: none"), at_once=False),
    Setting(
        "log",
        _one_of(get_args(LogLevel)),
        N_("Level of the log file; off: there is none"),
        get_args(LogLevel),
        at_once=False,
    ),
    _switch("mentions_ring", N_("Mentions of you ring although muted")),
    _switch("mentions_all", N_("@all mentions you as well")),
    Setting("quiet", read_times_of_day, N_("Quiet hours: nothing rings, like 23:00-08:00"), example="23:00-08:00"),
    _switch("quiet_mentions", N_("Mentions of you ring in quiet hours")),
    Setting(
        "notify",
        _notify,
        N_("What rings, by kind"),
        in_environment=False,
        parts=Phrase("set rules one by one: notify.group mentions"),
    ),
    Setting(
        "hooks",
        read_hooks,
        N_("Commands that run when something happens"),
        in_environment=False,
        parts=Phrase("set hooks one by one: hooks.on_message COMMAND"),
    ),
    Setting(
        "keys",
        read_keys,
        N_("Your own keys"),
        in_environment=False,
        parts=Phrase("set keys one by one: keys.revoke KEY"),
    ),
)
"""Every setting, in the order in which it is shown. Each is a field of `Settings`; a test holds them together."""

BY_NAME: Final[Mapping[str, Setting]] = {setting.name: setting for setting in SETTINGS}

# ---------------------------------------------------------------- the environment

SWITCHES: Final = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


def _from_environment(
    environ: Mapping[str, str], values: dict[str, object], mistakes: list[SettingMistake]
) -> dict[str, str]:
    """Put what the variables say over the file's `values`; return the variable of each setting that one sets.

    A variable that makes no sense is a mistake.
    """
    variables: dict[str, str] = {}
    for setting in SETTINGS:
        text = environ.get(setting.variable, "") if setting.variable else ""
        if not text:
            continue
        try:
            # The language is read as `i18n` does, which takes any locale's name and never fails.
            values[setting.name] = _locale(text) if setting.name == "language" else setting.read(_typed(setting, text))
            variables[setting.name] = setting.variable
        except WrongValue as wrong:
            sentence = Phrase("The variable {name} must be {what}.", name=setting.variable, what=wrong.what)
            mistakes.append(SettingMistake(sentence, setting.name, variable=setting.variable))
    return variables


def _locale(text: str) -> Language:
    return "zh_CN" if text.lower().startswith("zh") else "en"


def _typed(setting: Setting, text: str) -> object:
    """Return a value that was written without quotes, as TOML would give it."""
    return SWITCHES.get(text.lower(), text) if setting.read is read_switch else text
