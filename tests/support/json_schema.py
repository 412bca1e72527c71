"""JSON Schema, as far as ours use it: why a value is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Rule = dict[str, Any]
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
_WORDS = {"$schema", "title", "description", "default"}
_KNOWN = {"$ref", "type", "enum", "const", "anyOf", "allOf", "if", "then", "properties", "required"} | {
    "additionalProperties",
    "items",
    "minItems",
    "minimum",
    "maximum",
    "pattern",
}


def refusals(value: object, rule: Rule, whole: Rule, place: str = "$") -> Iterator[str]:
    """Yield places and keywords by which a value is refused; `$ref` is looked up in `whole`."""
    assert set(rule) <= _KNOWN | _WORDS, f"{place}: {set(rule) - _KNOWN - _WORDS} is not understood"
    if "$ref" in rule:
        found = whole
        for step in rule["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        yield from refusals(value, found, whole, place)
    if "type" in rule and not _is_a(value, rule["type"]):
        yield f"{place}: type"
    if ("enum" in rule and value not in rule["enum"]) or ("const" in rule and value != rule["const"]):
        yield f"{place}: enum"
    if "anyOf" in rule and all(any(refusals(value, one, whole, place)) for one in rule["anyOf"]):
        yield f"{place}: anyOf"
    for one in rule.get("allOf", ()):
        yield from refusals(value, one, whole, place)
    if "if" in rule and not any(refusals(value, rule["if"], whole, place)):
        yield from refusals(value, rule["then"], whole, place)
    if (
        isinstance(value, int | float)
        and _is_a(value, "number")
        and not rule.get("minimum", value) <= value <= rule.get("maximum", value)
    ):
        yield f"{place}: bounds"
    if isinstance(value, str) and "pattern" in rule and not re.search(rule["pattern"], value):
        yield f"{place}: pattern"
    if isinstance(value, dict):
        yield from _fields(value, rule, whole, place)
    if isinstance(value, list) and len(value) < rule.get("minItems", 0):
        yield f"{place}: minItems"
    if isinstance(value, list) and "items" in rule:
        for number, one in enumerate(value):
            yield from refusals(one, rule["items"], whole, f"{place}[{number}]")


def _fields(value: dict[str, object], rule: Rule, whole: Rule, place: str) -> Iterator[str]:
    yield from (f"{place}.{name}: required" for name in rule.get("required", ()) if name not in value)
    known, rest = rule.get("properties", {}), rule.get("additionalProperties", True)
    for name, one in value.items():
        if name in known:
            yield from refusals(one, known[name], whole, f"{place}.{name}")
        elif isinstance(rest, dict):
            yield from refusals(one, rest, whole, f"{place}.{name}")
        elif not rest:
            yield f"{place}.{name}: additionalProperties"


def _is_a(value: object, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and isinstance(value, bool) == (kind == "boolean")
