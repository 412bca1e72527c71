"""Contacts: recorded entries of each kind, then whatever a hostile server may send."""

import html
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.wire.contact_answers import read_contact, read_contacts
from tui.wire.contacts import Contact, ContactKind, Member

RECORDED = Path(__file__).parent / "recorded" / "contacts"
LI = "@8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b"
WANG = "@0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f"
GROUP = "@@e3d2c1b0a9f8e7d6c5b4a3f2e1d0c9b8a7f6e5d4c3b2a1f0e9d8c7b6a5f4e3d2"

EXPECTED = {
    "person": Contact(
        LI,
        "Cross🍃",
        "老李",
        ContactKind.PERSON,
        flags=2563,
        muted=True,
        pinyin=("cross", "ll", "laoli"),
        alias="cross_li",
        attr_status="102501",
        head_img="seq=683445713",
    ),
    "group": Contact(
        GROUP,
        "同行者&品旭沟通群",
        kind=ContactKind.GROUP,
        flags=2,
        muted=True,
        pinyin=("txz&pxgtq", "tongxingzhe&pinxugoutongqun"),
        members=(Member(WANG, "王<伟>", "老王", attr_status="98341"), Member(LI, "叶维🌟", attr_status="105575")),
        member_count=3,
        head_img="seq=635963828",
        encry_chat_room_id="@f24e5a8c2a41a24140920f7ecc71dd68",
    ),
    "official": Contact(
        "@gh99887766",
        "人民日报",
        kind=ContactKind.OFFICIAL,
        flags=3,
        pinyin=("rmrb", "renminribao"),
        alias="rmrbwx",
    ),
    "special": Contact(
        "weixin",
        "微信团队",
        kind=ContactKind.SPECIAL,
        flags=1,
        pinyin=("wxtd", "weixintuandui"),
        attr_status="4",
        head_img="seq=620688521&username=weixin",
    ),
}


@pytest.mark.parametrize("name", sorted(path.stem for path in RECORDED.glob("*.json")))
def test_recorded_contacts_are_read(name):
    contact = read_contact(msgspec.json.decode((RECORDED / f"{name}.json").read_bytes()), "@me")
    assert contact == EXPECTED[name]
    assert contact.pinned is (name == "person")


def test_oneself_is_known_by_the_user_name():
    assert read_contact({"UserName": "@me", "VerifyFlag": 8}, "@me").kind is ContactKind.SELF


@pytest.mark.parametrize("entry", [{}, {"UserName": ""}, {"UserName": None}, {"UserName": 1.5}, [], None, "@x"])
def test_no_user_name_no_contact(entry):
    assert read_contact(entry, "@me") is None


@pytest.mark.parametrize(
    ("fields", "muted"),
    [
        ({}, False),
        ({"Statues": None}, False),
        ({"Statues": 0}, True),
        ({"Statues": "0"}, True),
        ({"Statues": 1}, False),
    ],
)
def test_a_group_is_muted_only_when_the_server_says_so(fields, muted):
    assert read_contact({"UserName": "@@g", "ContactFlag": 512, **fields}, "@me").muted is muted


def test_a_person_is_muted_by_flag_alone():
    assert read_contact({"UserName": "@p", "ContactFlag": "515", "Statues": 1}, "@me").muted
    assert not read_contact({"UserName": "@p", "ContactFlag": 3, "Statues": 0}, "@me").muted


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("spanclassemojiemoji2728spansusuguniang", ("susuguniang",)),
        ("spanclassemojiemoji274cspanspanclassemojiemoji2734span?gawei", ("gawei",)),
        ("spanish", ("spanish",)),
        ("???", ()),
        ("YE", ("ye",)),
    ],
)
def test_pinyin_without_html(raw, kept):
    assert read_contact({"UserName": "@p", "PYQuanPin": raw, "PYInitial": raw.upper()}, "@me").pinyin == kept


@pytest.mark.parametrize("url", ["", "http://[", "/x?seq=0&username=@p", "&".join(["?a=1"] * 100), "/x?username=%40p"])
def test_head_img_that_tells_nothing(url):
    assert read_contact({"UserName": "@p", "HeadImgUrl": url}, "@me").head_img == ""


def test_what_people_say_of_themselves():
    entry = {"UserName": "@a", "Province": "广东", "City": "深圳", "Signature": "a &amp; b"}
    read = read_contact(entry, "")
    assert (read.region, read.signature) == ("广东 深圳", "a & b")
    assert read_contact({"UserName": "@a", "City": "深圳", "Signature": 7}, "").region == "深圳"


def test_members_only_of_groups_and_only_with_names():
    members = [{"UserName": "@a"}, {"NickName": "b"}, None, 3]
    assert read_contact({"UserName": "@p", "MemberList": members}, "@me").members == ()
    group = read_contact({"UserName": "@@g", "MemberList": members, "MemberCount": -4}, "@me")
    assert (group.members, group.member_count) == ((Member("@a"),), 1)


def test_entries_that_are_no_contacts_are_left_out():
    assert [contact.user_name for contact in read_contacts([{"UserName": "@a"}, {}, 7], "@me")] == ["@a"]
    for value in (None, {}, "abc", 7):
        assert read_contacts(value, "@me") == ()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
NAMES = sorted(msgspec.json.decode((RECORDED / "group.json").read_bytes()))


@given(st.dictionaries(st.sampled_from(NAMES), ANYTHING), st.sampled_from(["@p", "@@g", "weixin"]))
def test_hostile_entries_come_out_as_storable_contacts(entry, user_name):
    contact = read_contact({**entry, "UserName": user_name}, "@me")
    assert contact is not None
    assert msgspec.json.decode(msgspec.json.encode(contact), type=Contact) == contact


@given(ANYTHING)
def test_anything_is_a_tuple_of_contacts(value):
    assert all(isinstance(contact, Contact) for contact in read_contacts(value, "@me"))


@pytest.mark.parametrize(
    "name",
    [
        '<span class="emoji emoji1f3c3"></span>甲 &amp; 乙',
        html.escape('<span class="emoji emoji1f3c3"></span>甲 & 乙'),
    ],
)
def test_emoji_in_names_also_where_their_span_is_escaped(name):
    member = {"UserName": "@m", "NickName": name, "DisplayName": name, "RemarkName": name}
    found = read_contact({"UserName": "@@g", "NickName": name, "RemarkName": name, "MemberList": [member]}, "@me")
    one = found.members[0]
    assert {found.nick_name, found.remark_name, one.nick_name, one.display_name, one.remark_name} == {"🏃甲 & 乙"}
