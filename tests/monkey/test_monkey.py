"""Some hundred random inputs at the real program; `tests.benchmarks.monkey` is a long run."""

from __future__ import annotations

import pytest

from tests.monkey.monkey import Findings, play

INPUTS = 500


@pytest.fixture(autouse=True)
def nobody_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """No editor, no clipboard of the machine, no tmux."""
    for name in ("TMUX", "STY", "DISPLAY", "WAYLAND_DISPLAY", "SSH_TTY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.setenv(name, "true")


def test_random_inputs_break_nothing() -> None:
    found: Findings = play(INPUTS, 11)
    assert not found.all, "\n".join(found.all)
    assert found.inputs >= INPUTS
    assert len(found.screens) >= 3, "the monkey never left the chat"
