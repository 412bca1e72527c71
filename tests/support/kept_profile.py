"""A profile with a kept screen, as an earlier run would have left it."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tui.kept_screen.conditions import conditions
from tui.kept_screen.picture import KeptPicture, encode, line_of
from tui.terminal.graphemes import clusters, sure

COLUMNS, ROWS = 40, 5
TERMINAL: dict[str, str | None] = {
    "TERM": "xterm-256color",
    "PYTHONUTF8": "1",
    **dict.fromkeys(("NO_COLOR", "COLORTERM", "TERM_PROGRAM", "TMUX", "STY")),
}
"""Environment in which the screen is kept; None: without this variable."""


def keep_screen(home: Path, *lines: str, environ: Mapping[str, str | None] = TERMINAL, **facts: Any) -> Path:
    """Leave a kept screen of these lines in the profile `default` below `home`, with a session; its file."""
    folder = home / "state" / "default"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "session.json").write_text("{}")
    rows = []
    for text in [*lines, *[""] * (ROWS - len(lines))]:
        row = [cell for cluster, cells in clusters(text) for cell in (cluster, *[""] * (cells - 1))]
        rows.append(line_of([(cell, ("", "", "")) for cell in row + [" "] * (COLUMNS - len(row))], sure))
    values = {name: value for name, value in (os.environ | dict(environ)).items() if value is not None}
    with patch.dict(os.environ, values, clear=True):
        same = conditions(str(home / "config.toml"), COLUMNS, ROWS)
    more: dict[str, Any] = {"kept_at": int(time.time()), "conditions": same, "cursor": (2, 3)} | facts
    file = folder / "screen"
    file.write_bytes(encode(KeptPicture(COLUMNS, rows, **more)))
    file.chmod(0o600)
    return file
