"""Sending of a report: to each receiver, again while the network fails, and kept where it could not be sent."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from tui import errors
from tui.cli.sending.command_words import global_words
from tui.cli.sending.receivers import pause_between, send_pause
from tui.cli.sending.sent_lines import what_became_of
from tui.cli.shared.client_opening import AnyClient, with_client
from tui.cli.shared.global_options import Setup
from tui.cli.shared.output import tell, tell_notice, tell_trouble
from tui.i18n import _, listed, say
from tui.services.contacts.matching import as_target
from tui.services.util.shell_words import shell_word
from tui.store.delivery_state import DeliveryState

if TYPE_CHECKING:
    from tui.services.uploads.outgoing_file import OutgoingFile

_PAUSES: Final = (2, 5, 10, 20, 30)
"""Seconds between tries to send while the network fails."""
_PAIR: Final = 2
"""Messages, text and log for one, that need no pause."""


class ReportSending:
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
        self._unsure = False
        """True where something of what is left may have arrived."""
        self._file: OutgoingFile | None = None

    def close(self) -> None:
        """Forget the log, and a copy of it that a running wxtui has read."""
        if self._file is not None:
            self._file.close()

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
                self._unsure = True
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
                time.sleep(seconds)  # There is no event loop between two tries.
            else:
                return

    async def _send(self, client: AnyClient) -> None:
        """Send what is left. What one receiver fails with keeps it from no other; raises that at the end."""
        failed: list[tuple[Any, errors.WxtuiError]] = []
        rows: list[int] = []
        for receiver, is_log in list(self._left):
            if any(receiver is other for other, _why in failed):
                continue
            await self._pause(client)
            rows.clear()
            try:
                to = await _found_again(client, receiver)
                await self._send_one(client, to, is_log, lambda row: rows.append(row.id))
            except (errors.NetworkError, errors.NotUsable, errors.TooFrequent, errors.LocalError):
                raise
            except errors.WxtuiError as error:
                failed.append((receiver, error))
                self._unsure = self._unsure or isinstance(error, errors.DeliveryUnknown)
                continue
            except BaseException as ending:
                if not isinstance(ending, Exception):
                    self._became, _row = await what_became_of(client, rows)
                    if self._became is DeliveryState.SENT:
                        self._left.remove((receiver, is_log))
                raise
            self._left.remove((receiver, is_log))
            if sys.stderr.isatty() and not any(other is receiver for other, _is_log in self._left):
                tell_notice("wxtui: " + _("Sent to {name}.").format(name=to.name))
        if len(failed) > 1:
            for receiver, one in failed:
                tell(f"{_name(receiver)}: {say(one, advice=False)}")
            names = listed([_name(receiver) for receiver, _why in failed])
            why = errors.Phrase("Not everything was sent to: {names}.", names=names)
            raise errors.PartlyDone(done=self._all - len(self._left), total=self._all, why=why)
        for _receiver, one in failed:
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
        again = _("Nothing is lost. To send it again, where it has not arrived:")
        tell("wxtui: " + (again if self._unsure else _("Nothing is lost. To send it later:")))
        for receiver, is_log in self._left:
            target = receiver if isinstance(receiver, str) else as_target(receiver.name)
            words = [*global_words(self._setup), "send", target, *([str(log)] if is_log else ["-m", "-"])]
            line = "  " + " ".join(map(shell_word, words))
            tell(line if is_log else f"{line} < {shell_word(str(text))}")


def _name(receiver: Any) -> str:
    """Return the name of a contact, or the target that stands for it."""
    return receiver if isinstance(receiver, str) else str(receiver.name)


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
