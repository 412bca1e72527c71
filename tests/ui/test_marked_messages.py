"""Messages that are marked in the log: the set of them, and the keys that act on all."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.support.examples import examples
from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tests.support.stored_messages import replaced, text
from tui.config.settings import Settings
from tui.screens.chat.recent_conversations import RecentConversations
from tui.services.sending.recall_window import RecallWindow
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.widgets.message_log.marked_messages import MarkedMessages
from tui.widgets.message_log.painter import MARK

MESSAGES = [replaced(text(number), time=datetime(2024, 5, 1, 10, number % 7, tzinfo=UTC)) for number in range(1, 13)]
numbers = st.integers(0, len(MESSAGES) - 1)


class Marks(RuleBasedStateMachine):
    """Whatever is marked and changes in whatever order, held against a plain dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.marks = MarkedMessages()
        self.now = {message.id: message for message in MESSAGES}
        self.expected: set[int] = set()

    @rule(at=numbers)
    def toggle(self, at: int) -> None:
        message = self.now[MESSAGES[at].id]
        self.marks.toggle(message)
        self.expected ^= {message.id}

    @rule(at=numbers, state=st.sampled_from(DeliveryState))
    def changes(self, at: int, state: DeliveryState) -> None:
        message = replaced(self.now[MESSAGES[at].id], state=state)
        self.now[message.id] = message
        assert self.marks.replace(message) is (message.id in self.expected)

    @rule(gone=st.sets(numbers))
    def goes(self, gone: set[int]) -> None:
        ids = {MESSAGES[at].id for at in gone}
        assert set(self.marks.drop(ids)) == ids & self.expected
        self.expected -= ids

    @rule()
    def clear(self) -> None:
        assert set(self.marks.clear()) == self.expected
        self.expected.clear()

    @invariant()
    def are_as_the_store_has_them_in_the_order_of_the_log(self) -> None:
        wanted = sorted((self.now[one] for one in self.expected), key=lambda message: message.place)
        assert self.marks.in_order == wanted
        assert len(self.marks) == len(self.expected)
        assert all((message.id in self.marks) is (message.id in self.expected) for message in MESSAGES)


Marks.TestCase.settings = settings(max_examples=examples(100), deadline=None)
TestMarks = Marks.TestCase


# ---------------------------------------------------------------- in the program


async def said(program: ProgramPilot, *texts: str) -> None:
    """Send texts, one after the other."""
    for one in texts:
        await program.type(one)
        await program.press("enter")
        await program.until(lambda one=one: any(is_sent(message, one) for message in own(program)))
    await program.idle()


def own(program: ProgramPilot) -> list[StoredMessage]:
    return program.chat.message_log.own_messages


def is_sent(message: StoredMessage, words: str) -> bool:
    return message.state is DeliveryState.SENT and getattr(message.body, "text", "") == words


def marked_lines(program: ProgramPilot) -> list[str]:
    return [line for line in program.lines[:-1] if f"{MARK} " in line.split("│")[-1]]


async def mark_newest(program: ProgramPilot, count: int) -> None:
    """Mark so many messages from the newest up."""
    program.chat.message_log.focus()
    await program.press("G")
    for number in range(count):
        await program.press(*(["k"] if number else []), "space")
    await program.sees(f"{count} marked")


@pytest.mark.usefixtures("logged_in")
async def test_space_marks_and_esc_unmarks_before_it_goes_to_the_bar(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await said(program, "one", "two")
        await program.press("tab")
        selected = program.chat.message_log.selected
        assert selected is not None, "the newest message in sight"
        await mark_newest(program, 2)
        await program.sees(lambda shown: "2 marked · d recall · f forward · y copy · Esc unmark" in shown)
        assert len(marked_lines(program)) == 2
        await program.press("space")
        await program.sees("1 marked")
        await program.press("escape")
        await program.sees(lambda shown: "marked" not in shown)
        assert not marked_lines(program)
        assert program.chat.message_log.has_focus
        await program.press("escape")
        assert program.chat.composer.has_focus


@pytest.mark.usefixtures("logged_in")
async def test_marks_survive_paging_news_and_another_state_and_end_with_the_conversation(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("慢吞吞")
        sandbox.fault("webwxsendmsg", "delay", 1)
        await program.type("slow")
        await program.press("enter")
        await program.until(lambda: bool(own(program)))
        log = program.chat.message_log
        log.focus()
        await program.press("G", "space")
        await program.until(lambda: [one.id for one in log.marked] == [own(program)[0].id])
        await program.until(lambda: log.marked[0].state is DeliveryState.SENT)
        for number in range(60):
            sandbox.post("push", type="text", content=f"news {number}", **{"from": "慢吞吞"})
        await program.until(lambda: any("news 59" in line for line in program.lines))
        await program.press("pageup", "pageup", "pagedown")
        assert [one.state for one in log.marked] == [DeliveryState.SENT]
        await log.go_to(log.marked[0])
        await program.until(lambda: len(marked_lines(program)) == 1)
        await program.press("alt+down")
        await program.until(
            lambda: program.chat.conversation is not None and program.chat.conversation.name != "慢吞吞"
        )
        await program.until(lambda: not log.marked)
        await program.idle()
        assert "marked" not in program.text


@pytest.mark.usefixtures("logged_in")
async def test_d_asks_once_and_recalls_all_that_are_marked(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await said(program, "one", "two", "three")
        await mark_newest(program, 3)
        await program.press("d")
        await program.asked("Recall 3 messages for everyone?")
        await program.answer("y")
        await program.sees("✓ Recalled 3 messages.")
        assert [row["revoked"] for row in sandbox.sent()] == [True] * 3
        assert not program.chat.message_log.marked


@pytest.mark.usefixtures("logged_in")
async def test_d_says_how_many_can_still_be_recalled_and_recalls_only_these(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        sandbox.post("push", type="text", content="theirs", **{"from": "张三"})
        await program.sees("theirs")
        await said(program, "old", "young one", "young two")
        old = next(message.id for message in own(program) if is_sent(message, "old"))
        seconds_left = RecallWindow.seconds_left
        monkeypatch.setattr(
            RecallWindow, "seconds_left", lambda self, one: 0.0 if one.id == old else seconds_left(self, one)
        )
        await mark_newest(program, 4)
        await program.press("d")
        await program.asked("2 of 4 can still be recalled: recall them?")
        await program.answer("y")
        await program.sees("✓ Recalled 2 messages.")
        assert sorted((row["content"], row["revoked"]) for row in sandbox.sent()) == [
            ("old", False), ("young one", True), ("young two", True),
        ]  # fmt: skip
        assert len(program.chat.message_log.marked) == 2, "what could not be recalled keeps its mark"
        await program.press("d")
        await program.sees("None of the marked messages can be recalled any more.")


@pytest.mark.usefixtures("logged_in")
async def test_recalls_that_fail_are_told_and_keep_their_marks(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await said(program, "one", "two", "three")
        await mark_newest(program, 3)
        sandbox.fault("webwxrevokemsg", "ret", 1)
        await program.press("d")
        await program.asked("Recall 3 messages for everyone?")
        await program.answer("y")
        await program.sees("! Recalled 2 of 3. Not recalled: 1.")
        log = program.chat.message_log
        assert [message.state for message in log.marked] == [DeliveryState.SENT]
        sandbox.fault("webwxrevokemsg", "drop_after")
        await program.press("d")
        await program.asked("Recall “one”?")
        await program.answer("y")
        await program.sees("recall?")
        assert [message.state for message in log.marked] == [DeliveryState.REVOKE_UNKNOWN]


@pytest.mark.usefixtures("logged_in")
async def test_d_on_messages_of_others_says_whose_can_be_recalled(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        for words in ("their one", "their two"):
            sandbox.post("push", type="text", content=words, **{"from": "张三"})
            await program.sees(words)
        await mark_newest(program, 2)
        assert "recall" not in program.lines[-1], "not offered, for it is not possible"
        await program.press("d")
        await program.sees("You can only recall your own messages.")


@pytest.mark.usefixtures("logged_in")
async def test_the_last_line_names_only_what_is_possible(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of messages, and the hints of each."""

    def hints(program: ProgramPilot) -> list[str]:
        return program.chat.status.hints.split(" · ")

    async with run_program(sandbox, size=(140, 40)) as program:
        await program.opened("张三")
        common = ["r reply", "y copy", "f forward", "Space mark", "o details", "Esc input"]
        program.chat.message_log.focus()
        sandbox.post("push", type="text", content="theirs", **{"from": "张三"})
        await program.sees("theirs")
        await program.press("G")
        assert hints(program) == common
        encoded = base64.b64encode(b"x").decode()
        sandbox.post("push", type="file", content={"name": "a.txt", "base64": encoded}, **{"from": "张三"})
        await program.sees("a.txt")
        await program.press("G")
        assert hints(program) == ["s save", "O open", *common]
        await program.press("escape")
        await said(program, "see https://example.org/")
        await program.press("tab", "G")
        assert hints(program) == ["d recall", "l links", *common]
        monkeypatch.setattr(RecallWindow, "seconds_left", lambda self, message: 0.0)
        program.chat.message_log._status._tick()
        await program.until(lambda: hints(program) == ["l links", *common])
        monkeypatch.undo()
        await program.press("d")
        await program.asked("Recall “see")
        await program.answer("y")
        await program.sees("✓ Recalled. e edits it.")
        assert hints(program) == ["e edit", "l links", *common]


@pytest.mark.usefixtures("logged_in")
async def test_f_forwards_all_that_are_marked_in_their_order(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await said(program, "one", "two", "three")
        sandbox.post("push", type="text", content="today's news", **{"from": "每日科技"})
        listing = program.chat.conversation_list
        await program.until(lambda: any(one.name == "每日科技" and one.unread > 0 for one in listing.every))
        await mark_newest(program, 3)
        # Nothing else was open before: of the others, the newest comes first.
        program.chat.recent = RecentConversations()
        program.chat.recent.opened(program.chat.conversation_list.opened)
        await program.press("f")
        await program.sees("Forward 3 messages to")
        title = next(at for at, line in enumerate(program.lines) if "Forward 3 messages to" in line)
        assert "每日科技" not in program.lines[title + 2], "an official account is no first row"
        await program.type("lisi")
        await program.press("enter")
        await program.asked("Forward 3 messages to 李四?")
        await program.answer("y")
        await program.sees("Forwarded 3 messages to 李四.")
        assert [row["content"] for row in sandbox.sent()] == ["one", "two", "three"] * 2
        assert not program.chat.message_log.marked


@pytest.mark.usefixtures("logged_in")
async def test_forwards_that_fail_are_told(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        sandbox.post("push", type="voice", **{"from": "张三"})
        await program.sees("voice")
        await said(program, "one", "two")
        await mark_newest(program, 3)
        await program.chat.do("forward", "李四")
        await program.asked("2 of 3 can be forwarded: forward them to 李四?")
        sandbox.fault("webwxsendmsg", "ret", 1)
        await program.answer("y")
        await program.sees("! Forwarded 1 of 2 to 李四. 1 failed: ")
        assert [row["content"] for row in sandbox.sent()] == ["one", "two", "two"]
        assert len(program.chat.message_log.marked) == 1, "what could not be forwarded keeps its mark"
        await program.press("f")
        await program.sees("A message of this kind cannot be forwarded.")


@pytest.mark.usefixtures("logged_in")
async def test_what_had_not_left_is_cancelled_with_the_others(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await said(program, "one")
        sandbox.fault("webwxsendmsg", "ret", 1205)
        await program.type("two")
        await program.press("enter")
        await program.sees("on hold")
        await mark_newest(program, 2)
        await program.press("escape", "escape")
        await mark_newest(program, 2)
        await program.chat.do("revoke", "")
        await program.asked("Recall 2 messages for everyone?")
        await program.answer("y")
        await program.sees("Recalled 1 of 2. Cancelled before they were sent: 1.")
        assert [(row["content"], row["revoked"]) for row in sandbox.sent()] == [("one", True)]


@pytest.mark.usefixtures("logged_in")
async def test_s_saves_all_files_in_one_folder(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    async with run_program(sandbox, settings=Settings(download_dir=folder)) as program:
        await program.opened("张三")
        for number in range(2):
            encoded = base64.b64encode(f"file {number}".encode()).decode()
            sandbox.post("push", type="file", content={"name": "a.txt", "base64": encoded})
        sandbox.post("push", type="text", content="no file")
        await program.sees("no file")
        await mark_newest(program, 3)
        await program.press("s")
        await program.sees("Saved 2 files in ")
        assert sorted(path.read_text() for path in folder.iterdir()) == ["file 0", "file 1"]
        assert [getattr(one.body, "text", "") for one in program.chat.message_log.marked] == ["no file"]
        await program.press("s")
        await program.sees("None of the marked messages has a file to save.")
        await program.press("escape")
        await mark_newest(program, 3)
        sandbox.fault("webwxgetmedia", "status", 404)
        await program.press("s")
        await program.sees("! Saved 1 of 2 in ")


@pytest.mark.usefixtures("logged_in")
async def test_y_copies_all_texts_with_their_senders(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    async with run_program(sandbox) as program:
        await program.opened("张三")
        sandbox.post("push", type="text", content="a question", **{"from": "张三"})
        await program.sees("a question")
        await said(program, "an answer", "and one more")
        await mark_newest(program, 3)
        await program.press("y")
        await program.sees("3 messages: ")
        assert copied(program) == "张三: a question\n林小满: an answer\n林小满: and one more"
        await mark_newest(program, 2)
        await program.press("y")
        await program.sees("2 messages: ")
        assert copied(program) == "an answer\nand one more", "of one sender only the words"


def copied(program: ProgramPilot) -> str:
    return base64.b64decode(program.written[-1].split(";")[2].rstrip("\a\x1b\\")).decode()
