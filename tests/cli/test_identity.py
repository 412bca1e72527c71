"""Scripts and names that two have: an exit code and the candidates, never a guess."""

from __future__ import annotations

import re

import pytest

from tests.support.command_line import Wxtui
from tests.support.sandbox_thread import Sandbox


def log_in_again(wxtui: Wxtui, sandbox: Sandbox) -> None:
    sandbox.post("expire", session=True)
    result = wxtui("--server", sandbox.origin, "login", "--qr", "ascii")
    assert result.code == 0, result.err


@pytest.fixture
def talked(logged_in: Wxtui, sandbox: Sandbox) -> Wxtui:
    """Something was sent to somebody, who then changes all that he is known by, and another login."""
    assert logged_in("send", "李四", "-m", "before").code == 0
    sandbox.post("contact", name="lisi", avatar=True, status=True)
    log_in_again(logged_in, sandbox)
    return logged_in


def test_a_history_follows_a_rename_to_the_next_login(logged_in: Wxtui, sandbox: Sandbox) -> None:
    assert logged_in("send", "Alice", "-m", "before").code == 0
    sandbox.post("contact", name="alice", nickname="Renamed")
    log_in_again(logged_in, sandbox)
    assert logged_in("send", "Renamed", "-m", "after").code == 0
    log = logged_in("log", "Renamed")
    assert log.code == 0
    assert ["before" in line or "after" in line for line in log.lines] == [True, True], log


def test_a_doubt_is_an_exit_code_and_names_the_candidates(talked: Wxtui) -> None:
    result = talked("log", "李四")
    assert (result.code, result.out) == (4, "")
    [number] = re.findall(r"id:(\d+) \(李四, \d{4}-\d\d-\d\d \d\d:\d\d, earlier\)", result.err)
    read = talked("log", f"id:{number}")
    assert read.code == 0 and "before" in read.out


def test_sending_is_certain_where_one_contact_has_the_name(talked: Wxtui, sandbox: Sandbox) -> None:
    assert talked("send", "李四", "-m", "after").code == 0
    assert sandbox.sent()[-1]["content"] == "after"
    result = talked("log", "李四")
    assert result.code == 4 and len(re.findall(r"id:\d+", result.err)) == 2
    assert "before" not in result.out + result.err


def test_twins_stay_a_refusal_for_both(logged_in: Wxtui, sandbox: Sandbox) -> None:
    for command in (("send", "王伟", "-m", "hi"), ("log", "王伟")):
        result = logged_in(*command)
        assert result.code == 4 and result.err.count("@") >= 2
    assert sandbox.sent() == []


def test_who_is_no_contact_any_more_can_still_be_read(logged_in: Wxtui, sandbox: Sandbox) -> None:
    name = "Bob (NY office)"
    assert logged_in("send", name, "-m", "before").code == 0
    sandbox.post("contact", name="bob", delete=True)
    log_in_again(logged_in, sandbox)
    assert logged_in("send", name, "-m", "after").code == 4
    for target in (name.lower(), "NY"):
        log = logged_in("log", target)
        assert log.code == 0 and "before" in log.out, log


def test_two_of_earlier_logins_are_not_guessed_between(logged_in: Wxtui, sandbox: Sandbox) -> None:
    for key in ("bob", "alice"):
        sandbox.post("contact", name=key, remark=f"Qux {key}")
        assert logged_in("send", f"Qux {key}", "-m", "before").code == 0
        sandbox.post("contact", name=key, delete=True)
        log_in_again(logged_in, sandbox)
    result = logged_in("log", "Qux")
    assert result.code == 4 and len(re.findall(r"id:\d+", result.err)) == 2, result
    assert logged_in("log", "id:999999").code == 4
    assert logged_in("log", "id:x").code == 4


def test_json_names_the_conversation(talked: Wxtui) -> None:
    number = re.findall(r"id:(\d+)", talked("log", "李四").err)[0]
    [row] = talked("--json", "log", f"id:{number}").json
    assert (row["chat"], row["text"]) == ("李四", "before")
