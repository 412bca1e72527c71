"""Whose earlier messages are these: the question, its answers, and conversations that nobody claims."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec import structs
from textual.geometry import Offset

from tests.support.command_line import Wxtui
from tests.support.dialog_app import DialogApp, question_is_seen
from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tests.support.screen_text import screen_text
from tui import errors
from tui.screens.chat.actions.base import ActionGroup
from tui.screens.dialogs.identity_question import SOMEBODY_ELSE, IdentityQuestion, JoinedPartsQuestion
from tui.screens.pickers.menu import Menu
from tui.store.identity.evidence import EvidenceKind
from tui.store.identity.identifications import DecidedBy, Identification, PeerAddress
from tui.store.identity.splitting import ConversationPart, IdentityRecord, JoinedPart, SeparatePart
from tui.store.models import Conversation, Doubt, Login
from tui.wire.contacts import Contact, ContactKind


def conversation(number: int, name: str) -> Conversation:
    return Conversation(number, f"@{number}", name, ContactKind.PERSON, False, False, 0, "half a draft")


DOUBT = Doubt(Contact("@x", nick_name="王伟 [b]"), (conversation(7, "王伟"), conversation(8, "王伟 \x1b[31m")))


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (("down", "enter"), 7),
        (("down", "down", "enter"), 8),
        (("up", "enter"), 7),
        (("down", "down", "down", "enter"), SOMEBODY_ELSE),
        (("escape",), None),
    ],
)
async def test_an_identity_question_takes_its_answers_and_no_others(keys: tuple[str, ...], answer: int | None) -> None:
    now = 0.0
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        question = IdentityQuestion(DOUBT, clock=lambda: now)
        await app.show(question)
        await question_is_seen(pilot, question)
        now = 10.0
        await pilot.press(*keys)
        assert app.results == [answer]


async def test_what_is_typed_ahead_answers_nothing() -> None:
    now = 0.0
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        question = IdentityQuestion(DOUBT, clock=lambda: now)
        await app.show(question)
        await pilot.press("down", "enter")
        await question_is_seen(pilot, question)
        assert app.results == [], "too early to have been meant"
        now = 10.0
        await pilot.press(*"jk1y just")
        await pilot.press("up", "enter")
        assert app.results == [7]


async def test_enter_alone_answers_nothing() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(IdentityQuestion(DOUBT, clock=lambda: 10.0))
        await pilot.press("enter", *"just a text", "enter")
        assert app.results == []


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (120, 40)])
async def test_it_fits_and_shows_what_strangers_wrote_as_it_is(size: tuple[int, int]) -> None:
    app = DialogApp()
    async with app.run_test(size=size) as pilot:
        await app.show(IdentityQuestion(DOUBT))
        await pilot.pause()
        text = "\n".join(screen_text(app))
        assert re.search(r"“王伟\W+\[b\]”", text), "whole, or wrapped"
        assert "None of these" in text and "half a draft" in text
        assert "\x1b" not in text


async def test_what_was_joined_is_offered_once_for_the_same_messages_with_the_weakest_reason() -> None:
    one, two, three, four = (PeerAddress(login, f"@{login}") for login in (1, 2, 3, 4))
    day = datetime(2026, 5, 1, 12, tzinfo=UTC)
    some = ConversationPart("王伟 \x1b[31m", 12, day, day, 0)
    weak = Identification(two, one, DecidedBy.PROGRAM, (EvidenceKind.NICK,), day)
    joined = (
        JoinedPart(weak, some),
        JoinedPart(Identification(three, two, DecidedBy.PROGRAM, (EvidenceKind.ALIAS,), day), some),
        JoinedPart(Identification(four, three), structs.replace(some, messages=0)),
    )
    apart = SeparatePart(9, structs.replace(weak, decided_by=DecidedBy.UNKNOWN), some)
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(JoinedPartsQuestion(DOUBT.candidates[1], IdentityRecord(joined, (apart,)), clock=lambda: 0.0))
        await pilot.pause()
        text = "\n".join(screen_text(app))
        assert text.count("12 messages · 2026-05-01") == 2 and "\x1b" not in text
        assert re.search(r"│ +12 messages · 2026-05-01 +name ", text)
        assert re.search(r"Join: “王伟 .*” · 12 messages · 2026-05-01 +reason not known", text)


# ---------------------------------------------------------------- the whole program


def log_in_again(wxtui: Wxtui, sandbox: Sandbox) -> None:
    sandbox.post("expire", session=True)
    assert wxtui("--server", sandbox.origin, "login", "--qr", "ascii").code == 0


@pytest.fixture
def doubtful(logged_in: Wxtui, sandbox: Sandbox) -> Wxtui:
    """张三 has lost what he is known by; 刘洋 is no contact any more."""
    assert logged_in("send", "张三", "-m", "before the change").code == 0
    assert logged_in("send", "刘洋", "-m", "an old word").code == 0
    sandbox.post("contact", name="zhangsan", alias="", avatar=True, status=True)
    sandbox.post("contact", name="liuyang", delete=True)
    log_in_again(logged_in, sandbox)
    return logged_in


async def to_the_new_one(program: ProgramPilot) -> None:
    """Go to 张三 once his new contact has come: contacts load behind the session."""
    await program.until(
        lambda: any(one.name == "张三" and not one.earlier for one in program.chat.conversation_list.every)
    )
    await program.opened("张三")


async def away_and_back(program: ProgramPilot) -> None:
    await program.opened("Alice")
    await program.opened("张三")


async def test_it_is_asked_once_and_the_answer_brings_the_messages(doubtful: Wxtui, sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await to_the_new_one(program)
        await program.asked("Whose earlier messages?")
        await program.press("escape")
        await program.sees("unassigned messages: /whose")
        assert "before the change" not in program.text
        await away_and_back(program)
        assert "Whose earlier messages?" not in program.text, "once"
        await program.type("new word")
        await program.press("enter")
        await program.sees("✓")
        await program.type("/whose")
        await program.press("enter")
        await program.asked("Whose earlier messages?")
        await program.press("down", "enter")
        await program.sees("are now in this conversation")
        text = await program.sees("before the change")
        assert text.index("before the change") < text.index("new word")
        assert "/whose" not in program.lines[0]
        assert len([one for one in program.chat.conversation_list.every if one.name == "张三"]) == 1
        await splits_and_joins(program)
    row = sandbox.sent()[-1]
    assert (row["content"], row["to_name"]) == ("new word", "张三")


def unwrapped(text: str) -> str:
    return re.sub(r"[\s│]+", " ", text)


async def splits_and_joins(program: ProgramPilot) -> None:
    """It was the wrong answer; and then it was right after all."""
    chat = program.chat
    await program.type("half a sen")
    assert chat.conversation is not None
    await chat.actions.messages.who(chat.conversation)
    await program.sees("or /whose splits them")
    await program.press("w")
    await program.asked("Whose earlier messages?")
    await program.sees("you said so")
    await program.press("down", "enter")
    await program.sees(lambda text: "at the end of the list: 1 message · 20" in unwrapped(text))
    assert "? What you write here goes to “张三” as before." in unwrapped(program.text)
    await program.answer("y")
    await program.until(lambda: "before the change" not in program.text)
    assert "new word" in program.text and chat.composer.text == "half a sen"
    assert [one.name for one in chat.conversation_list.shown][-2:] == ["张三", "刘洋"]
    assert chat.conversation is not None
    chat.run(chat.actions.identity.whose_of(chat.conversation), "ask")
    await program.asked("Join: “张三”")
    await program.press("down", "enter")
    await program.sees(lambda text: "Put this into the conversation with “张三”" in unwrapped(text))
    await program.answer("y")
    text = await program.sees("before the change")
    assert text.index("before the change") < text.index("new word")
    assert chat.composer.text == "half a sen"
    assert len([one for one in chat.conversation_list.every if one.name == "张三"]) == 1


async def test_what_is_typed_meanwhile_is_not_lost(doubtful: Wxtui, sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await to_the_new_one(program)
        await program.asked("Whose earlier messages?")
        await program.press("escape")
        await program.type("half a sen")
        doubt = await program.chat.context.store.doubt(program.chat.conversation.user_name)  # type: ignore[union-attr]
        assert doubt is not None
        old = doubt.candidates[0]
        await program.chat.context.store.set_draft(old.id, "from before")
        await program.chat.context.store.settle(doubt.contact.user_name, old.id)
        await program.sees("before the change")
        assert program.chat.conversation is not None and program.chat.conversation.id == old.id
        assert program.chat.composer.text == "from before\nhalf a sen"
        await program.chat.drafts.keep()
        assert (await program.chat.context.store.conversation(old.id)).draft == "from before\nhalf a sen"


async def test_somebody_else_leaves_the_earlier_one_to_be_read(doubtful: Wxtui, sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await to_the_new_one(program)
        await program.asked("Whose earlier messages?")
        await program.press("down", "down", "enter")
        await program.sees("stay separate")
        assert "/whose" not in program.lines[0]
        earlier = [one for one in program.chat.conversation_list.shown if one.earlier]
        assert {one.name for one in earlier} == {"张三", "刘洋"}
        assert list(program.chat.conversation_list.shown)[-len(earlier) :] == earlier, "after all others"


async def test_what_nobody_claims_is_read_only_at_the_end_of_the_list(doubtful: Wxtui, sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.until(lambda: any(one.earlier for one in program.chat.conversation_list.every))
        [gone] = [one for one in program.chat.conversation_list.every if one.name == "刘洋"]
        assert gone.earlier
        await program.chat.open(gone, write=True)
        text = await program.sees("an old word")
        assert "from an earlier login" in text
        assert any("刘洋" in line and "↶" in line for line in program.lines)
        await program.type("to nobody")
        await program.press("enter")
        await program.sees("is from an earlier login")
        assert program.chat.composer.text == "to nobody"
        assert [row["content"] for row in sandbox.sent()] == ["before the change", "an old word"]
        # The filter finds it, too.
        await program.press("escape")
        program.chat.conversation_list.focus()
        await program.press("slash")
        await program.type("刘")
        await program.until(lambda: [one.id for one in program.chat.conversation_list.shown] == [gone.id])


@pytest.mark.parametrize(
    ("refreshed", "said"),
    [(None, "Contacts are still loading"), (datetime(2026, 1, 1, tzinfo=UTC), "“Wei” is from an earlier login")],
)
async def test_who_has_not_come_yet_is_not_told_to_be_of_an_earlier_login(
    refreshed: datetime | None, said: str
) -> None:
    """“Open the conversation again” was said while the contact was still on its way; that helps nobody."""

    async def contact() -> None:
        return None

    async def current_login() -> Login:
        return Login(2, "1", "@me", refreshed)

    context = SimpleNamespace(store=SimpleNamespace(current_login=current_login))
    earlier = Conversation(1, "@old", "Wei", ContactKind.PERSON, False, False, 0, "", earlier=True)
    chat: Any = SimpleNamespace(context=context, conversation=earlier, contact=contact)
    with pytest.raises(errors.UsageError, match=said):
        await ActionGroup(chat)._here()


@pytest.mark.usefixtures("doubtful")
async def test_what_nobody_claims_is_marked_read_by_its_menu(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    async with run_program(sandbox) as program:
        chat, read = program.chat, set[int]()
        await program.until(lambda: any(one.earlier for one in chat.conversation_list.every))
        gone = next(one for one in chat.conversation_list.every if one.earlier and one.name == "刘洋")

        async def mark_read(conversation_id: int, until: int | None = None) -> None:
            read.add(conversation_id)

        monkeypatch.setattr(chat.context.store, "mark_read", mark_read)
        chat.run(chat.actions.menus.of_conversation(structs.replace(gone, unread=1), Offset(2, 3)), "pick")
        await program.sees("Mark as read")
        menu = program.app.screen
        assert isinstance(menu, Menu)
        await program.until(menu.settling.answers)
        await program.press("down", "enter")
        await program.until(lambda: gone.id in read)


async def test_a_login_while_it_runs_brings_the_open_conversation_along(logged_in: Wxtui, sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.type("one")
        await program.press("enter")
        await program.sees("✓")
        before = program.chat.conversation
        assert before is not None
        sandbox.post("contact", name="zhangsan", nickname="张三丰")
        await program.type("half")
        sandbox.post("expire", session=True)
        await program.until(lambda: len(sandbox.get("state")["sessions"]) > 1)
        await program.until(
            lambda: (
                program.chat.conversation is not None
                and program.chat.conversation.user_name != before.user_name
                and program.chat.context.runtime.client is not None
            )
        )
        assert program.chat.conversation is not None
        assert (program.chat.conversation.id, program.chat.conversation.earlier) == (before.id, False)
        assert program.chat.composer.text == "half"
        await program.sees("online")
        await program.type(" and half")
        await program.press("enter")
        await program.until(lambda: len(sandbox.sent()) == 2)
        assert (sandbox.sent()[-1]["content"], sandbox.sent()[-1]["to_name"]) == ("half and half", "张三丰")
