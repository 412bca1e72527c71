"""Cookies that the server renews in passing: the next process must carry the new ones."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from tests.support.scripted_session import ORIGIN, SESSION, call_of, said, scripted
from tui.services.http.httpx_import import httpx
from tui.services.session.context import SessionContext, cookies_kept
from tui.services.session.session_file import SessionFile, StoredSession
from tui.wire import send


def renewing(values: list[str]) -> Callable[[httpx.Request], httpx.Response]:
    """Each answer sets the next data ticket."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert call_of(request) == "webwxstatusnotify"
        found = said({"MsgID": ""})
        found.headers["set-cookie"] = f"webwx_data_ticket={values.pop(0)}; Path=/"
        return found

    return answer


async def notify(context: SessionContext) -> None:
    await context.transport.run(send.hello(context.session, "1560000000000"))


async def test_a_renewed_data_ticket_is_kept_at_the_end(tmp_path: Path) -> None:
    file = SessionFile(tmp_path / "session.json")
    async with scripted(renewing(["new+1/=", "new+1/="]), tmp_path) as (context, _):
        await context.save()
        async with cookies_kept(context):
            await notify(context)
        stored = file.load()
        assert stored is not None
        assert stored.session.data_ticket == "new+1/="
        assert {cookie.name: cookie.value for cookie in stored.cookies} == {"webwx_data_ticket": "new+1/="}
        written = (tmp_path / "session.json").stat().st_ino
        async with cookies_kept(context):
            await notify(context)
        assert (tmp_path / "session.json").stat().st_ino == written, "the same value again costs no write"


async def test_what_another_process_did_meanwhile_stays(tmp_path: Path) -> None:
    file = SessionFile(tmp_path / "session.json")
    async with scripted(renewing(["new1", "new2", "new3"]), tmp_path) as (context, _):
        await context.save()
        async with cookies_kept(context):
            await notify(context)
            file.save(StoredSession(msgspec.structs.replace(SESSION, skey="@crypt_renewed"), [], ORIGIN))
        stored = file.load()
        assert stored is not None
        assert (stored.session.skey, stored.session.data_ticket) == ("@crypt_renewed", "new1")

        other = StoredSession(msgspec.structs.replace(SESSION, sid="another login"), [], ORIGIN)
        async with cookies_kept(context):
            await notify(context)
            file.save(other)
        assert file.load() == other

        async with cookies_kept(context):
            await notify(context)
            file.delete()
        assert file.load() is None, "a logout is not undone"


async def test_keeping_them_never_fails_what_was_done(tmp_path: Path) -> None:
    async with scripted(renewing(["new1"]), tmp_path) as (context, _):
        await context.save()
        (tmp_path / "session.json").unlink()
        (tmp_path / "session.json").mkdir()
        async with cookies_kept(context):
            await notify(context)
