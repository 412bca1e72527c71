"""Pictures in the terminal of the running program: which way they go, and the images that it has.

Nothing is imported for them before the first is wanted, and nothing is asked of the terminal before somebody looks.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Final

from rich.color import ColorSystem

from tui.terminal.key_order import KeyOrder

if TYPE_CHECKING:
    from tui.terminal.graphics.picture_sender import PictureSender
    from tui.terminal.graphics.reach import GraphicsReach

_COLORS: Final = {ColorSystem.TRUECOLOR: 0, ColorSystem.EIGHT_BIT: 256}
"""Colours in which pictures are drawn → their number, 0 for any. In fewer there are none."""


class TerminalPictures:
    """Makes the two that know of pictures, and tells them what happens to the terminal; nothing where they are not."""

    def __init__(self, app: KeyOrder, wanted: Callable[[], str], colors: Callable[[], ColorSystem | None]) -> None:
        """`wanted` is the setting `pictures_by`."""
        self._app = app
        self._wanted = wanted
        self._colors = colors
        self._reach: GraphicsReach | None = None
        self._sender: PictureSender | None = None

    @property
    def reach(self) -> GraphicsReach:
        """Which way pictures go in this terminal."""
        if self._reach is None:
            from tui.terminal.graphics.reach import GraphicsReach, PicturesBy
            from tui.terminal.graphics.terminal_link import TerminalLink

            link, wanted = TerminalLink(self._app), PicturesBy(self._wanted())
            self._reach = GraphicsReach(link, os.environ, self._number_of_colors, wanted, link.ask_tmux)
        return self._reach

    @property
    def sender(self) -> PictureSender:
        """Hands images to the terminal."""
        if self._sender is None:
            from tui.terminal.graphics.picture_sender import PictureSender
            from tui.terminal.graphics.terminal_link import TerminalLink

            self._sender = PictureSender(self.reach, TerminalLink(self._app))
        return self._sender

    def _number_of_colors(self) -> int | None:
        colors = self._colors()
        return None if colors is None else _COLORS.get(colors)

    @property
    def any_sent(self) -> bool:
        """True once the terminal has been given an image."""
        return self._sender is not None and self._sender.pictures_sent > 0

    def look(self) -> None:
        """Ask the terminal who it is, as the setting has it now. Never waits."""
        from tui.terminal.graphics.reach import PicturesBy

        self.reach.use(PicturesBy(self._wanted()))
        self.reach.look()

    def forget(self) -> None:
        """Take the images for gone: all is drawn anew, or the terminal was another program's."""
        if self._sender is not None:
            self._sender.forget()

    def resumed(self) -> None:
        """Hear that the program goes on after a stop: the terminal may be another one, and has no images of ours."""
        self.forget()
        if self._reach is not None:
            self._reach.look()

    def resized(self) -> None:
        """Hear of another size: a cell may have other pixels now."""
        if self._reach is not None:
            self._reach.resized()

    def remove(self, keys: Collection[str]) -> None:
        """Take the pictures of these keys out of the terminal: nobody is to see them any more."""
        if self._sender is not None:
            self._sender.remove(keys)

    @property
    def is_in_tmux(self) -> bool:
        """True where images went through a tmux, which may show the program in another terminal."""
        return self._sender is not None and self.reach.tmux is not None
