"""A screen with nothing but the fields that are tested, and all that they posted."""

from __future__ import annotations

from pathlib import Path
from typing import Self, TypeVar

from textual import events
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from tui.widgets.base.canvas import Canvas
from tui.widgets.composer.completion_popup import CompletionPopup
from tui.widgets.composer.composer import Composer
from tui.widgets.text_input.line_edit import LineEdit

M = TypeVar("M", bound=Message)


class Above(Canvas):
    """Where the messages would be."""

    def draw(self, y: int, width: int) -> Strip:
        return Strip.blank(width)


class Bar(Composer):
    """Remembers what it wanted drawn again; None is all of it."""

    stale: list[Region | None]

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        if repaint:
            self.stale = [*getattr(self, "stale", []), *(regions or [None])]
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


class TextFieldsApp(App[object], inherit_bindings=False):
    """A filter, messages, the bar."""

    CSS = "Canvas { width: 1fr; height: auto; } Above { height: 1fr; }"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        super().__init__()
        self.completion = CompletionPopup(id="completion")
        self.bar = Bar(self.completion, id="bar")
        self.filter = LineEdit(placeholder="filter", prompt="/ ", id="filter")
        self.posted: list[Message] = []
        self.heard: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.filter
        yield Above()
        yield self.completion
        yield self.bar

    def on_mount(self) -> None:
        self.bar.focus()

    def of(self, kind: type[M]) -> list[M]:
        return [message for message in self.posted if isinstance(message, kind)]

    def sent(self) -> list[tuple[str, tuple[Path, ...]]]:
        return [(one.text, one.attachments) for one in self.of(Composer.Submitted)]

    def on_key(self, event: events.Key) -> None:
        self.heard.append(event.key)

    def _take(self, message: Message) -> None:
        self.posted.append(message)

    on_composer_submitted = on_composer_edited = on_composer_long_paste = on_composer_no_such_file = _take
    on_line_edit_changed = on_line_edit_submitted = _take


def key(name: str, time: float, character: str | None = None) -> events.Key:
    """A key that came at this time."""
    event = events.Key(name, character if character is not None else name if len(name) == 1 else None)
    event.time = time
    return event


def type_burst(widget: Canvas, text: str, at: float) -> float:
    """Letters of one packet, as a terminal sends a paste that it does not mark."""
    for char in text:
        at += 0.00005
        name = {"\r": "enter", "\n": "ctrl+j", " ": "space", "\t": "tab"}.get(char, char)
        widget.post_message(key(name, at, char))
    return at
