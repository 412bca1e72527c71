"""Schema of the control API: an OpenAPI document, made of the table of calls and the very classes that read and write.

Its `components.schemas` are JSON Schema, 2020-12.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from tui import __version__
from tui.sandbox.control.bodies import ControlMistake
from tui.sandbox.control.calls import CALLS, ControlCall
from tui.sandbox.control.contents import ANY_FIELDS, CONTENTS, TEXT_ONLY

_REF: Final = "#/components/schemas/{name}"


def schema() -> dict[str, Any]:
    """Return the document."""
    kinds = [
        *(call.takes for call in CALLS if call.takes),
        *(call.answers for call in CALLS if call.answers is not bytes),
    ]
    every = list(dict.fromkeys([ControlMistake, *CONTENTS.values(), *kinds]))
    refs, definitions = msgspec.json.schema_components(every, ref_template=_REF)
    by_kind = dict(zip(every, refs, strict=True))
    definitions["Push"]["allOf"] = [_content_rule(kind, by_kind) for kind in (*CONTENTS, *TEXT_ONLY, *ANY_FIELDS)]
    paths: dict[str, Any] = {}
    for call in CALLS:
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call, by_kind)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Control API of wxtui's sandbox", "version": __version__},
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "paths": paths,
        "components": {"schemas": dict(sorted(definitions.items()))},
    }


def _content_rule(kind: str, refs: dict[Any, Any]) -> dict[str, Any]:
    """Return the rule for the content of one type of messages."""
    words = {"type": "string"}
    if kind in CONTENTS:
        allowed = [words, refs[CONTENTS[kind]]]
    else:
        allowed = [{"type": "object"} if kind in ANY_FIELDS else words]
    rule = {"anyOf": [*allowed, {"type": "null"}]}
    return {"if": {"properties": {"type": {"const": kind}}}, "then": {"properties": {"content": rule}}}


def _operation(call: ControlCall, refs: dict[Any, Any]) -> dict[str, Any]:
    """Return what OpenAPI says of one call."""
    if call.answers is bytes:
        answer: dict[str, Any] = {"application/octet-stream": {}}
    else:
        answer = {"application/json": {"schema": refs[call.answers]}}
    mistake = {"application/json": {"schema": refs[ControlMistake]}}
    found: dict[str, Any] = {
        "operationId": f"{call.method.lower()}_{call.name.replace('/', '_')}",
        "description": " ".join(call.help.split("\n")),
        "responses": {
            "200": {"description": "done", "content": answer},
            **{str(status): {"description": "a sentence", "content": mistake} for status in call.statuses},
        },
    }
    if call.takes is not None:
        required = any(field.required for field in msgspec.structs.fields(call.takes))
        body = {"application/json": {"schema": refs[call.takes]}}
        found["requestBody"] = {"required": required, "content": body}
    if call.query:
        found["parameters"] = [
            {"name": name, "in": "query", "required": True, "schema": {"type": "string"}} for name in call.query
        ]
    return found
