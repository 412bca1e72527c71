"""The sandbox as a test double in other people's tests: the page's own example, the fixture, isolation, clean-up."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final

import pytest

import tui.sandbox
from tests.support.command_line import Wxtui
from tui.errors import UsageError
from tui.sandbox.control.schema import schema
from tui.sandbox.double import DOUBLE_OPTIONS, start_sandbox, wrong_option
from tui.sandbox.running_sandbox import RunningSandbox, SandboxRefusal
from tui.sandbox.session.faults import FaultKind
from tui.sandbox.session.uploads import UploadStore

PAGE: Final = (Path(tui.sandbox.__path__[0]) / "SANDBOX.md").read_text("utf-8")
EXAMPLE: Final = dict(re.findall(r"^`([\w.]+)`\n\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
"""File of the page's example → its text."""
MORE_TESTS: Final = """
import pytest

@pytest.mark.wxtui_sandbox(poll_secs=1)
def test_wrong_option(wxtui_sandbox):
    pass

@pytest.mark.wxtui_sandbox(5)
def test_nameless_option(wxtui_sandbox):
    pass
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of somebody else: the files of the page's example, and a temporary folder of its own."""
    for name, text in EXAMPLE.items():
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "tmp").mkdir()
    return tmp_path


def in_project(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command there as its owner would, with nothing of our checkout but what is installed."""
    there = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}", "TMPDIR": str(project / "tmp")}
    # No plugin of ours but the one that the example names.
    environ = there | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "http_proxy": "http://127.0.0.1:1", "LC_ALL": "C.UTF-8"}
    # Nothing that the example starts outlives it: whoever held the pipe would keep this waiting.
    return subprocess.run(command, cwd=project, env=environ, capture_output=True, text=True, timeout=60)


def test_the_example_of_the_page_runs_as_somebody_elses_project(project: Path) -> None:
    (project / "test_more.py").write_text(MORE_TESTS, "utf-8")
    pytest_there = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--strict-markers", "-W", "error")
    ran = in_project(project, *pytest_there, "--basetemp", str(project / "base"))
    assert ran.stdout.splitlines()[-1].split(" in ")[0].strip("= ") == "6 passed, 2 errors", ran.stdout + ran.stderr
    assert "A sandbox has no option “poll_secs”; there are: host, port, seed" in ran.stdout
    assert "During handling" not in ran.stdout
    assert "takes options by name only, like poll_seconds=1.0." in ran.stdout
    assert list((project / "tmp").iterdir()) == [], "uploads and folders of the tests are gone"


# The example speaks by curl, as shells do.
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_example_of_another_language_runs(project: Path) -> None:
    ran = in_project(project, "sh", "in_a_shell.sh")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert re.fullmatch(r'\{"MsgId":"\d+","member":"","sha256":""\}\[\]', ran.stdout)


def test_the_plugin_is_loaded_only_by_who_names_it() -> None:
    assert [one for one in entry_points(group="pytest11") if one.value.startswith("tui")] == []


def test_two_sandboxes_share_nothing_and_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    threads = threading.active_count()
    with start_sandbox() as one, start_sandbox(seed=2) as other:
        assert one.origin != other.origin
        mine, theirs = one.log_in(), other.log_in("filehelper")
        assert (mine.variant, theirs.variant) == ("web", "filehelper")
        assert mine.uin != theirs.uin
        one.push(group=True, times=3)
        one.fault("*", FaultKind.DELAY, 1, times=0)
        assert other.faults() == [] and other.calls("webwxsync") == 0
        (session,) = one.state().sessions
        assert (session.number, session.events, other.state().sessions[0].events) == (1, 3, 0)
    assert threading.active_count() == threads
    for address in (one.origin, other.origin):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), 5)
    with pytest.raises(OSError):
        one.sent()
    assert list(tmp_path.iterdir()) == []


def test_a_test_that_fails_leaves_nothing_either() -> None:
    threads = threading.active_count()
    with pytest.raises(ZeroDivisionError), start_sandbox() as sandbox:
        assert sandbox.sent() == []
        raise ZeroDivisionError
    assert threading.active_count() == threads


def test_what_a_client_left_open_is_closed() -> None:
    def sockets() -> int:
        gc.collect()
        return sum(one.is_socket() for one in Path("/proc/self/fd").iterdir())

    if sys.platform != "linux":
        pytest.skip("/proc tells of the descriptors")
    push = b"POST /_sandbox/push HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{"
    poll = b"GET /cgi-bin/mmwebwx-bin/login?uuid=x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    before = sockets()
    # Whoever leaves one to the garbage collector is told by a ResourceWarning, which fails the tests of many.
    with warnings.catch_warnings(record=True) as told, contextlib.ExitStack() as clients:
        warnings.simplefilter("always")
        with start_sandbox() as sandbox:
            address = "127.0.0.1", int(sandbox.origin.rpartition(":")[2])
            # The last of them are not accepted when it ends, others are in between.
            for begun in (push, poll, b"") * 10:
                clients.enter_context(socket.create_connection(address, 5)).sendall(begun)
        clients.close()
        assert sockets() == before
    assert [str(one.message) for one in told] == []


def test_what_hinders_the_start_is_raised_in_the_test() -> None:
    with start_sandbox() as sandbox:
        port = int(sandbox.origin.rpartition(":")[2])
        with pytest.raises(UsageError, match="used by another program"), start_sandbox(port=port):
            pass
    with pytest.raises(UsageError, match="loopback"), start_sandbox(host="0.0.0.0"):
        pass
    with pytest.raises(TypeError, match=r"no option “contact”; there are: .*contacts"), start_sandbox(contact=3):
        pass
    for wrong in (
        {"contacts": "5"},
        {"seed": None},
        {"poll_seconds": "1"},
        {"contacts": -1},
        {"port": True},
        {"waiting": 0},
    ):
        (name,) = wrong
        with pytest.raises(TypeError, match=f"option “{name}” (takes|cannot be)"), start_sandbox(**wrong):
            pass
    assert wrong_option({"scan_delay": None, "poll_seconds": 1, "clock": time.time, "bound_media": True}) == ""


@pytest.fixture(scope="module")
def double() -> Iterator[RunningSandbox]:
    """One for the tests below, each of which begins with a reset."""
    with start_sandbox(scan_delay=None) as sandbox:
        yield sandbox


def test_people_and_messages(double: RunningSandbox) -> None:
    double.reset()
    double.log_in()
    key = double.add_person("新同事", remark="小新", group="项目群")
    said = double.push("text", "hi", sender=key, group="项目群")
    assert said.member.startswith("@")
    recall = double.revoke(said)
    assert recall.msg_id != said.msg_id
    assert double.change_contact(key, remark="", muted=True) == "新同事"
    assert double.push("file", {"name": "a.txt", "size": 3}).sha256
    # Two announcements, three messages, and the contact that changed.
    assert double.state().sessions[0].events == 6


def test_the_phone_waits_for_a_code_that_is_not_there_yet(double: RunningSandbox) -> None:
    double.reset()
    for act in (double.scan, double.confirm, double.scan_and_confirm):
        with pytest.raises(TimeoutError, match=r"not within 0\.02 s: There is no QR code"):
            act(within=0.02)
    with pytest.raises(SandboxRefusal, match="no QR code") as caught:
        double.cancel()
    assert caught.value.status == 409


def test_the_clock_goes_on_and_sessions_end(double: RunningSandbox) -> None:
    double.reset()
    before = double.advance(0)
    assert double.advance(3600) >= before + 3600
    double.log_in()
    assert (double.end_session(1100), double.end_session()) == (1, 0)
    assert double.state().sessions[0].ended == 1100
    double.fault("webwxsync", "empty", times=3)
    double.refuse_logins()
    assert [(one.kind, one.times) for one in double.faults()] == [(FaultKind.EMPTY, 3)]
    double.clear_faults()
    double.reset()
    assert (double.faults(), double.state().sessions) == ([], [])
    assert double.advance(0) < before + 3600


def test_mistakes_are_raised_with_the_sandboxs_sentence(double: RunningSandbox) -> None:
    for mistake, status, sentence in (
        (lambda: double.push(sender="谁也不是"), 404, "Nobody here is called “谁也不是”."),
        (lambda: double.change_contact("张三", mutde=True), 400, "There is no field “mutde” in the body; there are: "),
        (lambda: double.fault("webwxsendmessage", "delay"), 404, "There is no call “webwxsendmessage”; there are "),
        (lambda: double.upload_bytes("x"), 404, "There is no whole file with this media_id."),
        (lambda: RunningSandbox(double.origin + "/x").sent(), 404, "Not Found"),
    ):
        with pytest.raises(SandboxRefusal) as caught:
            mistake()
        assert (caught.value.status, str(caught.value)[: len(sentence)]) == (status, sentence)


def test_waiting_ends_with_what_was_waited_for(double: RunningSandbox) -> None:
    with pytest.raises(TimeoutError, match=r"not within 0\.02 s: 1 sent messages"):
        double.wait_for_sent(within=0.02)
    with pytest.raises(TimeoutError, match="2 calls of webwxsync"):
        double.wait_for_call("webwxsync", 2, within=0)


def test_what_a_killed_process_left_goes_with_the_next_upload(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name, lock in (("wxtui-sandbox-killed", ".lock"), ("wxtui-sandbox-unknown", "file"), ("other", ".lock")):
        (tmp_path / name).mkdir()
        (tmp_path / name / lock).touch()
    one, other = UploadStore(DOUBLE_OPTIONS), UploadStore(DOUBLE_OPTIONS)
    for store in (one, other, one):
        store.new_path().write_bytes(b"x")
    assert one.directory is not None and one.directory.exists(), "another one that lives removes nothing"
    for store in (one, other):
        store.close()
    assert {path.name for path in tmp_path.iterdir()} == {"wxtui-sandbox-unknown", "other"}


def test_the_command_prints_page_and_schema(wxtui: Wxtui) -> None:
    assert wxtui("sandbox", "--page").out == PAGE
    assert json.loads(wxtui("sandbox", "--schema").out) == schema()
    mistake = wxtui("sandbox", "--shell", "--with-stdin")
    assert (mistake.code, mistake.err) == (2, "wxtui: --with-stdin does not go with --shell.\n")


def test_the_page_names_what_there_is() -> None:
    for name in vars(RunningSandbox):
        assert name.startswith("_") or f"`{name}(" in PAGE or f" `{name}" in PAGE, name
    for file in ("pytest_plugin", "double", "server"):
        assert f"tui.sandbox.{file}" in PAGE
