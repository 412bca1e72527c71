"""`wxtui run`: runs a command with its output shown as usual, then sends how it ended."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import click

from tui import errors
from tui.cli.sending.asking import letter_typed, somebody_there
from tui.cli.sending.command_words import global_words
from tui.cli.sending.receivers import expect_consent, find_receivers, pause_between, send_pause
from tui.cli.sending.sent_lines import what_became_of
from tui.cli.shared.client_opening import AnyClient, expect_session, with_client
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.output import tell, tell_trouble
from tui.cli.shared.running import ended_by_signals
from tui.cli.shared.step_line import StepLine
from tui.cli.shared.targets import TARGET
from tui.i18n import _, counted, listed, say
from tui.services.contacts.matching import as_target
from tui.services.util.shell_words import shell_word
from tui.store.delivery_state import DeliveryState

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from tui.services.program_run.last_lines import LastLines
    from tui.services.program_run.masking import Content
    from tui.services.program_run.output_log import OutputLog
    from tui.services.program_run.relay import Ending
    from tui.services.uploads.outgoing_file import OutgoingFile

_MOST_LINES: Final = 100
_PAUSES: Final = (2, 5, 10, 20, 30)
"""Seconds between tries to send while the network fails."""
_PAIR: Final = 2
"""Messages, text and log for one, that need no pause."""
_PATIENCE: Final = 60
"""Seconds that a question about secrets waits for its answer."""


class Run(click.Command):
    """Command whose own words end at `--`: what stands behind is another's, and is not looked at."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read what stands before `--`, and keep the rest as it is."""
        own, behind = list(args), None
        if "--" in args:
            at = args.index("--")
            own, behind = args[:at], tuple(args[at + 1 :])
        rest = super().parse_args(ctx, own)
        if behind is not None:
            if ctx.params.get("words"):
                raise errors.UsageError(why=_("Give one TARGET before --, the command behind it."))
            ctx.params["words"] = behind
        ctx.params["separated"] = behind is not None
        return rest


class CommandWord(click.ParamType[str]):
    """Word of the command that is run."""

    name = "command"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return programs for the first word, and let the shell complete files."""
        from click.shell_completion import CompletionItem

        if incomplete and "/" not in incomplete and not ctx.params.get("words"):
            found = sorted(set(_programs(incomplete)))
            if found:
                return [CompletionItem(name) for name in found]
        return [CompletionItem(incomplete, type="file")]


def _programs(begun: str) -> list[str]:
    """Return the names of programs on the PATH that begin so."""
    names: list[str] = []
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        try:
            with os.scandir(folder or ".") as entries:
                names += [one.name for one in entries if one.name.startswith(begun) and os.access(one.path, os.X_OK)]
        except OSError:
            continue
    return names


@click.command(
    cls=Run,
    help=_(
        "Run a command, then send how it ended.\n\n"
        "TARGET gets one text: the command, host, exit code, time and the last lines of its output, which is shown as "
        "usual. TARGET and session are checked before the command starts. What looks like a secret is asked about on a "
        "terminal, and masked without one.\n\n"
        "The exit code is the command's, 128 and the signal's number where a signal ended it; 6 where it ended with 0 "
        "and the text could not be sent; it is kept then. A session is in use only while something is sent."
    ),
)
@click.argument("target", required=False, type=TARGET)
@click.argument("words", metavar="-- COMMAND [ARG]...", nargs=-1, type=CommandWord())
@click.option(
    "--to",
    "targets",
    multiple=True,
    metavar="TARGET",
    type=TARGET,
    help=_("Receiver; may be given several times. All names are found before anything is sent."),
)
@click.option("--yes", is_flag=True, help=_("Send to more than 20 receivers."))
@click.option("--log", "log", is_flag=True, help=_("Send the whole output as a file, too."))
@click.option("--on-failure", is_flag=True, help=_("Send only if the exit code is not 0."))
@click.option(
    "--lines", metavar="N", type=click.IntRange(0, _MOST_LINES), default=10, help=_("Lines to send; default 10.")
)
@click.option("--title", metavar="TEXT", default="", help=_("Say this instead of the command line."))
@click.option("--anyway", is_flag=True, help=_("Run the command even if nothing could be sent now."))
@click.option("--unmasked", is_flag=True, help=_("Do not look for secrets: send everything as it is."))
@global_options()
def run(
    setup: Setup,
    target: str | None,
    words: tuple[str, ...],
    targets: tuple[str, ...],
    yes: bool,
    log: bool,
    on_failure: bool,
    lines: int,
    title: str,
    anyway: bool,
    unmasked: bool,
    separated: bool,
) -> int:
    """See the help text."""
    if not separated or not words:
        raise errors.UsageError(why=_("Give the command behind --, as in: wxtui run TARGET -- make deploy"))
    if (target is None) == (not targets):
        raise errors.UsageError(why=_("To whom? Give one TARGET before --, or --to TARGET for each of several."))
    wanted = RunReport(setup, targets if target is None else (target,), words, title, unmasked)
    wanted.check(1 + log, yes=yes, anyway=anyway)
    from tui.services.program_run.last_lines import LastLines
    from tui.services.program_run.relay import Streams

    with ExitStack() as stack:
        last = LastLines(lines)
        kept = _log(setup, stack, plain=Streams().interactive) if log else None
        ending = _run(words, last, kept)
        if on_failure and not ending.code:
            return 0
        sent = wanted.send(ending, last, kept)
    return ending.code or (0 if sent else errors.PartlyDone.exit_code)


def _log(setup: Setup, stack: ExitStack, *, plain: bool) -> OutputLog:
    """Make the log, as large as a file may be. Raises `HomeUnusable`."""
    from tui.services.client.profile_opening import stored_session
    from tui.services.program_run.output_log import OutputLog
    from tui.services.uploads.outgoing_file import limit
    from tui.wire.media_types import MediaKind
    from tui.wire.names import Endpoint

    try:
        endpoint = stored_session(setup.profile, setup.login_options).session.endpoint
    except errors.NotLoggedIn:  # with --anyway
        endpoint = Endpoint.WEB
    try:
        log = OutputLog(setup.profile.cache, limit(endpoint, MediaKind.FILE), plain=plain)
    except OSError as error:
        why = error.strerror or errors.Phrase("it cannot be written")
        raise errors.HomeUnusable(path=setup.profile.cache, why=why) from None
    stack.callback(log.close)
    return log


def _run(words: Sequence[str], last: LastLines, log: OutputLog | None) -> Ending:
    """Run the command. One that did not start is an ending, too, where nobody reads the sentence about it."""
    from tui.services.program_run.relay import Ending, run_program

    def heard(block: bytes, source: int) -> None:
        last.feed(block, source)
        if log is not None:
            log.feed(block, source)

    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    try:
        return run_program(words, heard)
    except (errors.ProgramMissing, errors.ProgramUnusable) as error:
        if sys.stderr.isatty():
            raise
        tell(f"wxtui: {say(error)}")
        last.feed(say(error).encode())
        return Ending(error.exit_code, 0.0)


class RunReport:
    """Report that is wanted of a command, and for whom: checked before it runs, sent after it."""

    def __init__(self, setup: Setup, targets: Sequence[str], words: Sequence[str], title: str, unmasked: bool) -> None:
        self._setup = setup
        self._targets = targets
        self._words = words
        self._title = title
        self._unmasked = unmasked
        self._known: list[Any] = []
        """Contacts that were found before the command ran."""

    def check(self, items: int, *, yes: bool, anyway: bool) -> None:
        """Find everybody and ask whether the session is usable; with `anyway` only a wrong name is refused.

        `items` are the messages for each; many receivers are `yes` as in `expect_consent`.
        """
        expect_consent(len(set(self._targets)), items, send_pause(), yes=yes)

        async def found(client: AnyClient) -> list[Any]:
            await client.check()
            return [receiver.to for receiver in await find_receivers(client, self._targets)]

        try:
            expect_session(self._setup)
            self._known = with_client(self._setup, found)
        except (errors.TargetError, errors.UsageError):
            raise
        except errors.WxtuiError as error:
            if not anyway:
                tell("wxtui: " + _("The command was not run; --anyway runs it even so."))
                raise
            tell(f"wxtui: {say(error)}")

    def send(self, ending: Ending, last: LastLines, log: OutputLog | None) -> bool:
        """Send text and log; False where that failed, which is told, and both are kept. Ctrl+C ends it."""
        from tui.services.program_run.report import command_line, log_name, report
        from tui.services.util.secret_patterns import masked

        what = self._title or command_line(self._words)
        now = datetime.now().astimezone()
        # A name is not masked: where there is a secret it tells only the program.
        name = log_name(self._words[:1], "", now) if masked(what) != what else log_name(self._words, self._title, now)
        with ended_by_signals(), ExitStack() as stack:
            content = whole = self._whole(stack, what, last, log)
            looked = self._unmasked
            with suppress(KeyboardInterrupt, SystemExit):
                checked = whole if looked else self._checked(stack, whole, last, log)
                if checked is None:
                    return True
                content, looked = checked, True
            host = socket.gethostname().split(".")[0]
            text = report(content.what, host, ending, content.lines)
            sending = _Sending(self._setup, self._known or list(self._targets), text, name, content.log)
            if not looked:
                tell("wxtui: " + _("Interrupted before all of it was looked through for secrets; it was not sent."))
            elif sending.done():
                return True
            sending.keep()
            return False

    def _whole(self, stack: ExitStack, what: str, last: LastLines, log: OutputLog | None) -> Content:
        """Return all that was asked for, as it is."""
        from tui.services.program_run.masking import Content

        file = None
        if log is not None:
            try:
                file = _finished(log)
            except OSError as error:
                tell("wxtui: " + _("There is no log: {why}.").format(why=error.strerror))
        if file is not None:
            stack.callback(file.close)
        return Content(what, last.last(last.all), file)

    def _checked(self, stack: ExitStack, whole: Content, last: LastLines, log: OutputLog | None) -> Content | None:
        """Return what is to be sent, without secrets unless the person wants them sent; None for nothing."""
        from tui.services.program_run.masking import masked
        from tui.services.program_run.output_log import within

        cache = self._setup.profile.cache
        try:
            with StepLine() as line:
                without = masked(whole.what, last, whole.log, cache, _looking(line, whole.log))
            if without.content.log is not None and without.content.log is not whole.log and log is not None:
                # A mask may be longer than what it stands for.
                without.content.log = within(without.content.log, cache, log.limit, _cut_note(log.left_out))
                stack.callback(without.content.log.close)
        except OSError as error:
            tell("wxtui: " + _("There is no log: {why}.").format(why=error.strerror))
            without = masked(whole.what, last, None, cache)
        if not without.count:
            return whole
        match _asked(without.found, without.count):
            case "a":
                return whole
            case "n":
                return None
        return without.content


def _looking(line: StepLine, log: BinaryIO | None) -> Callable[[int], None]:
    """Return what says how far a large log was looked through."""
    from tui.units import shown_size

    total = 0 if log is None else os.fstat(log.fileno()).st_size

    def looked(done: int) -> None:
        if line.due:
            said = _("looking for secrets: {done} of {total}")
            line.show(said.format(done=shown_size(done), total=shown_size(total)))

    return looked


def _finished(log: OutputLog) -> BinaryIO | None:
    """Return the log as it is sent, and tell what it lacks; None for one without a byte. Raises `OSError`."""
    from tui.units import shown_size

    if log.error is not None:
        tell("wxtui: " + _("The log is not complete: {why}.").format(why=log.error.strerror))
    if log.left_out:
        tell(
            "wxtui: "
            + _("The log is too large for one file: {size} in its middle were left out.").format(
                size=shown_size(log.left_out)
            )
        )
    return log.finish(_cut_note(log.left_out)) if log.size else None


def _cut_note(left_out: int) -> bytes:
    """Return the line between the head and the tail of a log."""
    from tui.units import shown_size

    return _("[wxtui: {size} left out here]").format(size=shown_size(left_out)).encode()


def _asked(found: Sequence[str], count: int) -> str:
    """Tell what looks like a secret, and on a terminal ask what to do: “m” to mask it, “a” to send it, “n” for nothing.

    Nobody may sit there any more: without an answer it is masked.
    """
    if not somebody_there():
        sentence = counted(
            "{count} line looks like a secret and was masked:",
            "{count} lines look like secrets and were masked:",
            count,
        )
        tell(f"wxtui: {sentence}")
        _list(found, count)
        return "m"
    tell("wxtui: " + counted("{count} line looks like a secret:", "{count} lines look like secrets:", count))
    _list(found, count)
    question = _("Send it (m) masked, (a) as it is, (n) not at all? Masked in {seconds} s:")
    answer = letter_typed(question.format(seconds=_PATIENCE), _PATIENCE)
    return answer if answer in ("a", "n") else "m"


def _list(found: Sequence[str], count: int) -> None:
    for line in found:
        tell("  " + line[:100])
    if count > len(found):
        tell("  …")


class _Sending:
    """Sends a report to each receiver; remembers what has left, so that another try doubles nothing."""

    def __init__(self, setup: Setup, receivers: Sequence[Any], text: str, name: str, log: BinaryIO | None) -> None:
        """`receivers` are contacts as they were found before the command ran, or targets."""
        self._setup = setup
        self._text = text
        self._name = name
        self._log = log
        self._left: list[tuple[Any, bool]] = [
            (to, is_log) for to in receivers for is_log in (False, *([True] if log is not None else []))
        ]
        self._all = len(self._left)
        self._became = DeliveryState.CANCELLED
        """State of the message in which Ctrl+C came; between two of them nothing is out."""
        self._file: OutgoingFile | None = None

    def done(self) -> bool:
        """Send everything; False where that failed or was interrupted, which is told."""
        try:
            self._run()
        except errors.WxtuiError as error:
            tell(f"wxtui: {say(error)}")
        except (KeyboardInterrupt, SystemExit):
            if not self._left:
                return True
            if self._became in (DeliveryState.SENDING, DeliveryState.UNKNOWN):
                said = _("Sending was interrupted; the message may or may not have arrived.")
            elif len(self._left) < self._all:
                said = _("Sending was interrupted; not all of it was sent.")
            else:
                said = _("Sending was interrupted; it was not sent.")
            tell(f"wxtui: {said}")
        else:
            return True
        return False

    def _run(self) -> None:
        """Send everything. A network that fails is tried again for a minute. Raises what it failed with."""
        for seconds in (*_PAUSES, None):
            try:
                with_client(self._setup, self._send)
            except errors.NetworkError as error:
                if seconds is None:
                    raise
                tell_trouble(error, seconds)
                time.sleep(seconds)
            else:
                return

    async def _send(self, client: AnyClient) -> None:
        """Send what is left. What one receiver fails with keeps it from no other; raises that at the end."""
        failed: dict[str, errors.WxtuiError] = {}
        lost: list[Any] = []
        rows: list[int] = []
        for receiver, is_log in list(self._left):
            name = receiver if isinstance(receiver, str) else receiver.name
            if receiver in lost:
                continue
            await self._pause(client)
            rows.clear()
            try:
                to = await _found_again(client, receiver)
                await self._send_one(client, to, is_log, lambda row: rows.append(row.id))
            except (errors.NetworkError, errors.NotUsable, errors.TooFrequent, errors.LocalError):
                raise
            except errors.WxtuiError as error:
                failed[name] = error
                lost.append(receiver)
                continue
            except BaseException as ending:
                if not isinstance(ending, Exception):
                    self._became, _row = await what_became_of(client, rows)
                    if self._became is DeliveryState.SENT:
                        self._left.remove((receiver, is_log))
                raise
            self._left.remove((receiver, is_log))
            if sys.stderr.isatty() and not any(other is receiver for other, _is_log in self._left):
                tell("wxtui: " + _("Sent to {name}.").format(name=to.name))
        if len(failed) > 1:
            for name, one in failed.items():
                tell(f"{name}: {say(one, advice=False)}")
            why = errors.Phrase("Not everything was sent to: {names}.", names=listed(list(failed)))
            raise errors.PartlyDone(done=self._all - len(self._left), total=self._all, why=why)
        for one in failed.values():
            raise one

    async def _pause(self, client: AnyClient) -> None:
        """Pause before every message but the first, where several get it: nobody is to be limited for it."""
        if len(self._left) < self._all and self._all > _PAIR:
            await pause_between(client, send_pause())

    async def _send_one(self, client: Any, to: Any, is_log: bool, on_row: Callable[[Any], None]) -> None:
        if not is_log:
            await client.chat.send_text(to, self._text, on_row)
            return
        from tui.cli.shared.progress_bar import ProgressBar

        assert self._log is not None
        if self._file is None:
            from tui.services.client.profile_opening import stored_session
            from tui.services.uploads.outgoing_file import adopt
            from tui.wire.media_types import MediaKind

            endpoint = stored_session(self._setup.profile, self._setup.login_options).session.endpoint
            self._file = adopt(self._log, endpoint, MediaKind.FILE, self._name)
        bar = ProgressBar(self._name)
        try:
            await client.file_upload.send_file(to, self._file, bar, on_row)
        finally:
            bar.erase()

    def keep(self) -> None:
        """Keep what was not sent, and tell how to send it."""
        from tui.services.program_run.unsent import keep_unsent

        texts = any(not is_log for _to, is_log in self._left)
        try:
            text, log = keep_unsent(self._setup.profile, self._name, self._text if texts else None, self._log)
        except errors.WxtuiError as error:
            tell(f"wxtui: {say(error)}")
            return
        tell("wxtui: " + _("Nothing is lost. To send it later:"))
        for receiver, is_log in self._left:
            target = receiver if isinstance(receiver, str) else as_target(receiver.name)
            words = [*global_words(self._setup), "send", target, *([str(log)] if is_log else ["-m", "-"])]
            line = "  " + " ".join(map(shell_word, words))
            tell(line if is_log else f"{line} < {shell_word(str(text))}")


async def _found_again(client: AnyClient, receiver: Any) -> Any:
    """Return a contact that was found before the command ran, in the session of now, in which it may have another
    UserName. Raises `TargetError`."""
    if isinstance(receiver, str):
        return await client.directory.resolve(receiver)
    try:
        return await client.directory.resolve(receiver.user_name)
    except errors.TargetError as error:
        found = await client.directory.resolve(as_target(receiver.name))
        if found.name != receiver.name:
            # A part of somebody else's name by now.
            raise error from None
        return found
