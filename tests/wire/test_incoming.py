"""Incoming messages: recorded entries of every type, then whatever a hostile server may send."""

import html
import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.recorded_messages import ME, RECORDED
from tui.wire import bodies
from tui.wire.appmsg import forward_image_content
from tui.wire.bodies import Message, TransferState
from tui.wire.incoming import EPOCH, read_message
from tui.wire.names import AppMsgType, MsgType

LI = "@8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b"
WANG = "@0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f"
GROUP = "@@e3d2c1b0a9f8e7d6c5b4a3f2e1d0c9b8a7f6e5d4c3b2a1f0e9d8c7b6a5f4e3d2"
NEWS = "@gh0011223344"
PLACE = "广东省深圳市南山区科技园"

EXPECTED = {
    "text": (LI, LI, False, bodies.Text("Tom & Jerry <3\na typed <br/> and [微笑]😄🇨🇳")),
    "text_group": (GROUP, WANG, False, bodies.Text("大家好\n@老李\u2005 看一下")),
    "text_group_mine": (GROUP, ME, True, bodies.Text("@someone:\nis what I typed")),
    "image": (LI, LI, False, bodies.Image(width=120, height=150, size=174022)),
    "image_group": (GROUP, WANG, False, bodies.Image(width=67, height=120)),
    "voice": (GROUP, WANG, False, bodies.Voice(seconds=3.215)),
    "friend_request": (
        "fmessage",
        "fmessage",
        False,
        bodies.FriendRequest("陈晨🌸", "我是陈晨 & co", "@7777aaaa8888bbbb", "v2_0123abcd@stranger"),
    ),
    "card": (GROUP, WANG, False, bodies.Card("人民日报", "@5555cccc6666dddd", "rmrbwx")),
    "video": (LI, LI, False, bodies.Video(seconds=12, width=224, height=398, size=1223300)),
    "short_video": (GROUP, WANG, False, bodies.Video(seconds=6, width=200, height=400, short=True)),
    "emoticon": (
        GROUP,
        WANG,
        False,
        bodies.Emoticon("35b062f48f4ce0b2d938b9d74b34b614", "http://emoji.qpic.cn/wx_emoji/abc?m=1&n=2", size=10240),
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
    "quote": (GROUP, WANG, False, bodies.Quote("同意 & 支持", "明天\n开会", "老李", quoted_id="7041234567890123322")),
    "quote_of_link": (LI, LI, False, bodies.Quote("看看这个", "有趣的文章 & 图", "老李", "link", "1")),
    "transfer": (LI, LI, False, bodies.Transfer("微信转账", "￥0.10", state=TransferState.WAITING)),
    "transfer_received": (
        LI,
        LI,
        False,
        bodies.Transfer("微信转账", "￥88.00", "午饭 & 咖啡", TransferState.RECEIVED),
    ),
    "red_packet": (GROUP, WANG, False, bodies.RedPacket("恭喜发财，大吉大利")),
    "music": (LI, LI, False, bodies.Link("平凡之路", "https://y.qq.com/n/x.html", "朴树", app_type=3)),
    "call": (LI, LI, False, bodies.PhoneCall("[收到一条视频/语音聊天消息，请在手机上查看]")),
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
    "app_text": (LI, LI, False, bodies.Text("只是一段字 & 别的")),
    "video_link": (LI, LI, False, bodies.Link("一段视频", "https://v.youku.com/x?a=1&b=2", "优酷", app_type=4)),
    "history": (GROUP, WANG, False, bodies.History("群聊的聊天记录", "甲: 你好\n乙: [图片]")),
    "history_without_words": (
        LI,
        LI,
        False,
        bodies.History("张三和李四的聊天记录", "甲🏃: 你好 & 再见\n乙: 图"),
    ),
    "note": (LI, LI, False, bodies.Note("", "周末的清单\n牛奶")),
    "channels": (GROUP, WANG, False, bodies.Channels("某某频道", "今天的视频\n#标签")),
    "channels_live": (LI, LI, False, bodies.Channels("某某频道", "正在直播", live=True)),
    "solitaire": (GROUP, WANG, False, bodies.Text("#接龙\n春游\n\n1. 甲\n2. 乙")),
    "app_pat": (GROUP, "", False, bodies.System('"wxid_a" 拍了拍 "wxid_b" 的肩膀')),
    "file_coming": (LI, LI, False, bodies.File("大文件 & 更多.zip", 1048576)),
    "music_card": (LI, LI, False, bodies.Link("晴天", "https://y.qq.com/n/y.html", "周杰伦", app_type=76)),
    "song": (LI, LI, False, bodies.Link("晴天", "", "周杰伦", app_type=92)),
    "announcement": (GROUP, WANG, False, bodies.Announcement("明天放假\n请大家注意")),
    "gift": (LI, LI, False, bodies.Gift("[礼物] 一束花")),
    "mini_program_page": (LI, LI, False, bodies.MiniProgram("", "外卖到家")),
    "unheard_of": (LI, LI, False, bodies.Unknown(49, 77, "当前版本不支持展示该内容，请升级至最新版本。")),
    "pat": (GROUP, "", False, bodies.System('"wxid_a" 拍了拍 "wxid_b"')),
    "system_emoji": (GROUP, "", False, bodies.System('"🏃甲" 拍了拍我')),
    "system_emoji_twice": (GROUP, "", False, bodies.System('"🏃甲" 拍了拍我')),
    "system_received_packet": (LI, LI, False, bodies.RedPacket()),
    "call_over": (LI, LI, False, bodies.PhoneCall("通话时长 00:12")),
    "call_invite": (LI, LI, False, bodies.PhoneCall("")),
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
def test_recorded_messages_are_read(name):
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
    assert set(AppMsgType) <= {recorded(name)["AppMsgType"] for name in EXPECTED}


def test_a_recorded_image_can_be_forwarded():
    assert forward_image_content(read_message(recorded("image"), ME).content) is not None
    assert forward_image_content(read_message(recorded("image_group"), ME).content) is None


@pytest.mark.parametrize("kind", [50, 52, 53])
def test_notices_of_calls_are_calls(kind):
    assert body(MsgType=kind, Content="&lt;msg&gt;&lt;voip&gt;1&lt;/voip&gt;&lt;/msg&gt;") == bodies.PhoneCall("")


@pytest.mark.parametrize("kind", [33, 36])
def test_mini_program_takes_both_numbers(kind):
    assert body(MsgType=49, AppMsgType=kind, FileName="a &amp; b") == bodies.MiniProgram("a & b")


def test_a_stickers_sum_and_address_are_read():
    content = (
        '&lt;msg&gt;&lt;emoji md5="abc" cdnurl="http://emoji.qpic.cn/a?b=1&amp;amp;c=2"&gt;&lt;/emoji&gt;&lt;/msg&gt;'
    )
    assert body(MsgType=47, Content=content) == bodies.Emoticon("abc", "http://emoji.qpic.cn/a?b=1&c=2")
    assert body(MsgType=47, Content="") == bodies.Emoticon()
    assert body(MsgType=47, Content='<emoji cdnurl="file:///etc/passwd"/>') == bodies.Emoticon()


class TestIds:
    def test_nineteen_digits_survive(self):
        for value in ("9223372036854775807", 9223372036854775807):
            assert read_message(entry(MsgId=value), ME).msg_id == "9223372036854775807"

    def test_new_msg_id_stands_in(self):
        raw = json.loads('{"NewMsgId": 1524607515602176452, "MsgType": 1}')
        assert read_message(raw, ME).msg_id == "1524607515602176452"

    NONE = (1.5246075156021765e18, True, None, [], {}, "", " ", "0", 0, "000", -5, "-5", "abc", "1 2", "9" * 60, "１")

    @pytest.mark.parametrize("value", NONE)
    def test_what_is_no_id_is_none(self, value):
        assert read_message({"MsgId": value, "MsgType": 1}, ME).msg_id == ""
        assert read_message({"MsgId": value, "NewMsgId": value, "MsgType": 1}, ME).msg_id == ""
        assert read_message({"MsgId": value, "NewMsgId": 17, "MsgType": 1}, ME).msg_id == "17"

    @pytest.mark.parametrize("value", ["", "0", "x"])
    def test_a_revoke_of_no_id_takes_nothing_back(self, value):
        xml = (
            f"<sysmsg type='revokemsg'><revokemsg><msgid>{value}</msgid><replacemsg>x</replacemsg></revokemsg></sysmsg>"
        )
        assert body(MsgType=10002, Content=xml) == bodies.System("x")

    def test_of_a_revoked_message(self):
        content = "&lt;sysmsg type='revokemsg'&gt;&lt;revokemsg&gt;&lt;oldmsgid&gt;17&lt;/oldmsgid&gt;&lt;replacemsg&gt;x recalled&lt;/replacemsg&gt;&lt;/revokemsg&gt;&lt;/sysmsg&gt;"  # noqa: E501 - one line on the wire
        assert body(MsgType=10002, Content=content) == bodies.System("x recalled")
        assert body(MsgType=10000, Content=content.replace("oldmsgid", "msgid")) == bodies.Revoke("17", "x recalled")


class TestTime:
    @pytest.mark.parametrize("value", [None, -1, 0, 10**12, 10**30, "soon", float("nan"), float("inf"), [1], "1e9"])
    def test_an_absurd_time_is_the_epoch(self, value):
        assert read_message(entry(CreateTime=value), ME).time == EPOCH

    @pytest.mark.parametrize("value", [1560000000, "1560000000", 1560000000.0])
    def test_said_in_any_form(self, value):
        assert read_message(entry(CreateTime=value), ME).time == datetime(2019, 6, 8, 13, 20, tzinfo=UTC)

    def test_missing_and_last(self):
        assert read_message({}, ME).time == EPOCH
        assert read_message(entry(CreateTime=253370764800), ME).time.year == 9999
        assert read_message(entry(CreateTime=253402300799), ME).time == EPOCH


class TestWhose:
    def test_a_message_to_oneself_is_ones_own(self):
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
        for content in (xml, f'<?xml version="1.0"?>\n{xml}', html.escape(xml)):
            assert body(SubMsgType="48", OriContent=content) == bodies.Location("Some street 1", 1.5, 2.5)
        xml = xml.replace("Some street 1", "")
        assert body(SubMsgType=48, OriContent=xml) == bodies.Location("Café", 1.5, 2.5)

    @pytest.mark.parametrize("times", range(4))
    def test_its_xml_as_it_is_and_escaped(self, times):
        xml = '<?xml version="1.0"?>\n<msg><location x="1.5" y="2.5" label="A &amp; B" poiname="[位置]"/></msg>\n'
        for _ in range(times):
            xml = html.escape(xml)
        assert body(SubMsgType=48, OriContent=xml) == bodies.Location("A & B", 1.5, 2.5)

    def test_type_48_with_its_xml_as_content(self):
        xml = "&lt;msg&gt;&lt;location x=&quot;1&quot; y=&quot;2&quot; label=&quot;L&quot;/&gt;&lt;/msg&gt;"
        assert body(MsgType=48, Content=xml) == bodies.Location("L", 1, 2)

    @pytest.mark.parametrize("x", ["nan", "inf", "1e999", "north", "", "361"])
    def test_absurd_degrees_are_0(self, x):
        xml = f'<msg><location x="{x}" y="2" label="L"/></msg>'
        assert body(SubMsgType=48, OriContent=xml) == bodies.Location("L", 0, 2)

    @pytest.mark.parametrize("url", ["http://example.com/map.qq.com", "http://[", "roadmap.qq.com", ""])
    def test_other_addresses_are_text(self, url):
        assert body(Url=url, Content="hi") == bodies.Text("hi")

    def test_a_text_that_only_looks_like_one(self):
        assert body(Content="label:<br/>/cgi-bin/x") == bodies.Text("label:\n/cgi-bin/x")


class TestPeople:
    """Both places in which people are told: fields and XML; either may be empty."""

    XML = '<msg username="wxid_c" nickname="陈晨&lt;span class=&quot;emoji emoji1f338&quot;&gt;&lt;/span&gt;" alias="cc" fromnickname="陈晨" content="我是 A &amp; B" ticket="v2_x@stranger"/>'  # noqa: E501 - one line on the wire

    @pytest.mark.parametrize("escape", [str, html.escape])
    def test_a_contact_card_is_read(self, escape):
        assert body(MsgType=42, Content=escape(self.XML)) == bodies.Card("陈晨🌸", "", "cc")
        info = {"NickName": "陈", "UserName": "@c", "Alias": "x"}
        assert body(MsgType=42, Content=escape(self.XML), RecommendInfo=info) == bodies.Card("陈", "@c", "x")
        assert body(MsgType=42, Content="", RecommendInfo=info) == bodies.Card("陈", "@c", "x")

    @pytest.mark.parametrize("escape", [str, html.escape])
    def test_a_friend_request(self, escape):
        request = body(MsgType=37, Content=escape(self.XML))
        assert request == bodies.FriendRequest("陈晨", "我是 A & B", "", "v2_x@stranger")

    @pytest.mark.parametrize("name", ["sourcedisplayname", "weappinfo/nickname", "weappinfo/appname"])
    def test_a_mini_program(self, name):
        outer, _, inner = name.rpartition("/")
        told = f"<{inner}>外卖</{inner}>"
        told = f"<{outer}>{told}<username>gh_x@app</username></{outer}>" if outer else told
        content = f"<msg><appmsg><title>点餐</title><type>33</type>{told}</appmsg></msg>"
        assert body(MsgType=49, Content=html.escape(content)) == bodies.MiniProgram("点餐", "外卖")


class TestApp:
    def test_kind_and_title_from_the_xml(self):
        content = "&lt;msg&gt;&lt;appmsg&gt;&lt;title&gt;a&amp;amp;b&lt;/title&gt;&lt;type&gt;6&lt;/type&gt;&lt;appattach&gt;&lt;totallen&gt;7&lt;/totallen&gt;&lt;attachid&gt;@id&lt;/attachid&gt;&lt;/appattach&gt;&lt;/appmsg&gt;&lt;/msg&gt;"  # noqa: E501 - one line on the wire
        assert body(MsgType=49, Content=content) == bodies.File("a&b", 7, "@id")

    @pytest.mark.parametrize("name", ["a&amp;b.zip", "a&amp;amp;b.zip", "a&b.zip", ""])
    @pytest.mark.parametrize("title", ["a&amp;b.zip", "a&amp;amp;b.zip", ""])
    def test_a_file_has_no_entities_in_its_name(self, name, title):
        content = f"<msg><appmsg><title>{title}</title><type>6</type></appmsg></msg>" if title else ""
        if name or title:
            assert body(MsgType=49, AppMsgType=6, FileName=name, Content=content) == bodies.File("a&b.zip")

    def test_without_a_title(self):
        assert body(MsgType=49, AppMsgType=99, Content="&lt;msg&gt;words&lt;/msg&gt;") == bodies.Unknown(
            49, 99, "words"
        )
        assert body(MsgType=49) == bodies.Unknown(49)

    @pytest.mark.parametrize("kind", [1, 3, 5, 53, 62, 92])
    def test_what_holds_nothing_says_its_type(self, kind):
        assert body(MsgType=49, AppMsgType=kind) == bodies.Unknown(49, kind)

    def test_quote_of_an_image(self):
        content = (
            "<msg><appmsg><title>nice</title><type>57</type><refermsg><type>3</type><displayname>Li</displayname>"
            "<content>&lt;msg&gt;&lt;img/&gt;&lt;/msg&gt;</content></refermsg></appmsg></msg>"
        )
        assert body(MsgType=49, AppMsgType=57, Content=content) == bodies.Quote("nice", "", "Li", "image")

    def test_quote_without_what_it_quotes(self):
        assert body(MsgType=49, AppMsgType=57, FileName="yes") == bodies.Quote("yes")

    @pytest.mark.parametrize(
        "title",
        [
            "当前版本不支持展示该内容，请升级至最新版本。",
            "当前微信版本不支持展示该内容，请升级至最新版本。",
            "This message isn't supported on your version of WeChat.",
        ],
    )
    def test_a_sentence_about_the_version_is_no_title(self, title):
        content = f"<msg><appmsg><title>{title}</title><des>the words</des><url>https://support.weixin.qq.com/update/</url></appmsg></msg>"
        assert body(MsgType=49, AppMsgType=88, FileName=title, Content=content) == bodies.Unknown(49, 88, "the words")
        link = content.replace("support.weixin.qq.com", "mp.weixin.qq.com")
        assert body(MsgType=49, AppMsgType=5, Content=link).title == title, "somebody's article may be called so"

    def test_what_the_server_calls_a_link_and_is_none(self):
        content = "<msg><appmsg><title>x</title><type>87</type><textannouncement>y</textannouncement></appmsg></msg>"
        assert body(MsgType=49, AppMsgType=5, Content=content) == bodies.Announcement("y")

    def test_an_amount_out_of_a_sentence(self):
        content = "<msg><appmsg><title>微信转账</title><des>收到转账88.00元。如需收钱，请点此升级至最新版本</des><type>2000</type></appmsg></msg>"  # noqa: E501 - one line on the wire
        assert body(MsgType=49, Content=content) == bodies.Transfer("微信转账", "88.00元")

    @pytest.mark.parametrize(
        ("inner", "expected"),
        [
            ("<title>x</title><type>6</type>", ("x", "file")),
            ("<title>x</title><type>33</type>", ("x", "mini program")),
            ("<title>x</title><type>53</type>", ("x", "")),
            ("<title>x</title><type>57</type><refermsg><content>deep</content></refermsg>", ("x", "")),
            ("<type>51</type><finderFeed><nickname>a</nickname><desc>b</desc></finderFeed>", ("a: b", "channels")),
            ("<type>2000</type>", ("", "transfer")),
        ],
    )
    def test_what_is_quoted(self, inner, expected):
        quoted = (
            f"&lt;msg&gt;&lt;appmsg&gt;{inner.replace('<', '&lt;').replace('>', '&gt;')}&lt;/appmsg&gt;&lt;/msg&gt;"
        )
        content = f"<msg><appmsg><title>t</title><refermsg><type>49</type><content>{quoted}</content></refermsg></appmsg></msg>"  # noqa: E501 - one line on the wire
        found = body(MsgType=49, AppMsgType=57, Content=content)
        assert (found.quoted, found.quoted_kind) == expected


def test_names_decode_entities_before_emoji():
    escaped = "&lt;span class=&quot;emoji emoji1f3c3&quot;&gt;&lt;/span&gt;甲"
    for spelled in (escaped, escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')):
        info = {"NickName": spelled, "Content": spelled}
        assert body(MsgType=42, RecommendInfo=info).nick_name == "🏃甲"
        assert (body(MsgType=37, RecommendInfo=info).nick_name, body(MsgType=37, RecommendInfo=info).text) == (
            "🏃甲",
        ) * 2
        assert body(MsgType=9999, Content=spelled) == bodies.System("🏃甲")
        assert body(MsgType=49, AppMsgType=5, FileName=spelled, Url="http://x.y").title == "🏃甲"
    assert body(Content=escaped) == bodies.Text('<span class="emoji emoji1f3c3"></span>甲'), "somebody typed that"


def test_only_the_first_mark_is_the_senders():
    message = read_message(entry(FromUserName=GROUP, Content=f"{WANG}:<br/>@b:<br/>hi"), ME)
    assert (message.sender, message.body) == (WANG, bodies.Text("@b:\nhi"))


def test_numbers_of_a_stranger_are_bounded():
    assert body(MsgType="3", ImgWidth="-5", ImgHeight=10**40) == bodies.Image()
    assert body(MsgType=34, VoiceLength="1500") == bodies.Voice(1.5)
    assert body(MsgType=10**40) == bodies.Unknown(0)


def test_a_notice_of_a_recall_that_cannot_be_read_is_a_system_line():
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
