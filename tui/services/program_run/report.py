"""Report of a program that was run, as the receiver reads it on a phone; and the name of its log."""

from __future__ import annotations

import re
import shlex
import signal
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from tui.i18n import _
from tui.services.program_run.relay import Ending
from tui.units import shown_duration
from tui.wire.text import printable

_LONGEST_LINE: Final = 300
_LONGEST_COMMAND: Final = 200
_MOST: Final = 2000
"""Characters of the lines of output."""
_LONGEST_NAME: Final = 40


def command_line(words: Sequence[str]) -> str:
    """Return a command as it can be typed, on one line."""
    # A line of a shell (`sh -c "…"`) is easier read without its quotation marks.
    shown = words[2] if _is_shell_line(words) else shlex.join(words)
    return printable(shown, newlines=False)


def report(what: str, host: str, ending: Ending, lines: Sequence[str]) -> str:
    """Return the text. `what` is the command or a title; `lines` are the last of the output."""
    mark = "❌" if ending.code else "✅"
    how = _("exit code {code}").format(code=ending.code)
    if ending.signal:
        how = _("ended by {signal}").format(signal=signal_name(ending.signal))
    facts = " · ".join([host, how, shown_duration(ending.seconds)])
    head = f"{mark} {_cut(printable(what, newlines=False), _LONGEST_COMMAND)}\n{facts}"
    kept: list[str] = []
    left = _MOST
    for line in reversed(lines):
        shown = _cut(printable(line.expandtabs(4), newlines=False), _LONGEST_LINE)
        left -= len(shown) + 1
        if left < 0:
            kept.append("…")
            break
        kept.append(shown)
    return "\n\n".join([head, *(["\n".join(reversed(kept))] if kept else [])])


def signal_name(number: int) -> str:
    """Return the name of a signal, or its number."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def log_name(words: Sequence[str], title: str, time: datetime) -> str:
    """Return the file name of a log: `make-deploy-20261129-2301.log`. `time` is local."""
    told = words[2].split() if _is_shell_line(words) else list(words)
    first, *more = told or [""]
    named = title or " ".join(
        [first.rpartition("/")[2], *(word for word in more[:2] if re.fullmatch(r"\w[\w.-]*", word))]
    )
    slug = re.sub(r"[^\w.]+", "-", named)[:_LONGEST_NAME].strip("-._") or "output"
    return f"{slug}-{time:%Y%m%d-%H%M}.log"


def _is_shell_line(words: Sequence[str]) -> bool:
    """Return True for `sh -c "…"`."""
    return len(words) == 3 and words[1] == "-c"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
