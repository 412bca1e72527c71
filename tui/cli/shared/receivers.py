"""Several receivers of one command: all are found first, then each gets its messages, a pause between two of them.

What was not sent is told exactly: to whom, what, why, and the command line that sends the rest.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from tui import errors
from tui.cli.shared.output import clean, tell, write_json
from tui.i18n import _, counted, listed, say
from tui.services.control.remote_client import RemoteClient

if TYPE_CHECKING:
    from tui.cli.shared.client_opening import AnyClient
    from tui.cli.shared.global_options import Setup
    from tui.services.control.protocol import Recipient
    from tui.wire.contacts import Contact

MOST_UNASKED: Final = 20
"""Receivers of one command that need no --yes."""
_REQUEST: Final = 0.4
"""Seconds that a message takes besides the pause, about."""
_NETWORK_IN_A_ROW: Final = 2
"""Receivers in a row that the network kept from getting anything: after these the others are not tried."""
_ERASE: Final = "\r\x1b[K"


class Receiver(NamedTuple):
    """Contact, and the word by which the person named it."""

    to: Contact | Recipient
    typed: str


async def find_receivers(client: Any, targets: Iterable[str]) -> list[Receiver]:
    """Return the contacts that the targets name, each once. Raises `TargetError`, which names every wrong target."""
    found: dict[str, Receiver] = {}
    wrong: list[errors.TargetError] = []
    for target in dict.fromkeys(targets):
        try:
            to = await client.directory.resolve(target)
        except errors.TargetError as error:
            wrong.append(error)
        else:
            found.setdefault(to.user_name, Receiver(to, target))
    if len(wrong) > 1:
        raise errors.TargetsWrong(why=errors.together([error.said for error in wrong]))
    if wrong:
        raise wrong[0]
    return list(found.values())


def expect_consent(receivers: int, items: int, pause: float, *, yes: bool) -> None:
    """Raise `UsageError` where so many are to get something that the person has to say it twice."""
    if receivers <= MOST_UNASKED or yes:
        return
    about = counted("{count} minute", "{count} minutes", max(1, round(receivers * items * (pause + _REQUEST) / 60)))
    raise errors.UsageError(
        why=_(
            "Sending to {count} takes about {time}, with {pause} s between two messages (send_pause). "
            "Nothing was sent; if you mean it, add --yes."
        ).format(count=receivers, time=about, pause=f"{pause:g}")
    )


def send_pause() -> float:
    """Return the setting `send_pause`, in seconds. Raises `SettingsWrong`."""
    from tui import config

    return config.load().send_pause


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
        self._blocks = False
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
        self._blocks = isinstance(client, RemoteClient)
        in_a_row = 0
        try:
            for at in range(len(self._receivers)):
                error = await self._serve(at, send, skips)
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
                self._erase()
                self._report()
            raise
        self._erase()
        if self._left:
            # What one message failed with is said by its error alone.
            if len(self._receivers) > 1 or len(self._whats) > 1:
                self._report()
            self._raise()

    def settled(self, item: int) -> None:
        """Note that the message that is being sent needs no more: it arrived, or may have."""
        self._left.pop(Step(self._at, item), None)

    async def _serve(self, at: int, send: Send, skips: Skips | None) -> errors.WxtuiError | None:
        """Send all items to one receiver; return what ended that."""
        self._at = at
        for item in range(len(self._whats)):
            if skips is not None and await skips(self._receivers[at].to, item):
                self._done(Step(at, item))
                continue
            await self._wait(at)
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

    async def _wait(self, at: int) -> None:
        """Pause before every message but the first; tell the person meanwhile how far it is."""
        self._erase()
        if sys.stderr.isatty():
            sys.stderr.write(f"{at + 1}/{len(self._receivers)}  {clean(self._receivers[at].to.name)[:40]}")
            sys.stderr.flush()
        if self._tried and self._pause:
            # Between 3/4 and 5/4 of it: nobody's hand is a clock.
            seconds = self._pause * (0.75 + os.urandom(1)[0] / 510)
            if self._blocks:
                time.sleep(seconds)  # noqa: ASYNC251 - there is no event loop
            else:
                import asyncio  # A command that goes through a running wxtui does without.

                await asyncio.sleep(seconds)
        self._erase()

    def _erase(self) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(_ERASE)
            sys.stderr.flush()

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


def shell_word(text: str) -> str:
    """Return a word as a shell reads it; what a terminal would not show stands as `$'…'`."""
    if text.isprintable():
        import shlex

        return shlex.quote(text)
    safe = text.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + "".join(one if one.isprintable() else _escaped(one) for one in safe) + "'"


def _escaped(char: str) -> str:
    if char == "\n":
        return "\\n"
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))


def global_words(setup: Setup) -> list[str]:
    """Return the program's name and the global options of this run, for a command line that is pasted."""
    words = ["wxtui"]
    if setup.profile_name != "default":
        words += ["--profile", setup.profile_name]
    if setup.server is not None:
        words += ["--server", setup.server]
    if setup.endpoint is not None:
        words += ["--endpoint", setup.endpoint.value]
    return [*words, *(["--json"] if setup.json else [])]
