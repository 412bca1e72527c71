"""Commands that wait for a load of contacts: said on a terminal, once, and only where it takes long."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from tui.cli.shared import client_opening
from tui.services.control import arrivals, protocol, remote_client

SENTENCE = "wxtui: Waiting for the contacts to load.\n"


class SlowOwner:
    """Says `Working` once a second, and answers after some."""

    pid = "1"

    def __init__(self, seconds: int, clock: list[float]) -> None:
        self._seconds = seconds
        self._clock = clock

    def answer(self, request: protocol.ControlRequest, kind: object, heard: Any) -> protocol.Recipient:
        self.ask(request, heard)
        return protocol.Recipient("@a", "A")

    def ask(self, request: protocol.ControlRequest, heard: Any) -> protocol.Done:
        for _second in range(self._seconds):
            self._clock[0] += 1
            heard(protocol.Working())
        return protocol.Done()


@pytest.mark.parametrize(("seconds", "said"), [(1, ""), (5, SENTENCE)])
@pytest.mark.parametrize("asked", ["resolve", "refresh"])
def test_through_a_running_wxtui(
    seconds: int, said: str, asked: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    clock = [0.0]
    monkeypatch.setattr(remote_client, "monotonic", lambda: clock[0])
    owner: Any = SlowOwner(seconds, clock)
    directory = remote_client.RemoteDirectory(owner, client_opening.tell_loading)
    remote_client.finished(directory.resolve("A") if asked == "resolve" else directory.refresh())
    assert capsys.readouterr().err == said


async def test_listen_and_recv_through_a_running_wxtui(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    clock = [0.0]
    monkeypatch.setattr(remote_client, "monotonic", lambda: clock[0])
    owner: Any = SlowOwner(5, clock)
    assert (await arrivals.resolve(owner, "A", client_opening.tell_loading)).user_name == "@a"
    assert capsys.readouterr().err == SENTENCE


@pytest.mark.parametrize(("over", "said"), [(True, ""), (False, SENTENCE)])
async def test_alone(
    over: bool, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr(client_opening, "PATIENCE", 0.0)
    moved: list[Any] = []
    directory: Any = SimpleNamespace(loading=None, on_progress=moved.append)
    client_opening.tell_of_long_loads(directory)
    for directory.loading in (0, 9, None) if over else (0, 9):
        moved[0]()
    passed = asyncio.Event()
    asyncio.get_running_loop().call_later(0.001, passed.set)
    await passed.wait()
    assert capsys.readouterr().err == said


def test_a_script_is_told_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    client_opening.tell_loading()
    assert capsys.readouterr().err == ""
