"""Facts that the help, the man pages and the README tell in the same words: exit codes and environment variables."""

from __future__ import annotations

from typing import Final, NamedTuple

from tui.errors import N_


class ExitCode(NamedTuple):
    """Exit code, and what it means; `more` stands in the pages, and not in the help."""

    code: int
    help: str
    more: str = ""


class Variable(NamedTuple):
    """Environment variables that are read for one purpose."""

    names: str
    help: str


EXIT_CODES: Final = (
    ExitCode(0, N_("ok")),
    ExitCode(
        1,
        N_("failed"),
        N_("also: no reply from WeChat, so the message may or may not have arrived (the sentence says which)"),
    ),
    ExitCode(2, N_("usage")),
    ExitCode(3, N_("not logged in"), N_("or the session has ended")),
    ExitCode(4, N_("target not found or ambiguous"), N_("the candidates are listed")),
    ExitCode(5, N_("refused"), N_("nothing was sent: empty, too large, unreadable, changed meanwhile")),
    ExitCode(
        6,
        N_("partly done"),
        N_("what was done is printed. Of run: the command ended with 0, and could not be told about"),
    ),
    ExitCode(70, N_("bug in wxtui"), N_("the sentence names a report, which contains none of your data")),
    ExitCode(
        126,
        N_("run: command not started"),
        N_("otherwise the exit code is the command's, 128 and the number of a signal that ended it"),
    ),
    ExitCode(127, N_("run: command not found")),
    ExitCode(130, N_("interrupted")),
    ExitCode(
        141,
        N_("output closed"),
        N_("as with cat; what was sent or recalled is told on standard error, with 1"),
    ),
)
"""Every exit code, with its meaning."""

VARIABLES: Final = (
    Variable("WXTUI_HOME", N_("Folder for all files of wxtui")),
    Variable("WXTUI_PROFILE, WXTUI_SERVER", N_("As --profile and --server")),
    Variable("WXTUI_PLAIN", N_("1: as --plain")),
    Variable("WXTUI_LANG", N_("Language: en or zh_CN; else that of the locale")),
    Variable("WXTUI_<SETTING>", N_("A setting, over config.toml: WXTUI_THEME, WXTUI_BELL, …")),
    Variable("XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_CACHE_HOME", N_("Places of the files, without WXTUI_HOME")),
    Variable("NO_COLOR", N_("No colors, if it is set")),
    Variable("HTTPS_PROXY, ALL_PROXY, NO_PROXY", N_("Proxies, and hosts that are reached without one")),
    Variable("SSL_CERT_FILE, SSL_CERT_DIR", N_("Certificates to trust")),
    Variable("SHIV_ROOT", N_("Folder in which the single file is unpacked")),
    Variable("VISUAL, EDITOR, BROWSER", N_("Programs for /editor and for links")),
)
"""Environment variables that are read, in the order of the help."""
