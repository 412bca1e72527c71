"""Keys in their order: each acts on what the one before it has left, however many arrive in one packet.

Textual hands a key to what has the focus when the key arrives. Over a slow link, after SIGCONT, or from a program that
sends keys, several arrive together: a letter behind Ctrl+K would stand in the bar and not in the list that Ctrl+K
opens, and Enter behind it would send it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

from tui.terminal.textual_patches import is_idle

PATIENCE: Final = 5.0
"""Seconds that a key waits at most for what the keys before it do."""
_TURNS: Final = 50
"""Turns of the event loop in which messages usually have passed from the widget to the app."""
_LOOK_AGAIN: Final = 0.002
"""Seconds between two looks at what takes longer."""

_Input = events.InputEvent | events.Paste


class KeyOrder(App[None], inherit_bindings=False, inherit_css=False):
    """An app that takes a key only when everything that earlier keys set off has happened.

    Letters that a field takes follow each other freely: nothing but the field's text comes of them.
    """

    def __init__(self) -> None:
        super().__init__()
        self._input: deque[_Input] = deque()
        self._following: asyncio.Task[None] | None = None
        self._letters_under_way = self._keys_under_way = False

    @property
    def input_waiting(self) -> int:
        """Keys, pastes and clicks that wait for their turn."""
        return len(self._input)

    def is_busy(self, *, letter: bool) -> bool:
        """Return whether work that keys have begun must end before the next one is taken, a letter or another key."""
        return False

    async def on_event(self, event: events.Event) -> None:
        """Take a key at once when nothing is under way, else in its turn."""
        if not isinstance(event, events.InputEvent | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif self._following is None and not self._must_wait(event):
            self._note(event)
            await super().on_event(event)
        else:
            self._input.append(event)
            if self._following is None:
                self._following = asyncio.create_task(self._follow())

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
        """Take what waits, one after the other."""
        try:
            while self._input:
                event = self._input[0]
                if self._must_wait(event):
                    await self._settle(letter=self._is_letter(event))
                self._input.popleft()
                self._note(event)
                await super().on_event(event)
        except Exception as error:
            # Nobody awaits this task: the app's own loop must meet the error, and treat it as any other.
            self.call_later(_raise, error)
        finally:
            self._following = None

    async def _settle(self, *, letter: bool) -> None:
        """Wait until what has been taken has happened: its messages, those that they led to, and what was begun."""
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
