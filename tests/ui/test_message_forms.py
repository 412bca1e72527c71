"""Every kind of message has a form of its own, safe for a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support.examples import examples
from tests.support.stored_messages import HOSTILE, messages, replaced, text
from tui.message_summary import describe
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.terminal.graphemes import clusters
from tui.widgets.base.styles import THEME_STYLES, Tone
from tui.widgets.message_log.body_text import MOST_CHARACTERS, UNBROKEN, body_text_of
from tui.wire import bodies
from tui.wire.bodies import Body
from tui.wire.text import printable, quotation, split_quotation


def said(message: StoredMessage, *, show_recalled: bool = True) -> list[str]:
    """The paragraphs, as a person reads them."""
    form = body_text_of(message, show_recalled=show_recalled)
    found = ["".join([paragraph.lead, *(words for words, _ in paragraph.runs)]) for paragraph in form.paragraphs]
    return [line.replace(UNBROKEN, " ") for line in found]


def of(body: Body) -> StoredMessage:
    return replaced(text(1), body=body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (bodies.Text("hello\n[微笑]"), ["hello", "😀"]),
        (bodies.Image(1200, 800), ["▣ image"]),
        (bodies.Image(), ["▣ image"]),
        (bodies.Voice(0.2), ["♪ voice  1 s"]),
        (bodies.Video(8, 640, 480), ["▷ video  8 s"]),
        (bodies.Emoticon(), ["◇ animated image"]),
        (bodies.Link("Title", "https://example.com/a?b"), ["→ Title", "  link · example.com"]),
        (bodies.Link("Title", "http://[::1"), ["→ Title", "  link"]),
        (bodies.File("a b.txt", 2048), ["▤ a b.txt  file · 2 KiB"]),
        (bodies.File("a.txt"), ["▤ a.txt  file"]),
        (bodies.Location("Somewhere 1"), ["◎ Somewhere 1  location"]),
        (bodies.LiveLocation(), ["◎ live location  open it on the phone"]),
        (bodies.MiniProgram("Lunch", "Foods"), ["□ Lunch  mini program · Foods"]),
        (bodies.MiniProgram("", "Foods"), ["□ Foods  mini program"]),
        (bodies.Quote("Yes", "Shall we?", "Ann"), ["│ Ann: Shall we?", "Yes"]),
        (bodies.Transfer("¥10"), ["¥ money transfer  open it on the phone", "  ¥10"]),
        (bodies.RedPacket(), ["¥ red packet  open it on the phone"]),
        (bodies.Card("Ben", alias="b"), ["○ Ben  contact card · b"]),
        (bodies.FriendRequest("Cem", "it is me"), ["+ Cem  friend request", "  it is me"]),
        (bodies.PhoneCall(), ["☏ call  see the phone"]),
        (bodies.PhoneCall("missed"), ["☏ call  missed"]),
        (bodies.Image(3, 4, "a.jpg", 9), ["▣ a.jpg  image"]),
        (bodies.Link("Words", "", "and more"), ["Words", "and more"]),
        (bodies.Link("Song", "https://y.qq.com/x", "Singer", app_type=3), ["♪ Song", "  music · Singer · y.qq.com"]),
        (bodies.Link("Clip", "https://v.qq.com/x", app_type=4), ["→ Clip", "  video link · v.qq.com"]),
        (bodies.Channels("Ann", "a\nb"), ["▷ Ann  channels", "  a", "  b"]),
        (bodies.Channels("", "a", live=True), ["▷ channels, live", "  a"]),
        (bodies.Announcement("a\nb"), ["! announcement", "  a", "  b"]),
        (bodies.History("Chat", "a: x\nb: y"), ["≡ Chat  chat history", "  a: x", "  b: y"]),
        (bodies.Note("", "milk"), ["≡ note", "  milk"]),
        (bodies.Gift("Flowers"), ["◆ Flowers  gift · open it on the phone"]),
        (bodies.Quote("Yes"), ["Yes"]),
        (bodies.Quote("Yes", "", "Ann", "image"), ["│ Ann: [image]", "Yes"]),
        (bodies.Quote("Yes", "a.pdf", "Ann", "file"), ["│ Ann: [file] a.pdf", "Yes"]),
        (
            bodies.Transfer("微信转账", "￥1", "lunch", bodies.TransferState.RECEIVED),
            ["¥ money transfer  accepted", "  ￥1 · lunch"],
        ),
        (bodies.System("Ann joined"), ["Ann joined"]),
        (bodies.Revoke("1"), ["a message was recalled"]),
        (bodies.Revoke("1", "Ann took a message back"), ["Ann took a message back"]),
        (bodies.Unknown(49, 2003, "odd"), ["? message of type 49/2003", "  odd"]),
    ],
)
def test_each_kind_has_its_form(body: Body, expected: list[str]) -> None:
    assert said(of(body)) == expected


@pytest.mark.parametrize("body", [bodies.System("x"), bodies.Revoke("1")])
def test_what_nobody_said_is_a_notice(body: Body) -> None:
    assert body_text_of(of(body), show_recalled=True).notice


def test_what_was_taken_back_is_dim_and_still_there() -> None:
    for state in (DeliveryState.REVOKED, DeliveryState.RECALLED, DeliveryState.CANCELLED):
        form = body_text_of(replaced(text(1, "hello"), state=state), show_recalled=True)
        assert form.paragraphs[0].runs == (("hello", Tone.DIM),)


def test_what_another_took_back_can_be_hidden() -> None:
    recalled = replaced(text(1, "secret"), state=DeliveryState.RECALLED)
    assert "secret" not in "".join(said(recalled, show_recalled=False))
    own = replaced(recalled, mine=True)
    assert "secret" in "".join(said(own, show_recalled=False))


def test_endless_texts_are_cut() -> None:
    for endless in ("x" * 100_000, "\n" * 100_000):
        form = body_text_of(text(1, endless), show_recalled=True)
        assert form.more
        assert sum(len(words) for paragraph in form.paragraphs for words, _ in paragraph.runs) <= MOST_CHARACTERS


def test_every_theme_has_every_tone() -> None:
    for styles in THEME_STYLES.values():
        assert all(styles[tone] == getattr(styles, tone.value) for tone in Tone)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_cluster_is_endless(hostile: str) -> None:
    assert max((len(cluster) for cluster, _ in clusters(printable(hostile, newlines=False))), default=0) < 100


@given(messages())
@settings(max_examples=examples(300), deadline=None)
def test_nothing_of_a_stranger_reaches_the_terminal_unclean(message: StoredMessage) -> None:
    form = body_text_of(message, show_recalled=True)
    assert form.paragraphs
    for paragraph in form.paragraphs:
        for words, _ in paragraph.runs:
            for character in words:
                assert unicodedata.category(character) not in ("Cc", "Zl", "Zp", "Cs")
                assert character not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"


@pytest.mark.parametrize("mine", [True, False])
def test_a_quotation_of_web_clients_is_drawn_like_one_of_the_phone(mine: bool) -> None:
    typed = bodies.Text(quotation("林小满", "两行\n的话") + "好的\n明天")
    phone = bodies.Quote("好的\n明天", "两行 的话", "林小满")
    drawn = replaced(text(1), body=typed, mine=mine)
    assert body_text_of(drawn, show_recalled=True) == body_text_of(of(phone), show_recalled=True)
    assert describe(typed) == describe(phone) == "好的\n明天\n> 林小满: 两行 的话"


@pytest.mark.parametrize(
    "words",
    [
        "「没有结尾：x",
        "「a：b」\n- - - - - - - - - - - - - - -\n",
        "x「a：b」\n- - - - - - - - - - - - - - -\ny",
        "「a\nb：c」\n- - - - - - - - - - - - - - -\ny",
        "「no colon」\n- - - - - - - - - - - - - - -\ny",
    ],
)
def test_what_only_resembles_a_quotation_stays_text(words: str) -> None:
    assert split_quotation(words) is None


@given(st.text(), st.text(), st.text(min_size=1).filter(str.strip))
def test_a_quotation_reads_back(sender: str, quoted: str, answer: str) -> None:
    assume("\n" not in sender and "：" not in sender and "」\n" not in sender + quoted)
    assert split_quotation(quotation(sender, quoted) + answer) == (sender, quoted.replace("\n", " "), answer)
