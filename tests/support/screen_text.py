"""The lines of a screen, as a person reads them."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.strip import Strip


def screen_text(app: App[Any]) -> list[str]:
    """The lines of the current screen, without trailing blanks."""
    return [strip.text.rstrip() for strip in screen_strips(app)]


def screen_strips(app: App[Any]) -> list[Strip]:
    """The lines of the current screen, as they are drawn."""
    return app.screen._compositor.render_strips()
