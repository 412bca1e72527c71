"""A message in full, and a contact: nothing of them is left out, and nothing of them acts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from tests.support.dialog_app import DialogApp
from tests.support.examples import examples
from tests.support.screen_text import screen_text
from tests.support.stored_messages import HOSTILE, message_bodies
from tui.screens.dialogs.detail_fields import message_facts, message_text
from tui.screens.dialogs.details import ContactDetails, MessageDetails
from tui.store.contact_record import ContactRecord
from tui.store.delivery_state import DeliveryState
from tui.store.identity.evidence import EvidenceKind
from tui.store.identity.identifications import DecidedBy, Identification, PeerAddress
from tui.store.models import StoredMessage
from tui.terminal.graphemes import cell_len
from tui.widgets.base.page import Page
from tui.widgets.base.wrapping import wrapped
from tui.widgets.text_input.line_edit import LineEdit
from tui.wire import bodies
from tui.wire.contacts import Contact, ContactKind, Member
from tui.wire.mentions import Mention
from tui.wire.names import ContactFlag

WHEN = datetime(2024, 11, 21, 14, 0, 5, tzinfo=UTC)
MSG_ID = "7041000000000003321"


def message(body: bodies.Body, state: DeliveryState = DeliveryState.SENT, reason: str = "") -> StoredMessage:
    msg_id = MSG_ID if state is DeliveryState.SENT else ""
    return StoredMessage(
        1, 7, WHEN, True, "@me", state, body, msg_id, "c17000000001", "@1", sent_at=WHEN, reason=reason
    )


def everything(app: DialogApp) -> str:
    return "\n".join("".join(text for text, _tone in line) for line in app.screen.query_one(Page).lines)


async def test_all_that_is_known_of_a_message() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(MessageDetails(message(bodies.Text("你好 👨‍👩‍👧‍👦\nsecond line")), "张三 🇨🇳"))
        await pilot.pause()
        text = everything(app)
        for words in ("张三 🇨🇳", "2024-11-2", ":00:05", "text", "sent; the server has it", MSG_ID, "c17000000001"):
            assert words in text
        assert text.endswith("你好 👨‍👩‍👧‍👦\nsecond line")
        zone = WHEN.astimezone().strftime("%z")
        assert f"{zone[:3]}:{zone[3:5]}" in text


@pytest.mark.parametrize(
    ("body", "state", "reason", "words"),
    [
        (bodies.Text("x"), DeliveryState.FAILED, "Unreachable", ("not sent: no connection",)),
        (bodies.Text("x"), DeliveryState.FAILED, "Strange", ("not sent: Strange",)),
        (bodies.Text("x"), DeliveryState.UNKNOWN, "", ("it may have arrived",)),
        (bodies.File("设计稿.psd", 12345678), DeliveryState.SENT, "", ("设计稿.psd", "11.8 MiB (12,345,678)")),
        (
            bodies.Link("t", "https://example.com/" + "a" * 70, "d"),
            DeliveryState.SENT,
            "",
            ("https://example.com/", "d"),
        ),
        (bodies.Unknown(9, 77, "what"), DeliveryState.SENT, "", ("unknown (9/77)", "what")),
        (bodies.Location("人民广场", 31.2, 121.5), DeliveryState.SENT, "", ("人民广场", "31.2, 121.5")),
        (bodies.Quote("yes", "question?", "Bob"), DeliveryState.SENT, "", ("yes", "> Bob: question?")),
    ],
)
async def test_each_type_says_what_it_has(
    body: bodies.Body, state: DeliveryState, reason: str, words: tuple[str, ...]
) -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(MessageDetails(message(body, state, reason), "me"))
        await pilot.pause()
        for word in words:
            assert word in everything(app)


async def test_a_link_is_whole_though_it_is_wrapped() -> None:
    url = "https://example.com/" + "path/" * 60 + "?q=1"
    app = DialogApp()
    async with app.run_test(size=(60, 20)) as pilot:
        await app.show(MessageDetails(message(bodies.Link("title", url)), "me"))
        await pilot.pause()
        lines = everything(app).split("\n")
        start = next(at for at, line in enumerate(lines) if line.startswith("Link"))
        assert "".join(line[len("ClientMsgId  ") :] for line in lines[start:]) == url


async def test_copying_says_so_until_the_next_key() -> None:
    copied: list[str] = []

    async def copy(text: str) -> tuple[str, bool]:
        copied.append(text)
        return "Copied by OSC 52.", False

    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(MessageDetails(message(bodies.Link("t", "https://example.com/x")), "me", copy))
        await pilot.press("y")
        assert any("Copied by OSC 52." in line for line in screen_text(app))
        await pilot.press("Y", "j")
        assert copied == ["https://example.com/x", MSG_ID]
        assert not any("Copied" in line for line in screen_text(app))
        await pilot.press("escape")
        assert app.results == [None]


async def test_a_text_of_any_length_is_shown_to_its_end() -> None:
    long = "字" * 60_000 + "\n" + "x" * 60_000 + " end"
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(MessageDetails(message(bodies.Text(long)), "me"))
        await pilot.pause()
        assert any("字" in line for line in screen_text(app))
        await app.workers.wait_for_complete()
        await pilot.press("G")
        assert any("end" in line for line in screen_text(app))
        assert everything(app).replace("\n", "").count("字") == 60_000


@given(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=300)), st.integers(4, 120))
@settings(max_examples=examples(150), deadline=None)
def test_wrapping_keeps_every_letter_and_the_width(text: str, width: int) -> None:
    lines = ["".join(run for run, _tone in line) for line in wrapped(text, width)]
    assert all(cell_len(line) <= width for line in lines)
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for line in lines for char in line)
    if text.isascii() and text.isprintable():
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_slices_leave_no_seam() -> None:
    text = "word " * 5000
    assert [run for ((run, _tone),) in wrapped(text, 50)] == [" ".join(["word"] * 10)] * 500


@given(message_bodies)
@settings(max_examples=examples(100), deadline=None)
def test_every_body_has_facts_and_text(body: bodies.Body) -> None:
    facts = message_facts(message(body), "me")
    assert {"From", "Time", "Type", "State", "MsgID"} <= {fact.label for fact in facts}
    assert isinstance(message_text(body), str)


def test_how_a_message_mentions_one_is_said() -> None:
    said = {one: structs.replace(message(bodies.Text("hi")), mention=one) for one in (None, *Mention)}
    told = {
        one: [fact.value for fact in message_facts(that, "me") if "you" in fact.label] for one, that in said.items()
    }
    assert told == {
        None: [],
        Mention.ME: ["by your name"],
        Mention.ALL: ["with everybody in the group"],
        Mention.QUOTE: ["answers a message of yours"],
    }


GROUP = Contact(
    "@@1",
    nick_name="项目计划群 [/x]\x1b[31m",
    kind=ContactKind.GROUP,
    muted=True,
    members=(
        *(Member(f"@{number}", nick_name=f"nick {number}", display_name=f"成员{number}") for number in range(300)),
        Member("@x"),
    ),
)


async def test_a_group_lists_its_members_and_finds_them() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(ContactDetails(ContactRecord(GROUP), "muted until 18:00"))
        await pilot.pause()
        text = "\n".join(screen_text(app))
        for words in ("项目计划群 [/x]␛[31m", "group", "muted until 18:00", "301", "成员0", "nick 0"):
            assert words in text
        await pilot.press("G")
        assert "(no name)" in "\n".join(screen_text(app))
        await pilot.press("slash", *"nick 271")
        text = "\n".join(screen_text(app))
        assert "成员271" in text
        assert "1/301" in text
        await pilot.press("escape")
        assert not app.screen.query_one(LineEdit).display
        assert any("╰" in line and "─ 301 ─" in line for line in screen_text(app))
        await pilot.press("escape")
        assert app.results == [None]


async def test_a_persons_details_are_shown() -> None:
    someone = Contact(
        "@1",
        "San Zhang",
        "张三",
        alias="zhangsan_01",
        flags=int(ContactFlag.PINNED),
        region="北京 海淀",
        signature="慢慢来 [b]\x1b[31m",
    )
    first, then, now = (PeerAddress(login, f"@{login}") for login in (1, 2, 3))
    at = datetime(2026, 5, 1, 12).astimezone()
    record = ContactRecord(
        someone,
        (Contact("@@1", "读书会"), Contact("@@2", "项目群")),
        at,
        (
            Identification(now, then, DecidedBy.PROGRAM, (EvidenceKind.ALIAS, EvidenceKind.NICK), at),
            Identification(then, first),
        ),
    )
    app = DialogApp()
    async with app.run_test(size=(60, 24)) as pilot:
        await app.show(ContactDetails(record))
        await pilot.press("slash", "j", "down")
        text = "\n".join(screen_text(app))
        for words in ("张三", "San Zhang", "zhangsan_01", "person", "yes: at the top", "慢慢来 [b]␛[31m", "北京 海淀"):
            assert words in text
        for words in ("读书会, 项目群", "2026-05-01 12", "2026-05-01 · WeChat ID, name", "reason not known", "/whose"):
            assert words in text
        await pilot.press("q")
        assert app.results == [None]
