"""Messages for the tests of the log, of every kind, friendly and hostile."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.wire import bodies
from tui.wire.bodies import Body

START = datetime(2024, 11, 21, 14, 0, tzinfo=UTC)
CONVERSATION = 7

HOSTILE = (
    "\x1b[2J\x1b[31mred\x1b[0m",
    "\x9b31m\x85\x07\x00\x7f",
    "abc \u202edcba\u202c \u2066x\u2069",
    "👩‍👩‍👧‍👦🇨🇳👍🏽☺️❤️ 1️⃣",
    "e" + "\u0301" * 500,
    "\u0301leading mark",
    "👩" + "\u200d👩" * 300,
    "\u200d\u200d",
    "[/x] [@click=app.quit]tap[/] [bold]",
    "\U0001f1e8" * 31,
    "x" * 3000,
    "字" * 1500,
    "word " * 900,
    " " * 2000 + "end",
    "\n" * 700,
    "a\tb\r\nc",
    "\U000e0041\U000e0042",
)

hostile_texts = st.integers(0, len(HOSTILE) - 1).map(lambda index: HOSTILE[index])

texts = st.one_of(
    st.sampled_from(["ok", "好的，我马上看一下", "a line that is wrapped, since it is longer than the column", ""]),
    hostile_texts,
    st.text(max_size=60),
    st.text(st.sampled_from("ab 字，\u0301\u200d\ufe0f👩🇨\x1b\n"), max_size=120),
)

message_bodies: st.SearchStrategy[Body] = st.one_of(
    st.builds(bodies.Text, texts),
    st.builds(bodies.Text, texts),
    st.builds(bodies.Image, st.integers(0, 9000), st.integers(0, 9000)),
    st.builds(bodies.Voice, st.floats(0, 90)),
    st.builds(bodies.Video, st.integers(0, 90), st.integers(0, 900), st.integers(0, 900)),
    st.builds(bodies.Emoticon, name=texts),
    st.builds(bodies.Link, texts, st.one_of(texts, st.just("https://example.com/a"), st.just("http://[::1"))),
    st.builds(bodies.File, texts, st.integers(0, 2**40)),
    st.builds(bodies.Location, texts),
    st.builds(bodies.LiveLocation, texts),
    st.builds(bodies.MiniProgram, texts, texts),
    st.builds(bodies.Quote, texts, texts, texts, st.sampled_from(["", "image", "\x1b"])),
    st.builds(bodies.Channels, texts, texts, st.booleans()),
    st.builds(bodies.Announcement, texts),
    st.builds(bodies.History, texts, texts),
    st.builds(bodies.Note, texts, texts),
    st.builds(bodies.Gift, texts),
    st.builds(bodies.Transfer, texts, texts, texts, st.sampled_from(bodies.TransferState)),
    st.builds(bodies.RedPacket, texts),
    st.builds(bodies.Card, texts, texts, texts),
    st.builds(bodies.FriendRequest, texts, texts),
    st.builds(bodies.PhoneCall, texts),
    st.builds(bodies.System, texts),
    st.builds(bodies.Revoke, st.just("1"), texts),
    st.builds(bodies.StatusNotify, st.just(1)),
    st.builds(bodies.Unknown, st.integers(0, 99), st.integers(0, 99), texts),
)


@st.composite
def messages(draw: st.DrawFn, body: st.SearchStrategy[Body] | None = None) -> StoredMessage:
    """Draw a message at no place in particular; see `placed`."""
    mine = draw(st.booleans())
    outgoing = mine and draw(st.booleans())
    received = (DeliveryState.RECEIVED, DeliveryState.RECALLED)
    states = [state for state in DeliveryState if (state in received) != outgoing]
    state = draw(st.sampled_from(states))
    sent = state in (DeliveryState.SENT, DeliveryState.REVOKED)
    return StoredMessage(
        id=0,
        conversation_id=CONVERSATION,
        time=START,
        mine=mine,
        sender="@me" if mine else draw(st.sampled_from(["@ann", "@ben", ""])),
        state=state,
        body=draw(message_bodies if body is None else body),
        msg_id=draw(st.sampled_from(["7041234567890123321", "12", "", "\x1b[31m" * 9])) if sent else "",
        client_msg_id="c" if outgoing else "",
        sent_at=START + timedelta(seconds=draw(st.integers(-300, 0))) if sent else None,
        reason=draw(st.sampled_from(["Unreachable", "FileChanged", "Interrupted", "\x1b[5m", ""])),
    )


def placed(several: Iterable[StoredMessage], gaps: Iterable[int]) -> list[StoredMessage]:
    """The messages one after another, `gaps` seconds apart."""
    found = []
    time = START
    for number, (message, gap) in enumerate(zip(several, gaps, strict=False), 1):
        time += timedelta(seconds=gap)
        found.append(replaced(message, id=number, time=time))
    return found


def replaced(message: StoredMessage, **changes: object) -> StoredMessage:
    """`message` with other values in some fields."""
    fields = {name: getattr(message, name) for name in message.__struct_fields__}
    return StoredMessage(**{**fields, **changes})


def text(number: int, words: str = "", *, seconds: int = 0, mine: bool = False, sender: str = "@ann") -> StoredMessage:
    """A text that came."""
    return StoredMessage(
        id=number,
        conversation_id=CONVERSATION,
        time=START + timedelta(seconds=seconds or number),
        mine=mine,
        sender="@me" if mine else sender,
        state=DeliveryState.RECEIVED,
        body=bodies.Text(words or f"message {number}"),
        msg_id=str(number),
    )
