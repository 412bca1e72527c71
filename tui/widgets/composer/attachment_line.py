"""Files that go with the next message, as one line above the text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from rich.segment import Segment
from textual.strip import Strip

from tui.i18n import _
from tui.terminal.graphemes import cell_len, cut
from tui.widgets.base.canvas import fit
from tui.widgets.base.styles import Styles
from tui.wire.text import printable

_NAME: Final = 28
"""Cells of a name, where there are several."""


class Attachment(msgspec.Struct, frozen=True):
    """A file to be sent. `size` is as shown, "" while it is not known."""

    path: Path
    size: str = ""
    gone: bool = False

    @property
    def name(self) -> str:
        """Name of the file, safe for a terminal."""
        return printable(self.path.name or str(self.path), newlines=False)


def attachment_line(files: Sequence[Attachment], width: int, styles: Styles) -> Strip:
    """Draw `▪ build.log 12.4 MiB  ▪ b.png 3 KiB  +2`, with at least the last file."""
    room = width - 2
    segments = [Segment("  ", styles.text)]
    for index, file in enumerate(files):
        note = _("is gone") if file.gone else file.size
        rest = len(files) - index - 1
        # Leave room for `+2`, the number of files without room.
        free = room - 2 - (cell_len(note) + 1 if note else 0) - (2 + len(f"+{rest}") if rest else 0)
        name = cut(file.name, min(_NAME, free) if len(files) > 1 else free)
        if index and cell_len(name) < min(_NAME, cell_len(file.name)):
            segments.append(Segment(f"+{rest + 1}", styles.dim))
            break
        segments.append(Segment("▪ ", styles.bad if file.gone else styles.accent))
        segments.append(Segment(name, styles.text))
        if note:
            segments.append(Segment(f" {note}", styles.bad if file.gone else styles.dim))
        segments.append(Segment("  ", styles.text))
        room -= 4 + cell_len(name) + (cell_len(note) + 1 if note else 0)
    return fit(segments, width, styles.text)
