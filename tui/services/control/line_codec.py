"""Encodes messages of the protocol as lines of JSON: a class names its fields, and the kind of value of each.

Only Python's own `json` is imported: a command that goes through a running wxtui lives for some milliseconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Final, NamedTuple, NoReturn, TypeAlias, TypeVar, dataclass_transform

LINE: Final = 1024 * 1024
"""Bytes of the longest line, and of the buffer of a StreamReader."""
_LARGEST: Final = 2**63 - 1

Number: TypeAlias = int
"""Integer that SQLite can hold: row ids and counts. A larger one, or one below 0, is `Malformed`."""
Json: TypeAlias = Any
"""Value as JSON has it, which the receiver reads by itself."""
M = TypeVar("M", bound="ProtocolMessage")


class Malformed(ValueError):
    """A line that is no message of the protocol, or too long; nothing more is read from its writer."""


@dataclass_transform(frozen_default=True)
class ProtocolMessage:
    """Message of the protocol. Its annotations are its fields; `_KINDS` knows them by their text."""

    tag: ClassVar[str]
    fields: ClassVar[dict[str, _ValueKind]] = {}
    needed: ClassVar[frozenset[str]] = frozenset()
    """Fields without a default."""

    def __init_subclass__(cls, tag: str = "") -> None:
        cls.tag = tag or cls.__name__.lower()
        # Without `inspect`, which takes longer to import than everything here.
        own = cls.__dict__.get("__annotations__", {})  # noqa: RUF063
        cls.fields = cls.fields | {name: _KINDS[kind] for name, kind in own.items()}
        cls.needed = cls.needed | {name for name in own if name not in cls.__dict__}

    def __init__(self, *values: Any, **named: Any) -> None:
        given = dict(zip(self.fields, values, strict=False)) | named
        if len(given) != len(values) + len(named) or not self.needed <= given.keys() <= self.fields.keys():
            raise TypeError(f"{type(self).__name__} has other fields")
        self.__dict__.update(given)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} does not change")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ProtocolMessage) and self.written() == other.written()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self.fields)})"

    def written(self) -> dict[str, Json]:
        """Return it as JSON has it."""
        return {"is": self.tag} | {name: kind.write(getattr(self, name)) for name, kind in self.fields.items()}

    @classmethod
    def read(cls: type[M], found: Mapping[str, Json]) -> M:
        """Return the message of these fields. Raises `ValueError`, `TypeError`."""
        return cls(**{name: cls.fields[name].read(value) for name, value in found.items() if name != "is"})


def line(said: ProtocolMessage) -> bytes:
    """Return a message as a line, with "?" for lone surrogates, which names of files and arguments may hold.

    Raises `Malformed` when it is too long to be read.
    """
    text = json.dumps(said.written(), ensure_ascii=False, separators=(",", ":"))
    written = text.encode("utf-8", "replace") + b"\n"
    if len(written) > LINE:
        raise Malformed("too long")
    return written


def by_tag(kinds: Iterable[Any]) -> dict[str, Any]:
    """Return classes of messages by what their lines say that they are."""
    return {kind.tag: kind for kind in kinds}


def read_line(text: bytes, kinds: Mapping[str, Any]) -> Any:
    """Decode a line that holds one of these messages. Raises `Malformed`."""
    try:
        found = json.loads(text.decode(), parse_constant=_no_number)
        if b"\\u" in text:
            # An escaped lone surrogate is no text, and nothing that comes later could write it.
            json.dumps(found, ensure_ascii=False).encode()
        return kinds[found["is"]].read(found)
    except (ValueError, TypeError, LookupError, RecursionError):
        raise Malformed("no message") from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


# ---------------------------------------------------------------- kinds of values


class _ValueKind(NamedTuple):
    """How a value is checked and read, and how it is written."""

    read: Callable[[Any], Any]
    write: Callable[[Any], Any] = lambda value: value


def _of(kind: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError
        return value

    return read


def _number(value: Any) -> int:
    if not 0 <= _of(int)(value) <= _LARGEST:
        raise ValueError
    return int(value)


def _media_kind(value: Any) -> Any:
    from tui.wire.media_types import MediaKind

    return MediaKind(value)


def _several(read: Callable[[Any], Any]) -> _ValueKind:
    return _ValueKind(lambda value: tuple(map(read, _of(list)(value))), list)


def _fact(value: Any) -> Any:
    if isinstance(value, dict):
        if value.get("is") != SpokenPhrase.tag:
            raise ValueError
        return SpokenPhrase.read(value)
    if isinstance(value, list):
        raise TypeError
    return value


def _write_fact(value: Any) -> Json:
    return value.written() if isinstance(value, SpokenPhrase) else value


_KINDS: Final = {
    "str": _ValueKind(_of(str)),
    "bool": _ValueKind(_of(bool)),
    "Number": _ValueKind(_number),
    "bytes": _ValueKind(lambda value: _of(str)(value).encode("latin-1"), lambda value: value.decode("latin-1")),
    "MediaKind": _ValueKind(_media_kind, lambda value: value.value),
    "tuple[int, ...]": _several(_of(int)),
    "tuple[Number, ...]": _several(_number),
    "tuple[Json, ...]": _several(lambda value: value),
    "Json": _ValueKind(lambda value: value),
    "dict[str, Fact]": _ValueKind(
        lambda value: {name: _fact(one) for name, one in _of(dict)(value).items()},
        lambda value: {name: _write_fact(one) for name, one in value.items()},
    ),
}
"""How the values of a field are read and written, by the text of its annotation."""


class SpokenPhrase(ProtocolMessage, tag="phrase"):
    """A `Phrase` among the facts of an error."""

    template: str
    facts: dict[str, Fact]


Fact: TypeAlias = str | int | float | bool | SpokenPhrase | None
