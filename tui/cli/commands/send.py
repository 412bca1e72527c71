"""`wxtui send`: a text, files, standard input, to one contact or group."""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, cast

import click

from tui import errors
from tui.cli.shared.batch import do_all
from tui.cli.shared.client_opening import AnyClient, expect_session, with_client
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.output import clean, tell, tell_person, write, write_json
from tui.cli.shared.targets import TARGET, NamedPath
from tui.i18n import _
from tui.services.contacts.matching import as_target
from tui.services.control.protocol import Recipient, Sent
from tui.wire.media_types import MediaKind
from tui.wire.text import short

if TYPE_CHECKING:
    from io import BufferedReader
    from pathlib import Path

    from tui.services.uploads.outgoing_file import OutgoingFile
    from tui.store.models import StoredMessage
    from tui.wire.contacts import Contact
    from tui.wire.names import Endpoint

STDIN = "-"
STDIN_NAME = "stdin.txt"


@click.command(
    help=_(
        "Send a text (-m), then files, to TARGET. TARGET is a remark or name, or any unique part of one.\n\n"
        "FILE - sends standard input as a file (--name NAME); -m - reads the text from it. Prints MsgID<TAB>what "
        "for each message. Everything is checked before anything is sent."
    )
)
@click.argument("target", type=TARGET)
@click.argument("files", metavar="[FILE]...", nargs=-1, type=NamedPath(readable=False))
@click.option(
    "-m", "--message", "texts", multiple=True, metavar="TEXT", help=_("Text to send; - reads standard input.")
)
@click.option(
    "--as",
    "kind",
    type=click.Choice([kind.value for kind in MediaKind]),
    default=MediaKind.AUTO.value,
    help=_("How to send files; auto decides by extension."),
)
@click.option("--name", metavar="NAME", help=_("File name that the receiver sees; for a single FILE."))
@global_options()
def send(
    setup: Setup, target: str, files: tuple[Path, ...], texts: tuple[str, ...], kind: str, name: str | None
) -> None:
    """See the help text."""
    if len(texts) > 1:
        raise errors.UsageError(why=_("Give -m once: one command sends one text."))
    text = next(iter(texts), None)
    dashes = [str(path) for path in files].count(STDIN) + (text == STDIN)
    if text is None and not files:
        raise errors.UsageError(why=_("Nothing to send: give -m TEXT or a FILE (- for standard input)."))
    if dashes > 1:
        raise errors.UsageError(why=_("Standard input can be read only once."))
    if name is not None and len(files) != 1:
        raise errors.UsageError(why=_("--name needs exactly one FILE."))
    if name == "":
        raise errors.UsageError(why=_("The file name is empty."))
    expect_session(setup)
    if dashes:
        # A pipe may take hours: a wrong target is told before.
        with_client(setup, lambda client: client.directory.resolve(target))
    if text == STDIN:
        text = _lines(_decoded(_stdin().read())).removesuffix("\n")
    elif text is not None:
        text = _lines(text)
    if text is not None and not text.strip():
        raise errors.EmptyText()
    if text is not None and re.search("[\ud800-\udfff]", text):
        raise errors.BadText()
    with ExitStack() as opened:
        outgoing = _open_all(setup, opened, files, MediaKind(kind), name) if files else []
        with_client(setup, lambda client: _send(setup, client, target, text, outgoing))


def _open_all(
    setup: Setup, stack: ExitStack, files: Sequence[Path], kind: MediaKind, name: str | None
) -> list[OutgoingFile]:
    from tui.services.client.profile_opening import stored_session

    endpoint = stored_session(setup.profile, setup.login_options).session.endpoint
    return [stack.enter_context(_open(setup, path, endpoint, kind, name)) for path in files]


def _open(setup: Setup, path: Path, endpoint: Endpoint, kind: MediaKind, name: str | None) -> OutgoingFile:
    from tui.services.uploads.outgoing_file import open_file, spool

    if str(path) == STDIN:
        # Read before the event loop starts: a pipe may take hours, and Ctrl+C must end it.
        return spool(_stdin(), setup.profile.cache, endpoint, kind, name or STDIN_NAME)
    try:
        return open_file(path, endpoint, kind, name)
    except errors.FileWithoutSize:
        # Below /proc and /sys: the contents at this moment.
        with path.open("rb") as stream:
            return spool(stream, setup.profile.cache, endpoint, kind, name or path.name)


def _decoded(data: bytes) -> str:
    """Return text from a pipe, without its byte order mark, which also says whether it is UTF-16."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            raise errors.BadText() from None
    return data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")


def _lines(text: str) -> str:
    """Return the text with LF as its only line ending."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _stdin() -> BufferedReader:
    if sys.stdin is None:
        raise errors.UsageError(why=_("Standard input is closed."))
    return cast("BufferedReader", sys.stdin.buffer)


async def _send(setup: Setup, client: AnyClient, target: str, text: str | None, files: Sequence[OutgoingFile]) -> None:
    to = await client.directory.resolve(target)
    if target.strip() not in (to.name, as_target(to.name)):
        tell_person(f"→ {to.name}")
    items: list[str | OutgoingFile] = [*([text] if text is not None else []), *files]

    async def one(item: str | OutgoingFile) -> None:
        what = short(item) if isinstance(item, str) else item.name
        rows: list[int] = []
        try:
            sent = await _send_one(client, to, item, lambda row: rows.append(row.id))
        except BaseException as ending:
            if not isinstance(ending, Exception):
                await _tell_what_became_of_it(setup, client, to, what, rows)
            raise
        report_sent(setup, sent, to, what)

    await do_all(items, one, go_on=False)


async def _tell_what_became_of_it(
    setup: Setup, client: AnyClient, to: Contact | Recipient, what: str, rows: Sequence[int]
) -> None:
    """Tell the person, after Ctrl+C, whether the message had left."""
    from tui.store.delivery_state import DeliveryState

    state = DeliveryState.CANCELLED
    for row in rows:
        now = await client.store.row(row)
        state = DeliveryState.UNKNOWN if now is None else now.state
        if now is not None and state is DeliveryState.SENT:
            report_sent(setup, now, to, what)
    if state in (DeliveryState.UNKNOWN, DeliveryState.SENDING):
        tell(_("Interrupted: “{what}” may or may not have arrived. Check your phone.").format(what=what))
    elif state is not DeliveryState.SENT:
        tell(_("Interrupted: “{what}” was not sent.").format(what=what))


async def _send_one(client: Any, to: Contact | Recipient, item: str | OutgoingFile, on_row: Any) -> Any:
    """Send a text or a file by an `AnyClient`, to the contact that it has found."""
    if isinstance(item, str):
        return await client.chat.send_text(to, item, on_row)
    from tui.cli.shared.progress_bar import ProgressBar

    bar = ProgressBar(item.name)
    try:
        return await client.file_upload.send_file(to, item, bar, on_row)
    finally:
        bar.erase()


def report_sent(setup: Setup, sent: StoredMessage | Sent, to: Contact | Recipient, what: str) -> None:
    """Print the line of a sent message: `MsgID<TAB>what`, or its JSON."""
    if not setup.json:
        write(f"{sent.msg_id}\t{clean(what)}", keep=True)
        return
    if not isinstance(sent, Sent):
        from tui.services.control import row_codec

        sent = row_codec.sent(sent)
    write_json(
        {
            "msg_id": sent.msg_id,
            "client_msg_id": sent.client_msg_id,
            "to": to.name,
            "to_user_name": to.user_name,
            "kind": sent.kind,
            "what": what,
            "time": sent.time,
        },
        keep=True,
    )
