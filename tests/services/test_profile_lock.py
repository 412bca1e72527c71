"""Whose the profile is, who waits for it, and who does not."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
import threading

import pytest

from tui import errors
from tui.paths import find_profile
from tui.services.session import profile_lock as lock_module
from tui.services.session.profile_lock import OwnerLock, owned, owner_pid


def test_a_brief_owner_says_so_and_one_that_stays_does_not() -> None:
    profile = find_profile("default")
    with OwnerLock(profile, brief=True):
        with pytest.raises(errors.BusyBriefly, match=str(os.getpid())), OwnerLock(profile):
            pass
        assert owner_pid(profile) == str(os.getpid())
    with OwnerLock(profile):
        with pytest.raises(errors.ProfileBusy) as caught, OwnerLock(profile, brief=True):
            pass
        assert type(caught.value) is errors.ProfileBusy
    assert owner_pid(profile) == "?"


def test_the_number_of_a_dead_process_means_nothing() -> None:
    profile = find_profile("default")
    with OwnerLock(profile):
        pass
    for left in ("1", f"{os.getpid()} brief", "999999999", "\xff\x00 rubbish"):
        profile.lock_file.write_text(left)
        with OwnerLock(profile):
            assert profile.lock_file.read_text() == str(os.getpid())
    code = (
        "import os; from tui.services.session.profile_lock import OwnerLock; from tui.paths import find_profile;"
        "OwnerLock(find_profile('default'), brief=True).__enter__(); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    with OwnerLock(profile):
        pass


def test_who_comes_waits_for_a_brief_one_and_says_for_whom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock_module, "PATIENCE", 0.05)
    profile = find_profile("default")
    told: list[str] = []
    free, mine = threading.Event(), threading.Event()

    def brief() -> None:
        with OwnerLock(profile, brief=True):
            mine.set()
            free.wait(10)

    other = threading.Thread(target=brief)
    other.start()
    mine.wait(10)

    def hear(pid: str) -> None:
        told.append(pid)
        free.set()

    with owned(profile, hear):
        assert told == [str(os.getpid())], "once"
        with pytest.raises(errors.ProfileBusy), owned(profile, told.append):
            pass
    other.join()
    assert len(told) == 1, "for one that stays nobody waits"


def test_its_file_is_private_whatever_the_umask() -> None:
    profile = find_profile("default")
    before = os.umask(0)
    try:
        with OwnerLock(profile):
            assert stat.S_IMODE(profile.lock_file.stat().st_mode) == 0o600
            assert stat.S_IMODE(profile.state.stat().st_mode) == 0o700
    finally:
        os.umask(before)


async def test_it_is_the_kernels_lock_and_not_a_matter_of_tasks() -> None:
    profile = find_profile("default")
    with OwnerLock(profile), pytest.raises(errors.ProfileBusy):
        await asyncio.to_thread(OwnerLock(profile).__enter__)
