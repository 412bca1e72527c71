"""Message of a widget to those above it, with fields."""

from __future__ import annotations

from typing import Any, dataclass_transform

from textual.message import Message


@dataclass_transform()
class WidgetMessage(Message):
    """Message whose fields are its annotations, as in a dataclass; for a dataclass a start would compile code."""

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__()
        self.__dict__.update(zip(self.__annotations__, values, strict=False), **named)
