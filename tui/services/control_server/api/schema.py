"""JSON schema of the API, made of the very classes that read and write it."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from tui.services.control_server.api import answers, requests

LINES: Final = (
    answers.ResultLine,
    answers.ErrorLine,
    answers.ItemLine,
    answers.RowEvent,
    answers.ProgressEvent,
    answers.SubscribedEvent,
    answers.MessageEvent,
    answers.ChangedEvent,
)
"""Lines that a program may get."""
RESULTS: Final[dict[type[requests.ApiRequest], type[msgspec.Struct]]] = {
    requests.ApiHello: answers.HelloResult,
    requests.ApiStatus: answers.StatusResult,
    requests.ApiContacts: answers.ListResult,
    requests.ApiSend: answers.SentResult,
    requests.ApiRevoke: answers.RevokeResult,
    requests.ApiForward: answers.SentResult,
    requests.ApiRead: answers.ReadResult,
    requests.ApiMessageRequest: answers.ApiMessage,
    requests.ApiLog: answers.ListResult,
    requests.ApiSearch: answers.ListResult,
}
"""Result of each request; a subscription has none, it ends with its connection."""


def schema() -> dict[str, Any]:
    """Return the schema: `requests`, `answers`, and which result each request has."""
    kinds = (*RESULTS, requests.ApiSubscribe)
    every = (*kinds, *LINES, *dict.fromkeys(RESULTS.values()), answers.ContactItem)
    refs, definitions = msgspec.json.schema_components(every, ref_template="#/$defs/{name}")
    written, read = refs[: len(kinds)], refs[len(kinds) : len(kinds) + len(LINES)]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "wxtui control socket",
        "version": requests.VERSION,
        "requests": {"anyOf": list(written)},
        "answers": {"anyOf": list(read)},
        "results": {tag_of(kind): {"$ref": f"#/$defs/{result.__name__}"} for kind, result in RESULTS.items()},
        "$defs": definitions,
    }


def tag_of(kind: type[requests.ApiRequest]) -> str:
    """Return the word that a request has as `request`."""
    return str(kind.__struct_config__.tag)
