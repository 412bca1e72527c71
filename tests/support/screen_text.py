"""What is on a screen, as a person would read it."""

from __future__ import annotations

from textual.app import App


def screen_text(app: App[object]) -> list[str]:
    """The lines of the current screen, without trailing blanks."""
    strips = app.screen._compositor.render_strips()
    return [strip.text.rstrip() for strip in strips]
