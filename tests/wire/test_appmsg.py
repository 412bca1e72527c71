"""The XML inside messages: what we send is the seed's, what we receive is read, and what is forwarded is both."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.wire.appmsg import (
    AppMsg,
    Refer,
    build_file_appmsg,
    file_ext,
    file_title,
    forward_appmsg,
    forward_image_content,
    forward_video_content,
    read_appmsg,
)

SEED = (
    "<appmsg appid='wxeb7ec651dd0aefa9' sdkver=''><title>fileName.txt</title><des></des><action></action><type>6</type>"
    "<content></content><url></url><lowurl></lowurl><appattach><totallen>1024</totallen>"
    "<attachid>@crypt_xxxxxxxxxxxx</attachid><fileext>txt</fileext></appattach><extinfo></extinfo></appmsg>"
)
"""Seed 发送文件, `Content`."""


def escaped(xml: str) -> str:
    """As the server writes `Content`."""
    return xml.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br/>")


class TestBuild:
    def test_is_the_seeds_text_but_for_the_quotes(self):
        assert build_file_appmsg("fileName.txt", 1024, "@crypt_xxxxxxxxxxxx") == SEED

    @pytest.mark.parametrize(
        "name",
        [
            "R&D <v2>.txt",
            "a'b\"c.txt",
            "会议纪要 2024年第三季度（终稿）最终版.docx",
            "😀.png",
            " leading.txt",
            "a.txt ",
            "]]>.x",
        ],
    )
    def test_names_arrive_intact(self, name):
        for content in (build_file_appmsg(name, 5, "@id"), escaped(build_file_appmsg(name, 5, "@id"))):
            app = read_appmsg(content)
            assert (app.title, app.total_length, app.attach_id, app.type) == (name, 5, "@id", 6)

    @pytest.mark.parametrize(
        ("name", "extension"),
        [
            ("a.txt", "txt"),
            ("a.tar.gz", "gz"),
            ("README", ""),
            (".bashrc", ""),
            ("..", ""),
            (".config.toml", "toml"),
            ("name.", ""),
            ("会议.纪要", "纪要"),
            ("", ""),
        ],
    )
    def test_a_files_extension_is_read_back(self, name, extension):
        assert file_ext(name) == extension
        built = ElementTree.fromstring(build_file_appmsg(name, 1, "@id"))
        assert built.findtext("appattach/fileext") == extension

    @given(st.text(st.characters()), st.integers(0, 2**40), st.text(st.characters()))
    def test_any_name_makes_well_formed_xml_and_comes_back(self, name, size, media_id):
        content = build_file_appmsg(name, size, media_id)
        root = ElementTree.fromstring(content)
        assert [child.tag for child in root] == [child.tag for child in ElementTree.fromstring(SEED)]
        app = read_appmsg(content)
        assert (app.title, app.total_length) == (file_title(name), size)
        assert app.attach_id == file_title(media_id)
        through_the_server = read_appmsg(escaped(content))
        assert through_the_server == app

    @given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufffe\uffff")))
    def test_ordinary_names_are_not_changed(self, name):
        assert file_title(name) == name

    def test_control_characters_do_not_reach_the_wire(self):
        assert file_title("a\x00\x1b\n\r\t\x85\ud800b") == "a_______b"


class TestRead:
    def test_all_fields_of_an_app_message_are_read(self):
        xml = (
            "<msg><appmsg appid='x'><title>t</title><des>d</des><type>57</type><url>http://u?a=1&amp;b=2</url>"
            "<appattach><totallen>9</totallen><attachid>@a</attachid><emoticonmd5>e</emoticonmd5><fileext>x</fileext>"
            "</appattach><md5>m</md5><sourcedisplayname>s</sourcedisplayname><wcpayinfo><feedesc>￥1</feedesc>"
            "<sendertitle>g</sendertitle></wcpayinfo><refermsg><type>1</type><displayname>n</displayname>"
            "<content>c</content></refermsg></appmsg></msg>"
        )
        expected = AppMsg(
            title="t",
            description="d",
            type=57,
            url="http://u?a=1&b=2",
            total_length=9,
            attach_id="@a",
            emoticon_md5="e",
            source="s",
            fee="￥1",
            greeting="g",
            refer=Refer(1, "n", "c"),
        )
        assert read_appmsg(xml) == read_appmsg(escaped(xml)) == expected

    def test_the_sending_program_when_no_source_is_named(self):
        assert (
            read_appmsg("<msg><appmsg/><appinfo><appname>微信电脑版</appname></appinfo></msg>").source == "微信电脑版"
        )

    @pytest.mark.parametrize("content", ["", "text", "<msg/>", "<appmsg>", "<!DOCTYPE a><appmsg/>"])
    def test_what_is_no_app_message_is_none(self, content):
        assert read_appmsg(content) is None
        assert forward_appmsg(content) is None

    def test_numbers_that_are_none_are_0(self):
        app = read_appmsg("<appmsg><type>x</type><appattach><totallen>-3</totallen></appattach></appmsg>")
        assert (app.type, app.total_length) == (0, 0)

    @given(st.text(st.characters()))
    def test_no_app_message_raises(self, content):
        read_appmsg(content), forward_image_content(content), forward_video_content(content)


class TestForward:
    def test_only_the_appmsg_element(self):
        content = escaped(
            "<msg>\n<appmsg appid='x' sdkver='0'><title>a &amp; b</title><type>5</type><des/></appmsg>\n"
            "<scene>0</scene></msg>"
        )
        assert forward_appmsg(content) == (
            '<appmsg appid="x" sdkver="0"><title>a &amp; b</title><type>5</type><des></des></appmsg>'
        )

    @pytest.mark.parametrize("kind", [2000, 2001])
    def test_money_cannot_be(self, kind):
        assert forward_appmsg(f"<msg><appmsg><type>{kind}</type></appmsg></msg>") is None


IMAGE = (
    '<?xml version="1.0"?>\n<msg>\n\t<img aeskey="KEY" encryver="1" cdnthumbaeskey="KEY" cdnthumburl="URL" '
    'cdnthumblength="4141" cdnthumbheight="150" cdnthumbwidth="120" cdnmidheight="0" cdnmidwidth="0" cdnhdheight="0" '
    'cdnhdwidth="0" cdnmidimgurl="URL" length="174022" md5="d65f" hevc="x" evil="&lt;"/>\n</msg>\n'
)


class TestImage:
    def test_content_to_send(self):
        for content in (IMAGE, escaped(IMAGE)):
            forwarded = forward_image_content(content)
            assert forwarded.startswith('<?xml version="1.0"?>')
            image = ElementTree.fromstring(forwarded).find("img")
            assert image.attrib == {
                "aeskey": "KEY",
                "encryver": "1",
                "cdnthumbaeskey": "KEY",
                "cdnthumburl": "URL",
                "cdnthumblength": "4141",
                "cdnthumbheight": "150",
                "cdnthumbwidth": "120",
                "cdnmidheight": "0",
                "cdnmidwidth": "0",
                "cdnhdheight": "0",
                "cdnhdwidth": "0",
                "cdnmidimgurl": "URL",
                "length": "174022",
                "md5": "d65f",
            }

    def test_what_is_sent_can_be_sent_on(self):
        once = forward_image_content(IMAGE)
        assert forward_image_content(once) == once

    @pytest.mark.parametrize(
        "attributes",
        ['aeskey="K" cdnthumburl="U"', 'cdnthumbaeskey="K" cdnmidimgurl="U"', 'aeskey="K" cdnbigimgurl="U"'],
    )
    def test_one_of_a_pair_is_enough(self, attributes):
        image = ElementTree.fromstring(forward_image_content(f"<msg><img {attributes}/></msg>")).find("img")
        pairs = ("aeskey", "cdnthumbaeskey", "cdnthumburl", "cdnmidimgurl")
        assert [image.attrib[name] for name in pairs] == ["K", "K", "U", "U"]

    @pytest.mark.parametrize(
        "content",
        [
            "",
            "@9d8c7b6a",
            "<msg/>",
            "<msg><img/></msg>",
            '<msg><img aeskey="K"/></msg>',
            '<msg><img cdnmidimgurl="U"/></msg>',
        ],
    )
    def test_none_without_keys(self, content):
        assert forward_image_content(content) is None

    def test_sizes_that_are_none_are_left_out(self):
        assert "length" not in forward_image_content('<img aeskey="K" cdnmidimgurl="U" length="many"/>')


def test_a_video_is_forwarded_by_its_keys():
    video = "<msg><videomsg aeskey='K' cdnvideourl='U' length='1'></videomsg></msg>"
    assert forward_video_content(escaped(video)) == (
        '<?xml version="1.0"?>\n<msg><videomsg aeskey="K" cdnvideourl="U" length="1"></videomsg></msg>'
    )
    assert forward_video_content("<msg><videomsg aeskey='K'/></msg>") is None
