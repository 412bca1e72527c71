"""The home that an earlier version left: two profiles, with messages of every kind and in every state."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

_HOME = Path(__file__).parent.parent / "homes" / "version_0746e5d"


def lay_earlier_home(home: Path) -> None:
    """Lay it down as `home`, which is not there yet."""
    shutil.copytree(_HOME, home)
    for sql in home.rglob("*.sqlite3.sql"):
        with closing(sqlite3.connect(sql.with_suffix(""))) as connection:
            connection.executescript(sql.read_text("utf-8"))
        sql.unlink()
