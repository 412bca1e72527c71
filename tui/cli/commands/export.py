"""`wxtui export`: writes all stored messages as JSON lines or as text. Reads page by page, however many there are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import click

from tui import errors
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.lines import named_line
from tui.cli.shared.message_filters import MessageFilters, message_filters
from tui.cli.shared.message_schema import schema_option
from tui.cli.shared.output import write
from tui.cli.shared.running import run_async
from tui.cli.shared.targets import TARGET, NamedPath
from tui.i18n import _
from tui.paths import PRIVATE_FILE
from tui.services.client.profile_opening import open_store_to_read
from tui.services.contacts.history import conversation_of
from tui.services.message_json import MessageFacts


@click.command(
    help=_(
        "Export stored messages. All conversations of all logins, or only the one with TARGET, from the "
        "beginning. Does not contact the server. The fields are those of “log --json”."
    )
)
@click.argument("target", required=False, type=TARGET)
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "text"]),
    default="jsonl",
    help=_("One JSON object per line, or readable text; default jsonl."),
)
@click.option(
    "--output",
    metavar="FILE",
    type=NamedPath(),
    help=_("New file, readable only by you; default: standard output."),
)
@message_filters
@schema_option(MessageFacts)
@global_options()
def export(setup: Setup, target: str | None, form: str, output: Path | None, filters: MessageFilters) -> None:
    """See the help text."""
    asked = filters.query()

    async def work() -> None:
        async with open_store_to_read(setup.profile) as store:
            only = None
            if target is not None:
                conversation = await conversation_of(store, target, setup.profile_name)
                if conversation is None:
                    # A known contact, with whom nothing was said yet.
                    with _place(output):
                        return
                only = conversation.id
            with _place(output) as put:
                async for page in store.export(only, asked):
                    lines = (named_line(named, as_json=form == "jsonl", with_chat=target is None) for named in page)
                    put("\n".join(lines))

    run_async(work())


@contextmanager
def _place(output: Path | None) -> Iterator[Callable[[str], object]]:
    """Yield a function that writes lines. A file that could not be written to its end is deleted."""
    if output is None or str(output) == "-":
        # These lines are safe for a terminal already, and JSON is not to be changed.
        yield partial(write, exact=True)
        return
    try:
        # O_EXCL follows no link and replaces nothing; the mode holds whatever the umask.
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE)
    except FileExistsError:
        raise errors.ExportRefused(path=output, why=errors.Phrase("the file already exists")) from None
    except OSError as error:
        raise errors.ExportRefused(path=output, why=error.strerror or str(error)) from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", newline="\n") as file:
            yield lambda text: file.write(text + "\n")
    except BaseException as error:
        with suppress(OSError):
            output.unlink()
        if isinstance(error, OSError):
            raise errors.ExportRefused(path=output, why=error.strerror or str(error)) from None
        raise
