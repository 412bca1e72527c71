"""Changes of contacts: one at a time, paced, never repeated, and honest about an answer that was lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.fake_time import StoppedClock
from tests.support.scripted_session import Handler, call_of, said, scripted
from tests.support.waiting import until
from tui import errors
from tui.errors import Phrase
from tui.services.http.httpx_import import httpx
from tui.services.people import contact_changes
from tui.services.people.contact_changes import ContactChanges
from tui.services.sending.throttle import Pace
from tui.wire.people import people_calls

WHAT = Phrase("the remark of “{name}”", name="Ann")


async def _two_at_once(handler: Handler, folder: Path, pause: float = 0.0) -> list[object]:
    async with scripted(handler, folder) as (context, _store):
        changes = ContactChanges(context, pause)
        calls = [people_calls.set_remark(context.session, "@ann", name) for name in ("a", "b")]
        return await asyncio.gather(*(changes.run(call, WHAT) for call in calls), return_exceptions=True)


async def test_two_changes_never_run_at_once(tmp_path: Path) -> None:
    running, most, asked = 0, 0, []

    async def handler(request: httpx.Request) -> httpx.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        asked.append(call_of(request))
        return said()

    assert await _two_at_once(handler, tmp_path) == [None, None]
    assert (most, asked) == (1, ["webwxoplog"] * 2)


async def test_a_pause_lies_between_two_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    def pace(seconds: float, jitter: object) -> Pace:
        return Pace(seconds, lambda: 0.5, StoppedClock())

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(contact_changes, "Pace", pace)
    monkeypatch.setattr("tui.services.sending.throttle.asyncio.sleep", sleep)
    await _two_at_once(lambda request: said(), tmp_path, contact_changes.PAUSE)
    assert [one for one in slept if one] == [contact_changes.PAUSE]


async def test_a_loop_in_a_shell_is_paced_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with scripted(lambda request: said(), tmp_path) as (context, store):
        monkeypatch.setattr(contact_changes.asyncio, "sleep", sleep)
        call = people_calls.set_pinned(context.session, "@ann", pinned=True)
        monkeypatch.setattr(context.ids, "now_ms", lambda: 1_000_000)
        await ContactChanges(context, 2.0, store).run(call, WHAT)
        monkeypatch.setattr(context.ids, "now_ms", lambda: 1_000_500)
        await ContactChanges(context, 2.0, store).run(call, WHAT)
        monkeypatch.setattr(context.ids, "now_ms", lambda: 500)
        await ContactChanges(context, 2.0, store).run(call, WHAT)
    assert [one for one in slept if one] == [1.5]


@pytest.mark.parametrize("too_often", [said(ret=1205), httpx.Response(429)])
async def test_too_frequent_stops_those_that_wait_and_not_the_next(tmp_path: Path, too_often: httpx.Response) -> None:
    asked: list[str] = []

    async def handler(request: httpx.Request) -> httpx.Response:
        asked.append(call_of(request))
        await asyncio.sleep(0)
        return too_often if len(asked) == 1 else said()

    async with scripted(handler, tmp_path) as (context, _store):
        changes = ContactChanges(context, 0.0)
        call = people_calls.set_pinned(context.session, "@ann", pinned=True)
        both = await asyncio.gather(changes.run(call, WHAT), changes.run(call, WHAT), return_exceptions=True)
        assert isinstance(both[0], errors.TooFrequent | errors.BadAnswer) and both[1] is both[0]
        assert len(asked) == 1
        await changes.run(call, WHAT)
    assert len(asked) == 2


@pytest.mark.parametrize("lost", [b"", b"<html>", b'{"BaseResponse"'])
async def test_a_lost_answer_is_a_doubt_and_not_asked_again(tmp_path: Path, lost: bytes) -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(call_of(request))
        return httpx.Response(200, content=lost)

    async with scripted(handler, tmp_path) as (context, _store):
        call = people_calls.set_remark(context.session, "@ann", "Anna")
        with pytest.raises(errors.ChangeUnknown, match="the remark of “Ann”") as caught:
            await ContactChanges(context).run(call, WHAT)
    assert asked == ["webwxoplog"]
    assert not caught.value.lacks


async def test_what_was_taken_is_noted_before_the_next_though_its_caller_is_interrupted(tmp_path: Path) -> None:
    noting, free, done = asyncio.Event(), asyncio.Event(), []

    async def note() -> None:
        noting.set()
        await free.wait()
        done.append("noted")

    async def leaving() -> None:
        done.append("leaves")

    async with scripted(lambda request: said(), tmp_path) as (context, _store):
        changes = ContactChanges(context, 0.0)
        call = people_calls.set_remark(context.session, "@ann", "a")
        first = asyncio.ensure_future(changes.run(call, WHAT, taken=note))
        second = asyncio.ensure_future(changes.run(call, WHAT, leaving))
        await noting.wait()
        first.cancel()
        await asyncio.sleep(0)
        free.set()
        await asyncio.wait({first, second})
    assert first.cancelled() and done == ["noted", "leaves"]


async def test_a_change_that_waits_for_its_turn_can_be_given_up(tmp_path: Path) -> None:
    free, asked = asyncio.Event(), []

    async def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.content)
        await free.wait()
        return said()

    async with scripted(handler, tmp_path) as (context, _store):
        changes = ContactChanges(context, 0.0)
        calls = [people_calls.set_remark(context.session, "@ann", name) for name in ("a", "b")]
        first, second = (asyncio.ensure_future(changes.run(call, WHAT)) for call in calls)
        await until(lambda: bool(asked))
        second.cancel()
        free.set()
        await first
        await asyncio.wait({second})
    assert second.cancelled() and len(asked) == 1
