"""Nothing lost, nothing doubled: a bounded fault campaign with kills. `tests.benchmarks.campaign` is a long one."""

from __future__ import annotations

from pathlib import Path

from tests.campaign.driver import Campaign
from tests.campaign.judge import judge
from tests.campaign.listener import Listener
from tests.campaign.script import Script
from tests.campaign.typist import Typist
from tests.support.sandbox_thread import OPTIONS, SandboxThread

SEED = 21
ROUNDS = 10
RUNS = 8


def test_scripts_that_are_killed_tell_no_lies(tmp_path: Path) -> None:
    thread = SandboxThread(OPTIONS)
    with thread as sandbox:
        assert thread.state is not None
        script = Script(sandbox, thread.state, tmp_path, SEED)
        script.begin()
        script.play(RUNS)
        script.settle()
        evidence = script.evidence()
    verdict = judge(evidence)
    assert not verdict.objections, str(verdict)
    assert script.kills >= 3
    assert verdict.states["sent"] >= 2


def test_a_hook_is_given_each_message_once_or_it_is_said_how_many_were_not(tmp_path: Path) -> None:
    thread = SandboxThread(OPTIONS)
    with thread as sandbox:
        assert thread.state is not None
        listener = Listener(sandbox, thread.state, tmp_path, SEED)
        try:
            listener.begin()
            for kind in ("slow", "killed"):
                listener.play_one(kind)
            listener.settle()
            evidence = listener.evidence()
        finally:
            listener.close()
    verdict = judge(evidence)
    assert not verdict.objections, str(verdict)
    assert listener.kills == 1
    assert verdict.incoming >= 4


def test_every_line_that_is_typed_at_the_real_program_is_one_message(tmp_path: Path) -> None:
    thread = SandboxThread(OPTIONS)
    with thread as sandbox:
        assert thread.state is not None
        typist = Typist(sandbox, thread.state, tmp_path, SEED)
        try:
            for kind in ("stopped", "stopped and killed", "to several and killed", "taken over"):
                typist.play_one(kind)
            typist.settle()
            evidence = typist.evidence()
        finally:
            typist.close()
    verdict = judge(evidence)
    assert not verdict.objections, str(verdict)
    assert (typist.kills, typist.takeovers) == (2, 1)
    assert verdict.states["sent"] >= 2


def test_faults_and_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    thread = SandboxThread(OPTIONS)
    with thread as sandbox:
        assert thread.state is not None
        campaign = Campaign(sandbox, thread.state, tmp_path, SEED)
        try:
            campaign.begin()
            campaign.play(ROUNDS)
            campaign.settle()
            evidence = campaign.evidence()
        finally:
            campaign.close()
    verdict = judge(evidence)
    assert not verdict.objections, str(verdict)
    assert (verdict.lost, verdict.doubled) == (0, 0)
    # It was a campaign, and not a walk.
    assert campaign.kills >= 8
    assert campaign.faults.total() >= 10
    assert verdict.states["sent"] >= 10
    assert verdict.incoming >= 15
