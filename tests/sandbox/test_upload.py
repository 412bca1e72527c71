"""Seed 上传文件, PROTOCOL section 6, traps 7, 13 and 14."""

from __future__ import annotations

import hashlib
import json
import random

import pytest

from tests.sandbox.conftest import Connect, Start
from tests.support.raw_client import CGI, PART, Client, ret
from tui.sandbox.server import SandboxServer
from tui.sandbox.world.options import FileLimits


async def _uploads(client: Client) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = (await client.http.get("/_sandbox/uploads")).json()
    return rows


async def _warnings(client: Client) -> set[str]:
    shown = (await client.http.get("/_sandbox/state")).json()["warnings"]
    return {one["what"] for one in shown}


@pytest.mark.parametrize("size", [1, PART, PART + 1, 3 * PART])
async def test_what_arrives_is_what_was_sent(client: Client, size: int) -> None:
    data = random.Random(size).randbytes(size)
    answer = await client.upload("数据.bin", data)
    assert answer["StartPos"] == size
    assert answer["EncryFileName"].endswith("%2Ebin")
    (row,) = await _uploads(client)
    expected = {"name": "数据.bin", "size": size, "sha256": hashlib.sha256(data).hexdigest(), "mediatype": "doc"}
    assert expected.items() <= row.items()
    assert (await _warnings(client)) == set()


@pytest.mark.parametrize("name", ["无后缀", ".hidden", "a&b<c>\"d' e.txt", "长" * 80 + ".txt"])
async def test_names_arrive_intact(client: Client, name: str) -> None:
    await client.upload(name, b"x")
    assert [row["name"] for row in await _uploads(client)] == [name]


async def test_parts_may_come_twice_but_not_early(client: Client) -> None:
    data = bytes(2 * PART + 5)
    parts = [data[:PART], data[PART : 2 * PART], data[2 * PART :]]
    form, _ = client.form("a.bin", data)
    for number in (0, 0, 1, 1, 0, 2):
        answer = await client.part(form, parts[number], number, 3)
        assert ret(answer) == 0
    assert answer["MediaId"]
    assert [row["sha256"] for row in await _uploads(client)] == [hashlib.sha256(data).hexdigest()]

    form, _ = client.form("b.bin", data)
    assert ret(await client.part(form, parts[0], 0, 3)) == 0
    assert ret(await client.part(form, parts[2], 2, 3)) == 1
    assert ret(await client.part(form, parts[1], 1, 3)) == 1
    assert len(await _uploads(client)) == 1


async def _fault(client: Client, kind: str, times: int = 1) -> None:
    fault = {"call": "webwxuploadmedia", "kind": kind, "times": times}
    assert (await client.http.post("/_sandbox/fault", json=fault)).status_code == 200


async def test_a_whole_file_has_no_parts_any_more(client: Client) -> None:
    """PROTOCOL section 6: a repeated part of a finished upload is answered with an empty MediaId."""
    data = bytes(PART + 5)
    form, _ = client.form("a.bin", data)
    first = await client.upload("a.bin", data, form)
    for _ in range(2):
        again = await client.part(form, data[PART:], 1, 2)
        assert (ret(again), again["MediaId"]) == (0, "")
    second = await client.upload("a.bin", data, form)
    assert second["MediaId"] not in ("", first["MediaId"]), "from its first part it is another upload"
    assert len(await _uploads(client)) == 2


async def test_a_file_message_without_an_upload_is_taken_and_holds_nothing(client: Client) -> None:
    """A real server was seen to do so: a client that trusts it shows a file that never arrived."""
    msg = client.msg(client.to("李四"), 6, Content=client.appmsg("a.bin", 5, ""))
    assert ret(await client.send("webwxsendappmsg", msg)) == 0
    (row,) = (await client.http.get("/_sandbox/sent")).json()
    assert (row["MediaId"], row["sha256"], row["file_name"]) == ("", "", "")
    assert "the attachid is empty: the file arrives without its contents" in await _warnings(client)


@pytest.mark.parametrize(("ids", "repeated"), [("01", False), ("00", True), (["", ""], False)])
async def test_the_number_of_a_file_comes_once_in_a_session(client: Client, ids: list[str], repeated: bool) -> None:
    for number, given in enumerate(ids):
        form, _ = client.form(f"{number}.bin", b"x")
        for _ in range(2):
            await client.upload(f"{number}.bin", b"x", form | {"id": given and f"WU_FILE_{given}"})
    assert ("id is that of another file of this session" in await _warnings(client)) is repeated


async def test_one_part_sent_again_is_uploaded_again(client: Client) -> None:
    form, _ = client.form("a.bin", b"x")
    answers = [await client.part(form, b"x") for _ in range(2)]
    assert len({answer["MediaId"] for answer in answers} - {""}) == 2


async def test_a_server_that_remembers_gives_the_same_media_id(client: Client) -> None:
    data = random.Random(3).randbytes(PART + 5)
    form, _ = client.form("a.bin", data)
    answer = await client.upload("a.bin", data, form)
    await _fault(client, "remember", times=0)
    assert (await client.part(form, data[:PART], 0, 2))["MediaId"] == ""
    assert (await client.part(form, data[PART:], 1, 2))["MediaId"] == answer["MediaId"]
    assert ret(await client.part(form, data[:5], 1, 2)) == 1


async def test_a_server_that_took_the_file_and_names_none(client: Client) -> None:
    await _fault(client, "no_media_id")
    form, _ = client.form("a.bin", b"x")
    answer = await client.part(form, b"x")
    assert (ret(answer), answer["MediaId"]) == (0, "")
    assert (await client.part(form, b"x"))["MediaId"]


async def test_a_part_that_comes_again_is_the_same_part(client: Client) -> None:
    data = random.Random(1).randbytes(2 * PART + 5)
    form, _ = client.form("a.bin", data)
    assert ret(await client.part(form, data[:PART], 0, 3)) == 0
    assert ret(await client.part(form, data[PART : 2 * PART], 0, 3)) == 1
    assert ret(await client.part(form, data[PART : 2 * PART], 1, 3)) == 1, "the upload is dropped"


async def test_an_upload_goes_on_later_in_the_same_session(server: SandboxServer, connect: Connect) -> None:
    """What ties parts together is ClientMediaId, FileMd5 and TotalLen; id, boundary and skey may be new."""
    client = await connect(server).login()
    data = random.Random(2).randbytes(2 * PART + 5)
    form, wanted = client.form("a.bin", data)
    assert ret(await client.part(form, data[:PART], 0, 3)) == 0
    await client.upload("meanwhile.txt", b"x")
    base = wanted["BaseRequest"] | {"Skey": "", "DeviceID": "e000000000000009"}
    again = form | {"id": "WU_FILE_7", "uploadmediarequest": json.dumps(wanted | {"BaseRequest": base})}
    assert ret(await client.part(again, data[PART : 2 * PART], 1, 3)) == 0
    for changes in ({"FileMd5": "0" * 32}, {"ClientMediaId": 1}):
        other = form | {"uploadmediarequest": json.dumps(wanted | changes)}
        assert ret(await client.part(other, data[2 * PART :], 2, 3)) == 1, "of another upload, which has not begun"
    answer = await client.part(again, data[2 * PART :], 2, 3)
    assert ret(answer) == 0
    assert [row["sha256"] for row in await _uploads(client)][1] == hashlib.sha256(data).hexdigest()


async def test_another_session_does_not_know_the_first_parts(server: SandboxServer, connect: Connect) -> None:
    data = bytes(PART + 5)
    first = await connect(server).login()
    form, wanted = first.form("a.bin", data)
    assert ret(await first.part(form, data[:PART], 0, 2)) == 0
    second = await connect(server).login()
    mine = second.form("a.bin", data, ClientMediaId=wanted["ClientMediaId"])[0]
    assert ret(await second.part(mine, data[PART:], 1, 2)) == 1


async def test_parts_must_belong_together(client: Client) -> None:
    data = bytes(PART + 5)
    form, wanted = client.form("a.bin", data)
    assert ret(await client.part(form, data[:PART], 0, 2)) == 0
    changed = form | {"uploadmediarequest": json.dumps(wanted | {"StartPos": PART})}
    assert ret(await client.part(changed, data[PART:], 1, 2)) == 1
    assert ret(await client.part(form, data[PART:], 1, 2)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"FileMd5": "0" * 32},
        {"TotalLen": 6, "DataLen": 6},
        {"DataLen": 4},
        {"StartPos": 1},
        {"FromUserName": "@somebody"},
        {"TotalLen": 0, "DataLen": 0},
    ],
)
async def test_a_wrong_promise_drops_the_upload(client: Client, changes: dict[str, object]) -> None:
    form, _ = client.form("a.bin", b"hello", **changes)
    if "TotalLen" in changes:
        form["size"] = str(changes["TotalLen"])
    answer = await client.part(form, b"hello")
    assert ret(answer) == 1
    assert await _uploads(client) == []


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("webwx_data_ticket", "wrong", -14),
        ("webwx_data_ticket", "", -14),
        ("mediatype", "film", 1),
        ("name", "", 1),
        ("size", "4", 1),
        ("uploadmediarequest", "{", 1),
        ("id", "", 0),
        ("lastModifiedDate", "yesterday", 0),
        ("pass_ticket", "wrong", 0),
    ],
)
async def test_a_wrong_field_of_an_upload_is_refused_and_warned_of(
    client: Client, field: str, value: str, expected: int
) -> None:
    form, _ = client.form("a.bin", b"hello")
    assert ret(await client.part(form | {field: value}, b"hello")) == expected
    assert await _warnings(client)


async def test_wrong_sizes_of_parts(client: Client) -> None:
    data = bytes(PART + 5)
    form, _ = client.form("a.bin", data)
    assert ret(await client.part(form, data + b"more")) == 1
    assert ret(await client.part(form, b"")) == 1
    assert ret(await client.part(form, data[:PART], 0, 3)) == 0
    assert ret(await client.part(form, data[PART : PART + 2], 1, 3)) == 0
    assert ret(await client.part(form, data[: PART - 1], 2, 3)) == 1
    answer = await client.http.post(CGI + "webwxuploadmedia", content=b"no form")
    assert ret(answer.json()) == 1


async def test_large_parts_and_small_ones_are_taken_with_a_warning(client: Client) -> None:
    data = random.Random(5).randbytes(3 * PART)
    form, _ = client.form("a.bin", data)
    cuts = [0, 5, 2 * PART, 3 * PART]
    for chunk, first in enumerate(cuts[:-1]):
        for _ in range(2 if chunk < 2 else 1):
            answer = await client.part(form, data[first : cuts[chunk + 1]], chunk, 3)
            assert ret(answer) == 0
    assert answer["MediaId"]
    assert [row["sha256"] for row in await _uploads(client)] == [hashlib.sha256(data).hexdigest()]
    warnings = await _warnings(client)
    assert {one for one in warnings if "512 KiB" in one} == {
        "a part has more than 512 KiB; not every server takes it",
        "a part that is not the last has less than 512 KiB",
    }


@pytest.mark.parametrize("over", [0, 1, 200 * 1024])
async def test_the_largest_part_can_be_set(start: Start, connect: Connect, over: int) -> None:
    client = await connect(await start(max_part=PART)).login()
    data = bytes(PART + over)
    form, _ = client.form("a.bin", data)
    assert ret(await client.part(form, data)) == (1 if over else 0)


async def test_seeds_table_of_types(client: Client) -> None:
    form, _ = client.form("a.gif", b"GIF")
    await client.upload("a.gif", b"GIF", form | {"type": "image/gif", "mediatype": "doc"})
    assert await _warnings(client) == set()
    form, _ = client.form("a.gif", b"GIF")
    await client.upload("a.gif", b"GIF", form | {"type": "image/gif", "mediatype": "pic"})
    assert await _warnings(client) == {"type and mediatype are not the seed's"}


async def test_too_large_a_file_of_a_kind_is_refused(start: Start, connect: Connect) -> None:
    client = await connect(await start(limits=FileLimits(picture=4, document=9))).login()
    form, _ = client.form("a.png", b"hello")
    assert ret(await client.part(form | {"mediatype": "pic", "type": "image/png"}, b"hello")) == 1
    assert ret(await client.part(form, b"hello")) == 0


async def _check(client: Client, data_md5: str, size: int) -> dict[str, str]:
    body = {"FileName": "a.bin", "FileSize": size, "FileMd5": data_md5, "FileType": 7}
    answer: dict[str, str] = await client.call("webwxcheckupload", FromUserName=client.me, ToUserName="x", **body)
    return answer


async def test_large_files_need_the_signature_everywhere(client: Client) -> None:
    size = 25 * 1024 * 1024
    data = bytes(size)
    md5 = hashlib.md5(data).hexdigest()
    form, _ = client.form("a.bin", data)
    assert ret(await client.part(form, data[:PART], 0, 50)) == 1
    promise = await _check(client, md5, size)
    assert promise["Signature"]
    assert promise["AESKey"]
    assert not promise["MediaId"]
    form, _ = client.form("a.bin", data, Signature=promise["Signature"], AESKey=promise["AESKey"])
    media_id = (await client.upload("a.bin", data, form))["MediaId"]

    content = client.appmsg("a.bin", size, media_id)
    msg = client.msg(client.to("李四"), 6, Content=content)
    assert ret(await client.send("webwxsendappmsg", msg)) == 1
    assert ret(await client.send("webwxsendappmsg", msg | {"Signature": promise["Signature"]})) == 0

    known = await _check(client, md5, size)
    assert known["MediaId"] not in ("", media_id)
    content = client.appmsg("a.bin", size, known["MediaId"])
    assert ret(await client.send("webwxsendappmsg", client.msg(client.to("李四"), 6, Content=content))) == 0


async def test_a_media_id_is_of_its_session(server: SandboxServer, connect: Connect) -> None:
    first = await connect(server).login()
    media_id = (await first.upload("a.txt", b"hello"))["MediaId"]
    second = await connect(server).login()
    msg = second.msg(second.to("李四"), 6, Content=second.appmsg("a.txt", 5, media_id))
    assert ret(await second.send("webwxsendappmsg", msg)) == 1


async def test_the_directory_is_private_and_goes_away(start: Start, connect: Connect) -> None:
    server = await start()
    client = await connect(server).login()
    assert server.state.uploads.directory is None
    await client.upload("a.txt", b"hello")
    directory = server.state.uploads.directory
    assert directory is not None
    assert directory.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in directory.glob("[!.]*")] == ["000001"]
    form, _ = client.form("b.txt", b"hello", FileMd5="0" * 32)
    await client.part(form, b"hello")
    assert [path.name for path in directory.glob("[!.]*")] == ["000001"]
    await server.__aexit__(None, None, None)
    assert not directory.exists()


async def test_options_requests_are_answered(client: Client) -> None:
    assert (await client.http.options(CGI + "webwxuploadmedia")).status_code == 200
