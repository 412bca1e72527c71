"""The log file: whole lines of several processes, bounded, private; nothing that the disk does stops the program."""

from __future__ import annotations

import ast
import fcntl
import logging
import os
import re
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.support.source_trees import source_nodes
from tests.support.waiting import wait_until
from tui import errors
from tui.breakage import OFTEN, log_breakage
from tui.paths import Profile
from tui.services.util import log_file
from tui.services.util.log_file import append, keep_log, note_failure, older, open_log

HEAD = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [+-]\d{4} \w+ \w+\[\d+\]: "
log = logging.getLogger("wxtui.test")


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    (tmp_path / "state").mkdir(mode=0o700)
    return Profile("default", tmp_path / "state", tmp_path / "cache")


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    for one in list(logging.getLogger("wxtui").handlers):
        one.close()


def lines(profile: Profile) -> list[str]:
    path = Path(profile.log_place)
    return path.read_text("utf-8").splitlines() if path.exists() else []


# ---------------------------------------------------------------- lines


def test_lines_of_the_level_and_above_are_written_and_others_cost_nothing(profile: Profile) -> None:
    file = open_log(profile, "warning")
    log.info("too little")
    assert not log.isEnabledFor(logging.INFO)
    log.warning("%s after %d s", "Unreachable", 3)
    file.use("info")
    log.info("enough")
    log.info("GET synccheck: 200", extra=OFTEN)
    file.use("debug")
    log.info("GET synccheck: 200", extra=OFTEN)
    file.use("off")
    log.error("not wanted")
    file.close()
    log.warning("too late")
    told = lines(profile)
    assert [re.sub(HEAD, "", one) for one in told] == ["Unreachable after 3 s", "enough", "GET synccheck: 200"]
    assert re.fullmatch(f"{HEAD}Unreachable after 3 s", told[0]) and " warning test[" in told[0]


def test_nothing_is_printed_where_lines_go_to_the_file(profile: Profile, capsys: pytest.CaptureFixture[str]) -> None:
    open_log(profile, "off")
    log.warning("a warning")
    assert capsys.readouterr() == ("", "")


def test_no_text_begins_a_line_or_moves_the_cursor_and_an_error_is_only_its_class(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = open_log(profile, "debug")
    log.warning("a\n2026-01-01 00:00:00.000 +0000 error forged[1]: %s", "b\x1b[2J\u202ec")
    log.warning("long %s", "x" * 100_000)
    log.warning("it cannot be saved: %s", errors.HomeUnusable(path="/home/张三/secret", why="x"))
    monkeypatch.setattr(log, "propagate", False)  # pytest's own handler raises what this line is about
    log.addHandler(file)
    log.warning("%d is no number", "张三")
    log.removeHandler(file)
    monkeypatch.undo()
    try:
        raise ValueError("secret words")
    except ValueError as error:
        log_breakage(log, "a task broke", error)
    file.close()
    told = "\n".join(lines(profile))
    assert not set(told) & set("\x1b\u202e") and "secret" not in told.replace('raise ValueError("secret words")', "")
    assert "张三" not in told
    heads = [one for one in lines(profile) if re.match(HEAD, one)]
    assert [re.sub(HEAD, "", one) for one in heads[:5]] == [
        "a",
        "long " + "x" * (16 * 1024 - 5),
        "it cannot be saved: HomeUnusable",
        "a line that does not fit: '%d is no number'",
        "a task broke: ValueError",
    ]
    assert "builtins.ValueError" in told, "where it broke stands below, also where only warnings are wanted"


def test_a_file_that_two_of_a_process_want_has_each_line_once(profile: Profile) -> None:
    keep_log(profile, "warning", "recv")
    keep_log(profile, "warning", "recv")
    runtime = open_log(profile, "warning")
    log.warning("once")
    runtime.close()
    note_failure("recv", errors.LoggedInElsewhere())
    logging.getLogger("wxtui").handlers[0].flush()
    assert [re.sub(HEAD, "", one) for one in lines(profile)] == [
        "once",
        "recv ended with exit code 3: LoggedInElsewhere",
    ]


# ---------------------------------------------------------------- the disk


def test_a_disk_that_does_not_answer_delays_nobody(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()
    real = append

    def hung(path: str, text: bytes) -> None:
        answers.wait(30)
        real(path, text)

    monkeypatch.setattr(log_file, "append", hung)
    monkeypatch.setattr(log_file, "_PATIENCE", 0.01)
    monkeypatch.setattr(log_file, "_MOST_WAITING", 3)
    file = open_log(profile, "warning")
    log.warning("line 0")
    wait_until(lambda: not file._waiting)
    for number in range(1, 9):
        log.warning("line %d", number)
    file.close()
    assert lines(profile) == []
    answers.set()
    wait_until(lambda: len(lines(profile)) == 5)
    assert lines(profile)[-1] == "  5 lines were left out: the disk did not answer"
    wait_until(lambda: file._writer is None)


def test_only_a_file_of_ones_own_is_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, victim = tmp_path / "wxtui.log", tmp_path / "victim"
    victim.write_text("precious")
    victim.chmod(0o644)
    place.symlink_to(victim)
    with pytest.raises(OSError):
        append(str(place), b"x\n")
    assert victim.read_text() == "precious" and victim.stat().st_mode & 0o777 == 0o644
    place.unlink()
    os.mkfifo(place)
    with pytest.raises(OSError):
        append(str(place), b"x\n")
    reader = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(OSError):
        append(str(place), b"x\n")
    assert os.read(reader, 9) == b""
    os.close(reader)
    place.unlink()
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: os.getuid() + 1)
        with pytest.raises(OSError):
            append(str(place), b"x\n")
    with pytest.raises(OSError):
        append(str(tmp_path / "missing" / "wxtui.log"), b"x\n")
    assert not (tmp_path / "missing").exists(), "who logs makes no profile"


def test_the_file_is_private_whatever_the_umask_and_whoever_opened_it(tmp_path: Path) -> None:
    place = tmp_path / "wxtui.log"
    for before in (0o000, 0o777):
        kept = os.umask(before)
        try:
            append(str(place), b"x\n")
        finally:
            os.umask(kept)
        assert place.stat().st_mode & 0o777 == 0o600
        place.chmod(0o666)
    append(str(place), b"x\n")
    assert place.stat().st_mode & 0o777 == 0o600


def test_several_writers_keep_each_line_whole_and_both_files_within_their_size(tmp_path: Path) -> None:
    place, largest, each = tmp_path / "wxtui.log", 2000, 400
    kept: list[str] = []
    real = Path.replace

    def write(name: str) -> None:
        for number in range(each):
            wait_until(partial(written, f"{name} {number:05d} end\n".encode()))

    def written(line: bytes) -> bool:
        try:
            append(str(place), line, largest)
        except PermissionError:
            # The one that moves it had no turn for so long that the others have filled it twice.
            return False
        return True

    def replace(path: Path, target: str) -> Path:
        kept.append(path.read_text())
        return real(path, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "replace", replace)
        writers = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
        for one in writers:
            one.start()
        for one in writers:
            one.join()
    last = Path(older(str(place)))
    assert place.stat().st_size <= 3 * largest and last.stat().st_size <= 3 * largest
    assert sorted(path.name for path in tmp_path.iterdir()) == ["wxtui.log", "wxtui.log.1"]
    for file in (*kept, last.read_text(), place.read_text()):
        assert all(re.fullmatch(r"[abcd] \d{5} end", one) for one in file.splitlines())
        assert len(set(file.splitlines())) == file.count("\n")
    # A line may reach a file just after it was read here, and before it is moved aside.
    every = {one for file in (*kept, last.read_text(), place.read_text()) for one in file.splitlines()}
    assert len(every) > 3 * each


def test_while_one_process_moves_a_full_file_another_moves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "wxtui.log"
    place.write_bytes(b"x" * 1000)
    with place.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        append(str(place), b"y\n", 1000)
        assert place.stat().st_size == 1002 and not Path(older(str(place))).exists()
    append(str(place), b"z\n", 1000)
    assert (place.read_bytes(), Path(older(str(place))).stat().st_size) == (b"z\n", 1002)

    def moved_before(handle: int, how: int) -> None:
        place.replace(older(str(place)))
        place.write_bytes(b"new\n")

    place.write_bytes(b"x" * 1000)
    monkeypatch.setattr(fcntl, "flock", moved_before)
    append(str(place), b"z\n", 1000)
    assert (place.read_bytes(), Path(older(str(place))).stat().st_size) == (b"new\nz\n", 1000)


def test_a_full_file_that_cannot_be_moved_stops_growing(tmp_path: Path) -> None:
    place = tmp_path / "wxtui.log"
    (tmp_path / "wxtui.log.1" / "something").mkdir(parents=True)
    for _ in range(30):
        try:
            append(str(place), b"x" * 99 + b"\n", 1000)
        except OSError:
            break
    assert 1000 < place.stat().st_size <= 2200


# ---------------------------------------------------------------- what is in them

HARMLESS = {"error.code", "type(error).__name__", "__version__", "platform.python_version()", "frames(error)"}
"""Arguments of a line that are nobody's words: names of classes, calls, states, hooks, tasks."""
HARMLESS_HERE = {
    "breakage.py": {"what"},
    "errors.py": {"complaint"},
    "event_log.py": {
        *("state.value", "upload.state.value", "client.context.session.endpoint.value", "phase.name"),
        *("_in_brackets(reason)", "why"),
    },
    "transport.py": {"name", "call.name", "request.method", "ret if isinstance(ret, int) else '?'"},
    "hook_queue.py": {"self._name", "fault.problem.value"},
    "control_server.py": {"asked", "error"},
    "background.py": {"what"},
    "exporting.py": {"passphrase is not None"},
    "file_picker.py": {"error"},
    "log_file.py": {"command"},
}
"""The same, where others could mean something else by that name. Errors are named by their class in the log file."""
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}


def test_every_argument_of_a_line_is_a_number_or_known_to_be_harmless() -> None:
    found, seen = [], 0
    for path, nodes in source_nodes().items():
        text = path.read_text("utf-8")
        if "getLogger" not in text and "log_breakage" not in text:
            continue
        for node in nodes:
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS):
                continue
            if not re.search(r"^_?log$|[lL]ogger|^_(session|store|messages|uploads)$", ast.unparse(node.func.value)):
                continue
            template, *arguments = node.args[1:] if node.func.attr == "log" else node.args
            if not isinstance(template, ast.Constant) or not isinstance(template.value, str):
                found.append(f"{path.name}:{node.lineno}: a template is a literal")
                continue
            places = re.findall(r"%(?:\.\d)?([a-z])", template.value.replace("%%", ""))
            assert len(places) == len(arguments), (path.name, node.lineno)
            seen += len(arguments)
            found += [
                f"{path.name}:{node.lineno}: {shown}"
                for place, one in zip(places, arguments, strict=True)
                if place not in "df"
                and (shown := ast.unparse(one)) not in HARMLESS | HARMLESS_HERE.get(path.name, set())
            ]
    assert not found, "what others wrote must not reach the log file"
    assert seen > 60
