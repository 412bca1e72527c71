"""`wxtui api`: how other programs speak with the running wxtui."""

from __future__ import annotations

import json
from pathlib import Path

import click

from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.output import write, write_path
from tui.i18n import _


@click.command(
    help=_(
        "Print how other programs speak with the running wxtui. “path”: print the path of its socket; “doc”: print the "
        "whole description.\n\n"
        "Connect to that Unix socket and write one JSON object per line. Each has “request”; “id” comes back with "
        "every answer:\n\n"
        '{"request": "status", "id": 1}\n\n'
        '{"request": "send", "to": "filehelper", "text": "hello"}\n\n'
        '{"request": "subscribe", "since": ""}\n\n'
        "Requests: hello, status, contacts, send, revoke, forward, read, message, log, search, subscribe.\n\n"
        "A request ends with “result” or “error”; before that, “item” is one of a list, “event” tells of progress. "
        "“error” has “code”, “kind”, “message” and “retry”. Ignore fields and events that you do not know: later "
        "versions only add some.\n\n"
        "One request after the other on a connection, up to 64 connections, lines of up to 1 MiB. Closing the "
        "connection cancels the request."
    )
)
@click.argument("what", required=False, type=click.Choice(["path", "doc"]))
@click.option("--schema", is_flag=True, help=_("Print the JSON schema of requests and answers."))
@global_options()
@click.pass_context
def api(context: click.Context, setup: Setup, what: str | None, schema: bool) -> None:
    """Print the path, the description, the schema, or the help."""
    if schema:
        from tui.services.control_server.api.schema import schema as whole

        write(json.dumps(whole(), indent=2, ensure_ascii=False), exact=True)
    elif what == "path":
        path = setup.profile.socket_file
        # Where this path is too long for a socket, it is a link to one.
        write_path(path.readlink() if path.is_symlink() else path)
    elif what == "doc":
        from tui.services import control_server

        write((Path(control_server.__path__[0]) / "API.md").read_text("utf-8").rstrip(), exact=True)
    else:
        write(context.get_help(), exact=True)
