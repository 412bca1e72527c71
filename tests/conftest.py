"""Fixtures for all tests: a sandbox on a real socket, a home of one's own, and the command line."""

from __future__ import annotations

import gc
import io
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import settings

from tests.support.command_line import Result, Wxtui
from tests.support.examples import examples
from tests.support.kept_login import KeptLogin
from tests.support.sandbox_thread import OPTIONS, Sandbox, SandboxThread
from tui import i18n
from tui.cli.main import run

# A machine at work on other things is no reason for a property not to hold: no deadline.
settings.register_profile("wxtui", max_examples=examples(100), deadline=None)
settings.load_profile("wxtui")


def pytest_collection_finish() -> None:
    """Everything that was imported stays: no collection of garbage has to look at it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def default_signals_for_children() -> None:
    """Let every program that a test starts have the usual signals, also where the tests run under nohup or behind `&`.

    An ignored signal is inherited by children, a handled one is not.
    """
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, _still_ignored)


def _still_ignored(number: int, frame: FrameType | None) -> None:
    """Do nothing: these tests were started so that the signal does not end them."""


@pytest.fixture(scope="session")
def _shared_sandbox() -> Iterator[Sandbox]:
    with SandboxThread(OPTIONS) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def _kept_login(_shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeptLogin]:
    kept = KeptLogin(_shared_sandbox, tmp_path_factory.mktemp("login") / "home")
    yield kept
    kept.close()


@pytest.fixture
def sandbox(_shared_sandbox: Sandbox) -> Iterator[Sandbox]:
    """The shared sandbox, as if just started."""
    _shared_sandbox.post("reset")
    yield _shared_sandbox
    _shared_sandbox.post("reset")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test touches the person's own profile, sees their language or goes through their proxy."""
    path = tmp_path / "home"
    monkeypatch.setenv("WXTUI_HOME", str(path))
    for name in ("WXTUI_PROFILE", "WXTUI_SERVER", "LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WXTUI_LANG", "en")
    # A key that opens a file, or pastes, must reach no desktop of the person who runs the tests.
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)
    return path


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """A test that speaks Chinese leaves English to the next one."""
    yield
    i18n.use("en")


@pytest.fixture(autouse=True)
def steady_log() -> Iterator[None]:
    """A test that asks the program for more output in this process leaves no talkative log to the next one."""
    yield
    logger = logging.getLogger("wxtui")
    logger.setLevel(logging.NOTSET)
    logger.propagate = True
    logger.handlers = []


@pytest.fixture
def wxtui(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Wxtui]:
    """Run a command line in this process."""

    def call(*arguments: str | Path, stdin: bytes = b"") -> Result:
        capsys.readouterr()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        try:
            code = run([str(argument) for argument in arguments])
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else 1
        out, err = capsys.readouterr()
        assert "Traceback" not in err + out
        return Result(code, out, err)

    yield call
    logging.getLogger("wxtui").handlers.clear()


@pytest.fixture
def logged_in(wxtui: Wxtui, sandbox: Sandbox, home: Path, _kept_login: KeptLogin) -> Wxtui:
    """Run a command line with a session of the sandbox; `--server` is not needed any more."""

    def log_in() -> None:
        result = wxtui("--server", sandbox.origin, "login", "--qr", "ascii")
        assert result.code == 0, result.err

    _kept_login.log_in(home, log_in)
    return wxtui


@pytest.fixture
def real_wxtui(home: Path) -> Wxtui:
    """Run a command line as a process of its own."""

    def call(*arguments: str | Path, stdin: bytes = b"", timeout: float = 60) -> Result:
        process = subprocess.run(
            [sys.executable, "-m", "tui", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            timeout=timeout,
            env=os.environ | {"PYTHONUTF8": "1"},
        )
        out, err = process.stdout.decode(), process.stderr.decode()
        assert "Traceback" not in err + out, err
        return Result(process.returncode, out, err)

    return call
