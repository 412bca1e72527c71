"""The JSON schema of a message's line, and the option of the commands that print such lines."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import click
import msgspec

from tui.cli.shared.output import write
from tui.i18n import _
from tui.services.message_json import MessageFacts
from tui.wire import bodies
from tui.wire.bodies import kind_name

F = TypeVar("F", bound=Callable[..., Any])


class SavedFacts(MessageFacts, frozen=True, kw_only=True):
    """A message that `recv` saved: `path`, `size` in bytes and `sha256` of the file; `conversation` is its `chat`."""

    path: str
    conversation: str
    size: int
    sha256: str


def schema(kind: type[MessageFacts]) -> dict[str, Any]:
    """Return the JSON schema of `kind`."""
    from tui.services.downloads.download import SavedKind

    found = msgspec.json.schema(kind)
    kinds = [one.value for one in SavedKind] if kind is SavedFacts else sorted(map(kind_name, bodies.KINDS))
    found["$defs"][kind.__name__]["properties"]["kind"]["enum"] = kinds
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}


def schema_option(kind: type[MessageFacts]) -> Callable[[F], F]:
    """Return the option --json-schema, which prints the schema of `kind` and ends the command; it needs no profile."""

    def show(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
        if wanted:
            write(json.dumps(schema(kind), indent=2, ensure_ascii=False), exact=True)
            context.exit()

    return click.option(
        "--json-schema",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        help=_("Print the JSON schema of a --json line and exit."),
    )
