"""Lines of the log about a mistake of ours."""

from __future__ import annotations

import logging

import pytest

from tui.breakage import log_breakage

SECRET = "@crypt_1234_ticket"


def stumble(ticket: str) -> None:
    try:
        raise KeyError(ticket)
    except KeyError as error:
        raise ValueError(f"no such thing: {ticket}") from error


def test_the_log_says_where_it_broke_and_not_with_what(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("wxtui.test")
    with caplog.at_level(logging.INFO):
        try:
            stumble(SECRET)
        except ValueError as error:
            log_breakage(log, "a test broke", error)
    assert SECRET not in caplog.text
    told, where = caplog.records
    assert (told.levelname, told.getMessage()) == ("ERROR", "a test broke: ValueError")
    assert where.levelname == "INFO"
    assert all(word in where.getMessage() for word in ("builtins.ValueError", "builtins.KeyError", "in stumble"))
