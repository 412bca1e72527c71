"""Nothing lost, nothing doubled: a bounded fault campaign with kills. `tests.benchmarks.campaign` is a long one."""

from __future__ import annotations

from pathlib import Path

from tests.campaign.driver import Campaign
from tests.campaign.judge import judge
from tests.campaign.script import Script
from tests.conftest import OPTIONS, SandboxThread

SEED = 20
ROUNDS = 9
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
    assert campaign.kills >= 7
    assert campaign.faults.total() >= 10
    assert verdict.states["sent"] >= 10
    assert verdict.incoming >= 15
