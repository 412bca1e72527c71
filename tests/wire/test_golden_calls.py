"""Every call against the payload that the seeds and PROTOCOL.md ask for (tests/wire/golden)."""

from __future__ import annotations

import inspect
import json
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.golden.builders import BUILDERS
from tests.wire.golden.cases import HERE, Case, load, read, session
from tui.errors import LoginFailed, UploadLost
from tui.wire import appmsg, send
from tui.wire.hosts import Hosts, entry_hosts, hosts_after_scan
from tui.wire.names import Endpoint

ELSEWHERE = {"session", "hosts", "media_types", "checkupload", "uploadmedia", "uploadmedia_large"}
"""Files that hold no call, or that test_golden_upload.py reads."""


def test_every_golden_file_is_used() -> None:
    assert {path.stem for path in HERE.glob("*.toml")} == BUILDERS.keys() | ELSEWHERE


@pytest.mark.parametrize("case", [case for name in BUILDERS for case in load(name)], ids=str)
def test_a_call_is_built_as_its_golden_file_says(case: Case) -> None:
    case.check(BUILDERS[case.file](case))


@pytest.mark.parametrize("row", read("hosts")["rows"], ids=lambda row: row["redirect_host"])
def test_hosts_after_the_scan(row: dict[str, Any]) -> None:
    endpoint = Endpoint(row["endpoint"])
    redirect = f"https://{row['redirect_host']}/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=A@qrticket_0&uuid=gfN=="
    expected = Hosts(**{role: f"https://{host}" for role, host in row["hosts"].items()})
    assert hosts_after_scan(endpoint, entry_hosts(endpoint), redirect) == expected


@pytest.mark.parametrize("row", read("hosts")["rows"], ids=lambda row: row["redirect_host"])
@pytest.mark.parametrize("origin", ["http://127.0.0.1:8787", "https://recorder.example"])
def test_one_origin_stands_for_the_redirects_host_too(origin: str, row: dict[str, Any]) -> None:
    hosts = entry_hosts(Endpoint(row["endpoint"]), origin)
    redirect = f"https://{row['redirect_host']}/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=A@qrticket_0&uuid=gfNH=="
    assert hosts_after_scan(Endpoint(row["endpoint"]), hosts, redirect) == hosts


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        (Endpoint.WEB, "wx.qq.com.example.net"),
        (Endpoint.WEB, "filehelper.weixin.qq.com"),
        (Endpoint.WEB, "wx2.qq.com@example.net"),
        (Endpoint.FILEHELPER, "wx.qq.com"),
        (Endpoint.FILEHELPER, "localhost:8787"),
    ],
)
def test_a_redirect_to_a_stranger_is_refused(endpoint: Endpoint, host: str) -> None:
    with pytest.raises(LoginFailed):
        hosts_after_scan(endpoint, entry_hosts(endpoint), f"https://{host}/cgi-bin/mmwebwx-bin/webwxnewloginpage?a=1")


# What a name may hold (everything that XML 1.0 can carry and that stands on one line) must arrive as it is.
_NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp"]), min_size=1, max_size=80)


@given(name=_NAMES, size=st.integers(1, 2**40))
def test_any_file_name_arrives_intact(name: str, size: int) -> None:
    request = send.file(session("web"), "@to", "15600000000000001", "@crypt_1_2", name=name, size=size).request
    root = ElementTree.fromstring(json.loads(request.body)["Msg"]["Content"])
    assert root.findtext("title") == name
    assert root.findtext("appattach/totallen") == str(size)


@given(name=st.text(min_size=1, max_size=40))
def test_no_file_name_breaks_the_xml(name: str) -> None:
    request = send.file(session("web"), "@to", "15600000000000001", "@crypt_1_2", name=name, size=1).request
    root = ElementTree.fromstring(json.loads(request.body)["Msg"]["Content"])
    assert len(root.findtext("title") or "") == len(name)


@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_any_text_arrives_intact(text: str) -> None:
    body = send.text(session("web"), "@to", "15600000000000001", text).request.body
    assert json.loads(body)["Msg"]["Content"] == text
    assert all(character.encode() in body for character in text if character.isprintable() and character not in '"\\')


def _takes_an_upload() -> list[str]:
    """Names of the sending calls that name contents which the server has."""
    found = {
        name: inspect.signature(one).parameters
        for name, one in vars(send).items()
        if inspect.isfunction(one) and one.__module__ == send.__name__
    }
    return [name for name, given in found.items() if not name.startswith("_") and {"media_id", "md5"} & given.keys()]


def test_the_calls_that_take_an_upload_are_these() -> None:
    assert _takes_an_upload() == ["image", "video", "emoticon", "sticker", "file"]


@pytest.mark.parametrize("empty", ["", " ", "\n", "0"])
@pytest.mark.parametrize("name", _takes_an_upload())
def test_no_message_is_built_without_its_contents(name: str, empty: str) -> None:
    """A message with an empty MediaId is taken by the server and arrives empty."""
    more: dict[str, Any] = {"name": "a.txt", "size": 1} if name == "file" else {}
    with pytest.raises(UploadLost, match="nothing was sent"):
        getattr(send, name)(session("web"), "@to", "15600000000000001", empty, **more)


@pytest.mark.parametrize("attached", ["<attachid></attachid>", "<attachid> </attachid>", ""])
def test_a_file_without_contents_is_not_sent_on(attached: str) -> None:
    inner = f"<title>a.txt</title><type>6</type><appattach><totallen>1</totallen>{attached}</appattach>"
    assert appmsg.forward_appmsg(f"<msg><appmsg>{inner}</appmsg></msg>") is None
    assert appmsg.forward_appmsg(f"<msg><appmsg>{inner}</appmsg></msg>".replace("<type>6", "<type>5")) is not None
