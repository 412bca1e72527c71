"""Incoming messages: recorded entries of every type, then whatever a hostile server may send."""

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.wire import bodies
from tui.wire.appmsg import forward_image_content
from tui.wire.bodies import Message
from tui.wire.incoming import EPOCH, read_message
from tui.wire.names import AppMsgType, MsgType

RECORDED = Path(__file__).parent / "recorded"
ME = "@5f1c09d27ae34b8890b2c1d4e6f7a8b9"
LI = "@8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b"
WANG = "@0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f"
GROUP = "@@e3d2c1b0a9f8e7d6c5b4a3f2e1d0c9b8a7f6e5d4c3b2a1f0e9d8c7b6a5f4e3d2"
NEWS = "@gh0011223344"
PLACE = "广东省深圳市南山区科技园"

EXPECTED = {
    "text": (LI, LI, False, bodies.Text("Tom & Jerry <3\na typed <br/> and [微笑]😄🇨🇳")),
    "text_group": (GROUP, WANG, False, bodies.Text("大家好\n@老李\u2005 看一下")),
    "text_group_mine": (GROUP, ME, True, bodies.Text("@someone:\nis what I typed")),
    "image": (LI, LI, False, bodies.Image(width=120, height=150)),
    "image_group": (GROUP, WANG, False, bodies.Image(width=67, height=120)),
    "voice": (GROUP, WANG, False, bodies.Voice(seconds=3.215)),
    "friend_request": (
        "fmessage",
        "fmessage",
        False,
        bodies.FriendRequest("陈晨🌸", "我是陈晨 & co", "@7777aaaa8888bbbb", "v2_0123abcd@stranger"),
    ),
    "card": (GROUP, WANG, False, bodies.Card("人民日报", "@5555cccc6666dddd", "rmrbwx")),
    "video": (LI, LI, False, bodies.Video(seconds=12, width=224, height=398)),
    "short_video": (GROUP, WANG, False, bodies.Video(seconds=6, width=200, height=400, short=True)),
    "emoticon": (
        GROUP,
        WANG,
        False,
        bodies.Emoticon("35b062f48f4ce0b2d938b9d74b34b614", "http://emoji.qpic.cn/wx_emoji/abc?m=1&n=2"),
    ),
    "emoticon_shop": (LI, LI, False, bodies.Emoticon()),
    "location": (
        LI,
        LI,
        False,
        bodies.Location(
            PLACE, 22.540503, 113.934528, "http://apis.map.qq.com/uri/v1/geocoder?coord=22.540503,113.934528"
        ),
    ),
    "location_group": (
        GROUP,
        WANG,
        False,
        bodies.Location(
            "故宫博物院", 39.916345, 116.397155, "http://apis.map.qq.com/uri/v1/geocoder?coord=39.916345,116.397155"
        ),
    ),
    "file_group": (
        GROUP,
        WANG,
        False,
        bodies.File(
            "R&D 报告 <v2>.zip",
            1048576,
            "@crypt_0123abcd_4567ef",
            "R%26D%20%E6%8A%A5%E5%91%8A%20%3Cv2%3E%2Ezip",
        ),
    ),
    "link": (
        NEWS,
        NEWS,
        False,
        bodies.Link("今天的新闻", "http://mp.weixin.qq.com/s?__biz=AAA&mid=1&idx=1#rd", "摘要第一行\n第二行"),
    ),
    "app_emoticon": (LI, LI, False, bodies.Emoticon("cd8ccfc701d1bb8d41d2dafc1809aaa8")),
    "live_location": (LI, LI, False, bodies.LiveLocation("我发起了位置共享")),
    "mini_program": (GROUP, WANG, False, bodies.MiniProgram("一起拼单", "美团")),
    "quote": (GROUP, WANG, False, bodies.Quote("同意 & 支持", "明天\n开会", "老李")),
    "quote_of_link": (LI, LI, False, bodies.Quote("看看这个", "有趣的文章 & 图", "老李")),
    "transfer": (LI, LI, False, bodies.Transfer("微信转账 ￥0.10")),
    "red_packet": (GROUP, WANG, False, bodies.RedPacket("恭喜发财，大吉大利")),
    "music": (LI, LI, False, bodies.Link("平凡之路", "https://y.qq.com/n/x.html", "朴树", app_type=3)),
    "call": (LI, LI, False, bodies.Call("[收到一条视频/语音聊天消息，请在手机上查看]")),
    "status_notify_initial": (ME, ME, True, bodies.StatusNotify(4, (LI, "filehelper", GROUP))),
    "status_notify_opened": (LI, ME, True, bodies.StatusNotify(2, (LI,))),
    "system_joined": (GROUP, "", False, bodies.System('"🌸小红"邀请"Tom & 阿姨"加入了群聊')),
    "system_link": (
        LI,
        "",
        False,
        bodies.System(
            "老李开启了朋友验证，你还不是他（她）朋友。请先发送朋友验证请求，对方验证通过后，才能聊天。发送朋友验证"
        ),
    ),
    "system_red_packet": (GROUP, "", False, bodies.System("你领取了老王的红包")),
    "system_template": (GROUP, "", False, bodies.System('"老王"邀请"小红、小明"加入了群聊')),
    "revoke": (LI, LI, False, bodies.Revoke("4600000000000000123", '"老李" 撤回了一条消息')),
    "revoke_group": (GROUP, WANG, False, bodies.Revoke("7041234567890123322", '"超！神👾" 撤回了一条消息')),
    "unknown": (LI, LI, False, bodies.Unknown(65, 0, "something new")),
}


def recorded(name: str) -> dict[str, object]:
    return msgspec.json.decode((RECORDED / f"{name}.json").read_bytes())


def entry(**fields: object) -> dict[str, object]:
    return {"MsgId": "1", "FromUserName": LI, "ToUserName": ME, "MsgType": 1, "CreateTime": 1560000000, **fields}


def body(**fields: object) -> bodies.Body:
    return read_message(entry(**fields), ME).body


def test_every_recorded_entry_is_expected():
    assert {path.stem for path in RECORDED.glob("*.json")} == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_recorded(name):
    raw = recorded(name)
    message = read_message(raw, ME)
    chat, sender, mine, expected = EXPECTED[name]
    assert message.body == expected
    assert (message.chat, message.sender, message.mine) == (chat, sender, mine)
    assert message.msg_id == raw["MsgId"]
    assert message.time == datetime(2019, 6, 8, 13, 20, tzinfo=UTC)
    assert not message.content.startswith(WANG)


def test_every_documented_type_has_a_recording():
    seen = {recorded(name)["MsgType"] for name in EXPECTED}
    elsewhere = {MsgType.FILE, MsgType.LOCATION, MsgType.VOIP_NOTIFY, MsgType.VOIP_INVITE}
    assert set(MsgType) - elsewhere <= seen
    same_as_33 = {AppMsgType.MINI_PROGRAM_PAGE}
    assert set(AppMsgType) - same_as_33 <= {recorded(name)["AppMsgType"] for name in EXPECTED}


def test_a_recorded_image_can_be_forwarded():
    assert forward_image_content(read_message(recorded("image"), ME).content) is not None
    assert forward_image_content(read_message(recorded("image_group"), ME).content) is None


@pytest.mark.parametrize("kind", [50, 52, 53])
def test_call_notices(kind):
    assert body(MsgType=kind, Content="&lt;msg&gt;&lt;voip&gt;1&lt;/voip&gt;&lt;/msg&gt;") == bodies.Call("")


@pytest.mark.parametrize("kind", [33, 36])
def test_mini_program_takes_both_numbers(kind):
    assert body(MsgType=49, AppMsgType=kind, FileName="a &amp; b") == bodies.MiniProgram("a & b")


class TestIds:
    def test_nineteen_digits_survive(self):
        for value in ("9223372036854775807", 9223372036854775807):
            assert read_message(entry(MsgId=value), ME).msg_id == "9223372036854775807"

    def test_new_msg_id_stands_in(self):
        raw = json.loads('{"NewMsgId": 1524607515602176452, "MsgType": 1}')
        assert read_message(raw, ME).msg_id == "1524607515602176452"

    @pytest.mark.parametrize("value", [1.5246075156021765e18, True, None, [], {}, ""])
    def test_what_is_no_id_is_none(self, value):
        assert read_message({"MsgId": value, "MsgType": 1}, ME).msg_id == ""

    def test_of_a_revoked_message(self):
        content = "&lt;sysmsg type='revokemsg'&gt;&lt;revokemsg&gt;&lt;oldmsgid&gt;17&lt;/oldmsgid&gt;&lt;replacemsg&gt;x recalled&lt;/replacemsg&gt;&lt;/revokemsg&gt;&lt;/sysmsg&gt;"  # noqa: E501 - one line on the wire
        assert body(MsgType=10002, Content=content) == bodies.System("x recalled")
        assert body(MsgType=10000, Content=content.replace("oldmsgid", "msgid")) == bodies.Revoke("17", "x recalled")


class TestTime:
    @pytest.mark.parametrize("value", [None, -1, 0, 10**12, 10**30, "soon", float("nan"), float("inf"), [1], "1e9"])
    def test_absurd(self, value):
        assert read_message(entry(CreateTime=value), ME).time == EPOCH

    @pytest.mark.parametrize("value", [1560000000, "1560000000", 1560000000.0])
    def test_said_in_any_form(self, value):
        assert read_message(entry(CreateTime=value), ME).time == datetime(2019, 6, 8, 13, 20, tzinfo=UTC)

    def test_missing_and_last(self):
        assert read_message({}, ME).time == EPOCH
        assert read_message(entry(CreateTime=253402300799), ME).time.year == 9999
        assert read_message(entry(CreateTime=253402300800), ME).time == EPOCH


class TestWhose:
    def test_to_myself(self):
        message = read_message(entry(FromUserName=ME, ToUserName=ME), ME)
        assert (message.chat, message.sender, message.mine) == (ME, ME, True)

    def test_from_the_phone(self):
        message = read_message(entry(FromUserName=ME, ToUserName="filehelper"), ME)
        assert (message.chat, message.sender, message.mine) == ("filehelper", ME, True)

    def test_mine_in_a_group_by_prefix(self):
        message = read_message(entry(FromUserName=GROUP, Content=f"{ME}:<br/>hi"), ME)
        assert (message.chat, message.sender, message.mine, message.body) == (GROUP, ME, True, bodies.Text("hi"))

    def test_a_prefix_in_a_private_chat_is_text(self):
        assert body(Content=f"{WANG}:<br/>hi") == bodies.Text(f"{WANG}:\nhi")

    def test_not_knowing_who_i_am(self):
        message = read_message({"MsgType": 1, "ToUserName": LI}, "")
        assert (message.chat, message.mine) == (LI, False)

    def test_a_group_line_without_a_sender(self):
        message = read_message(entry(FromUserName=GROUP, Content="no prefix"), ME)
        assert (message.sender, message.body) == ("", bodies.Text("no prefix"))


class TestLocation:
    def test_label_before_everything(self):
        xml = '<msg><location x="1.5" y="2.5" label="Some street 1" poiname="Café"/></msg>'
        assert body(SubMsgType="48", OriContent=xml) == bodies.Location("Some street 1", 1.5, 2.5)
        xml = xml.replace("Some street 1", "")
        assert body(SubMsgType=48, OriContent=xml) == bodies.Location("Café", 1.5, 2.5)

    def test_type_48_with_its_xml_as_content(self):
        xml = "&lt;msg&gt;&lt;location x=&quot;1&quot; y=&quot;2&quot; label=&quot;L&quot;/&gt;&lt;/msg&gt;"
        assert body(MsgType=48, Content=xml) == bodies.Location("L", 1, 2)

    @pytest.mark.parametrize("x", ["nan", "inf", "1e999", "north", "", "361"])
    def test_absurd_degrees(self, x):
        xml = f'<msg><location x="{x}" y="2" label="L"/></msg>'
        assert body(SubMsgType=48, OriContent=xml) == bodies.Location("L", 0, 2)

    @pytest.mark.parametrize("url", ["http://example.com/map.qq.com", "http://[", "roadmap.qq.com", ""])
    def test_other_addresses_are_text(self, url):
        assert body(Url=url, Content="hi") == bodies.Text("hi")

    def test_a_text_that_only_looks_like_one(self):
        assert body(Content="label:<br/>/cgi-bin/x") == bodies.Text("label:\n/cgi-bin/x")


class TestApp:
    def test_kind_and_title_from_the_xml(self):
        content = "&lt;msg&gt;&lt;appmsg&gt;&lt;title&gt;a&amp;amp;b&lt;/title&gt;&lt;type&gt;6&lt;/type&gt;&lt;appattach&gt;&lt;totallen&gt;7&lt;/totallen&gt;&lt;attachid&gt;@id&lt;/attachid&gt;&lt;/appattach&gt;&lt;/appmsg&gt;&lt;/msg&gt;"  # noqa: E501 - one line on the wire
        assert body(MsgType=49, Content=content) == bodies.File("a&b", 7, "@id")

    def test_a_name_that_looks_escaped_is_settled_by_the_xml(self):
        content = "<msg><appmsg><title>a&amp;amp;b.txt</title><type>6</type></appmsg></msg>"
        for name in ("a&amp;b.txt", "a&amp;amp;b.txt"):
            assert body(MsgType=49, AppMsgType=6, FileName=name, Content=content) == bodies.File("a&amp;b.txt")

    def test_without_a_title(self):
        assert body(MsgType=49, AppMsgType=99, Content="&lt;msg&gt;words&lt;/msg&gt;") == bodies.Unknown(
            49, 99, "words"
        )
        assert body(MsgType=49) == bodies.Unknown(49)

    def test_quote_of_an_image(self):
        content = (
            "<msg><appmsg><title>nice</title><type>57</type><refermsg><type>3</type><displayname>Li</displayname>"
            "<content>&lt;msg&gt;&lt;img/&gt;&lt;/msg&gt;</content></refermsg></appmsg></msg>"
        )
        assert body(MsgType=49, AppMsgType=57, Content=content) == bodies.Quote("nice", "[Photo]", "Li")

    def test_quote_without_what_it_quotes(self):
        assert body(MsgType=49, AppMsgType=57, FileName="yes") == bodies.Quote("yes")


def test_strangers_numbers():
    assert body(MsgType="3", ImgWidth="-5", ImgHeight=10**40) == bodies.Image()
    assert body(MsgType=34, VoiceLength="1500") == bodies.Voice(1.5)
    assert body(MsgType=10**40) == bodies.Unknown(0)


def test_unreadable_revoke():
    assert body(MsgType=10002, Content="&lt;sysmsg&gt;&lt;revokemsg&gt;") == bodies.System("<sysmsg><revokemsg>")
    assert body(MsgType=10002) == bodies.System("")


@pytest.mark.parametrize(
    ("inner", "line"),
    [
        ("<delchatroommember><plain><![CDATA[you invited x]]></plain></delchatroommember>", "you invited x"),
        (
            "<t><template>$a$ and $b$, $ and $c$</template><link name='a'><plain>A</plain></link><link name='c'/></t>",
            "A and $b$, $ and $c$",
        ),
        (
            '<pat><fromusername>x</fromusername><text>"A" patted <a href=\'weixin://x\'>"B"</a></text></pat>',
            '"A" patted "B"',
        ),
        ("<a>some</a>\n<b>words</b>", "some words"),
        ("", ""),
    ],
)
def test_other_notices_are_readable(inner, line):
    content = f"<sysmsg type='x'>{inner}</sysmsg>"
    escaped = content.replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br/>")
    for kind, text in ((10002, escaped), (10002, content), (10000, escaped), (9999, content)):
        assert body(MsgType=kind, Content=text) == bodies.System(line)


def test_an_undocumented_notice_stays_a_line():
    text = body(MsgType=10002, Content=f"<sysmsg><x>{'word ' * 10_000}</x></sysmsg>").text
    assert text.startswith("word word") and len(text) == 500


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
XMLISH = st.lists(
    st.sampled_from(
        ["<msg>", "</msg>", "&lt;", "&gt;", "<br/>", "<appmsg>", "<title>", "</title>", "]]>", "<![CDATA[", "&#0;", "&"]
    )
    | st.sampled_from(
        ["<sysmsg>", "<revokemsg>", "<msgid>", "1", "$a$", "<img aeskey='1'", "/>", "@a:<br/>", "<type>57</type>", "x"]
    ),
    max_size=20,
).map("".join)
NAMES = sorted({name for path in RECORDED.glob("*.json") for name in msgspec.json.decode(path.read_bytes())})
TYPES = st.sampled_from([*MsgType, 0, 65])
HOSTILE = st.builds(
    lambda fields, kind, app_type, content: {
        **fields,
        "MsgType": kind,
        "AppMsgType": app_type,
        "Content": content,
    },
    st.dictionaries(st.sampled_from(NAMES), ANYTHING | XMLISH, max_size=6),
    TYPES,
    st.sampled_from([*AppMsgType, 0, 3]),
    XMLISH | st.text() | ANYTHING,
)


@given(ANYTHING)
def test_anything_comes_out_as_a_message(value):
    assert isinstance(read_message(value, ME), Message)


@given(HOSTILE)
def test_hostile_entries_come_out_as_storable_messages(value):
    message = read_message(value, ME)
    assert msgspec.json.decode(msgspec.json.encode(message), type=Message) == message
    assert message.time.tzinfo is UTC
