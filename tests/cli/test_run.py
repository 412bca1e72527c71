"""`wxtui run`: the command runs as without it, and its end is told; a wrong name or a session that is over stops it
before it has begun."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from tests.support.command_line import Wxtui
from tests.support.command_process import command_process
from tests.support.listen_process import listening
from tests.support.pty_program import Program
from tests.support.sandbox_thread import Sandbox
from tests.support.waiting import wait_until
from tui.cli.main import wxtui as command
from tui.cli.run_report import report_sending, secrets_question
from tui.cli.run_report.report_sending import ReportSending
from tui.cli.run_report.secrets_question import SecretsAnswer
from tui.cli.shared.client_opening import AnyClient
from tui.paths import find_profile
from tui.store.delivery_state import DeliveryState

ME = "文件传输助手"


def texts(sandbox: Sandbox) -> list[str]:
    return [row["content"] for row in sandbox.sent() if row["Type"] == 1]


def test_the_end_of_a_command_is_told_and_its_exit_code_kept(logged_in: Wxtui, sandbox: Sandbox) -> None:
    result = logged_in("run", ME, "--lines", "2", "--", "sh", "-c", "seq 20; echo oops >&2; exit 3")
    assert (result.code, result.out, result.err) == (3, "", ""), "its output went to the real standard output"
    [text] = texts(sandbox)
    assert text.startswith("❌ seq 20; echo oops >&2; exit 3\n")
    assert "exit code 3" in text
    assert text.endswith("\n\n20\noops")
    assert logged_in("run", "--title", "部署", "张三", "--on-failure", "--", "true").code == 0
    assert len(texts(sandbox)) == 1
    assert logged_in("run", "--title", "部署", "张三", "--on-failure", "--", "sh", "-c", "kill -9 $$").code == 137
    assert texts(sandbox)[1].startswith("❌ 部署\n") and "ended by SIGKILL" in texts(sandbox)[1]


def test_bytes_exit_code_and_log_of_the_installed_program(logged_in: Wxtui, sandbox: Sandbox) -> None:
    script = "import os; os.write(1, bytes(range(256)) * 3000); os.write(2, b'err'); raise SystemExit(5)"
    done = subprocess.run(
        [sys.executable, "-m", "tui", "run", ME, "--log", "--", sys.executable, "-c", script], capture_output=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (5, bytes(range(256)) * 3000, b"err")
    [text, file] = sandbox.sent()
    assert "exit code 5" in text["content"]
    assert file["file_name"].endswith(".log")


def test_a_wrong_name_or_no_session_runs_nothing(logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    for name in (["无此人"], ["无此人", "--anyway"], ["王"]):
        assert logged_in("run", *name, "--", "touch", trace).code == 4
    sandbox.fault("webwxstatusnotify", "ret", 1101)
    result = logged_in("run", ME, "--", "touch", trace)
    assert result.code == 3
    assert "--anyway" in result.err
    assert not trace.exists()
    sandbox.fault("webwxstatusnotify", "ret", 1101)
    result = logged_in("run", ME, "--anyway", "--", "touch", trace)
    assert (result.code, trace.exists()) == (0, True), result.err
    assert len(texts(sandbox)) == 1, "the session was good again at the end"


@pytest.mark.parametrize(
    "words", [[ME, "make"], [ME, "--"], ["--", "make"], [ME, "张三", "--", "make"], [ME, "--lines", "-1", "--", "make"]]
)
def test_a_command_line_that_makes_no_sense(logged_in: Wxtui, words: list[str]) -> None:
    result = logged_in("run", *words)
    assert (result.code, result.err.count("\n")) == (2, 1)


def test_the_commands_own_options_are_not_ours(logged_in: Wxtui, sandbox: Sandbox) -> None:
    assert logged_in("run", ME, "--", "echo", "--json", "--", "--help").code == 0
    assert texts(sandbox)[0].endswith("--json -- --help")


def test_a_command_that_does_not_start(logged_in: Wxtui, sandbox: Sandbox) -> None:
    result = logged_in("run", ME, "--", "no-such-program")
    assert (result.code, result.err) == (127, "wxtui: Command not found: “no-such-program”.\n")
    assert "exit code 127" in texts(sandbox)[0], "without a terminal nobody has read it"
    assert logged_in("run", ME, "--", "/").code == 126


def test_secrets_are_withheld_and_said_without_a_terminal(logged_in: Wxtui, sandbox: Sandbox) -> None:
    script = "echo password=hunter2; echo 970bcee6e1a5f36d9cd1cbbd2d9f0a70a3bd0c1a"
    result = logged_in("run", ME, "--title", "x", "--", "sh", "-c", script)
    assert result.err == "wxtui: 1 line looks like a secret and was masked:\n  password=••••\n"
    assert "hunter2" not in texts(sandbox)[0]
    assert "970bcee6e1a5f36d9cd1cbbd2d9f0a70a3bd0c1a" in texts(sandbox)[0]
    assert logged_in("run", ME, "--unmasked", "--", "sh", "-c", script).err == ""
    assert "hunter2" in texts(sandbox)[1]


def test_no_secret_is_in_the_name_of_a_log(logged_in: Wxtui, sandbox: Sandbox) -> None:
    assert logged_in("run", ME, "--log", "--title", "password=hunter2", "--", "echo", "x").code == 0
    assert logged_in("run", ME, "--log", "--", "echo", "ghp_" + "aB3" * 12).code == 0
    names = [row["file_name"] for row in sandbox.sent() if row.get("file_name")]
    assert [name.rsplit("-", 2)[0] for name in names] == ["echo", "echo"]


def test_what_cannot_be_sent_is_kept_and_the_exit_code_says_so(
    logged_in: Wxtui, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setattr(report_sending, "_PAUSES", (0,))
    for code, expected in ((0, 6), (9, 9)):
        sandbox.fault("webwxsendmsg", "ret", 1)
        result = logged_in("run", ME, "--log", "--", "sh", "-c", f"echo out; exit {code}")
        assert result.code == expected
        assert "Nothing is lost" in result.err
    kept = sorted((home / "state" / "default" / "unsent").iterdir())
    assert sorted(path.suffix for path in kept) == [".log", ".log", ".txt", ".txt"]
    assert texts(sandbox) == []
    line = next(line.strip() for line in result.err.splitlines() if "-m - <" in line)
    path = Path(line.partition("< ")[2])
    assert logged_in("send", ME, "-m", "-", stdin=path.read_bytes()).code == 0
    assert "exit code 9" in texts(sandbox)[0]


def test_what_may_have_arrived_is_not_offered_as_if_it_had_not(logged_in: Wxtui, sandbox: Sandbox) -> None:
    sandbox.fault("webwxsendmsg", "drop_after")
    result = logged_in("run", ME, "--", "true")
    assert result.code == 6
    assert "To send it again, where it has not arrived:" in result.err


def test_a_network_that_fails_for_a_moment_is_tried_again(
    logged_in: Wxtui, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_sending, "_PAUSES", (0, 0))
    real = ReportSending._send
    failures = [errors_of_network(), errors_of_network()]

    async def failing(self: ReportSending, client: AnyClient) -> None:
        if failures:
            raise failures.pop()
        await real(self, client)

    monkeypatch.setattr(ReportSending, "_send", failing)
    result = logged_in("run", ME, "--", "true")
    assert (result.code, result.err.count("Trying again")) == (0, 2)
    assert len(texts(sandbox)) == 1


def test_several_receivers_each_get_it_and_one_wrong_name_stops_all(
    logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WXTUI_SEND_PAUSE", "0")
    trace = tmp_path / "trace"
    assert logged_in("run", "--to", "张三", "--to", "无此人", "--", "touch", trace).code == 4
    assert logged_in("run", "--to", "张三", "李四", "--", "touch", trace).code == 2
    assert not trace.exists()
    assert logged_in("run", "--to", "张三", "--to", "李四", "--log", "--", "echo", "x").code == 0
    assert [(row["to_name"], row["Type"]) for row in sandbox.sent()] == [
        ("张三", 1), ("张三", 6), ("李四", 1), ("李四", 6)
    ]  # fmt: skip
    assert sandbox.calls()["webwxuploadmedia"] == 1
    sandbox.fault("webwxsendmsg", "ret", 1)
    result = logged_in("run", "--to", "张三", "--to", "李四", "--", "echo", "x")
    assert (result.code, [row["to_name"] for row in sandbox.sent()][4:]) == (6, ["李四"])
    assert result.err.count("send '张三' -m - <") == 1


def errors_of_network() -> Exception:
    from tui.errors import Unreachable

    return Unreachable(host="wx", call="x", why="no route")


def test_who_gives_up_between_two_tries_hears_that_it_was_not_sent(
    logged_in: Wxtui, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(self: ReportSending, client: AnyClient) -> None:
        raise errors_of_network()

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ReportSending, "_send", failing)
    monkeypatch.setattr(report_sending.time, "sleep", interrupted)
    result = logged_in("run", ME, "--", "true")
    assert result.code == 6
    assert "it was not sent" in result.err and "Nothing is lost" in result.err


def test_ctrl_c_while_a_message_is_out_looks_at_its_row(logged_in: Wxtui, sandbox: Sandbox) -> None:
    sandbox.fault("webwxsendmsg", "delay", 0.01)
    sandbox.fault("webwxsendmsg", "delay", 20)
    with command_process("run", "--to", "张三", "--to", "李四", "--", "true") as command:
        wait_until(lambda: sandbox.calls().get("webwxsendmsg", 0) == 2)
        command.signal(signal.SIGINT)
        result = command.end()
    assert result.code == 6
    assert "may or may not have arrived" in result.err
    assert re.findall(r"send '(.+)' -m", result.err) == ["李四"]


@pytest.mark.parametrize(
    ("state", "code", "said"),
    [
        (DeliveryState.SENT, 0, ""),
        (DeliveryState.CANCELLED, 6, "it was not sent"),
        (DeliveryState.SENDING, 6, "may or may not have arrived"),
    ],
)
def test_what_the_row_says_after_ctrl_c_is_said(
    logged_in: Wxtui, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, state: DeliveryState, code: int, said: str
) -> None:
    async def interrupted(self: object, *arguments: object) -> None:
        raise KeyboardInterrupt

    async def became(client: object, rows: list[int]) -> tuple[DeliveryState, None]:
        return state, None

    monkeypatch.setattr(ReportSending, "_send_one", interrupted)
    monkeypatch.setattr(report_sending, "what_became_of", became)
    result = logged_in("run", ME, "--", "true")
    assert result.code == code
    assert said in result.err and ("Nothing is lost" in result.err) is bool(code)


def test_ctrl_c_while_secrets_are_looked_for_sends_nothing_and_keeps_all(
    logged_in: Wxtui, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tui.services.program_run.masking.mask_report", interrupted)
    result = logged_in("run", ME, "--log", "--", "sh", "-c", "echo x; exit 3")
    assert (result.code, sandbox.sent()) == (3, [])
    assert "Interrupted before" in result.err
    assert len([*(home / "state" / "default" / "unsent").iterdir()]) == 2


def test_through_a_running_wxtui(logged_in: Wxtui, sandbox: Sandbox) -> None:
    with listening():
        wait_until(find_profile("default").socket_file.exists)
        assert logged_in("run", ME, "--log", "--", "echo", "hello").code == 0
    assert list(find_profile("default").spool.iterdir()) == [], "the copy that the running one read is gone"
    [text, file] = sandbox.sent()
    assert text["content"].endswith("hello")
    assert file["file_name"].startswith("echo-hello-")


def test_on_a_terminal_it_is_one_for_the_command(logged_in: Wxtui, sandbox: Sandbox) -> None:
    script = (
        'test -t 0 && test -t 1 && test -t 2 && stty size; printf "\\033[31mred\\033[0m\\n"; echo password=hunter2;'
        'trap "stty size" WINCH; trap "echo interrupted; exit 7" INT; echo ready;'
        'while :; do read x && echo "got $x"; done'
    )
    with Program("run", ME, "--title", "x", "--", "sh", "-c", script, columns=70, rows=20) as program:
        program.wait_for("ready")
        assert "20 70" in program.text
        assert b"\x1b[31mred" in program.raw
        program.type("hello\r")
        program.wait_for("got hello")
        program.resize(60, 18)
        program.wait_for("18 60")
        program.type("\x03")
        program.wait_for("Send it")
        assert texts(sandbox) == []
        program.type("\n")
        assert program.end() == 7
        assert program.modes == program.modes_before
    [text] = texts(sandbox)
    assert "\nred\npassword=••••\nready\nhello\ngot hello\n" in text
    assert text.endswith("interrupted")


def completed(*arguments: str, incomplete: str) -> list[str]:
    shell = ShellComplete(command, {}, "wxtui", "_WXTUI_COMPLETE")
    return [f"{item.type} {item.value}" for item in shell.get_completions(list(arguments), incomplete)]


def test_the_shell_completes_names_then_programs_then_files(logged_in: Wxtui) -> None:
    assert completed("run", incomplete="张") == ["plain 张三"]
    assert "plain sh" in completed("run", ME, "--", incomplete="sh")
    assert completed("run", ME, "--", "cat", incomplete="a") == ["file a"]
    assert {"plain --log", "plain --on-failure"} <= set(completed("run", ME, incomplete="--"))


@pytest.mark.parametrize(
    ("typed", "answer"),
    [(("x", "a"), SecretsAnswer.AS_IT_IS), (("",), SecretsAnswer.MASKED), (("n",), SecretsAnswer.NOTHING)],
)
def test_only_a_letter_of_the_question_is_an_answer(
    typed: tuple[str, ...],
    answer: SecretsAnswer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    letters = iter(typed)
    monkeypatch.setattr(secrets_question, "somebody_there", lambda: True)
    monkeypatch.setattr(secrets_question, "letter_typed", lambda question, patience: next(letters))
    assert secrets_question.ask(["password=••••"], 1) is answer
    assert ("Nothing was sent." in capsys.readouterr().err) == (answer is SecretsAnswer.NOTHING)
