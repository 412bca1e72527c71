"""Reading of what a control call is given. A mistake in it becomes one sentence, with the field and what is allowed."""

from __future__ import annotations

import re
from enum import Enum
from typing import Any, Final, TypeVar, get_args, get_type_hints

import msgspec
from starlette.requests import Request

from tui.sandbox.control.bodies import Push
from tui.sandbox.control.contents import ANY_FIELDS, CONTENTS, TEXT_ONLY
from tui.sandbox.world.kinds import BadContent
from tui.sandbox.world.message import Json

B = TypeVar("B", bound=msgspec.Struct)
_TYPES: Final = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(?P<field>.+?)`")
_MISSING: Final = re.compile(r"Object missing required field `(?P<field>.+?)`")
_TYPE: Final = re.compile(r"Expected `(?P<wanted>[^`]+)`, got `(?P<given>[^`]+)`")
_BOUND: Final = re.compile(r"Expected `(?:int|float)` (?P<bound>[<>]=? .+?)(?: - at .*)?$")
_CHOICE: Final = re.compile(r"Invalid enum value (?P<given>.+?)(?: - at .*)?$")
_PLACE: Final = re.compile(r" - at `\$\.?(?P<place>.*?)`$")


async def read_control(request: Request, kind: type[B]) -> B:
    """Return the body of a control call. Raises `BadContent`."""
    return decode_control(await request.body(), kind)


def decode_control(body: bytes, kind: type[B]) -> B:
    """Return a body as a struct; an empty one has no fields. Raises `BadContent`."""
    try:
        found = msgspec.json.decode(body or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise BadContent(_sentence(str(error), kind, "the body")) from None
    except RecursionError:
        raise BadContent("The body has too many lists or objects inside each other.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadContent(f"The body is not JSON in UTF-8: {error}.") from None
    if isinstance(found, Push):
        _check_content(found.type, found.content)
    return found


def _check_content(kind: str, content: str | Json | None) -> None:
    """Raise `BadContent` for a content that messages of this type do not have."""
    if kind in ANY_FIELDS and isinstance(content, str):
        raise BadContent(f"“content” of “{kind}” has to be an object, not a string.")
    if kind in TEXT_ONLY and isinstance(content, dict):
        raise BadContent(f"“content” of “{kind}” has to be a string, not an object.")
    if not isinstance(content, dict) or kind in ANY_FIELDS:
        return
    try:
        msgspec.convert(content, CONTENTS[kind])
    except msgspec.ValidationError as error:
        raise BadContent(_sentence(str(error), CONTENTS[kind], f"“content” of “{kind}”")) from None


def _sentence(why: str, kind: type[msgspec.Struct], whole: str) -> str:
    """Return why a struct cannot be read, in a sentence."""
    found = _PLACE.search(why)
    place = f"“{found['place']}”" if found and found["place"] else whole
    place = place[0].upper() + place[1:]
    fields = ", ".join(field.encode_name for field in msgspec.structs.fields(kind)) or "none"
    if match := _UNKNOWN.search(why):
        return f"There is no field “{match['field']}” in {whole}; there are: {fields}."
    if match := _MISSING.search(why):
        return f"“{match['field']}” is missing in {whole}."
    if match := _TYPE.search(why):
        wanted, given = (_words(match[name]) for name in ("wanted", "given"))
        return f"{place} has to be {wanted}, not {given}."
    if match := _BOUND.search(why):
        return f"{place} has to be {match['bound']}."
    if (match := _CHOICE.search(why)) and found:
        return f"{place} cannot be {match['given']}; there are: {', '.join(_choices(kind, found['place']))}."
    if "out of range" in why:
        return f"{place} is out of range."
    return f"{place} is not what this call takes."


def _words(types: str) -> str:
    """Return types as msgspec names them, in JSON's words; what may be left out is no choice worth a word."""
    names = [one.strip() for one in types.split("|")]
    return " or ".join(_TYPES.get(one, one) for one in names if one != "null" or len(names) == 1)


def _choices(kind: type[msgspec.Struct], field: str) -> list[str]:
    """Return the values that a field may have."""
    hints = get_type_hints(kind, include_extras=False)
    attribute = next((one.name for one in msgspec.structs.fields(kind) if one.encode_name == field), "")
    return list(dict.fromkeys(_values(hints.get(attribute))))


def _values(hint: Any) -> list[str]:
    if isinstance(hint, type) and issubclass(hint, Enum):
        return [str(one.value) for one in hint]
    if isinstance(hint, str):
        return [hint]
    return [value for inner in get_args(hint) for value in _values(inner)]
