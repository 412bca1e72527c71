"""Report about a command: for whom, checked before it runs; what is sent of it, without its secrets."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from tui import errors
from tui.cli.run_report.report_sending import ReportSending
from tui.cli.run_report.secrets_question import SecretsAnswer, ask
from tui.cli.sending.receivers import expect_consent, find_receivers, send_pause
from tui.cli.shared.client_opening import AnyClient, expect_session, with_client
from tui.cli.shared.global_options import Setup
from tui.cli.shared.output import tell
from tui.cli.shared.running import ended_by_signals
from tui.cli.shared.step_line import StepLine
from tui.i18n import _, say

if TYPE_CHECKING:
    from tui.services.program_run.last_lines import LastLines
    from tui.services.program_run.masking import Content
    from tui.services.program_run.output_log import OutputLog
    from tui.services.program_run.relay import Ending


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
            sending = ReportSending(self._setup, self._known or list(self._targets), text, name, content.log)
            stack.callback(sending.close)
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
        from tui.services.program_run.masking import mask_report
        from tui.services.program_run.output_log import within

        cache = self._setup.profile.cache
        try:
            with StepLine() as line:
                without = mask_report(whole.what, last, whole.log, cache, _looking(line, whole.log))
            if without.content.log is not None and without.content.log is not whole.log and log is not None:
                # A mask may be longer than what it stands for.
                without.content.log = within(without.content.log, cache, log.limit, _cut_note(log.left_out))
                stack.callback(without.content.log.close)
        except OSError as error:
            tell("wxtui: " + _("There is no log: {why}.").format(why=error.strerror))
            without = mask_report(whole.what, last, None, cache)
        if not without.count:
            return whole
        match ask(without.found, without.count):
            case SecretsAnswer.AS_IT_IS:
                return whole
            case SecretsAnswer.NOTHING:
                return None
            case SecretsAnswer.MASKED:
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
