"""JSON lines of messages, held against the schema that `wxtui` prints."""

from __future__ import annotations

from typing import Any

from tui.cli.shared.message_schema import SavedFacts, schema
from tui.services.message_json import MessageFacts

Row = dict[str, Any]
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
}


def agree(value: object, rule: Row, whole: Row, place: str = "") -> None:
    """Fail where a value is not as a rule of the schema says; only what our schemas use is understood."""
    assert set(rule) <= {"$ref", "title", "description", "type", "properties", "required", "enum", "minimum"}, place
    if "$ref" in rule:
        agree(value, whole["$defs"][rule["$ref"].rpartition("/")[2]], whole, place)
        return
    if "enum" in rule:
        assert value in rule["enum"], place
    if "type" in rule:
        assert isinstance(value, _TYPES[rule["type"]]) and (rule["type"] == "boolean") == isinstance(value, bool), place
    if isinstance(value, dict):
        assert set(rule["required"]) <= set(value) <= set(rule["properties"]), place
        for name, inner in value.items():
            agree(inner, rule["properties"][name], whole, f"{place}.{name}")


def checked(row: Row, kind: type[MessageFacts] = MessageFacts) -> Row:
    """The row, which is as the printed schema says, and has no other fields."""
    whole = SCHEMAS[kind]
    agree(row, {"$ref": whole["$ref"]}, whole)
    return row


SCHEMAS: dict[type[MessageFacts], Row] = {kind: schema(kind) for kind in (MessageFacts, SavedFacts)}
