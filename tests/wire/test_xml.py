"""XML from strangers: read where it can be, refused where it is a trap, and never an exception."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.wire.xml import MAX_DEPTH, MAX_ELEMENTS, MAX_LENGTH, attribute, child_text, find_or_self, parse


def title(text: str) -> str:
    return child_text(parse(text), "title", "-")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("<msg><title>a</title></msg>", "a"),
        ('<?xml version="1.0"?>\n<msg><title>a</title></msg>', "a"),
        ('<?xml version="1.1" encoding="gb2312"?><msg><title>中</title></msg>', "中"),
        ("&lt;msg&gt;&lt;title&gt;a &amp;amp; b&lt;/title&gt;&lt;/msg&gt;", "a & b"),
        (
            "<br/>&lt;?xml version='1.0'?&gt;<br/>&lt;msg&gt;<br/>\t&lt;title&gt;a&lt;/title&gt;<br/>&lt;/msg&gt;<br/>",
            "a",
        ),
        ("&lt;msg&gt;&lt;title&gt;a&lt;/title&gt;&lt;/msg&gt;&lt;br/&gt;<br/>", "a"),
        ('&lt;msg&gt;&lt;title&gt;<span class="emoji emoji1f604"></span>&lt;/title&gt;&lt;/msg&gt;', "😄"),
        ("wxid_x:\n<msg><title>a</title></msg>trailing <junk", "a"),
        ("1 < 2 &lt; 3 <msg><title>a</title></msg>", "a"),
        ("<msg><title>a & b &nbsp; &copy=1 &lt;</title></msg>", "a & b \xa0 &copy=1 <"),
        ("<msg><title>a\x00\x0b\ud800\uffffb&#0;&#x1f;&#xffff;&#55296;&</title></msg>", "ab\ufffd\ufffd&"),
        ("<msg><title><![CDATA[a & <b> &amp; &#0;]]></title></msg>", "a & <b> &amp; &#0;"),
        ("<msg>&<title><![CDATA[a & <b> &amp; &#0;]]></title></msg>", "a & <b> &amp; &#0;"),
        ("<msg><title>\n\ta\n</title></msg>", "a"),
        ("<msg><title> a </title></msg>", " a "),
        ("<msg><title>a<b>c</b>d</title></msg>", "acd"),
        ("<msg><title></title></msg>", "-"),
        ("<msg/>", "-"),
        ("\ufeff \n<msg><title>a</title></msg>", "a"),
        ('<msg><?xml version="1.0"?><title>a</title></msg>', "a"),
        ('word <?xml version="1.0" encoding="utf-16"?> <msg><title>a</title></msg> word', "a"),
        ("<msg>word<title>a</title>word</msg>", "a"),
        (
            "&amp;lt;msg&amp;gt;&amp;lt;title&amp;gt;a &amp;amp;amp; b&amp;lt;/title&amp;gt;&amp;lt;/msg&amp;gt;",
            "a & b",
        ),
        ("<msg><title>I <3 you & 1 < 2</title></msg>", "I <3 you & 1 < 2"),
        ("<msg><title>a <b> c</title><type>5</type></msg>", "a <b> c".replace("<b>", "")),
        ("<msg><other a='1'/><title>a", "a"),
        ("<msg><title>a</title><appattach", "a"),
        ("<msg><title><![CDATA[a", "a"),
        ("<msg><title>a</titel><type>5</type></msg>", "a5"),
        ("<msg><x:title>a</x:title></msg>", "a"),
        ("<msg><title>a</title><!-- & --></wrong></msg>", "a"),
    ],
)
def test_sloppy_xml_is_read(text, read):
    assert title(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no xml",
        "<",
        "<msg>",
        "<msg></other>",
        "</msg>",
        "<!-- only a comment -->",
        "<?xml version='1.0'?>",
        "<a:b/>",
        "<!DOCTYPE html><html></html>",
        "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
        "<a>" * (MAX_DEPTH + 1) + "</a>" * (MAX_DEPTH + 1),
        "<a>" * 100_000,
        "&lt;a&gt;" * 100_000,
        "<a>" + "<b/>" * MAX_ELEMENTS + "</a>",
        "<a>" + " " * MAX_LENGTH + "</a>",
    ],
    ids=lambda text: f"{text[:24]!a}",
)
def test_what_is_no_xml_is_refused(text):
    assert parse(text) is None


@pytest.mark.parametrize("text", ["<msg a=1 b='x y' c=\"z\" a=2 d = 3/>", "<m><msg a='1' b='x y' c='z' d='3'>"])
def test_attributes_in_any_quotes(text):
    root = find_or_self(parse(text), "msg")
    assert root is not None and dict(root.attrib) == {"a": "1", "b": "x y", "c": "z", "d": "3"}


def test_entities_within_entities_are_refused():
    entities = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    assert parse(f"<!DOCTYPE l [<!ENTITY l0 'lol'>{entities}]><l>&l9;</l>") is None


def test_up_to_the_limits():
    assert parse("<a>" * MAX_DEPTH + "</a>" * MAX_DEPTH) is not None
    assert parse("<a>" + "<b/>" * (MAX_ELEMENTS - 1) + "</a>") is not None


def test_attributes_and_children_have_defaults():
    root = parse("<msg a=' 1 ' b=''><x><y>2</y></x></msg>")
    assert (attribute(root, "a"), attribute(root, "b", "d"), attribute(root, "c", "d")) == ("1", "d", "d")
    assert (child_text(root, "x/y"), child_text(root, "x/z", "d")) == ("2", "d")
    assert find_or_self(root, "msg") is root
    assert find_or_self(root, "y").text == "2"
    assert find_or_self(root, "z") is None
    assert (find_or_self(None, "z"), attribute(None, "a", "d"), child_text(None, "x", "d")) == (None, "d", "d")


XMLISH = st.lists(
    st.sampled_from(
        ["<a>", "</a>", "<a/>", "<b c='1'>", "</b>", "&lt;a&gt;", "&lt;/a&gt;", "<br/>", "&", "&#0;", "&amp;"]
    )
    | st.sampled_from(["<![CDATA[", "]]>", "<!--", "-->", "<?x", "?>", "<!DOCTYPE a>", "\x00", "\ud800", "text", "<a"])
).map("".join)


@given(st.text(st.characters()) | XMLISH)
def test_no_text_raises(text):
    root = parse(text)
    assert root is None or isinstance(root.tag, str)


@pytest.mark.parametrize(
    "text",
    [
        "<a>" + "<![CDATA[" * 50_000,
        "<a>" + "&" * 200_000 + "</a>",
        "<br" * 200_000,
        "<?xml " * 100_000,
        "<a " * 100_000,
        "<a>&" + "<b " * 200_000,
        "<a>&" + "<" * 500_000,
        "<a>&" + "<!--" * 100_000,
        "<a>&<b " + "x" * 500_000 + ">",
        "<a>&<b " + "x=" * 200_000 + ">",
        "<a>&<b " + "x='" * 200_000 + ">",
        '<a>&<b x="' + "x=' " * 200_000 + ">",
        "<a>&<b>" + "</c>" * 200_000,
        "&amp;lt;a&amp;gt;" + "&amp;" * 150_000,
    ],
    ids=lambda text: f"{text[:16]!a}",
)
def test_long_xml_costs_linear_time(text):
    """Would take minutes if any of it were quadratic."""
    root = parse(text)
    assert root is None or root.tag == "a"


def steps(text: str) -> int:
    """How many calls reading a text takes."""
    count = 0

    def step(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(step)
    try:
        parse(text)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    "piece",
    [
        "<b>x</b>",
        "<b>",
        "</c>",
        "<b x='1'/>",
        "&",
        "&nbsp;",
        "<![CDATA[x]]>",
        "<!--x-->",
        "<?x?>",
        "< ",
        "<b ",
        "x='1' ",
    ],
)
def test_twice_the_text_is_twice_the_work(piece):
    few, more = (steps(f"<a>&<d>{piece * count}") for count in (40, 80))
    assert more <= 2 * few + 50
