"""The file picker on its own, for tests and for eyes: `python -m tests.support.file_picker_app FOLDER [dark|light]`."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from textual.app import App
from textual.theme import BUILTIN_THEMES, Theme

from tui.paths import style_sheets
from tui.screens.files.file_picker import FilePicker
from tui.screens.files.marked_files import PickedFile
from tui.services.file_browser.bookmarks import Bookmarks, BookmarksFile
from tui.services.pictures.drawn import Drawn, PictureBox
from tui.wire.media_types import MediaKind
from tui.wire.names import Endpoint

THEMES = (
    replace(BUILTIN_THEMES["ansi-dark"], name="terminal"),
    Theme("dark", primary="#2fd07f", background="#14181a", foreground="#d7dbd8", dark=True),
    Theme("light", primary="#067a3e", background="#fbfbf9", foreground="#1f2624", dark=False),
)


class NoBookmarks(BookmarksFile):
    """Keeps nothing."""

    def __init__(self) -> None:
        super().__init__(Path())

    def load(self) -> Bookmarks:
        return Bookmarks()

    def save(self, places: Bookmarks) -> None:
        pass


class FilePickerApp(App[None]):
    """Shows one picker, and keeps what it was left with."""

    CSS_PATH = style_sheets("modals")[:1]
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        start: Path,
        bookmarks: BookmarksFile | None = None,
        *,
        target: str = "项目群 (group, 214)",
        kind: MediaKind = MediaKind.AUTO,
        endpoint: Endpoint = Endpoint.WEB,
        theme: str = "terminal",
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[Path, PictureBox], Awaitable[Drawn]] | None = None,
    ) -> None:
        super().__init__()
        for one in THEMES:
            self.register_theme(one)
        self.theme = theme
        self.picker = FilePicker(target, endpoint, start, kind, bookmarks or NoBookmarks(), clock, draw)
        self.left = False
        self.picked: tuple[PickedFile, ...] | None = None

    def on_mount(self) -> None:
        self.push_screen(self.picker, self._done)

    def _done(self, picked: tuple[PickedFile, ...] | None) -> None:
        self.left, self.picked = True, picked
        if not self.is_headless:
            self.exit()


if __name__ == "__main__":
    places = BookmarksFile(Path(tempfile.gettempdir()) / "wxtui-picker-places" / "places.json")
    start_at = Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd()
    app = FilePickerApp(start_at, places, theme=(sys.argv[2:] or ["terminal"])[0])
    app.run()
    print(app.picked)
