"""/mute, /unmute and /notify, where they are shown, and the bell of the whole program."""

from __future__ import annotations

from datetime import datetime

from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tui import errors
from tui.commands import Invocation, parse
from tui.config.settings import Settings
from tui.message_summary import notify_summary
from tui.store.models import Conversation, NotifyRule
from tui.wire.contacts import ContactKind


async def said(program: ProgramPilot, command: str, *words: str) -> str:
    """Run a slash command; the screen once it says all this."""
    meant = parse(command)
    assert isinstance(meant, Invocation)
    await program.chat.do(meant.command.id, meant.argument)
    return await shows(program, *words)


async def shows(program: ProgramPilot, *words: str) -> str:
    return await program.sees(lambda text: all(word in text for word in words))


async def test_a_group_is_muted_for_a_time_given_a_rule_and_rings_for_a_mention(
    logged_in: object, sandbox: Sandbox
) -> None:
    async with run_program(sandbox, settings=Settings(list="one", desktop_notices=False)) as program:
        listed, store = program.chat.conversation_list, program.app.context.store
        await program.opened("项目群")
        await program.type("/mute 8h")
        await program.press("enter")
        await shows(program, "Muted until", "Messages that mention you still notify you.", "muted until")
        muted = await store.conversation(listed.opened)
        assert muted.hushed_until is not None
        assert 28_700 < (muted.hushed_until - datetime.now().astimezone()).total_seconds() <= 28_800
        await said(program, "/mute 8x", "“8x” is not a time. Give one like 8h")
        await program.opened("张三")
        await program.idle()
        program.written.clear()
        sandbox.post("push", type="text", content="nobody's business", group=True, **{"from": "Alice"})
        await program.until(lambda: any(one.id == muted.id and one.unread for one in listed.unread))
        assert not program.chat.notifications._ringer.busy
        sandbox.post("push", type="text", content="@林小满\u2005 look", group=True, **{"from": "Alice"})
        await program.until(lambda: bool(program.written))
        assert program.written == ["\x07"]
        await program.opened("项目群")
        await said(program, "/unmute", "✓ Unmuted.")
        await said(program, "/unmute", "This conversation is not muted.")
        await said(
            program, "/notify ment", "Only messages that mention you notify you here.", "notifications: mentions"
        )
        await said(program, "/notify some", "“some” is not a rule. Give all, mentions, none or default.")
        await said(program, "/notify", "Notifications: 项目群", "Nothing, not even mentions")
        await program.press("down", "down", "down", "enter")
        await program.until(lambda: (one := listed.conversation(muted.id)) is not None and one.notify is None)
        await program.sees("Notifications follow the settings again: all messages.")
        # A second screen only looks: the first one would not hear of it, and ring by what it knows.
        program.app.context.runtime.busy = errors.ProfileBusy(profile="default", pid=7)
        await said(program, "/mute", "is in use by another wxtui (process 7)")
        await program.chat.do("notify", "none")
        await program.idle()
        assert not (there := await store.conversation(muted.id)).hushed and there.notify is None


def test_the_details_say_what_notifies_and_by_whose_word() -> None:
    rules, now = Settings(notify={"group": "mentions"}).notify_rules, datetime.now().astimezone()
    group = Conversation(1, "@@1", "项目群", ContactKind.GROUP, False, False, 0, "")
    muted = Conversation(1, "@@1", "项目群", ContactKind.GROUP, True, False, 0, "")
    ruled = Conversation(1, "@1", "张三", ContactKind.PERSON, True, False, 0, "", notify=NotifyRule.ALL)
    assert [notify_summary(one, rules, now) for one in (group, muted, ruled)] == [
        "only messages that mention you (default)",
        "muted on your phone",
        "all messages",
    ]
