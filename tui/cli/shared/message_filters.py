"""Options that choose among stored messages, alike for every command: who wrote them, which kind, when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

import click

from tui.cli.shared.targets import TARGET
from tui.i18n import _
from tui.store.search.query import KIND_NAMES, MessageQuery, parse_query


def _offer(*words: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Return what completes an option in the shell by some words."""
    return lambda _context, _option, typed: [word for word in words if word.startswith(typed)]


_DAYS = _offer("today", "yesterday")


class MessageFilters:
    """Values of the options, as they were written."""

    def __init__(self, *, mentions: bool, **values: tuple[str, ...]) -> None:
        self._mentions = mentions
        self._values = values

    def query(self, words: str = "") -> MessageQuery:
        """Return what they ask for, with the words and filters of a search. Raises `UsageError`."""
        return parse_query(words, datetime.now(UTC), mentions=self._mentions, **self._values)


def message_filters(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a command, which gets their values as `filters`."""

    @wraps(function)
    def command(
        *arguments: Any,
        senders: tuple[str, ...],
        kinds: tuple[str, ...],
        since: tuple[str, ...],
        until: tuple[str, ...],
        mentions: bool,
        **more: Any,
    ) -> Any:
        filters = MessageFilters(mentions=mentions, senders=senders, kinds=kinds, since=since, until=until)
        return function(*arguments, filters=filters, **more)

    decorated: Callable[..., Any] = command
    for add in (
        click.option(
            "--mentions",
            is_flag=True,
            help=_("Only messages that mention you: by name, with everybody, or as a quote."),
        ),
        click.option(
            "--until",
            metavar="DAY",
            multiple=True,
            shell_complete=_DAYS,
            help=_("Only messages up to the end of this day."),
        ),
        click.option(
            "--since",
            metavar="DAY",
            multiple=True,
            shell_complete=_DAYS,
            help=_("Only messages from this day on: 2026-11-01, 11-01, today, yesterday."),
        ),
        click.option(
            "--kind",
            "kinds",
            metavar="KIND",
            multiple=True,
            shell_complete=_offer(*KIND_NAMES),
            help=_("Only messages of this kind, or of several with commas: {kinds}.").format(
                kinds=", ".join(KIND_NAMES)
            ),
        ),
        click.option(
            "--from",
            "senders",
            metavar="NAME",
            type=TARGET,
            multiple=True,
            help=_("Only messages from NAME; “me” is you."),
        ),
    ):
        decorated = add(decorated)
    return decorated
