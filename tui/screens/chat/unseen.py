"""Text that came into the bar by itself: Enter sends it only once it can have been read there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.keymap import hint
from tui.screens.settling import Settling
from tui.widgets.base.styles import Tone

if TYPE_CHECKING:
    from tui.screens.chat.screen import ChatScreen


class UnseenText:
    """Holds an Enter that was meant for what stood there before: a list, a question, another conversation.

    Who presses Enter twice in the file picker chose a file twice; the draft that appears when the picker is gone was
    neither typed nor read by then, and what is typed behind it in the same breath does not change that. What is typed
    whole into an empty bar is sent at once.
    """

    def __init__(self, screen: ChatScreen, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` is monotonic, in seconds."""
        self._screen = screen
        self.settling = Settling(clock)

    def came(self) -> None:
        """Note that a text, a draft for example, stands in the bar, or can be seen there, only from now on."""
        self._screen.composer.typed = False
        self.settling.anew()
        self._screen.call_after_refresh(self.settling.painted)

    def holds(self) -> bool:
        """Return whether Enter sends nothing yet, which is said; each one begins anew, so a held key never sends."""
        if self._screen.composer.typed or self.settling.answers():
            return False
        self.came()
        self._screen.status.say(hint("Nothing was sent: {bar.send} again sends what stands in the bar."), Tone.WARN)
        return True
