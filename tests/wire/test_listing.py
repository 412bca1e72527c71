"""Long lists of contacts are read one by one, and come out as if they had been read at once."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui import errors
from tui.wire.answers import read_ok
from tui.wire.call import Answer
from tui.wire.contact_answers import Listing, read_contacts, read_listing

OK = '"BaseResponse":{"Ret":0,"ErrMsg":""}'
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
URLS = st.builds(
    "/cgi-bin/mmwebwx-bin/webwxgeticon?seq={}&username={}{}".format,
    st.sampled_from(["0", "7", "007", "x", ""]),
    st.sampled_from(["@0f", "weixin", "", "@a%20b", "@a+b"]),
    st.sampled_from(["", "&skey=@crypt_1", "&skey=", "&seq=9", "&username=weixin", "&amp;seq=9", "&a=[", "#b"]),
)
TEXT = (
    st.sampled_from(["张三", "a &amp; b", '<span class="emoji emoji1f604"></span>', " x ", "0", "\0", "ls?", "A\n"])
    | URLS
)
NUMBERS = st.sampled_from([0, 1, 8, 512, -1, 2**60, "8", None, 1.0, True])
FIELDS = {
    **dict.fromkeys(("NickName", "RemarkName", "Alias", "AttrStatus", "HeadImgUrl", "EncryChatRoomId"), TEXT | NUMBERS),
    **dict.fromkeys(("PYInitial", "PYQuanPin", "RemarkPYInitial", "RemarkPYQuanPin", "DisplayName"), TEXT | JSON),
    **dict.fromkeys(("VerifyFlag", "ContactFlag", "Statues", "MemberCount"), NUMBERS | JSON),
}
MEMBER = st.fixed_dictionaries({"UserName": st.sampled_from(["@m", "", 7])}, optional=FIELDS)
CONTACT = st.fixed_dictionaries(
    {"UserName": st.sampled_from(["@a", "@@g", "@me", "weixin", ""]) | JSON},
    optional={**FIELDS, "MemberList": st.lists(MEMBER | JSON, max_size=3) | JSON},
)


def read(body: bytes, status: int = 200) -> tuple[dict[str, object], Listing]:
    return read_listing("webwxgetcontact", Answer(status, body), "MemberList", "@me")


@given(st.lists(CONTACT | JSON, max_size=6) | JSON, st.dictionaries(st.text(), JSON, max_size=3))
def test_the_same_as_all_at_once(listed, others):
    body = msgspec.json.encode({**others, "BaseResponse": {"Ret": 0}, "MemberList": listed})
    whole = read_ok("webwxgetcontact", Answer(200, body))
    fields, listing = read(body)
    assert tuple(listing) == read_contacts(whole["MemberList"], "@me")
    assert fields == {name: whole[name] for name in fields}
    assert "MemberList" not in fields
    assert "BaseResponse" in fields


@given(URLS)
def test_an_avatar_says_the_same_in_whatever_order_its_address_has_it(url):
    """The usual order is read by a pattern, all others by the standard library."""
    others = f"{url.partition('?')[0]}?b=1%20&{url.partition('?')[2]}"
    usual, unusual = read_contacts([{"UserName": "@a", "HeadImgUrl": one} for one in (url, others)], "@me")
    assert usual.head_img == unusual.head_img


def test_it_can_be_gone_through_again():
    _, listing = read(f'{{{OK},"MemberList":[{{"UserName":"@a"}},{{"UserName":"@b"}}]}}'.encode())
    assert [contact.user_name for contact in listing] == ["@a", "@b"] == [contact.user_name for contact in listing]


@pytest.mark.parametrize(
    "entry",
    [
        b'{"UserName":"@b","NickName":"two\nlines"}',
        b'{"UserName":"@b","NickName":"half \xe5\xbc"}',
        b'{"UserName":"@b","NickName":"\x01"}',
    ],
)
def test_an_entry_that_is_not_quite_json_costs_neither_itself_nor_the_others(entry):
    body = b'{%s,"Seq":7,"MemberList":[{"UserName":"@a"},%s,{"UserName":"@c"}]}' % (OK.encode(), entry)
    fields, listing = read(body)
    assert fields["Seq"] == 7
    assert [contact.user_name for contact in listing] == ["@a", "@b", "@c"]


@pytest.mark.parametrize("listed", ['"MemberList":null', '"MemberList":{}', '"MemberList":"[]"', '"Count":0'])
def test_a_list_that_is_none_is_empty(listed):
    assert list(read(f"{{{OK},{listed}}}".encode())[1]) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        b"[]",
        b"{%s" % OK.encode(),
        b'{%s,"MemberList":[{"UserName":"@a"},{"UserNa' % OK.encode(),
        b'{"MemberList":[]}',
    ],
)
def test_what_is_no_answer_is_refused_before_anything_is_read(body):
    with pytest.raises(errors.BadAnswer):
        read(body)


def test_an_overloaded_server_is_told_from_one_that_talks_nonsense():
    with pytest.raises(errors.BadAnswer) as caught:
        read(b'{%s,"MemberList":[]}' % OK.encode(), 502)
    assert caught.value.status == 502


def test_what_the_server_refuses():
    with pytest.raises(errors.SessionOver):
        read(b'{"BaseResponse":{"Ret":1101},"MemberList":[{"UserName":"@a"}]}')
