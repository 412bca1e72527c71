"""Pictures of messages: which request fetches them, what the cache keeps, and what goes with a message."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from msgspec.structs import replace

from tests.support.fake_time import FakeTime
from tests.support.scripted_session import ANN, call_of, said, scripted
from tests.support.waiting import until
from tui import errors
from tui.services.http.httpx_import import httpx
from tui.services.pictures import fetching
from tui.services.pictures.decoder import Decoder
from tui.services.pictures.drawn import Drawn, PictureBox, PictureForm, PictureFrame
from tui.services.pictures.picture_cache import PictureCache, PicturePart
from tui.services.pictures.pictures import MOST_DRAWN, Pictures
from tui.store.changes import MessagesAdded, MessagesRemoved
from tui.store.db import picture_files
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.wire.bodies import Body, Emoticon, Image, Text, Video

BOX = PictureBox(40, 12, (8, 16), PictureForm.BLOCKS)
JPEG = b"\xff\xd8\xff\xe0" + bytes(2000)
MB = 1_000_000
NOW = datetime(2026, 1, 2, tzinfo=UTC)


class Echo:
    """A decoder that gives back what it is given."""

    def __init__(self) -> None:
        self.drawn: list[bytes] = []

    async def draw(self, data: bytes, box: PictureBox) -> Drawn:
        self.drawn.append(data)
        if data == b"damaged":
            raise errors.PictureUnusable(why="the file is damaged")
        return Drawn("JPEG", 8, 8, 1, 1, (PictureFrame(data, 0),))

    async def close(self) -> None:
        pass


class Run:
    """Pictures of a session whose server is a function of the test."""

    def __init__(self, pictures: Pictures, cache: PictureCache, folder: Path, decoder: Echo, conversation: int) -> None:
        self.pictures, self.cache, self.folder, self.decoder = pictures, cache, folder, decoder
        self._conversation = conversation

    def message(self, body: Body, number: int = 7, **fields: Any) -> StoredMessage:
        chosen: dict[str, Any] = {"msg_id": f"90{number}", **fields}
        return StoredMessage(
            number, self._conversation, NOW, False, ANN.user_name, DeliveryState.RECEIVED, body, **chosen
        )

    def cached(self) -> list[str]:
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())


Asked = list[tuple[str, str]]


@asynccontextmanager
async def running(
    tmp_path: Path, answer: Callable[[httpx.Request], Any], most: int = MB
) -> AsyncIterator[tuple[Run, Asked]]:
    asked: Asked = []

    async def handle(request: httpx.Request) -> httpx.Response:
        asked.append((call_of(request), request.url.params.get("type", "")))
        found = answer(request)
        return await found if asyncio.iscoroutine(found) else found

    async with scripted(handle, tmp_path) as (context, store):
        folder = tmp_path / "pictures"
        cache = PictureCache(folder, most)
        decoder = Echo()
        client = cast(Any, SimpleNamespace(context=context))
        pictures = Pictures(lambda: client, store, cache, cast(Decoder, decoder))
        try:
            yield (
                Run(pictures, cache, folder, decoder, (await store.conversation_for(ANN.user_name)).id),
                asked,
            )
        finally:
            await pictures.close()


def whole_answer(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, content=JPEG + request.url.params.get("type", "whole").encode())


@pytest.mark.parametrize(
    ("body", "small", "full"),
    [(Image(), "slave", ""), (Video(), "slave", "slave"), (Emoticon(), "big", "big")],
)
async def test_the_small_picture_comes_first_and_the_whole_only_on_demand(
    tmp_path: Path, body: Body, small: str, full: str
) -> None:
    async with running(tmp_path, whole_answer) as (run, asked):
        message = run.message(body)
        assert run.pictures.ready(message, BOX) is None
        drawn = await run.pictures.thumbnail(message, BOX)
        assert run.pictures.ready(message, BOX) is drawn
        assert await run.pictures.thumbnail(message, BOX) is drawn
        await run.pictures.whole(message, BOX)
        assert asked == [("webwxgetmsgimg", small), *([("webwxgetmsgimg", full)] if full != small else [])]


async def test_of_a_large_one_it_is_told_how_much_has_come(tmp_path: Path) -> None:
    async with running(tmp_path, lambda request: httpx.Response(200, content=JPEG + bytes(2**20))) as (run, _asked):
        told: list[int] = []
        await run.pictures.whole(run.message(Image()), BOX, told.append)
        assert told
        assert told == sorted(told) and max(told) <= 99


async def test_another_program_finds_what_is_cached_and_damaged_files_are_fetched_again(tmp_path: Path) -> None:
    async with running(tmp_path, whole_answer) as (run, asked):
        message = run.message(Image())
        await run.pictures.thumbnail(message, BOX)
        (name,) = run.cached()
        path = run.folder / name
        assert name.startswith("7/small-") and name.endswith(".jpg")
        assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
        async with running(tmp_path / "other", whole_answer) as (other, more):
            other.pictures._fetcher._cache = run.cache
            await other.pictures.thumbnail(message, BOX)
            assert more == []
            path.write_bytes(b"half of it")
            await other.pictures.thumbnail(message, PictureBox(9, 9, (8, 16), PictureForm.KITTY))
            assert len(more) == 1 and other.decoder.drawn[-1].startswith(JPEG)
        assert len(asked) == 1 and len(run.cached()) == 1


async def test_nothing_is_written_where_nothing_is_to_be_kept(tmp_path: Path) -> None:
    async with running(tmp_path, whole_answer, most=0) as (run, _asked):
        message = run.message(Image())
        await run.pictures.thumbnail(message, BOX)
        assert not run.folder.exists()
        passed = await run.pictures.path_of(message)
        assert passed.read_bytes().startswith(JPEG) and passed.stat().st_mode & 0o777 == 0o600
        assert not run.folder.exists()
    assert not passed.exists(), "what was only passed on goes at the end"


async def test_what_a_killed_program_left_for_another_to_read_goes_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "run"
    place.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place))
    left = place / "wxtui-passed-killed"
    (left / "7").mkdir(parents=True)
    (left / "7" / f"whole-{'a' * 16}-{'b' * 16}.jpg").touch()
    async with running(tmp_path, whole_answer, most=0) as (run, _asked):
        shown = await run.pictures.path_of(run.message(Image()))
        assert shown.is_file() and not left.exists()
        async with running(tmp_path / "other", whole_answer, most=0) as (other, _asked):
            await other.pictures.path_of(other.message(Image()))
        assert shown.is_file(), "one that is in use stays"
    assert list(place.iterdir()) == []


async def test_two_who_ask_for_the_same_get_one_request_and_only_two_run_at_once(tmp_path: Path) -> None:
    open_now, most = 0, 0
    begun: list[str] = []
    go_on = asyncio.Event()

    async def slow(request: httpx.Request) -> httpx.Response:
        nonlocal open_now, most
        open_now += 1
        begun.append(request.url.params["MsgID"])
        most = max(most, open_now)
        await go_on.wait()
        open_now -= 1
        return whole_answer(request)

    async with running(tmp_path, slow) as (run, asked):
        messages = [run.message(Image(), number) for number in range(1, 6)]
        first = [asyncio.ensure_future(run.pictures.thumbnail(one, BOX)) for one in (*messages, messages[0])]
        await until(lambda: open_now == 2)
        # Which of them came first, the threads that look into the cache say.
        waits = next(at for at in range(1, 5) if messages[at].msg_id not in begun)
        first[waits].cancel()
        go_on.set()
        found = await asyncio.gather(*first, return_exceptions=True)
        assert isinstance(found[waits], asyncio.CancelledError)
        assert most == 2 and len(asked) == 4, "of the one that was scrolled away nobody asked the server"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (lambda: httpx.Response(200, content=b""), errors.MediaUnusable),
        (lambda: httpx.Response(200, html="<!DOCTYPE html><html>502</html>"), errors.MediaUnusable),
        (lambda: said(ret=1), errors.BadParameter),
        (lambda: said(ret=1101), errors.SessionOver),
        (lambda: httpx.Response(404, content=b"no"), errors.BadAnswer),
        (lambda: httpx.Response(200, content=bytes(3_000_000)), errors.PictureUnusable),
    ],
)
async def test_what_failed_is_not_asked_for_again_at_once(
    tmp_path: Path, answer: Callable[[], httpx.Response], kind: type[errors.WxtuiError], monkeypatch: pytest.MonkeyPatch
) -> None:
    FakeTime(monkeypatch, "tui.services.downloads.download")
    async with running(tmp_path, lambda request: answer()) as (run, asked):
        message = run.message(Image())
        for _try in range(3):
            with pytest.raises(kind):
                await run.pictures.thumbnail(message, BOX)
        before = len(asked)
        assert before <= 2
        run.pictures.try_again()
        with pytest.raises(kind):
            await run.pictures.thumbnail(message, BOX)
        assert len(asked) > before or kind is errors.PictureUnusable
        assert run.cached() == []


async def test_who_asks_too_often_asks_for_no_other_picture_for_a_while(tmp_path: Path) -> None:
    async with running(tmp_path, lambda request: said(ret=1205)) as (run, asked):
        for number in range(1, 6):
            with pytest.raises(errors.TooFrequent):
                await run.pictures.thumbnail(run.message(Image(), number), BOX)
        assert len(asked) == 1


async def test_a_sent_picture_is_read_from_its_own_file_while_that_is_unchanged(tmp_path: Path) -> None:
    async with running(tmp_path, whole_answer) as (run, asked):
        waiting = run.message(Image(), client_msg_id="1", msg_id="")
        with pytest.raises(errors.PictureUnusable, match="on its way"):
            await run.pictures.thumbnail(waiting, BOX)
        sent = run.message(Image(), client_msg_id="1")
        own = tmp_path / "own.png"
        own.write_bytes(b"own")
        status = own.stat()
        run.cache.remember_own(sent, own, status.st_size, status.st_mtime_ns)
        await run.pictures.thumbnail(sent, BOX)
        assert run.decoder.drawn == [b"own"] and await run.pictures.path_of(sent) == own
        own.write_bytes(b"another")
        os.utime(own, ns=(1, 1))
        await run.pictures.whole(sent, BOX)
        assert run.decoder.drawn[-1] == JPEG + b"whole" and len(asked) == 1


async def test_what_was_used_least_recently_goes_first(tmp_path: Path) -> None:
    async with running(tmp_path, whole_answer, most=9_000) as (run, _asked):
        messages = [run.message(Image(), number) for number in range(1, 6)]
        for number, message in enumerate(messages[:4]):
            await run.pictures.thumbnail(message, BOX)
            for path in (run.folder / str(message.id)).iterdir():
                os.utime(path, (number, number))
        assert run.cache.find(messages[0], PicturePart.SMALL) is not None, "and so it was used just now"
        await run.pictures.thumbnail(messages[4], BOX)
        assert [name.split("/")[0] for name in run.cached()] == ["1", "3", "4", "5"]


async def test_a_message_that_goes_takes_its_pictures_along(tmp_path: Path) -> None:
    async with running(tmp_path, whole_answer) as (run, _asked):
        message, other = run.message(Image()), run.message(Image(), 8)
        await run.pictures.thumbnail(message, BOX)
        await run.pictures.thumbnail(other, BOX)
        await run.pictures.forget([message.id])
        assert run.pictures.ready(message, BOX) is None and run.pictures.ready(other, BOX) is not None
        assert [name.split("/")[0] for name in run.cached()] == ["8"]
        with pytest.raises(errors.PictureUnusable):
            await run.pictures.whole(message, BOX)
        assert [name.split("/")[0] for name in run.cached()] == ["8"]
        recalled = run.message(Image(), 9, msg_id="99")
        with pytest.raises(errors.PictureUnusable):
            await run.pictures.thumbnail(replace(recalled, state=DeliveryState.RECALLED), BOX)
        # Whoever puts the cache elsewhere, by a link, may have files of their own there.
        mine = [run.folder / "8" / "mine.txt", run.folder / "photos" / "mine.jpg", run.folder / "list"]
        for path in mine:
            path.parent.mkdir(exist_ok=True)
            path.touch()
        picture_files.drop_of(run.folder, range(200))
        picture_files.drop_all(run.folder)
        assert run.cached() == sorted(str(path.relative_to(run.folder)) for path in mine)


async def test_a_message_that_goes_while_its_picture_is_drawn_leaves_none_and_its_row_is_another_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path, whole_answer, most=0) as (run, _asked):
        message, drawing, go_on = run.message(Image()), asyncio.Event(), asyncio.Event()
        draw = run.decoder.draw

        async def slow(data: bytes, box: PictureBox) -> Drawn:
            drawing.set()
            await go_on.wait()
            return await draw(data, box)

        monkeypatch.setattr(run.decoder, "draw", slow)
        shown = asyncio.ensure_future(run.pictures.thumbnail(message, BOX))
        await drawing.wait()
        await run.pictures.hear(MessagesRemoved(message.conversation_id, (message.id,)))
        go_on.set()
        with pytest.raises(errors.PictureUnusable):
            await shown
        assert run.pictures.ready(message, BOX) is None
        # The next message of all gets the same row.
        after = run.message(Image(), msg_id="99")
        await run.pictures.hear(MessagesAdded(message.conversation_id, (after,)))
        assert (await run.pictures.thumbnail(after, BOX)).format == "JPEG"


async def test_drawn_pictures_are_remembered_only_as_far_as_there_is_room(tmp_path: Path) -> None:
    async with running(tmp_path, lambda request: httpx.Response(200, content=JPEG * 400), most=0) as (run, _asked):
        messages = [run.message(Image(), number) for number in range(1, 14)]
        for message in messages:
            await run.pictures.thumbnail(message, BOX)
        assert run.pictures._bytes <= MOST_DRAWN
        known = [run.pictures.ready(message, BOX) is not None for message in messages]
        assert known == [False] * known.count(False) + [True] * known.count(True) and 8 < known.count(True) < 13


async def test_damaged_pictures_and_texts_say_so_without_another_request(tmp_path: Path) -> None:
    async with running(tmp_path, lambda request: httpx.Response(200, content=b"damaged")) as (run, asked):
        message = run.message(Image())
        for _try in range(2):
            with pytest.raises(errors.PictureUnusable):
                await run.pictures.thumbnail(message, BOX)
        assert isinstance(run.pictures.ready(message, BOX), errors.PictureUnusable) and len(asked) == 1
        with pytest.raises(errors.PictureUnusable):
            await run.pictures.thumbnail(run.message(Text("hi"), 9), BOX)


async def test_a_small_picture_that_does_not_come_is_given_up_and_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "SMALL_SECONDS", 0.05)

    async def trickle() -> AsyncIterator[bytes]:
        yield b"\xff"
        await asyncio.Event().wait()

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=trickle()) if "900" in str(request.url) else whole_answer(request)

    async with running(tmp_path, answer) as (run, _asked):
        with pytest.raises(errors.TimedOut):
            await run.pictures.thumbnail(run.message(Image(), 0), BOX)
        await run.pictures.thumbnail(run.message(Image(), 1), BOX)
        assert [name.split("/")[0] for name in run.cached()] == ["1"], "nothing is left of it"


async def test_what_a_killed_program_left_half_is_removed(tmp_path: Path) -> None:
    async with running(tmp_path, whole_answer) as (run, _asked):
        (run.folder / "coming").mkdir(parents=True)
        (run.folder / "coming" / ".wxtui-0123.part").write_bytes(b"half of it")
        await run.pictures.thumbnail(run.message(Image()), BOX)
        assert [name.split("/")[0] for name in run.cached()] == ["7"]
