"""A program that is run: its bytes, its end, the last lines of its output, its log, the report."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.waiting import wait_until
from tui import errors
from tui.i18n import use
from tui.paths import Profile
from tui.services.program_run.last_lines import LastLines, folded
from tui.services.program_run.masking import mask_report
from tui.services.program_run.output_log import OutputLog, within
from tui.services.program_run.relay import Ending, Streams, run_program
from tui.services.program_run.report import command_line, log_name, report
from tui.services.program_run.unsent import keep_unsent


class Pipes:
    """Standard streams that the test holds the other ends of."""

    def __init__(self) -> None:
        self.stdin = os.open("/dev/null", os.O_RDONLY)
        self.out, stdout = os.pipe()
        self.err, stderr = os.pipe()
        self.streams = Streams(self.stdin, stdout, stderr)
        self.heard: list[tuple[int, bytes]] = []

    def has(self, word: bytes) -> bool:
        return word in b"".join(block for _to, block in self.heard)

    def run(self, *words: str, streams: Streams | None = None) -> Ending:
        return run_program(words, lambda block, to: self.heard.append((to, block)), streams or self.streams)

    def shell(self, script: str, streams: Streams | None = None) -> Ending:
        return self.run("sh", "-c", script, streams=streams)

    def close(self) -> None:
        for end in {self.stdin, self.out, self.err, self.streams.stdout, self.streams.stderr}:
            os.close(end)


@pytest.fixture
def pipes() -> Iterator[Pipes]:
    one = Pipes()
    yield one
    one.close()


# ---------------------------------------------------------------- relay


def test_each_output_gets_its_bytes_and_the_ending_is_the_programs(pipes: Pipes) -> None:
    ending = pipes.shell(r"printf 'a\000\377b'; printf err >&2; exit 7")
    assert (ending.code, ending.signal) == (7, 0)
    assert os.read(pipes.out, 100) == b"a\0\xffb"
    assert os.read(pipes.err, 100) == b"err"
    assert sorted(block for _to, block in pipes.heard) == [b"a\0\xffb", b"err"]


def test_one_pipe_for_both_keeps_the_order(pipes: Pipes) -> None:
    out = pipes.streams.stdout
    assert pipes.shell("for i in 1 2 3; do printf o$i; printf e$i >&2; done", Streams(pipes.stdin, out, out)).code == 0
    assert os.read(pipes.out, 100) == b"o1e1o2e2o3e3"


def test_a_signal_ends_it_with_128_and_its_number(pipes: Pipes) -> None:
    ending = pipes.shell("kill -TERM $$")
    assert (ending.code, ending.signal) == (143, 15)


def test_signals_for_us_are_the_programs(pipes: Pipes) -> None:
    """Nothing typed them: they come from another process, and nobody else would tell the program."""
    caught = (
        "trap 'echo INT' INT; trap 'echo HUP' HUP; trap 'echo TERM; exit 3' TERM; echo on; while :; do sleep 0.01; done"
    )

    def send() -> None:
        for number, word in ((signal.SIGINT, b"on"), (signal.SIGHUP, b"INT"), (signal.SIGTERM, b"HUP")):
            wait_until(partial(pipes.has, word))
            os.kill(os.getpid(), number)

    sender = threading.Thread(target=send)
    sender.start()
    before = signal.getsignal(signal.SIGTERM)
    assert pipes.shell(caught).code == 3
    sender.join()
    assert signal.getsignal(signal.SIGTERM) == before


def test_what_cannot_be_started_says_so_as_shells_do(pipes: Pipes, tmp_path: Path) -> None:
    with pytest.raises(errors.ProgramMissing) as missing:
        pipes.run("no-such-program")
    assert missing.value.exit_code == 127
    (tmp_path / "script").write_text("#!/bin/sh\n")
    for path in (tmp_path / "script", tmp_path):
        with pytest.raises(errors.ProgramUnusable) as unusable:
            pipes.run(str(path))
        assert unusable.value.exit_code == 126


def test_a_process_that_it_leaves_behind_is_not_waited_for(pipes: Pipes) -> None:
    assert pipes.shell("sleep 30 & echo $! ").code == 0
    os.kill(int(os.read(pipes.out, 100)), signal.SIGKILL)


def test_a_reader_that_is_gone_is_the_programs_reader_too(pipes: Pipes) -> None:
    read, write = os.pipe()
    os.close(read)
    ending = pipes.run("yes", streams=Streams(pipes.stdin, write, pipes.streams.stderr))
    os.close(write)
    assert ending.signal == signal.SIGPIPE


def test_an_output_that_is_a_terminal_is_one_for_the_program_and_has_its_size(pipes: Pipes) -> None:
    ours, inner = os.openpty()
    assert pipes.shell("test -t 1 && ! test -t 2 && stty size <&1; echo", Streams(pipes.stdin, inner, 2)).code == 0
    assert os.read(ours, 100).startswith(b"0 0\r\n"), "one CR for each LF: only our terminal adds it"
    assert b"".join(block for _to, block in pipes.heard) == b"0 0\n\n"
    os.close(ours)
    os.close(inner)


# ---------------------------------------------------------------- last lines


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("plain 文字", "plain 文字"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        (" 10%\r 20%\r100% done", "100% done"),
        ("Downloading…\r\x1b[KDone", "Done"),
        ("long line\rshort", "shortline"),
        ("abc\b\b\bxyz", "xyz"),
        ("a\x1b]8;;http://x\x1b\\link\x1b]8;;\x07b", "alinkb"),
        ("a\x00\x07b", "ab"),
        ("12345\x1b[3Gx", "12x45"),
        ("crlf\r", "crlf"),
        ("cut \x1b[3", "cut "),
        ("x\x1b[99999999Cy", f"x{' ' * 1000}y"),
    ],
)
def test_a_line_is_what_a_terminal_shows_of_it(line: str, seen: str) -> None:
    assert folded(line) == seen


@given(st.lists(st.binary(max_size=60)), st.integers(0, 5))
def test_the_last_lines_are_the_same_however_the_output_was_cut(blocks: list[bytes], count: int) -> None:
    whole, cut = LastLines(count), LastLines(count)
    whole.feed(b"".join(blocks))
    for block in blocks:
        cut.feed(block)
    assert whole.last(whole.all) == cut.last(cut.all)
    assert len(cut.last(cut.all)) <= count
    assert all(
        char.isprintable() or char in "\t\u0085\u2028\u2029" or ord(char) > 127 for line in cut.all for char in line
    )


def test_little_is_kept_of_much() -> None:
    last = LastLines(3)
    for _block in range(50):
        last.feed(b"y\n" * 32_768)
        last.feed(b"x" * 65_536)
    last.feed(b"\nend\n\n")
    assert last.last(last.all)[-1] == "end"
    assert sum(map(len, last.all)) < 500_000
    assert [len(line) for line in last.last(last.all)] == [1, 4096, 3]


# ---------------------------------------------------------------- log


def written(log: OutputLog, note: bytes = b"-") -> bytes:
    with log.finish(note) as file:
        return file.read()


def test_a_log_is_the_output_and_nobody_elses(tmp_path: Path) -> None:
    log = OutputLog(tmp_path, 1000, plain=False)
    log.feed(b"a\r\n\x1b[1mb")
    log.feed(b"\xff")
    assert list(tmp_path.iterdir()) == [], "it has no name"
    assert written(log) == b"a\r\n\x1b[1mb\xff"


def test_the_log_of_a_terminal_is_what_it_shows(tmp_path: Path) -> None:
    log = OutputLog(tmp_path, 1000, plain=True)
    for block in (b"a\r\n\x1b[1", b"mb\x1b[0m 1%\r", b"b 100%\r\n\xff raw\x1b[K\r\nlast"):
        log.feed(block)
    assert written(log) == b"a\nb 100%\n\xff raw\nlast"


@given(st.integers(0, 4000), st.integers(1, 700))
def test_of_a_log_that_is_too_large_head_and_tail_are_kept(size: int, step: int) -> None:
    data = b"".join(b"%04d\n" % number for number in range(size // 5))
    log = OutputLog(Path(os.environ["WXTUI_HOME"]), 1200, plain=False)
    for at in range(0, len(data), step):
        log.feed(data[at : at + step])
    found = written(log, b"cut")
    assert len(found) <= 1200
    if len(data) <= 1000:
        assert found == data
    else:
        assert found == data[:500] + b"\ncut\n" + data[-495:], "from the first whole line on"
        assert log.left_out == len(data) - 1000


def test_a_full_disk_ends_the_log_and_not_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = OutputLog(tmp_path, 1000, plain=False)
    log.feed(b"begun")

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    log.feed(b"more")
    assert log.error is not None
    log.close()


# ---------------------------------------------------------------- secrets, report, what is kept


def test_secrets_are_masked_in_command_lines_and_log(tmp_path: Path) -> None:
    last = LastLines(2)
    output = b"password=hunter2\nfine\n-----BEGIN RSA PRIVATE KEY-----\nAAAA\nBBBB\n"
    last.feed(output)
    log = OutputLog(tmp_path, 10_000, plain=False)
    log.feed(output)
    with log.finish(b"") as file:
        found = mask_report("mysql -phunter2 app", last, file, tmp_path)
        assert file.read() == output
    assert found.content.what == "mysql -p•••• app"
    assert found.content.lines == ["••••", "••••"], "the key began before them"
    assert found.content.log is not None
    with found.content.log as without:
        assert without.read().decode() == "password=••••\nfine\n-----BEGIN RSA PRIVATE KEY-----\n••••\n••••\n"
    assert (found.count, found.found) == (4, ["mysql -p•••• app", "password=••••", "••••", "••••"])


def masked_log(output: bytes, folder: Path, limit: int = 10_000_000) -> tuple[list[str], bytes, int]:
    """The lines of the text, and the log, without secrets; and how many were found."""
    last = LastLines(1)
    last.feed(output)
    log = OutputLog(folder, limit, plain=False)
    log.feed(output)
    with log.finish(b"cut") as file:
        found = mask_report("x", last, file, folder)
        assert found.content.log is not None
        with within(found.content.log, folder, limit, b"cut") as whole:
            return found.content.lines, whole.read(), found.count


@pytest.mark.parametrize(
    "output",
    [
        b"\x1b[1mpass\x1b[31mword\x1b[0m=\x1b[32mk7hunter\x1b[0m",
        b"k7hunter password=\rpassword=k7hunter",
        b"x" * (2**20 - 5) + b" password=k7hunter" + b" y" * 9000,
        b"a" * 5000 + b"\rpassword=k7hunter " + b"b" * 4085,
    ],
    ids=["colours", "written over", "a long line", "a long line, written over"],
)
def test_no_secret_leaves_by_text_or_log(output: bytes, tmp_path: Path) -> None:
    lines, log, count = masked_log(output, tmp_path)
    assert count
    assert "hunter" not in "".join(lines)
    assert b"password=k7hunter" not in log and b"mk7hunter" not in log


def test_no_secret_is_cut_from_its_name_in_the_middle_of_a_log(tmp_path: Path) -> None:
    for size in range(2980, 3020):
        output = b"x password=k7hunter\n" * 20 + b"y" * size + b"password=k7hunter\n" * 50
        _lines, log, _count = masked_log(output, tmp_path, 2000)
        assert b"hunter" not in log
        assert len(log) <= 2000, "although what is masked may be longer"


def test_a_report_without_secrets_is_left_alone(tmp_path: Path) -> None:
    last = LastLines(10)
    last.feed(b"commit 970bcee6e1a5f36d9cd1cbbd2d9f0a70a3bd0c1a\n")
    found = mask_report("make deploy", last, None, tmp_path)
    assert (found.count, found.content.what, found.content.lines) == (0, "make deploy", last.all)


def test_a_report_says_it_in_both_languages() -> None:
    done = report("make deploy", "web-1", Ending(0, 185), ["one", "two"])
    assert done == "✅ make deploy\nweb-1 · exit code 0 · 3 min 5 s\n\none\ntwo"
    assert report("make", "web-1", Ending(143, 0.41, 15), []) == "❌ make\nweb-1 · ended by SIGTERM · 0.4 s"
    use("zh_CN")
    try:
        assert report("make", "web-1", Ending(2, 7800), []) == "❌ make\nweb-1 · 退出码 2 · 2 小时 10 分"
    finally:
        use("en")


def test_a_report_is_short_and_harmless_whatever_the_output() -> None:
    text = report("x" * 500 + "\x1b[2J\u202e", "h", Ending(0, 1), ["z\x1b]0;\u202e"] * 3 + ["y" * 9000] * 50)
    assert len(text) < 2600
    assert not set(text) & set("\x1b\u202e")
    assert "…" in text


@pytest.mark.parametrize(
    ("words", "title", "name"),
    [
        (("make", "deploy"), "", "make-deploy-20261129-2301.log"),
        (("/usr/bin/make", "-j4", "all"), "", "make-all-20261129-2301.log"),
        (("sh", "-c", "printf '%s' x; y"), "", "printf-20261129-2301.log"),
        (("../x/..", "/etc/passwd"), "", "output-20261129-2301.log"),
        (("make",), "部署 web/1", "部署-web-1-20261129-2301.log"),
    ],
)
def test_the_name_of_a_log(words: tuple[str, ...], title: str, name: str) -> None:
    assert log_name(words, title, datetime(2026, 11, 29, 23, 1)) == name
    assert command_line(words).isprintable()


def test_what_could_not_be_sent_is_kept_for_its_owner_only(tmp_path: Path) -> None:
    profile = Profile("default", tmp_path / "state", tmp_path / "cache")
    log = OutputLog(tmp_path, 1000, plain=False)
    log.feed(b"lines\n")
    with log.finish(b"") as file:
        kept = [keep_unsent(profile, "make.log", "text", file) for _time in range(2)]
    names = [path.name for pair in kept for path in pair if path]
    assert names == ["make.txt", "make.log", "make-2.txt", "make-2.log"]
    for path in (path for pair in kept for path in pair if path):
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.read_text() in ("text", "lines\n")
