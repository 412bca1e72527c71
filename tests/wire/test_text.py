"""Text from strangers: decoded once, and safe for a terminal however it was meant."""

import re
import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui.wire import text as text_module
from tui.wire.text import decode_content, decode_entities, decode_name, printable, split_group_sender, whole

ANY_TEXT = st.text(st.characters())  # with surrogates and controls
AWKWARD = st.lists(
    st.sampled_from(
        list("❤\u1161\U0001f3fea\n\r\t\x00\x1b\x7f\x85\u0301\u200d\ufe0f\u202e\u2028\ud800中👍🏽🏴\U000e0067\U000e007f")
    )
).map("".join)


class TestDecodeContent:
    @pytest.mark.parametrize(
        ("raw", "text"),
        [
            ("a<br/>b<br>c<br />d<BR/>e", "a\nb\nc\nd\ne"),
            ("a typed &lt;br/&gt; stays", "a typed <br/> stays"),
            ("&amp;lt;", "&lt;"),
            ("&amp;amp;amp;", "&amp;amp;"),
            (
                "Tom &amp; Jerry &lt;3 &gt; &quot;x&quot; &#39;y&#39; &#x4e2d;&nbsp;.",
                "Tom & Jerry <3 > \"x\" 'y' 中\xa0.",
            ),
            ("?a=1&copy=2&lt", "?a=1&copy=2&lt"),
            ("&nosuchthing; & &; &#; &#x;", "&nosuchthing; & &; &#; &#x;"),
            ("&#0;&#xD800;&#1114112;&#99999999;", "\ufffd\ufffd\ufffd\ufffd"),
            ("&#128;", "\x80"),
            ("a\x00b\ud800c", "a\ufffdb\ufffdc"),
            ("", ""),
        ],
    )
    def test_breaks_and_entities(self, raw, text):
        assert decode_content(raw) == text

    @pytest.mark.parametrize(
        ("code", "text"),
        [
            ("1f604", "😄"),
            ("1F604", "😄"),
            ("1f1e81f1f3", "🇨🇳"),
            ("2320e3", "#\u20e3"),
            ("3120e3", "1\u20e3"),
            ("31fe0f20e3", "1\ufe0f\u20e3"),
            ("2764", "❤"),
            ("2764fe0f", "❤\ufe0f"),
            ("a9", "©"),
            ("00a9", "©"),
            ("1f468200d1f469200d1f467", "👨‍👩‍👧"),
            ("1f468-200d-1f4bb", "👨‍💻"),
            ("1f44d1f3fd", "👍🏽"),
            ("1f3f4e0067e0062e0065e006ee0067e007f", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"),
            ("e415", ""),  # an old carrier's code, no character
            ("1b", ""),
            ("41", ""),
            ("202e202e", "\u202e\u202e"),
            ("d83dde04", ""),
            ("zz", ""),
            ("1f4", ""),
        ],
    )
    def test_spans_of_emoji_are_decoded(self, code, text):
        assert decode_content(f'<span class="emoji emoji{code}"></span>') == text

    def test_emoji_spans_as_they_vary(self):
        assert decode_content("a<span class='emoji1f604' > </span>b") == "a😄b"
        assert decode_content("&lt;span class=&quot;emoji emoji1f604&quot;&gt;&lt;/span&gt;").startswith("<span class")
        assert decode_content('<span class="emoji emoji1f604">') == '<span class="emoji emoji1f604">'

    @given(ANY_TEXT)
    def test_never_raises_and_can_be_stored(self, raw):
        decoded = decode_content(raw)
        assert "\x00" not in decoded
        decoded.encode()

    @given(st.text())
    def test_undoes_the_servers_escaping(self, text):
        text = whole(text).replace("\r", "")
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br/>")
        assert decode_content(escaped) == text

    def test_plain_text_is_not_copied(self):
        plain = "nothing to do here"
        assert decode_content(plain) is plain


def test_names_keep_their_own_spaces():
    assert decode_name("张\u3000三  丰 ") == "张\u3000三  丰"


def test_decode_name_is_one_line():
    assert decode_name(' a<br/>b&amp;c\t<span class="emoji emoji1f604"></span> ') == "a b&c 😄"


def test_entities_need_their_semicolon():
    assert decode_entities("&notit; &amp &amp;") == "&notit; &amp &"


@pytest.mark.parametrize(
    ("content", "sender", "rest"),
    [
        ("@abc123:<br/>hi", "@abc123", "hi"),
        ("@abc:<br>hi", "@abc", "hi"),
        ("@abc:\nhi", "@abc", "hi"),
        ("@abc:<br/>@def:<br/>hi", "@abc", "@def:<br/>hi"),
        ("@abc:<br/>somewhere:<br/>/cgi-bin/x", "@abc", "somewhere:<br/>/cgi-bin/x"),
        ("somewhere:<br/>/cgi-bin/x", "", "somewhere:<br/>/cgi-bin/x"),
        ("@abc: hi", "", "@abc: hi"),
        ("@张三:<br/>hi", "", "@张三:<br/>hi"),
        ("@a b:<br/>hi", "", "@a b:<br/>hi"),
        (" @abc:<br/>hi", "", " @abc:<br/>hi"),
        ("@:<br/>hi", "", "@:<br/>hi"),
        ("", "", ""),
    ],
)
def test_split_group_sender(content, sender, rest):
    assert split_group_sender(content) == (sender, rest)


class TestPrintable:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("\x1b[31mred\x1b]0;title\x07", "␛[31mred␛]0;title␇"),
            ("\x00\x08\x0c\x1f\x7f", "␀␈␌␟␡"),
            ("\x85\x9b2J", "<U+0085><U+009B>2J"),
            ("invoice\u202egpj.exe", "invoice<U+202E>gpj.exe"),
            ("\u200e\u200f\u061c\u2066\u2069", "<U+200E><U+200F><U+061C><U+2066><U+2069>"),
            ("a\u2028b\u2029c", "a<U+2028>b<U+2029>c"),
            ("a\ufffab\U000e0041", "a<U+FFFA>b<U+E0041>"),
            ("\ud800x", "<U+D800>x"),
            ("a\tb", "a    b"),
            ("a\r\nb\rc\nd", "a\nb␍c\nd"),
        ],
    )
    def test_what_is_made_visible(self, text, shown):
        assert printable(text, newlines=True) == shown

    def test_line_ends_are_drawn_in_one_line(self):
        assert printable("a\nb\r\nc\n", newlines=False) == "a↵b↵c↵"

    @pytest.mark.parametrize(
        "text",
        [
            "plain",
            "你好，世界\u3000！",
            "👨‍👩‍👧‍👦 👍🏽 ❤️ 1️⃣ 🇨🇳 🏳️‍🌈",
            "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
            "e\u0301 नमस्ते ไม่ได้ שָׁלוֹם",
            "@老李\u2005",
            "[not markup] \\[ [/]",
            "",
        ],
    )
    def test_what_stays_as_it_is(self, text):
        assert printable(text, newlines=True) is text or printable(text, newlines=True) == text

    def test_tags_outside_a_flag(self):
        hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "rm")
        assert printable(f"👍{hidden}", newlines=True) == "👍<U+E0072><U+E006D>"
        assert printable("🏴\U000e0067", newlines=True) == "🏴<U+E0067>"

    def test_marks_are_limited(self):
        assert printable("a" + "\u0301" * 8 + "b", newlines=True) == "a" + "\u0301" * 8 + "b"
        assert printable("a" + "\u0301" * 9 + "b", newlines=True) == "a" + "\u0301" * 8 + "…b"
        assert printable("x" + "\u200c" * 50, newlines=True) == "x" + "\u200c" * 8 + "…"
        for mark in ("\u0903", "\u1161", "\ud7b1", "\U0001f3fb", "\U0001bca0", "\u0897"):
            assert printable("x" + mark * 50 + "y", newlines=True) == "x" + mark * 8 + "…y"

    def test_an_emoji_of_endless_parts_is_several(self):
        parts = printable("👩" + "\u200d👩" * 300, newlines=True).split("…")
        assert set(parts[:-1]) == {"👩" + "\u200d👩" * 8}
        assert sum(part.count("👩") for part in parts) == 301

    def test_a_joiner_hides_no_letter(self):
        assert printable("a\u200db\u200d字\u200d。\u200d👩", newlines=True) == "ab字。👩"
        assert printable("👩\u200d", newlines=True) == "👩"
        for joined in ("🙂\u200d↔\ufe0f", "🏴\u200d☠\ufe0f", "👩🏽\u200d❤\ufe0f\u200d💋\u200d👨🏿", "⛓\ufe0f\u200d💥"):
            assert printable(joined, newlines=True) == joined

    def test_names_of_a_mac_stay(self):
        assert printable("\u1112\u1161\u11ab\u1100\u1173\u11af.txt", newlines=False).startswith("\u1112\u1161\u11ab")
        assert printable("\u3164\uffa0", newlines=True) == "<U+3164><U+FFA0>"

    def test_emoji_in_a_row_are_no_marks(self):
        for text in ("😀" * 100, "。" * 100, "❤️" * 100, "👨‍👩‍👧" * 100):
            assert printable(text, newlines=True) == text

    def test_a_mark_gets_a_base_at_the_start_of_a_line(self):
        assert printable("\u0301a\n\u0301b", newlines=True) == "\u25cc\u0301a\n\u25cc\u0301b"

    @given(ANY_TEXT | AWKWARD, st.booleans())
    @example("\r\r\n", True)
    @example("🏴\U000e0067\U000e0062\r\n\u0301", False)
    def test_safe_and_idempotent(self, text, newlines):
        shown = printable(text, newlines=newlines)
        allowed = "\n" if newlines else ""
        assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") and c not in allowed]
        assert not [c for c in shown if unicodedata.bidirectional(c) in ("LRE", "RLE", "LRO", "RLO", "PDF")]
        assert not [c for c in shown if unicodedata.bidirectional(c) in ("LRI", "RLI", "FSI", "PDI")]
        assert printable(shown, newlines=newlines) == shown
        shown.encode()

    @given(ANY_TEXT)
    def test_a_line_is_one_line(self, text):
        assert len(printable(text, newlines=False).splitlines()) <= 1

    def test_no_combining_mark_hides_among_the_letters(self):
        """The search for long runs skips `\\w`: true for every Unicode version only as long as this holds."""
        marks = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in ("Mn", "Me")]
        assert len(marks) > 1500
        assert not text_module._LINE_START.sub("", "\n".join(marks)).replace("\n", "")

    @pytest.mark.parametrize(
        "text",
        [
            "a" + "\u0301" * 200_000,
            "👩" + "\u200d👩" * 100_000,
            "\u1161\u0301" * 100_000,
            "\u202e" * 200_000,
            "🏴" * 100_000,
            ("🏴" + "\U000e0067" * 7) * 20_000,
            "。" * 200_000,
            "\r" * 200_000,
            "<br" * 100_000,
            "<br" + " " * 200_000,
            '<span class="' * 50_000,
            "&#" * 100_000,
            "&a" * 100_000,
            "&#" + "0" * 200_000,
        ],
        ids=lambda text: f"{text[:4]!a}",
    )
    def test_long_texts_cost_linear_time(self, text):
        """Would take minutes if any of it were quadratic."""
        assert printable(decode_content(text), newlines=True)


def test_what_python_prints_needs_no_look_at_every_character() -> None:
    everything = "".join(map(chr, range(0x110000)))
    unsafe = set(re.findall(text_module._UNSAFE.partition("|\r\n|")[2], everything))
    assert unsafe == {one for one in unsafe if not one.isprintable()} | text_module._FILLERS
