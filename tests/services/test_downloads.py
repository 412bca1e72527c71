"""Downloads: whole or not at all, gone on with where they broke, and never a server's excuse saved as a picture."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import re
import stat
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.async_sandbox import client_of, run_sandbox
from tests.support.fake_time import FakeTime
from tests.support.scripted_session import call_of, said, scripted
from tui import errors
from tui.services.downloads import target_folder
from tui.services.downloads.download import RETRIES, Downloads, Saved, kind_of
from tui.services.downloads.filenames import extension_of, numbered, portable, safe_name
from tui.services.downloads.target_folder import TargetFolder, open_folder
from tui.services.http.httpx_import import httpx
from tui.services.uploads.upload_state import Progress
from tui.store.changes import MessagesAdded
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.wire import bodies
from tui.wire.bodies import Body

KIB, MIB = 1024, 1024 * 1024
DATA = bytes(range(256)) * 8 * KIB
WHEN = datetime(2026, 11, 21, tzinfo=UTC)


def received(body: Body, sender: str = "@ann", msg_id: str = "7001") -> StoredMessage:
    return StoredMessage(1, 1, WHEN, False, sender, DeliveryState.RECEIVED, body, msg_id)


def file_of(size: int = len(DATA), name: str = "thing.bin") -> StoredMessage:
    return received(bodies.File(name, size, "@crypt", "thing%2Ebin"))


@dataclass
class Server:
    """Serves `data`, and spoils answers by plan, one entry an answer; "" is a good one."""

    data: bytes = DATA
    plan: list[str] = field(default_factory=list)
    ranges: bool = True
    tag: str = '"1"'
    asked: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        way = self.plan.pop(0) if self.plan else ""
        if way == "html":
            return httpx.Response(200, html="<!DOCTYPE html><html><body>502 Bad Gateway</body></html>")
        if way == "empty":
            return httpx.Response(200, content=b"")
        if way.isdecimal():
            return httpx.Response(int(way), content=b"no")
        if way == "down":
            raise httpx.ConnectError("down")
        start = 0
        headers = {"etag": self.tag}
        wanted = re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", ""))
        fits = request.headers.get("if-range", self.tag) == self.tag
        if wanted and self.ranges and fits:
            start = int(wanted[1])
            headers["content-range"] = f"bytes {start}-{len(self.data) - 1}/{len(self.data)}"
        rest = self.data[start:]
        if way == "unframed":
            found = httpx.Response(200, headers=headers, content=self._some(rest, len(rest) // 2, broken=False))
            del found.headers["transfer-encoding"]
            return found
        headers["content-length"] = str(len(rest))
        length = int(way.removeprefix("cut ")) if way.startswith("cut ") else len(rest)
        return httpx.Response(
            206 if "content-range" in headers else 200,
            headers=headers,
            content=self._some(rest, length, broken=bool(way)),
        )

    async def _some(self, data: bytes, length: int, *, broken: bool) -> AsyncIterator[bytes]:
        for at in range(0, length, 64 * KIB):
            yield data[at : min(at + 64 * KIB, length)]
        if broken:
            raise httpx.ReadError("cut")


@asynccontextmanager
async def downloading(
    server: Callable[[httpx.Request], httpx.Response], tmp_path: Path
) -> AsyncIterator[tuple[Downloads, TargetFolder]]:
    (tmp_path / "in").mkdir(exist_ok=True)
    async with scripted(server, tmp_path) as (context, _store):
        with open_folder(tmp_path / "in") as folder:
            yield Downloads(context), folder


async def saved_from(server: Server, tmp_path: Path, message: StoredMessage | None = None) -> Saved:
    async with downloading(server, tmp_path) as (downloads, folder):
        return await downloads.save(message or file_of(len(server.data)), "@ann", folder)


def left_over(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "in").iterdir())


# ---------------------------------------------------------------- what breaks


async def test_a_broken_one_goes_on_where_it_broke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FakeTime(monkeypatch, "tui.services.downloads.download")
    server = Server(plan=[f"cut {MIB}", f"cut {512 * KIB}"])
    saved = await saved_from(server, tmp_path)
    assert saved.path.read_bytes() == DATA
    assert [request.headers.get("range") for request in server.asked] == [
        None,
        f"bytes={MIB}-",
        f"bytes={MIB + 512 * KIB}-",
    ]
    assert server.asked[1].headers["if-range"] == '"1"'
    assert all(request.headers["accept-encoding"] == "identity" for request in server.asked)


async def test_one_that_changed_meanwhile_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FakeTime(monkeypatch, "tui.services.downloads.download")
    server = Server(plan=[f"cut {MIB}"])

    def other(request: httpx.Request) -> httpx.Response:
        if server.asked:
            server.data, server.tag = DATA[::-1], '"2"'
        return server(request)

    async with downloading(other, tmp_path) as (downloads, folder):
        saved = await downloads.save(file_of(), "@ann", folder)
    assert saved.path.read_bytes() == DATA[::-1]


async def test_a_server_without_ranges_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FakeTime(monkeypatch, "tui.services.downloads.download")
    saved = await saved_from(Server(plan=[f"cut {MIB}"], ranges=False), tmp_path)
    assert saved.path.read_bytes() == DATA


@pytest.mark.parametrize("way", ["down", "500", "503", "html", "empty", "unframed", "416"])
async def test_a_bad_moment_is_waited_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    time = FakeTime(monkeypatch, "tui.services.downloads.download")
    plan = [f"cut {MIB}", "416"] if way == "416" else [way]
    saved = await saved_from(Server(plan=plan), tmp_path)
    assert saved.path.read_bytes() == DATA
    assert time.slept, "a server in trouble is not hammered"
    assert left_over(tmp_path) == ["thing.bin"]


@pytest.mark.parametrize(
    ("way", "error", "words"),
    [
        ("down", errors.Unreachable, "cannot be reached"),
        ("cut 0", errors.ConnectionBroken, "closed the connection before it answered"),
        ("html", errors.MediaUnusable, "“thing.bin” could not be downloaded: the server sent a web page instead."),
        ("empty", errors.MediaUnusable, "the server sent nothing."),
        ("502", errors.BadAnswer, "HTTP status 502"),
    ],
)
async def test_not_for_ever_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, error: type[errors.WxtuiError], words: str
) -> None:
    FakeTime(monkeypatch, "tui.services.downloads.download")
    server = Server(plan=[way] * 50)
    with pytest.raises(error, match=re.escape(words)):
        await saved_from(server, tmp_path)
    assert len(server.asked) == RETRIES + 1
    assert left_over(tmp_path) == []


async def test_a_poor_line_that_gets_on_is_not_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FakeTime(monkeypatch, "tui.services.downloads.download")
    server = Server(plan=[f"cut {256 * KIB}"] * 7)
    assert len(server.plan) > RETRIES
    assert (await saved_from(server, tmp_path)).path.read_bytes() == DATA


@pytest.mark.parametrize("status", [403, 404])
async def test_a_no_is_not_asked_again(tmp_path: Path, status: int) -> None:
    server = Server(plan=[str(status)])
    with pytest.raises(errors.BadAnswer, match=str(status)):
        await saved_from(server, tmp_path)
    assert len(server.asked) == 1


# ---------------------------------------------------------------- what is none


async def test_a_refusal_is_no_picture(tmp_path: Path) -> None:
    for ret, kind in ((1101, errors.LoggedInElsewhere), (1, errors.BadParameter)):
        async with downloading(lambda request, ret=ret: said(ret=ret), tmp_path) as (downloads, folder):
            for message in (received(bodies.Image()), file_of()):
                with pytest.raises(kind):
                    await downloads.save(message, "@ann", folder)
    assert left_over(tmp_path) == []


async def test_a_page_or_an_answer_that_somebody_sent_is_saved(tmp_path: Path) -> None:
    for name, data in (
        ("page.html", b"<!DOCTYPE html><html></html>"),
        ("answer.json", b'{"BaseResponse": {"Ret": 1101}}'),
    ):
        saved = await saved_from(Server(data), tmp_path, file_of(len(data), name))
        assert saved.path.read_bytes() == data
    page = b"<html>what nobody told the size of</html>"
    saved = await saved_from(Server(page), tmp_path, file_of(0, "untold.htm"))
    assert saved.path.read_bytes() == page


@pytest.mark.parametrize("size", [len(DATA) - 1, len(DATA) + 1, 1])
async def test_another_size_than_announced_is_not_saved(tmp_path: Path, size: int) -> None:
    server = Server()
    with pytest.raises(errors.MediaOfWrongSize, match="arrived instead of"):
        await saved_from(server, tmp_path, file_of(size))
    assert len(server.asked) == 1, "it would only come again"
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("body", [bodies.Text("hi"), bodies.Link("t", "http://x"), bodies.File("own.bin", 3)])
async def test_there_is_nothing_to_save(tmp_path: Path, body: Body) -> None:
    assert kind_of(body) is None
    server = Server()
    with pytest.raises(errors.NothingToSave):
        await saved_from(server, tmp_path, received(body))
    assert not server.asked


async def test_what_came_in_an_earlier_login_is_asked_of_who_it_is_today(tmp_path: Path) -> None:
    server = Server()
    body = file_of().body
    await saved_from(server, tmp_path, received(body, sender="@ann-of-yesterday"))
    await saved_from(server, tmp_path, msgspec.structs.replace(received(body, sender="@me-of-yesterday"), mine=True))
    assert [request.url.params["sender"] for request in server.asked] == ["@ann", "@me"]


# ---------------------------------------------------------------- the disk


async def test_a_full_disk_is_a_sentence_and_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written, real = 0, os.write

    def write(handle: int, data: memoryview) -> int:
        nonlocal written
        written += len(data)
        if written > MIB:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(handle, data)

    monkeypatch.setattr("tui.services.downloads.target_folder.os.write", write)
    with pytest.raises(errors.FolderUnusable, match="No space left on device"):
        await saved_from(Server(), tmp_path)
    monkeypatch.undo()
    assert left_over(tmp_path) == []


async def test_what_has_no_room_is_not_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fstatvfs

    def fstatvfs(handle: int) -> os.statvfs_result:
        found = list(real(handle))
        found[4] = 1
        return os.statvfs_result(found)

    monkeypatch.setattr("tui.services.downloads.target_folder.os.fstatvfs", fstatvfs)
    with pytest.raises(errors.FolderUnusable, match="needed"):
        await saved_from(Server(), tmp_path)
    assert left_over(tmp_path) == []


async def test_cancelled_in_the_middle_nothing_is_left(tmp_path: Path) -> None:
    forever = asyncio.Event()
    arrived = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield DATA[:MIB]
        arrived.set()
        await forever.wait()

    def server(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-length": str(len(DATA))}, content=slow())

    async with downloading(server, tmp_path) as (downloads, folder):
        task = asyncio.create_task(downloads.save(file_of(), "@ann", folder))
        await arrived.wait()
        (part,) = left_over(tmp_path)
        assert part.startswith(".wxtui-")
        assert stat.S_IMODE((tmp_path / "in" / part).stat().st_mode) == 0o600
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert left_over(tmp_path) == []


async def test_many_at_once_take_each_their_own_name(tmp_path: Path) -> None:
    async with downloading(Server(), tmp_path) as (downloads, folder):
        found = await asyncio.gather(*(downloads.save(file_of(), "@ann", folder) for _ in range(8)))
    names = sorted(saved.path.name for saved in found)
    assert names == ["thing (2).bin", *(f"thing ({n}).bin" for n in range(3, 9)), "thing.bin"]
    assert left_over(tmp_path) == names


async def test_nothing_is_overwritten_not_even_a_link(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "thing.bin").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in" / "thing (2).bin").mkdir()
    saved = await saved_from(Server(), tmp_path)
    assert saved.path.name == "thing (3).bin"
    assert not (tmp_path / "elsewhere").exists()


async def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*arguments: object, **more: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("tui.services.downloads.target_folder.os.link", link)
    for name in ("thing.bin", "thing (2).bin"):
        saved = await saved_from(Server(), tmp_path)
        assert (saved.path.name, saved.path.read_bytes() == DATA) == (name, True)
    assert left_over(tmp_path) == ["thing (2).bin", "thing.bin"]


async def test_a_file_system_with_narrow_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.link

    def link(old: str, new: str, **more: int) -> None:
        if "?" in new or len(os.fsencode(new)) > 143:
            raise OSError(errno.EINVAL, "Invalid argument")
        real(old, new, **more)

    monkeypatch.setattr("tui.services.downloads.target_folder.os.link", link)
    saved = await saved_from(Server(), tmp_path, file_of(name="为什么?" * 20 + ".txt"))
    assert saved.path.name.endswith(".txt")
    assert "?" not in saved.path.name
    assert saved.path.read_bytes() == DATA


async def test_the_folder_may_be_moved_meanwhile(tmp_path: Path) -> None:
    async with downloading(Server(), tmp_path) as (downloads, folder):
        (tmp_path / "in").rename(tmp_path / "moved")
        (tmp_path / "in").symlink_to("/nowhere")
        await downloads.save(file_of(), "@ann", folder)
    assert (tmp_path / "moved" / "thing.bin").read_bytes() == DATA


async def test_only_parts_of_the_dead_are_removed(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / ".wxtui-dead.part").write_bytes(b"half")
    (folder / ".wxtui-link.part").symlink_to(tmp_path / "other")
    (folder / ".wxtui-dir.part").mkdir()
    (folder / "mine.part").write_bytes(b"mine")
    (tmp_path / "other").write_bytes(b"other")
    with open_folder(folder) as opened:
        part = opened.begin()
        living = next(
            path for path in folder.iterdir() if path.name not in (".wxtui-link.part", ".wxtui-dir.part", "mine.part")
        )
        with open_folder(folder):
            assert living.exists()
        part.close()
    assert left_over(tmp_path) == [".wxtui-dir.part", ".wxtui-link.part", "mine.part"]
    assert (tmp_path / "other").read_bytes() == b"other"


async def test_memory_is_bounded_and_progress_is_true(tmp_path: Path) -> None:
    size = 64 * MIB
    block = bytes(64 * KIB)

    async def much() -> AsyncIterator[bytes]:
        for _ in range(size // len(block)):
            yield block

    def server(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-length": str(size)}, content=much())

    seen: list[Progress] = []
    async with downloading(server, tmp_path) as (downloads, folder):
        gc.collect()
        tracemalloc.start()
        try:
            await downloads.save(file_of(size), "@ann", folder, seen.append)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 8 * MIB
    assert [one.done for one in seen] == sorted(one.done for one in seen)
    assert (seen[-1].done, seen[-1].total) == (size, size)


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("报告 2024 终版.pdf", "报告 2024 终版.pdf"),
        ("👨‍👩‍👧‍👦 家.jpg", "👨‍👩‍👧‍👦 家.jpg"),
        ("a & b <c> 'd' \"e\".txt", "a & b <c> 'd' \"e\".txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\x.doc", "x.doc"),
        ("/", "fallback"),
        ("", "fallback"),
        ("..", "fallback"),
        (" . ", "fallback"),
        ("---", "fallback"),
        ("\u202e\u200f\u2066", "fallback"),
        ("\u3164", "fallback"),
        (".bashrc", "_.bashrc"),
        ("-rf", "_-rf"),
        ("~", "_~"),
        ("~root", "_~root"),
        ("~/.bashrc", "_.bashrc"),
        ("CON", "_CON"),
        (".", "fallback"),
        ("a.txt...", "a.txt"),
        ("a\x00b\x1b[31m\r\nc.txt", "ab[31m c.txt"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("name. . ", "name"),
        ("con", "_con"),
        ("NUL.tar.gz", "_NUL.tar.gz"),
        ("com1 .txt", "_com1 .txt"),
        ("console.log", "console.log"),
        ("\udcff.txt", "_.txt"),
        ("a\ufeffb\uffff.c", "ab.c"),
    ],
)
def test_a_name_that_was_given_becomes_a_safe_file_name(given_name: str, name: str) -> None:
    assert safe_name(given_name, "fallback") == name


@given(st.text(max_size=400), st.integers(1, 99999))
def test_a_name_never_does_harm(text: str, number: int) -> None:
    for name in (safe_name(text, "fallback"), portable(safe_name(text, "fallback"))):
        for final in (name, numbered(name, number)):
            data = final.encode()
            assert 0 < len(data) <= 255
            assert final == final.strip()
            assert not set(final) & set("/\\\0\n\r\t\x1b\u202e\u2028")
            assert final[0] not in ".-"
            assert not final.endswith(".")


def test_long_names_keep_their_extension() -> None:
    name = safe_name("很" * 200 + ".tar.gz", "x")
    assert (len(name.encode()) <= 255, name.endswith("很.tar.gz")) == (True, True)
    second = numbered(name, 2)
    assert (len(second.encode()) <= 255, second.endswith(" (2).tar.gz")) == (True, True)
    assert len(safe_name("a." + "b" * 300, "x")) == 255
    assert numbered("a.tar.gz", 12) == "a (12).tar.gz"
    assert numbered("README", 2) == "README (2)"


@pytest.mark.parametrize(
    ("head", "extension"),
    [
        (b"\x89PNG\r\n\x1a\n", ".png"),
        (b"\xff\xd8\xff\xe0", ".jpg"),
        (b"GIF89a", ".gif"),
        (b"\x00\x00\x00\x20ftypisom", ".mp4"),
        (b"RIFF\0\0\0\0WEBPVP8 ", ".webp"),
        (b"ID3\x04", ".mp3"),
        (b"", ".usual"),
    ],
)
def test_what_something_is(head: bytes, extension: str) -> None:
    assert extension_of(head, ".usual") == extension


def test_the_rights_of_the_folder_itself_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target_folder.os, "access", lambda *arguments, **more: False)
    with pytest.raises(errors.FolderUnusable, match="Permission denied"):
        open_folder(tmp_path)


@pytest.mark.parametrize("path", ["a\0b", "x" * 300, "file/below"])
def test_a_path_that_is_none(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.FolderUnusable):
        open_folder(tmp_path / path)


# ---------------------------------------------------------------- the sandbox, which is as strict as the real server


async def test_a_file_of_a_group_and_one_of_ones_own(tmp_path: Path) -> None:
    async with run_sandbox() as control, client_of(control) as client:
        await control.post("push", type="file", content="群文件.txt", group=True)
        await control.post("push", type="file", content="手机.txt", to="文件传输助手", **{"from": "self"})
        with client.store.subscribe() as changes:
            from tui.services.sync.sync_loop import SyncLoop

            await SyncLoop(client.context, client.store, client.directory).drain()
            changes.close()
            found = [one async for one in changes if isinstance(one, MessagesAdded)]
        downloads = Downloads(client.context)
        names = set()
        with open_folder(tmp_path / "in") as folder:
            for change in found:
                conversation = await client.store.conversation(change.conversation_id)
                for message in change.messages:
                    if isinstance(message.body, bodies.File):
                        saved = await downloads.save(message, conversation.user_name, folder)
                        assert saved.size == message.body.size
                        names.add(saved.path.name)
        assert names >= {"群文件.txt", "手机.txt"}
        assert not [row for row in (await control.get("state"))["warnings"] if row["call"] == "webwxgetmedia"]


async def test_the_call_is_named_as_the_server_names_it(tmp_path: Path) -> None:
    server = Server(b"\x89PNG\r\n\x1a\n....")
    saved = await saved_from(server, tmp_path, received(bodies.Image(), msg_id="../7002"))
    assert call_of(server.asked[0]) == "webwxgetmsgimg"
    assert saved.path.name == "image-7002.png"


def test_who_begins_at_the_same_moment_takes_no_file_for_one_that_was_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, sweeps = target_folder.fcntl.flock, 0

    def late(handle: int, how: int) -> None:
        nonlocal sweeps
        sweeps += 1
        if sweeps == 1:
            open_folder(tmp_path).__exit__(None, None, None)
        lock(handle, how)

    monkeypatch.setattr(target_folder.fcntl, "flock", late)
    with open_folder(tmp_path) as folder:
        part = folder.begin()
        part.put("whole")
        part.close()
    assert sweeps == 3 and [one.name for one in tmp_path.iterdir()] == ["whole"]
