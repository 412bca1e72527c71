"""Login screen: the QR code, how far the login is, and every way on. Its sentences come from `login_state`."""

from __future__ import annotations

import asyncio
import math
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from textual import events
from textual.app import ComposeResult
from textual.timer import Timer

from tui.errors import RiskUntold
from tui.i18n import _
from tui.key_table import Area
from tui.keymap import first_key
from tui.paths import style_sheets
from tui.qr import light_modules
from tui.screens.leave_once import LeavesOnce
from tui.screens.login.login_state import LoginStage, LoginState
from tui.screens.settling import Settling
from tui.services.session.risk import VARIANTS, WARNED
from tui.widgets.base.bindings import bound
from tui.widgets.base.styles import Tone
from tui.widgets.base.text_panel import KeyHints, PanelParagraph, TextPanel
from tui.widgets.base.work import begin
from tui.widgets.qr_code import QrCode
from tui.widgets.text_input.text_field import typed_text
from tui.widgets.text_input.type_ahead import AT_ONCE, TypingTarget
from tui.wire.names import Endpoint

if TYPE_CHECKING:
    from tui.services.client.events import SessionEvent
    from tui.services.client.supervisor import SessionSupervisor

_WORDS: Final = 44
"""Columns of the text at most: longer lines are hard to read."""
_WORDS_LEAST: Final = 18
"""Columns beside the code below which the text goes under it."""
_LINES_BELOW: Final = (5, 3, 2, 1, 0)
"""Lines that the text has at least under the code, tried in this order: the text gives way, the code is needed."""
_ROOMY: Final = 32
"""Lines of a screen from which on the words may be higher than the code: a blank line stands between paragraphs."""
_MARGIN: Final = 4
_GAP: Final = 3
_NEEDED: Final = ("login.again", "login.switch", "login.quit")
"""Keys that are named also where there is room for one line of them."""


class LoginScreen(LeavesOnce[None]):
    """Shows a `LoginState`; the app hands in its events, also while the person is elsewhere."""

    CSS_PATH = style_sheets("login")
    HELP_AREAS = (Area.LOGIN,)

    BINDINGS = [
        bound("login.switch", "switch"),
        bound("login.code", "code"),
        bound("login.again", "again"),
        bound("login.invert", "invert"),
        bound("login.blocks", "blocks"),
        bound("login.address", "address"),
        bound("login.back", "back"),
        bound("login.redraw", "app.redraw"),
        bound("login.quit", "app.quit"),
    ]

    def __init__(
        self,
        supervisor: SessionSupervisor,
        login: LoginState | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        tick: float = 1.0,
        settling: Settling | None = None,
        bar: TypingTarget | None = None,
        name: str = "",
    ) -> None:
        """`tick`: seconds between two looks at the count. `settling` says from when on letters act.

        `bar` gets what is typed here and means nothing here. `name` of the profile, where there may be several.
        """
        super().__init__()
        self._profile_name = name
        self._bar = bar
        self._typed_at = -math.inf
        self._line_ended = False
        self._settling = settling or Settling()
        self._supervisor = supervisor
        self._login = login or LoginState()
        self._monotonic = monotonic
        self._pause = tick
        self._code = QrCode(id="code")
        self._words = TextPanel(id="words")
        self._drawn = ""
        self._address = False
        self._too_small = False
        self._troubled = False
        self._covered = False
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lay out the code and the text."""
        yield self._code
        yield self._words

    def on_mount(self) -> None:
        """Show the state, and load the library for codes while the server is asked for one."""
        if self._supervisor.client is not None and self._login.stage is LoginStage.ASKING:
            self._login.stage = LoginStage.ONLINE
        self._code.inverted = self.app.no_color and _light_terminal()
        self._timer = self.set_interval(self._pause, self._tick, pause=True)
        begin(self, asyncio.to_thread(light_modules, "wxtui"), "code")
        self._show()
        self.call_after_refresh(self._settling.painted)

    def on_key(self, event: events.Key) -> None:
        """Move text to the bar: this screen comes and goes by itself, before somebody who types.

        Text is a letter that means nothing here now, that comes too early to mean it, or that follows a letter of a
        text at once. Enter, which cannot be meant for what nobody sees yet, at most breaks the line.
        """
        letter = bool(typed_text(event.key, event.character))
        if letter or event.key == "enter":
            follows = event.time - self._typed_at < AT_ONCE
            if not follows and event.key in self.active_bindings and self._settling.answers(event):
                return
        elif event.key in self.active_bindings or self._typed_at < 0:
            return
        event.stop()
        event.prevent_default()
        if event.key == "enter":
            self._line_ended = self._typed_at > 0
            return
        if self._bar is None:
            return
        if letter and self._line_ended:
            self._bar.take(events.Paste("\n"))
        self._line_ended = False
        self._typed_at = event.time
        self._bar.take(event)

    def on_paste(self, event: events.Paste) -> None:
        """Move a paste to the bar."""
        if self._bar is not None:
            self._bar.take(event)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let only those keys act that do something now; no letter does once the screen is about to go."""
        return not self._leaving and self._login.offers(action)

    # ---------------------------------------------------------------- what the session tells

    def apply(self, event: SessionEvent) -> None:
        """Take in an event of the login, and show it."""
        self._login.endpoint = self._supervisor.endpoint
        self._login.apply(event, self._monotonic())
        self._show()

    def _show(self) -> None:
        if not self.is_attached:
            return
        code = self._login.code
        if code != self._drawn:
            # The old code must not stay beside words about the new one.
            self._drawn = code
            self._code.show(())
            if code:
                begin(self, self._make(code), "code")
        self._arrange()
        self._say()
        counts = self._login.counts(self._monotonic())
        if self._timer is not None:
            if counts:
                self._timer.reset()
                self._timer.resume()
            else:
                self._timer.pause()

    async def _make(self, code: str) -> None:
        modules = await asyncio.to_thread(light_modules, code, 0)
        if code == self._drawn:
            self._code.show(modules)
            self._arrange()
            self._say()

    def _tick(self) -> None:
        now = self._monotonic()
        if self._login.counts(now) and self._login.troubled(now) == self._troubled:
            self._words.count(self._login.count(now))
        else:
            self._show()

    def on_screen_suspend(self) -> None:
        """Take the words away that the question about the risk, above them, says whole."""
        self._covered = True
        self._show()

    def on_screen_resume(self) -> None:
        """Show the words again."""
        self._covered = False
        self._show()

    # ---------------------------------------------------------------- words

    def _say(self) -> None:
        login, now = self._login, self._monotonic()
        self._troubled = login.troubled(now)
        bad = login.stage is LoginStage.REFUSED and not isinstance(login.error, RiskUntold)
        said = [
            PanelParagraph(
                " · ".join(filter(None, (_("Log in"), self._profile_name, _title(login.endpoint)))), Tone.DIM, rank=4
            ),
            PanelParagraph(
                ("✗ " if bad else "! " if self._troubled else "") + login.sentence(now),
                Tone.BAD if bad else Tone.WARN if self._troubled else Tone.STRONG,
            ),
        ]
        if count := login.count(now):
            said.append(PanelParagraph(count, Tone.DIM, counts=True))
        if note := login.note():
            said.append(PanelParagraph(note, Tone.TEXT, rank=1 if bad else 3))
        if self._too_small:
            said.append(PanelParagraph(self._room_wanted(), Tone.WARN))
        if self._address and login.code:
            said.append(PanelParagraph(login.code, Tone.TEXT, rank=2))
        if not bad:
            here = login.endpoint
            said.append(PanelParagraph(_(VARIANTS[here]), Tone.DIM, rank=5))
            if here is Endpoint.WEB:
                said.append(PanelParagraph(_(WARNED), Tone.DIM, rank=6))
            said.append(PanelParagraph(_(VARIANTS[_other(here)]), Tone.DIM, rank=7))
        keys = self._keys()
        brief = tuple(one for one in keys if one[0] in map(first_key, _NEEDED))
        self._words.show(*said, KeyHints(keys, rank=1, brief=brief))

    def _room_wanted(self) -> str:
        columns, lines = self._code.smallest()
        return _(
            "The code needs {columns} columns and {lines} lines. Make the window larger or its letters smaller."
        ).format(columns=columns, lines=lines)

    def _keys(self) -> tuple[tuple[str, str], ...]:
        login = self._login
        other = _title(_other(login.endpoint))
        keys = []
        if login.offers("again"):
            keys.append((first_key("login.again"), self._again()))
        if login.offers("code"):
            keys.append((first_key("login.code"), _("QR code instead")))
        if login.offers("switch"):
            keys.append((first_key("login.switch"), other))
        if login.shows_code:
            keys.append((first_key("login.blocks"), _("small blocks") if self._code.full else _("large blocks")))
            keys.append((first_key("login.invert"), _("invert the code")))
            keys.append((first_key("login.address"), _("hide the address") if self._address else _("address as text")))
        return (
            *keys,
            (first_key("login.back"), _("stored messages")),
            (first_key("login.quit"), _("quit")),
        )

    def _again(self) -> str:
        if self._login.stage is not LoginStage.REFUSED:
            return _("log in again")
        return _("read it") if isinstance(self._login.error, RiskUntold) else _("try again")

    # ---------------------------------------------------------------- room

    def on_resize(self) -> None:
        """Arrange code and text for another size."""
        self._show()

    def _arrange(self) -> None:
        width, height = self.size
        code, words = self._code, self._words
        beside = below = None
        if not code.empty:
            beside = code.fit_into(width - _GAP - _WORDS_LEAST, height)
            tried = () if beside else (code.fit_into(width, height - lines) for lines in _LINES_BELOW)
            below = next((found for found in tried if found is not None), None)
        cells = beside or below
        small = cells is None and not code.empty
        self._too_small = small
        code.display = cells is not None
        self.set_class(below is not None, "-below")
        self.set_class(cells is None, "-alone")
        if cells is not None:
            code.styles.width, code.styles.height = cells
        if beside:
            words.styles.width = min(_WORDS, width - beside[0] - _GAP)
            words.styles.height = height if width < 70 else max(beside[1], _ROOMY - _MARGIN if height >= _ROOMY else 0)
        elif below:
            words.styles.width, words.styles.height = min(width - 2, _WORDS), height - below[1]
        else:
            words.styles.width, words.styles.height = min(width - 2, _WORDS), min(height, 20)
        asked = self._covered and isinstance(self._login.error, RiskUntold)
        words.display = not asked and (below is None or below[1] < height)

    # ---------------------------------------------------------------- keys

    def log_in(self, endpoint: Endpoint) -> None:
        """Ask for a login to a variant, whatever stands here."""
        self._login.asked(endpoint)
        self._show()
        self._supervisor.again(endpoint, fresh=True)

    def action_switch(self) -> None:
        """Switch between the web version and File Transfer."""
        self.log_in(_other(self._login.endpoint))

    def action_code(self) -> None:
        """Ask for a code, instead of the question on the phone."""
        self.log_in(self._login.endpoint)

    def action_again(self) -> None:
        """Log in once more, after a refusal."""
        self.log_in(self._login.endpoint)

    def action_invert(self) -> None:
        """Let black and white of the code change places."""
        self._code.toggle_inverted()
        self._say()

    def action_blocks(self) -> None:
        """Draw the code in half blocks, or in full ones."""
        self._code.toggle_full()
        self._arrange()
        self._say()

    def action_address(self) -> None:
        """Show the address in the code as text, or hide it."""
        self._address = not self._address
        self._say()

    def action_back(self) -> None:
        """Go to the stored messages; the login goes on."""
        self.dismiss()


def _other(endpoint: Endpoint) -> Endpoint:
    return Endpoint.FILEHELPER if endpoint is Endpoint.WEB else Endpoint.WEB


def _title(endpoint: Endpoint) -> str:
    return _("File Transfer") if endpoint is Endpoint.FILEHELPER else _("web version")


def _light_terminal() -> bool:
    """Return True when the terminal tells that its background is light; most tell nothing."""
    background = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    return background.isdecimal() and int(background) in (7, *range(9, 16))
