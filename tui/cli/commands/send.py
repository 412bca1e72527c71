"""`wxtui send`: a text, files, standard input, to contacts and groups."""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, cast

import click

from tui import errors
from tui.cli.packing.packing_options import PackingWishes, packing_options
from tui.cli.sending.sent_lines import report_sent, tell_what_became_of_it
from tui.cli.shared.batch import do_all
from tui.cli.shared.client_opening import AnyClient, expect_session, with_client
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.output import tell, tell_person
from tui.cli.shared.targets import TARGET, NamedPath, TargetThenFiles, to_option
from tui.i18n import _
from tui.services.contacts.matching import as_target
from tui.services.control.protocol import Recipient
from tui.wire.media_types import MediaKind
from tui.wire.text import short

if TYPE_CHECKING:
    from io import BufferedReader
    from pathlib import Path

    from tui.cli.packing.prepared_files import PreparedFile
    from tui.cli.packing.split_sending import SplitSending
    from tui.cli.sending.receivers import Receiver
    from tui.cli.sending.sending_round import SendingRound
    from tui.services.uploads.outgoing_file import OutgoingFile
    from tui.wire.contacts import Contact
    from tui.wire.names import Endpoint

STDIN = "-"
STDIN_NAME = "stdin.txt"
_PATH = NamedPath(readable=False)


@click.command(
    help=_(
        "Send a text (-m), then files, to TARGET. TARGET is a remark or name, or any unique part of one.\n\n"
        "With --to, once or more often, every other word is a FILE: each receiver gets all of them, and a file is "
        "uploaded once. A pause lies between two messages (setting send_pause). Exit code 6: not all of it was sent; "
        "standard error says what was not, and how to send the rest.\n\n"
        "A folder is sent as one archive with --pack, what is over the limit in parts with --split: "
        "wxtui send 张三 logs --pack --split\n\n"
        "FILE - sends standard input as a file (--name NAME); -m - reads the text from it. Prints MsgID<TAB>what "
        "for each message, with --to MsgID<TAB>what<TAB>to. Everything is checked before anything is sent."
    )
)
@click.argument("words", metavar="[TARGET] [FILE]...", nargs=-1, type=TargetThenFiles())
@to_option()
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
@packing_options()
@click.option("--yes", is_flag=True, help=_("Send to more than 20 receivers; pack what looks like a secret."))
@global_options()
def send(
    setup: Setup,
    words: tuple[str, ...],
    targets: tuple[str, ...],
    texts: tuple[str, ...],
    kind: str,
    name: str | None,
    yes: bool,
    **packing: Any,
) -> None:
    """See the help text."""
    wishes = PackingWishes(**packing, yes=yes)
    wishes.check()
    target = ""
    if not targets:
        if not words:
            raise errors.UsageError(why=_("To whom? Give a TARGET, or --to TARGET for each of several."))
        target, words = TARGET.convert(words[0], None, None), words[1:]
    files = tuple(_PATH.convert(word, None, None) for word in words)
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
    more = ["--as", kind] if kind != MediaKind.AUTO.value else []
    more += ["--name", name] if name is not None else []
    more += wishes.words
    several = _Several(setup, targets, yes, text, files, more) if targets else None
    if dashes or wishes.pack or wishes.splits:
        # A pipe may take hours, and so may a large folder: a wrong target is told before.
        with_client(setup, several.receivers if several else lambda client: client.directory.resolve(target))
    text = _text(text)
    with ExitStack() as opened:
        outgoing = _Outgoing(text)
        if files:
            _open_all(setup, opened, files, MediaKind(kind), name, wishes, outgoing)
            _warn_of_animations(outgoing)
        with_client(setup, lambda client: _send(setup, client, several or target, outgoing))


class _Outgoing:
    """Messages that a command sends, in their order. `sources` has the place of each one's FILE, -1 for the text."""

    def __init__(self, text: str | None) -> None:
        self.items: list[str | OutgoingFile] = [] if text is None else [text]
        self.sources = [-1 for _text in self.items]
        self._splits: list[tuple[int, SplitSending]] = []

    def add(self, source: int, items: Sequence[str | OutgoingFile], split: SplitSending | None = None) -> None:
        """Append the messages of a FILE."""
        if split is not None:
            self._splits.append((len(self.items), split))
        self.items += items
        self.sources += [source for _item in items]

    def split_of(self, item: int) -> tuple[SplitSending, int] | None:
        """Return the file in parts that an item belongs to, and its place there; None for any other item."""
        for first, split in reversed(self._splits):
            if item >= first and self.sources[item] == self.sources[first]:
                return split, item - first
        return None

    def finished(self) -> None:
        """Note that all of it was sent, to everybody."""
        for _first, split in self._splits:
            split.finished()


class _Several:
    """Receivers of one command line, and what it says that they shall get, as it was typed."""

    def __init__(
        self, setup: Setup, targets: Sequence[str], yes: bool, text: str | None, files: Sequence[Path], more: list[str]
    ) -> None:
        """`more` are the options that the files need."""
        self._setup = setup
        self._targets = targets
        self._yes = yes
        self._text = text
        self._files = files
        self._more = more
        self._round: SendingRound | None = None
        self._sources: Sequence[int] = ()
        self._pause = 0.0

    async def receivers(self, client: AnyClient) -> list[Receiver]:
        """Find everybody. Raises `TargetError`, and `UsageError` where so many are meant only with --yes."""
        from tui.cli.sending.receivers import expect_consent, find_receivers, send_pause

        found = await find_receivers(client, self._targets)
        self._pause = send_pause() if len(found) > 1 else 0.0
        expect_consent(len(found), len(self._files) + (self._text is not None), self._pause, yes=self._yes)
        return found

    async def send(
        self,
        client: AnyClient,
        whats: Sequence[str],
        sources: Sequence[int],
        step: Callable[[Contact | Recipient, int], Awaitable[None]],
        skips: Callable[[Contact | Recipient, int], Awaitable[bool]],
    ) -> None:
        """Do `step` for each receiver and item, by its place in `whats`, unless it `skips` that.

        `sources` are those of `_Outgoing`.

        Raises as `receivers`, `SendingRound.run`.
        """
        from tui.cli.sending.sending_round import SendingRound

        receivers = await self.receivers(client)
        self._sources = sources
        self._round = SendingRound(self._setup, receivers, whats, self._again, self._pause)
        await self._round.run(client, step, skips)

    def settled(self, item: int) -> None:
        """Note that the message that was just interrupted arrived, or may have: it is not of the rest."""
        if self._round is not None:
            self._round.settled(item)

    def _again(self, receivers: Sequence[Receiver], items: Sequence[int]) -> list[str]:
        """Return the command line that sends some of the items, by their places, to some receivers."""
        from tui.cli.sending.command_words import global_words
        from tui.cli.sending.receivers import MOST_UNASKED

        words = [*global_words(self._setup), "send"]
        for receiver in receivers:
            words += ["--to", receiver.typed]
        if self._yes or len(receivers) > MOST_UNASKED:
            words.append("--yes")
        if self._text is not None and 0 in items:
            words += ["-m", self._text]
        # Of a file in parts it is known which were sent.
        sources = dict.fromkeys(self._sources[item] for item in items if self._sources[item] >= 0)
        names = [str(self._files[source]) for source in sources]
        if not names:
            return words
        # After "--" a name that begins with a hyphen is a file all the same.
        return [*words, *self._more, *(["--"] if any(one.startswith("-") for one in names) else []), *names]


def _text(typed: str | None) -> str | None:
    """Return the text that is sent, read from standard input where that was meant. Raises `EmptyText`, `BadText`."""
    if typed is None:
        return None
    text = _lines(_decoded(_stdin().read())).removesuffix("\n") if typed == STDIN else _lines(typed)
    if not text.strip():
        raise errors.EmptyText()
    if re.search("[\ud800-\udfff]", text):
        raise errors.BadText()
    return text


def _open_all(
    setup: Setup,
    stack: ExitStack,
    files: Sequence[Path],
    kind: MediaKind,
    name: str | None,
    wishes: PackingWishes,
    outgoing: _Outgoing,
) -> None:
    """Add the messages of all FILEs. Raises `FileRefused`, `LocalError`."""
    from tui.services.client.profile_opening import stored_session

    endpoint = stored_session(setup.profile, setup.login_options).session.endpoint
    if not (wishes.pack or wishes.splits):
        for source, path in enumerate(files):
            outgoing.add(source, [stack.enter_context(_open(setup, path, endpoint, kind, name))])
        return
    from tui.cli.packing.prepared_files import FilePreparer
    from tui.cli.shared.running import ended_by_signals

    preparer = FilePreparer(setup, stack, endpoint, wishes)
    with ended_by_signals():
        for source, path in enumerate(files):
            prepared: PreparedFile
            if str(path) == STDIN:
                prepared = preparer.stream(_stdin(), kind, name or STDIN_NAME)
            else:
                prepared = preparer.file(path, kind, name)
            outgoing.add(source, prepared.items, prepared.split)


def _warn_of_animations(outgoing: _Outgoing) -> None:
    """Say which animated images WeChat may refuse; they are sent, for a script has nobody who could be asked."""
    for item in outgoing.items:
        if not isinstance(item, str) and item.is_large_animation:
            what = _("“{name}” is an animated image over 1 MB; WeChat may refuse it. --as file sends it as a file.")
            tell("wxtui: " + what.format(name=item.name))


def _open(setup: Setup, path: Path, endpoint: Endpoint, kind: MediaKind, name: str | None) -> OutgoingFile:
    from tui.services.uploads.outgoing_file import from_stream, open_file

    if str(path) == STDIN:
        # Read before the event loop starts: a pipe may take hours, and Ctrl+C must end it.
        return from_stream(_stdin(), setup.profile.cache, endpoint, kind, name or STDIN_NAME)
    try:
        return open_file(path, endpoint, kind, name)
    except errors.FileWithoutSize:
        # Below /proc and /sys: the contents at this moment.
        with path.open("rb") as stream:
            return from_stream(stream, setup.profile.cache, endpoint, kind, name or path.name)


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


async def _send(setup: Setup, client: AnyClient, to: str | _Several, outgoing: _Outgoing) -> None:
    """Send the items to one target, or to several receivers. Raises as `do_all` and `SendingRound.run`."""
    several, items = not isinstance(to, str), outgoing.items
    whats = [short(item) if isinstance(item, str) else item.name for item in items]

    async def skips(contact: Contact | Recipient, item: int) -> bool:
        of = outgoing.split_of(item)
        return of is not None and await of[0].skips(client, contact, of[1])

    async def step(contact: Contact | Recipient, item: int) -> None:
        """Send one item to one receiver: the one place in which a message of this command leaves."""
        rows: list[int] = []
        of = outgoing.split_of(item)

        def on_row(row: Any) -> None:
            rows.append(row.id)
            if of is not None:
                of[0].begun(contact, of[1], row.id)

        try:
            sent = await _send_one(client, contact, items[item], on_row)
        except BaseException as ending:
            if not isinstance(ending, Exception):
                told = await tell_what_became_of_it(setup, client, contact, whats[item], rows, several=several)
                if told and not isinstance(to, str):
                    to.settled(item)
            if of is not None:
                for row in rows:
                    of[0].begun(contact, of[1], row)  # a signal may have come while it was noted
                of[0].tell_rest()
            raise
        if of is not None:
            of[0].done(contact, of[1], sent)
        report_sent(setup, sent, contact, whats[item], several=several)

    if not isinstance(to, str):
        await to.send(client, whats, outgoing.sources, step, skips)
        outgoing.finished()
        return
    contact = await client.directory.resolve(to)
    if to.strip() not in (contact.name, as_target(contact.name)):
        tell_person(f"→ {contact.name}")

    async def unless_sent(item: int) -> None:
        if not await skips(contact, item):
            await step(contact, item)

    await do_all(range(len(items)), unless_sent, go_on=False)
    outgoing.finished()


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
