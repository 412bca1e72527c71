"""Files of a message that is being written: which, and how large. The disk is asked in threads: no key waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual.geometry import Region

from tui.paste import files_in, measured
from tui.widgets.base.work import begin
from tui.widgets.composer.attachment_line import Attachment

if TYPE_CHECKING:
    from tui.widgets.text_input.text_field import TextField


class Attachments:
    """Files that belong to one field."""

    def __init__(self, field: TextField, on_gone: Callable[[Sequence[Path]], object]) -> None:
        """`on_gone` hears of files that are taken away."""
        self.listed: tuple[Attachment, ...] = ()
        self.looking = 0
        """Number of texts of which it is not known yet whether they are files."""
        self._field = field
        self._on_gone = on_gone

    @property
    def paths(self) -> tuple[Path, ...]:
        """Paths of the files."""
        return tuple(attachment.path for attachment in self.listed)

    def put(self, paths: Sequence[Path]) -> None:
        """Replace the files, each once; sizes that are not known are looked up."""
        known = {attachment.path: attachment for attachment in self.listed}
        self.listed = tuple(known.get(path) or Attachment(path) for path in dict.fromkeys(paths))
        if gone := [path for path in known if path not in paths]:
            self._on_gone(gone)
        self._redraw()
        if any(not attachment.size for attachment in self.listed):
            begin(self._field, self._measure(), "measured")

    async def _measure(self) -> None:
        wanted = [attachment.path for attachment in self.listed if not attachment.size]
        sizes = dict(zip(wanted, await asyncio.to_thread(measured, wanted), strict=True))
        listed = []
        for attachment in self.listed:
            found = sizes.get(attachment.path)
            if found is not None:
                listed.append(Attachment(attachment.path, found.size))
            else:
                listed.append(Attachment(attachment.path, gone=True) if attachment.path in sizes else attachment)
        self.listed = tuple(listed)
        self._redraw()

    def _redraw(self) -> None:
        """Draw the field's first line, where they stand."""
        self._field.refresh(Region(0, 0, self._field.size.width, 1))

    def look(self, text: str, start: int, then: Callable[[bool], None]) -> None:
        """Look up whether the text at `start` names files, and attach those in its place. `then` hears the result."""
        self.looking += 1
        begin(self._field, self._look(text, start, then), "pasted")

    async def _look(self, text: str, start: int, then: Callable[[bool], None]) -> None:
        try:
            found = await asyncio.to_thread(files_in, text)
        finally:
            self.looking -= 1
        buffer = self._field.buffer
        taken = bool(found) and buffer.text[start : start + len(text)] == text
        if taken:
            have = self.paths
            self.listed += tuple(Attachment(one.path, one.size) for one in found if one.path not in have)
            self._redraw()
            buffer.replace(start, start + len(text), "")
            self._field.changed()
        then(taken)
