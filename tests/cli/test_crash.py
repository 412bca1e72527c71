"""A mistake of ours is a sentence and a report; neither repeats what the program held in its hands."""

from __future__ import annotations

import stat
from collections.abc import Coroutine
from pathlib import Path

import pytest

from tui.cli import crash, main
from tui.cli.commands import session

SECRET = "ticket-8c1f"


def _break(work: Coroutine[object, object, object]) -> None:
    work.close()
    skey = SECRET
    raise RuntimeError(f"cannot use {skey}")


def test_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("WXTUI_HOME", str(tmp_path))
    monkeypatch.setattr(session, "run_async", _break)
    assert main.run(["login"]) == 70
    said = capfd.readouterr()
    report = tmp_path / "state/default" / crash.NAME
    assert "RuntimeError" in said.err and str(report) in said.err
    assert "Traceback" not in said.err and SECRET not in said.err and not said.out
    kept = report.read_text()
    assert "_break" in kept and __file__ in kept and SECRET not in kept
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


def test_causes_are_in_the_report_and_a_full_disk_is_no_second_mistake(tmp_path: Path) -> None:
    try:
        try:
            {}[SECRET]
        except KeyError as error:
            raise ValueError(SECRET) from error
    except ValueError as error:
        kept = error
    told = crash.report(kept, tmp_path / "there")
    words = (tmp_path / "there" / crash.NAME).read_text()
    assert "builtins.ValueError" in words and "builtins.KeyError" in words and SECRET not in words
    (tmp_path / "file").touch()
    assert str(crash.report(kept, tmp_path / "file" / "there")).startswith(str(told)[:20])
