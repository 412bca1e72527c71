"""Fields of a stranger's JSON object, read leniently: numbers come as strings, strings as numbers, anything as null."""

from __future__ import annotations

from typing import Final

from tui.wire.answers import as_id, as_int
from tui.wire.text import whole

_LARGEST: Final = 2**63 - 1
"""Largest integer that the store holds; a larger number is nonsense from the server and reads as 0."""


class Fields:
    """Typed access to the fields of `value`; of anything but an object every field is missing."""

    __slots__ = ("_value",)

    def __init__(self, value: object) -> None:
        self._value: dict[object, object] = value if isinstance(value, dict) else {}

    def text(self, name: str) -> str:
        """Return a string without NUL and lone surrogates, an integer as its digits; "" for everything else."""
        return whole(as_id(self._value.get(name)))

    def number(self, name: str) -> int:
        """Return an integer that a 64-bit column holds; 0 for everything else."""
        value = self._value.get(name)
        number = int(value) if isinstance(value, float) and abs(value) < 2**53 else as_int(value)
        return number if abs(number) <= _LARGEST else 0

    def has(self, name: str) -> bool:
        """Return True when the field is there and not null."""
        return self._value.get(name) is not None

    def inner(self, name: str) -> Fields:
        """Return the fields of the object in a field."""
        return Fields(self._value.get(name))

    def entries(self, name: str) -> tuple[object, ...]:
        """Return the entries of a list; none for everything else."""
        value = self._value.get(name)
        return tuple(value) if isinstance(value, list) else ()
