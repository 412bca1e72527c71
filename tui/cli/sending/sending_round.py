"""Round of a command through its receivers: each gets its messages, a pause between two of them.

What was not sent is told exactly: to whom, what, why, and the command line that sends the rest.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from tui import errors
from tui.cli.sending.receivers import Receiver, pause_between
from tui.cli.shared.output import clean, tell, write_json
from tui.cli.shared.step_line import StepLine
from tui.i18n import _, listed, say
from tui.services.util.shell_words import shell_word

if TYPE_CHECKING:
    from tui.cli.shared.client_opening import AnyClient
    from tui.cli.shared.global_options import Setup

_NETWORK_IN_A_ROW: Final = 2
"""Receivers in a row that the network kept from getting anything: after these the others are not tried."""

Send: TypeAlias = Callable[[Any, int], Awaitable[None]]
"""Sends to one contact one item, by its place."""
Skips: TypeAlias = Callable[[Any, int], Awaitable[bool]]
"""Tells whether one contact has one item already."""


class Step(NamedTuple):
    """Message for one receiver, both by their places."""

    receiver: int
    item: int


class SendingRound:
    """Sends the same items to each receiver: one receiver gets all of them before the next one gets any.

    So, when it breaks in the middle, at most one has a part. `whats` names the items; `again` gives the command line
    that sends some items to some receivers.
    """

    def __init__(
        self,
        setup: Setup,
        receivers: Sequence[Receiver],
        whats: Sequence[str],
        again: Callable[[Sequence[Receiver], Sequence[int]], Sequence[str]],
        pause: float,
    ) -> None:
        self._setup = setup
        self._receivers = receivers
        self._whats = whats
        self._again = again
        self._pause = pause
        self._line = StepLine()
        self._left: dict[Step, errors.WxtuiError | None] = {
            Step(receiver, item): None for receiver in range(len(receivers)) for item in range(len(whats))
        }
        """Steps that were not done, each with its error; None: it was not tried."""
        self._sent = self._at = 0
        self._tried = 0

    async def run(self, client: AnyClient, send: Send, skips: Skips | None = None) -> None:
        """Do each step by `send`. Raises `PartlyDone`, or the first failure where nothing was sent, or `OutputFailed`.

        A failure ends what its receiver gets, and the next one has its turn, unless it would befall all of them. Ctrl+C
        tells who is left; `send` tells what became of its own message, and calls `settled` where that is no more to do.
        `skips` says what a receiver has already: no pause comes before it.
        """
        in_a_row = 0
        try:
            for at in range(len(self._receivers)):
                error = await self._serve(client, at, send, skips)
                in_a_row = in_a_row + 1 if isinstance(error, errors.NetworkError | errors.DeliveryUnknown) else 0
                if error is not None and (_concerns_all(error) or in_a_row == _NETWORK_IN_A_ROW):
                    break
        except errors.OutputFailed:
            # That message was sent; more would be sent with nobody told.
            if self._left:
                self._report()
            raise
        except BaseException as ending:
            if not isinstance(ending, Exception):
                self._line.erase()
                self._report()
            raise
        self._line.erase()
        if self._left:
            # What one message failed with is said by its error alone.
            if len(self._receivers) > 1 or len(self._whats) > 1:
                self._report()
            self._raise()

    def settled(self, item: int) -> None:
        """Note that the message that is being sent needs no more: it arrived, or may have."""
        self._left.pop(Step(self._at, item), None)

    async def _serve(self, client: AnyClient, at: int, send: Send, skips: Skips | None) -> errors.WxtuiError | None:
        """Send all items to one receiver; return what ended that."""
        self._at = at
        for item in range(len(self._whats)):
            if skips is not None and await skips(self._receivers[at].to, item):
                self._done(Step(at, item))
                continue
            await self._wait(client, at)
            self._tried += 1
            try:
                await send(self._receivers[at].to, item)
            except errors.OutputFailed:
                self._done(Step(at, item))
                raise
            except errors.WxtuiError as error:
                self._left[Step(at, item)] = error
                return error
            self._done(Step(at, item))
        return None

    def _done(self, step: Step) -> None:
        del self._left[step]
        self._sent += 1

    async def _wait(self, client: AnyClient, at: int) -> None:
        """Pause before every message but the first; tell the person meanwhile how far it is."""
        self._line.show(f"{at + 1}/{len(self._receivers)}  {self._name(at)[:40]}")
        if self._tried and self._pause:
            await pause_between(client, self._pause)
        self._line.erase()

    # ---------------------------------------------------------------- what was not sent

    def _report(self) -> None:
        """Tell each failure, who was not tried, and how to send the rest only."""
        untried: dict[int, list[int]] = {}
        for step, error in self._left.items():
            if self._setup.json:
                self._write_missed(step, error)
            if error is None:
                untried.setdefault(step.receiver, []).append(step.item)
            else:
                tell(self._failure(step, error))
        whole = [at for at, items in untried.items() if len(items) == len(self._whats)]
        for at, items in untried.items():
            if at not in whole:
                whats = listed([f"“{self._whats[item]}”" for item in items])
                tell(_("{name}: not tried: {what}").format(name=self._name(at), what=whats))
        if whole:
            tell(_("Not tried: {names}").format(names=listed([self._name(at) for at in whole])))
        self._tell_the_rest()

    def _failure(self, step: Step, error: errors.WxtuiError) -> str:
        name, why = self._name(step.receiver), say(error, advice=False)
        if isinstance(error, errors.DeliveryUnknown):
            return f"{name}: {why}"
        return _("{name}: “{what}” was not sent. {why}").format(name=name, what=self._whats[step.item], why=why)

    def _write_missed(self, step: Step, error: errors.WxtuiError | None) -> None:
        to = self._receivers[step.receiver].to
        state = "not_tried" if error is None else "failed"
        if isinstance(error, errors.DeliveryUnknown):
            state = "unknown"
        facts = {"to": to.name, "to_user_name": to.user_name, "what": self._whats[step.item], "state": state}
        if error is not None:
            facts |= {"error": error.code, "message": str(error)}
        write_json(facts, keep=True)

    def _tell_the_rest(self) -> None:
        """Tell the command lines for what certainly did not arrive: one for all that lack the same."""
        lacks: dict[int, list[int]] = {}
        for step, error in self._left.items():
            if not isinstance(error, errors.DeliveryUnknown):
                lacks.setdefault(step.receiver, []).append(step.item)
        if sum(map(len, lacks.values())) == len(self._receivers) * len(self._whats):
            return  # That is the whole command again.
        alike: dict[tuple[int, ...], list[Receiver]] = {}
        for at, items in lacks.items():
            alike.setdefault(tuple(items), []).append(self._receivers[at])
        if alike:
            tell(_("To send the rest only:"))
        for lacking, receivers in alike.items():
            tell("  " + " ".join(shell_word(word) for word in self._again(receivers, lacking)))

    def _raise(self) -> None:
        first = next((error for error in self._left.values() if error is not None), None)
        if first is not None and not self._sent:
            raise first
        names = listed([self._name(at) for at in dict.fromkeys(step.receiver for step in self._left)])
        total = len(self._receivers) * len(self._whats)
        raise errors.PartlyDone(
            done=self._sent, total=total, why=errors.Phrase("Not everything was sent to: {names}.", names=names)
        )

    def _name(self, at: int) -> str:
        return clean(self._receivers[at].to.name)


def _concerns_all(error: errors.WxtuiError) -> bool:
    """Return True for what the next receiver's messages would fail with as well."""
    if isinstance(error, errors.GivenUp):
        return False
    return isinstance(error, (errors.NotUsable, errors.TooFrequent, errors.LocalError, errors.FileRefused))
