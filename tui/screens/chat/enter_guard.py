"""Guard of Enter: a text that came into the bar by itself is sent only once a person can have read it there."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from tui.commands import Invocation, Say, parse
from tui.keymap import hint
from tui.screens.settling import Settling
from tui.terminal.key_order import KeyOrder
from tui.widgets.base.styles import Tone
from tui.widgets.composer.composer import Composer, is_long


class EnterGuard:
    """Holds back an Enter that was meant for a list, a question or another conversation, which was there before.

    A person who presses Enter twice in the file picker chose a file twice; the draft that appears when the picker is
    gone was neither typed nor read by then, and letters typed behind it in the same breath do not change that. Text
    that is typed whole into an empty bar is sent at once; one whose beginning went to a dialog, which a letter of it
    closed, is not whole.
    """

    def __init__(
        self, composer: Composer, tell: Callable[[str, Tone], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` is monotonic, in seconds."""
        self._composer = composer
        self._tell = tell
        self._unasked = ""
        self._held = ""
        """Sentence about the last Enter that was held."""
        self.astray = False
        """True while the text in the bar is one that nobody wrote to the open conversation."""
        self._closed_at: float | None = None
        """Moment, by Textual's clock, at which a letter came in that closed a dialog."""
        self._beheaded = False
        self._led_away = False
        """True from a key that would have led elsewhere until a text is begun that was certainly meant for the bar."""
        self.settling = Settling(clock)

    def text_came(self) -> None:
        """Note that a text, a draft for example, stands in the bar, or can be seen there, only from now on."""
        self._composer.typed = False
        self.settling.anew()
        self._composer.call_after_refresh(self.settling.painted)

    def opened(self, by_itself: str = "") -> None:
        """Note that a conversation was opened; `by_itself`: its name, when nobody asked for it.

        Then the text in the bar was written to nobody, and so is what somebody begins before seeing that name: the next
        Enter, however late, only says to whom it would go.
        """
        self._unasked = by_itself
        self._beheaded = self._led_away = False
        self.astray = bool(by_itself) and bool(self._composer.text or self._composer.attachments)
        self.text_came()

    def shown_before(self, painted_at: float | None) -> None:
        """Note that a kept screen showed the open conversation, and the text in the bar since `painted_at`; None for
        another text."""
        self._unasked, self.astray = "", False
        if painted_at is not None:
            self.settling.painted_at(painted_at)

    def led_away(self) -> None:
        """Note that a key did nothing because a kept screen was shown: what is typed behind it, as the name to look for
        behind Ctrl+K, was not meant for the bar. The next Enter, however late, only shows it."""
        self.text_came()
        self._led_away = True
        self._beheaded = bool(self._composer.text)

    def uncovered(self) -> None:
        """Note that a dialog is gone. Letters that it took are missing in what is typed on in the same breath."""
        self.text_came()
        app = self._composer.app
        last = app.last_letter if isinstance(app, KeyOrder) else -math.inf
        # A letter that the bar has got since was moved here by the dialog.
        self._closed_at = last if -math.inf < last != self._composer.pressed_at else None

    def lacks(self) -> bool:
        """Return True for a letter whose text began in a dialog: the next Enter, however late, only shows the rest."""
        app = self._composer.app
        if self._closed_at is None or not isinstance(app, KeyOrder) or not app.follows_at_once(self._closed_at):
            self._closed_at = None
            return False
        self._beheaded = True
        return True

    def begins(self) -> bool:
        """Return True for a text that begins in a conversation which its writer has seen open."""
        if self._led_away and not self.settling.answers():
            self._beheaded = True
            return False
        self._led_away = self._beheaded = False
        if self._unasked and not self.settling.answers():
            self.astray = True
            return False
        self._unasked, self.astray = "", False
        return True

    def holds(self) -> bool:
        """Return True, and say so, while Enter must not send. Each Enter, also of a held key, starts the wait anew.

        What counts is when it was pressed: one that waited behind work was pressed before the text could be read.
        """
        bar = self._composer
        read = self.settling.read_by(bar.pressed_at) and not self.astray and not self._beheaded
        if bar.typed or read:
            return False
        self._hold(command=isinstance(parse(bar.text), Invocation))
        self.tell_held()
        return True

    def holds_blind(self, pressed: float, *, seen: bool) -> bool:
        """Return True for an Enter of before the live screen that may not count; `tell_held` says so.

        Only the text of a message is sent, to the conversation that was shown, and only a draft that could be read
        there. `seen`: that conversation is what comes to be seen now.
        """
        bar = self._composer
        read = bar.typed or (self.settling.read_by(pressed) and not self.astray and not self._beheaded)
        says = not bar.text.strip() or isinstance(parse(bar.text), Say)
        plain = says and not bar.attachments and not bar.is_looking and not is_long(bar.text)
        if read and plain and seen and bar.place_of() is not None:
            return False
        self._hold(command=not says)
        return True

    def tell_held(self) -> None:
        """Say that the last Enter which was held did nothing."""
        if self._held:
            self._tell(self._held, Tone.WARN)

    def _hold(self, *, command: bool) -> None:
        """Start the wait anew after an Enter that did nothing; what the next one does is said, and where."""
        if command and self.astray:
            said = hint("Nothing was done. {bar.send} again runs the command in “{name}”.", name=self._unasked)
        elif command:
            said = hint("Nothing was done. {bar.send} again runs the command.")
        elif self.astray:
            said = hint("Nothing was sent. {bar.send} again sends it to “{name}”.", name=self._unasked)
        else:
            said = hint("Nothing was sent. {bar.send} again sends the message.")
        self.astray = self._beheaded = self._led_away = False
        self.text_came()
        self._held = said
