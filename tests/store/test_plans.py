"""No statement that runs often reads a whole table: SQLite says so itself, for the very statements that ran."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.query_plans import Plans, whole_tables
from tests.support.sync_batches import ANN, FILEHELPER, batch, incoming, log, lose, notify, revoke, send, write
from tui.store.delivery_state import DeliveryEvent
from tui.store.store import Store
from tui.wire.bodies import FriendRequest
from tui.wire.contacts import Contact

E = DeliveryEvent


@pytest.fixture
async def filled(store: Store) -> Store:
    await store.save_contacts([ANN, FILEHELPER])
    await store.apply(batch(*(incoming(str(n), chat=f"@{n % 7}", seconds=n) for n in range(100))))
    await send(store)
    await lose(store, "lost")
    return store


async def test_the_conversation_list_walks_its_index(filled: Store) -> None:
    async with Plans(filled) as plans:
        await filled.conversations(limit=50)
        await filled.conversations()
        await filled.conversation(1)
    steps = await plans.steps()
    assert whole_tables(steps) == []
    assert [step for step in steps if "TEMP B-TREE" in step] == []
    assert any(step.startswith("SEARCH c USING INDEX conversation_list") for step in steps)


async def test_pages_walk_the_place_index(filled: Store) -> None:
    rows = await log(filled)
    async with Plans(filled) as plans:
        await filled.messages_before(1, None, 20)
        await filled.messages_before(1, rows[0].place, 20)
        await filled.messages_after(1, rows[0].place, 20)
    steps = await plans.steps()
    assert len(steps) == 3
    assert all("SEARCH m USING INDEX message_place (conversation_id=?" in step for step in steps)
    assert sum("AND time_ms" in step.split(" <- ")[0] for step in steps) == 2, "the place bounds the walk"


async def test_friend_requests_are_found_by_their_index(filled: Store) -> None:
    request = FriendRequest("Eve", user_name="@eve")
    await filled.apply(batch(incoming("901", request, chat="fmessage"), changed=(Contact("@eve", flags=1),), number=2))
    async with Plans(filled) as plans:
        assert len(await filled.friend_requests()) == 1
        await filled.apply(batch(changed=(Contact("@eve", flags=0),), number=3))
        await filled.apply(batch(changed=(Contact("@eve", flags=1),), number=4))
    steps = [step.split(" <- ")[0] for step in await plans.steps()]
    assert len([step for step in steps if step.startswith("SCAN m USING INDEX message_friend_request")]) == 2
    assert "SCAN m" not in steps


async def test_a_message_is_found_by_its_index(filled: Store) -> None:
    async with Plans(filled) as plans:
        await filled.message("900")
        await filled.last_outgoing(None)
        await filled.last_outgoing(1)
    used = [step.split(" <- ")[0] for step in await plans.steps()]
    assert used[0].startswith("SEARCH m USING INDEX message_msg_id")
    walked = {step.partition("INDEX ")[2].split(" ")[0] for step in used[1:]}
    assert {"message_sent", "message_sent_there", "message_unknown"} <= walked
    assert not [step for step in used if step == "SCAN message"], "only indexes are walked"
    assert not [step for step in used if "TEMP B-TREE" in step]


async def test_taking_and_sending_messages_reads_no_whole_table(filled: Store) -> None:
    async with Plans(filled) as plans:
        await filled.apply(
            batch(
                incoming("500"),
                incoming("501", mine=True),
                incoming("502", "lost", mine=True),
                incoming("503", chat="@new"),
                revoke("504", of="500"),
                notify(1, "@ann"),
                changed=(ANN,),
                deleted=("@ann",),
            )
        )
        message = await write(filled)
        await filled.move(message.id, E.START)
        await filled.apply(batch(incoming("505", "hi", mine=True)))
        await filled.move(message.id, E.LOST)
        await filled.mark_read(message.conversation_id)
        await filled.set_draft(message.conversation_id, "x")
        await filled.keys()
        await filled.contact("filehelper")
    assert any(statement.startswith("DELETE FROM message") for statement in plans.statements)
    assert whole_tables(await plans.steps()) == []


def test_the_store_imports_nothing_heavy() -> None:
    code = "import sys, tui.store.store; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "sqlite3" in modules
    assert not {"httpx", "textual", "rich", "pydantic", "sqlalchemy", "tui.services", "tui.cli"} & set(modules)
