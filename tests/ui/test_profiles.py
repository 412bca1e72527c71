"""Switching to another profile: what is said before anything ends, and what goes to the run that follows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from tests.support.command_line import Wxtui
from tests.support.keys_at_once import press_at_once
from tests.support.program_pilot import run_program
from tests.support.sandbox_thread import Sandbox
from tui.paths import Profile, find_profile, make_private_dir
from tui.screens.leaving import left_behind
from tui.services.session.profile_list import known_profiles
from tui.services.session.profile_lock import OwnerLock
from tui.store.store import Store


async def made(name: str) -> Profile:
    """A profile in which somebody has been."""
    profile = find_profile(name)
    async with await Store.open(profile.store_file, clock=lambda: datetime.now(UTC)):
        return profile


async def test_whatever_keeps_a_switch_from_happening_is_said_and_nothing_ends(
    sandbox: Sandbox, logged_in: Wxtui, home: Path
) -> None:
    busy, newer = await made("busy"), await made("newer")
    with closing(sqlite3.connect(newer.store_file)) as connection:
        connection.execute("PRAGMA user_version = 999")
    file = home / "a.txt"
    file.write_text("a")
    (home / "state" / "same").symlink_to(find_profile("default").state)
    async with run_program(sandbox) as program:
        with OwnerLock(busy):
            for name, sentence in (
                ("busy", "Profile “busy” is in use by another wxtui"),
                ("newer", "newer"),
                ("../busy", "is not a valid profile name"),
                ("default", "Profile “default” is open already."),
                ("same", "Profile “default” is open already."),
            ):
                await program.chat.do("profile", name)
                await program.sees(sentence)
                assert program.app.successor is None and program.app.is_running, name
        program.chat.composer.load("", [file])
        await program.chat.do("profile", "busy")
        await program.sees("A switch would lose what is in the input.")
        program.chat.composer.load("")
        await program.chat.do("profile", "fresh")
        await program.asked("There is no profile “fresh” yet.")
        await program.answer("escape")
        assert not find_profile("fresh").state.exists()
        assert "online" in program.text


async def test_a_switch_leaves_texts_that_wait_and_takes_keys_along_as_keys(sandbox: Sandbox, logged_in: Wxtui) -> None:
    await made("work")
    sandbox.fault("webwxsendmsg", "ret", 1205)
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.type("waits")
        await program.press("enter")
        await program.sees("on hold")
        await program.type("draft")
        await program.press("ctrl+p")
        await program.sees("Commands")
        await program.type("work")
        await program.sees("Profile: work")
        # Enter, and letters behind it in the same packet.
        press_at_once(program.app, "\rhi\r")
        await program.until(lambda: not program.app.is_running)
        app = program.app
    assert app.successor is not None
    assert app.successor.profile.name == "work"
    assert [event.key for event in app.successor.typed] == ["h", "i", "enter"]
    assert app.successor.said == left_behind("default", 1)
    await app.successor.store.close()
    async with await Store.open(find_profile("default").store_file, clock=lambda: datetime.now(UTC)) as store:
        assert [one.draft for one in await store.conversations() if one.draft] == ["draft"]
        assert len(await store.waiting()) == 1


def test_the_list_has_every_profile_in_which_somebody_has_been(home: Path, logged_in: Wxtui) -> None:
    for name in ("empty", ".hidden"):
        make_private_dir(home / "state" / name)
    (home / "state" / "file").touch()
    (home / "state" / "default" / "owner.lock").write_text("1")
    assert [(one.name, one.account, one.owner) for one in known_profiles()] == [("default", "林小满", "1")]
    (home / "state" / "default" / "owner.lock").write_text("99999999")
    (home / "state" / "default" / "session.json").write_text("{}")
    assert [(one.name, one.account, one.owner) for one in known_profiles()] == [("default", "", "")]
