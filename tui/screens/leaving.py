"""Leaving a screen, once."""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import Screen

ResultT = TypeVar("ResultT")


class LeavesOnce(Screen[ResultT]):
    """Textual's `dismiss` takes away whatever screen is on top: a second Escape would take the one below."""

    _leaving = False

    def dismiss(self, result: ResultT | None = None) -> AwaitComplete:
        """Give the result and go; a second time is nothing."""
        if self._leaving:
            return AwaitComplete()
        self._leaving = True
        return super().dismiss(result)
