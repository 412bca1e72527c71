"""Keys in their order: each acts on what the one before it has left, however many arrive in one packet.

Textual hands a key to what has the focus when the key arrives. Over a slow link, after SIGCONT, or from a program that
sends keys, several arrive together: a letter behind Ctrl+K would stand in the bar and not in the list that Ctrl+K
opens, and Enter behind it would send it.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Sequence
from typing import Final

from textual import events
from textual.message_pump import MessagePump

from tui.terminal.textual_patches import PatchedApp, is_idle

PATIENCE: Final = 5.0
"""Seconds that a key waits at most for what the keys before it do."""
_TURNS: Final = 50
"""Turns of the event loop in which messages usually have passed from the widget to the app."""
_LOOK_AGAIN: Final = 0.002
"""Seconds between two looks at what takes longer."""

_WORD: Final = 1.0
"""Seconds in which the rest of a word follows the letter that answered a question."""
_ANSWERS: Final = {"y": "es", "n": "o"}
"""First letter of a word that people answer with, and its rest."""

_PAUSE: Final = 1.0
"""Seconds without a key in which somebody may have attached another terminal."""
_AT_ONCE: Final = 0.3
"""Seconds in which a letter follows the one before it within a text."""

_Input = events.InputEvent | events.Paste


class KeyOrder(PatchedApp, inherit_bindings=False, inherit_css=False):
    """An app that takes a key only when everything that earlier keys set off has happened.

    Letters that a field takes follow each other freely: nothing but the field's text comes of them.
    """

    def __init__(self) -> None:
        super().__init__()
        self._input: deque[_Input] = deque()
        self._blind: deque[_Input] = deque()
        self._following: asyncio.Task[None] | None = None
        self._letters_under_way = False
        # The start, like a key: before the first screen has a field with the focus, a letter would be lost.
        self._keys_under_way = True
        self._answer_rest: tuple[str, ...] = ()
        self._answered_at = 0.0
        self._first_letter = math.inf
        self._blind_until = -math.inf
        """Moment, by Textual's clock, until which keys were pressed blind."""
        self._stopped = False
        """True when no key acts any more: each waits for the program that follows."""
        self._collects = False
        """True until keys that were pressed blind can be taken."""
        self.last_input = -math.inf
        """Moment, by Textual's clock, at which the last key, paste or click came in."""
        self.last_letter = -math.inf
        """Moment, by Textual's clock, at which the last letter came in; -inf when another key came behind it."""

    @property
    def input_waiting(self) -> int:
        """Keys, pastes and clicks that wait for their turn, or have it just now after waiting."""
        return len(self._blind) + len(self._input) + (self._following is not None)

    def came_back(self) -> None:
        """Hear of the first key after a pause."""

    def is_busy(self, *, letter: bool) -> bool:
        """Return whether work that keys have begun must end before the next one is taken, a letter or another key."""
        return False

    async def on_event(self, event: events.Event) -> None:
        """Take a key at once when nothing is under way, else in its turn."""
        if not isinstance(event, events.InputEvent | events.Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        if self._stopped:
            self._input.append(event)
            return
        before, self.last_input = self.last_input, time.perf_counter()
        if self.last_input - before > _PAUSE:
            self.came_back()
        if event.time < self._blind_until:
            self._blind.append(event)
            if not self._collects:
                self.take_blind_keys()
            return
        if self._following is None and not self._must_wait(event):
            await self._take(event)
        else:
            self._input.append(event)
        if self._input and self._following is None:
            self._following = asyncio.create_task(self._follow())

    # ------------------------------------------------ keys for the program that follows

    def stop_taking(self) -> None:
        """Let no key act from now on."""
        self._stopped = True

    @property
    def untaken(self) -> list[events.Key | events.Paste]:
        """Keys and pastes that came since `stop_taking`, or waited then."""
        return [event for event in self._input if isinstance(event, events.Key | events.Paste)]

    # ------------------------------------------------ keys that were pressed blind

    @property
    def is_blind(self) -> bool:
        """True from `begin_blind` until `end_blind`."""
        return self._blind_until == math.inf

    def begin_blind(self, typed: Sequence[events.Key | events.Paste] = ()) -> None:
        """Collect keys from now on: the terminal does not show yet what they would act on. `typed` came before."""
        self._blind_until, self._collects = math.inf, True
        self._blind.extend(typed)

    def take_blind_keys(self) -> bool:
        """Take the collected keys, in their order, and each that comes until `end_blind` at once. False without any."""
        self._collects = False
        if not self._blind:
            return False
        while self._blind:
            self.take_blind(self._blind.popleft())
        self.took_blind()
        return True

    def end_blind(self) -> None:
        """Let keys that are pressed from now on mean what they say."""
        if self.is_blind:
            self.take_blind_keys()
            self._blind_until = time.perf_counter()

    def take_blind(self, event: events.Event) -> None:
        """Take a key, a paste or a click that came while the terminal did not show what it would act on."""

    def took_blind(self) -> None:
        """Hear that `take_blind` has got all of them that there are."""

    # ------------------------------------------------ answers

    def answered(self, event: events.Key) -> None:
        """Hear of a key that answered a question: behind a letter, the rest of “yes” or “no” and Enter mean nothing.

        They would be typed into the bar, or edit the message that was just recalled, and send that.
        """
        if event.is_printable:
            self._answer_rest = (*_ANSWERS.get(event.key.lower(), ""), "enter")
            self._answered_at = event.time

    def text_behind(self, event: events.Key) -> bool:
        """Return whether a letter came with more of a text behind it, in one packet: more than the rest of “yes”."""
        word = ""
        for key in self._input:
            if isinstance(key, events.Paste):
                return True
            if not isinstance(key, events.Key) or not key.is_printable or key.time - event.time > _AT_ONCE:
                break
            word += (key.character or "").lower()
        return not _ANSWERS.get(event.key.lower(), "").startswith(word)

    def _ends_answer(self, event: _Input) -> bool:
        """Return True for a key that still belongs to the answer before it."""
        rest, self._answer_rest = self._answer_rest, ()
        if not rest or not isinstance(event, events.Key) or event.time - self._answered_at > _WORD:
            return False
        key = event.key.lower()
        if key not in (rest[0], "enter"):
            return False
        self._answer_rest, self._answered_at = (rest[1:] if key == rest[0] else ()), event.time
        return True

    def _is_outside(self, event: _Input) -> bool:
        """Return True for the mouse beyond the window: Textual would take the focus from all, and letters be lost.

        Terminals report it so during a drag, or where the window has just become smaller.
        """
        if not isinstance(event, events.MouseEvent) or self.mouse_captured is not None:
            return False
        width, height = self.size
        return not (0 <= event.x < width and 0 <= event.y < height)

    def _apart(self, event: _Input) -> tuple[events.Key, events.Key] | None:
        """Return Alt and a letter as Escape and the letter, where Alt with that letter is bound to nothing."""
        if not isinstance(event, events.Key) or not event.key.startswith("alt+"):
            return None
        letter = _letter(event)
        if letter is None or event.key in self.screen.active_bindings:
            return None
        keys = events.Key("escape", "\x1b"), letter
        for key in keys:
            key.time = event.time
        return keys

    def follows_at_once(self, moment: float) -> bool:
        """Return whether the letters from the one that came in at `moment` to the last one are typed in one breath."""
        return self._first_letter <= moment <= self.last_letter

    def _note_letter(self, event: _Input) -> None:
        if isinstance(event, events.MouseMove):
            return
        if not isinstance(event, events.Key) or not event.is_printable:
            self._first_letter, self.last_letter = math.inf, -math.inf
            return
        if event.time - self.last_letter > _AT_ONCE:
            self._first_letter = event.time
        self.last_letter = event.time

    async def _take(self, event: _Input) -> None:
        """Hand a key on, unless it is the end of an answer."""
        self._note_letter(event)
        if self._ends_answer(event) or self._is_outside(event):
            return
        if (keys := self._apart(event)) is not None:
            event, letter = keys
            self._input.appendleft(letter)
        self._note(event)
        await super().on_event(event)

    def _is_letter(self, event: _Input) -> bool:
        field = self.focused
        return isinstance(event, events.Key) and (
            field is not None and field.check_consume_key(event.key, event.character)
        )

    def _must_wait(self, event: _Input) -> bool:
        if isinstance(event, events.MouseMove):
            return False
        return self._keys_under_way or (self._letters_under_way and not self._is_letter(event))

    def _note(self, event: _Input) -> None:
        if self._is_letter(event):
            self._letters_under_way = True
        elif not isinstance(event, events.MouseMove):
            self._keys_under_way = True

    async def _follow(self) -> None:
        """Take the keys that wait, one after the other."""
        try:
            while self._input:
                event = self._input[0]
                if self._must_wait(event):
                    await self._settle(letter=self._is_letter(event))
                if self._stopped:
                    return
                self._input.popleft()
                await self._take(event)
        except Exception as error:
            # Nobody awaits this task: the app's own loop must meet the error, and treat it as any other.
            self.call_later(_raise, error)
        finally:
            self._following = None

    async def _settle(self, *, letter: bool) -> None:
        """Wait until everything that the keys taken so far set off has happened."""
        loop = asyncio.get_running_loop()
        end, turns = loop.time() + PATIENCE, 0
        while not (all(map(is_idle, self._pumps())) and not self.is_busy(letter=letter)) and loop.time() < end:
            turns += 1
            await asyncio.sleep(0 if turns < _TURNS else _LOOK_AGAIN)
        self._letters_under_way = self._keys_under_way = False

    def _pumps(self) -> list[MessagePump]:
        """Return the app, the screen and all its widgets."""
        return [self, *self.screen.walk_children(with_self=True)]


def _raise(error: Exception) -> None:
    raise error


def _letter(event: events.Key) -> events.Key | None:
    """Return the letter of a key with Alt, without it; None for a key that types nothing."""
    *modifiers, name = event.key.split("+")
    character = event.character
    if modifiers not in (["alt"], ["alt", "shift"]) or character is None or not character.isprintable():
        return None
    return events.Key(character if len(name) == 1 else name, character)
