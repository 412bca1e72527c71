"""send --pack and --split: folders as archives, large files in parts that are sent once."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.listen_process import listening
from tests.support.sandbox_thread import Sandbox
from tests.support.waiting import wait_until
from tui.cli.packing import prepared_files
from tui.paths import find_profile

DATA = random.Random(7).randbytes(300_000)
"""Five parts of 64 KiB."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with what is odd."""
    path = tmp_path / "项目"
    (path / "src").mkdir(parents=True)
    (path / "src" / "a.py").write_text("print()\n")
    (path / "src" / "a.py").chmod(0o750)
    (path / "zwei\nZeilen").write_text("x")
    (path / os.fsdecode(b"\xff")).write_text("y")
    (path / "link").symlink_to("src/a.py")
    (path / "core.o").write_bytes(DATA)
    os.mkfifo(path / "pipe")
    return path


def test_what_looks_like_a_secret_is_said_and_on_a_terminal_asked_about(
    logged_in: Wxtui, sandbox: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "src" / "id_ed25519").write_text("whatever")
    (folder / "notes").write_text("export API_TOKEN=abcdefgh\n")
    (folder / ".env.example").write_text("A=1\n")
    result = logged_in("send", "张三", folder, "--pack")
    assert "2 files in “项目” look like secrets, and are packed:\n  notes\n  src/id_ed25519\n" in result.err
    assert len(sandbox.sent()) == 1, "a script is told"
    answers, asked = ["n", "y"], []
    monkeypatch.setattr(prepared_files, "somebody_there", lambda: True)
    monkeypatch.setattr(prepared_files, "letter_typed", lambda question: asked.append(question) or answers.pop(0))
    result = logged_in("send", "张三", folder, "--pack")
    assert (result.code, len(sandbox.sent())) == (5, 1)
    assert result.err.endswith("Leave it out: --exclude PATTERN\n")
    assert logged_in("send", "张三", folder, "--pack").code == 0
    assert logged_in("send", "张三", folder, "--pack", "--yes").code == 0
    assert logged_in("send", "张三", folder, "--pack", "--exclude", "id_*", "--exclude", "notes").code == 0
    assert (len(sandbox.sent()), len(asked)) == (4, 2)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file of five parts."""
    path = tmp_path / "build log.bin"
    path.write_bytes(DATA)
    return path


def received(sandbox: Sandbox, inbox: Path, to: str = "张三") -> Path:
    """The folder to which a receiver saved what was sent."""
    inbox.mkdir()
    for row in sandbox.sent():
        if row["to_name"] == to and row["MediaId"] and row["file_name"]:
            answer = sandbox.http.get(f"{sandbox.origin}/_sandbox/uploads/bytes", params={"media_id": row["MediaId"]})
            (inbox / row["file_name"]).write_bytes(answer.content)
    return inbox


def spooled(home: Path) -> list[str]:
    """What lies in the spool."""
    return [one.name for one in (home / "cache" / "default" / "packed").iterdir()]


def test_a_folder_arrives_as_it_is(
    logged_in: Wxtui, sandbox: Sandbox, folder: Path, tmp_path: Path, home: Path
) -> None:
    result = logged_in("send", "张三", "--pack", f"{folder}/", "--exclude", "*.o", "--exclude", "*.obj")
    assert result.code == 0, result.err
    assert [line.split("\t")[1] for line in result.lines] == ["项目.tar.gz"]
    assert result.err.splitlines() == [
        "wxtui: --exclude “*.obj” left nothing out.",
        "wxtui: “pipe” was left out: a named pipe.",
    ]
    inbox = received(sandbox, tmp_path / "inbox")
    with tarfile.open(inbox / "项目.tar.gz") as tar:
        tar.extractall(inbox, filter="tar")
    (folder / "pipe").unlink()
    (folder / "core.o").unlink()
    assert subprocess.run(["diff", "-r", "--no-dereference", folder, inbox / "项目"]).returncode == 0
    assert (inbox / "项目" / "src" / "a.py").stat().st_mode & 0o777 == 0o750
    assert spooled(home) == []


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--pack=zip", "src"], ["src.zip"]),
        (["--pack", "zip", "src"], ["src.zip"]),
        (["--pack", "src", "--name", "code.png"], ["code.png"]),
        (["src", "core.o", "--pack"], ["src.tar.gz", "core.o"]),
        (["--pack", "--", "src"], ["src.tar.gz"]),
        ([".", "--pack", "tar", "--exclude", "src/"], ["项目.tar.gz"]),
    ],
)
def test_the_form_may_be_left_out_and_folders_stand_beside_files(
    logged_in: Wxtui,
    sandbox: Sandbox,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    names: list[str],
) -> None:
    monkeypatch.chdir(folder)
    result = logged_in("send", "张三", *arguments)
    assert result.code == 0, result.err
    assert [one["name"] for one in sandbox.get("uploads")] == names
    assert {one["mediatype"] for one in sandbox.get("uploads")} == {"doc"}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["src"], 5, "“src” is a folder. Send it packed: wxtui send TARGET FOLDER --pack"),
        (["--pack=zip", "."], 5, "link” cannot go into a zip file: it is a symbolic link. Pack it as tar.gz"),
        (["src", "--exclude", "x"], 2, "--exclude needs --pack."),
        (["core.o", "--again"], 2, "--again needs --split."),
        (["core.o", "--part-size", "much"], 2, "“much” is not a size"),
        (["core.o", "--part-size", "1K"], 2, "--part-size must be between 64 KiB and 50 MiB."),
        (["gone", "--pack"], 5, "No such file"),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_is_sent(
    logged_in: Wxtui,
    sandbox: Sandbox,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(folder)
    result = logged_in("send", "张三", "-m", "first", *arguments)
    assert (result.code, sandbox.sent()) == (code, [])
    assert said in result.err


def test_parts_whose_names_are_too_long_are_refused_before_anything_is_sent(
    logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / ("x" * 245)).write_bytes(DATA)
    result = logged_in("send", "张三", tmp_path / ("x" * 245), "--part-size", "64K")
    assert (result.code, sandbox.sent()) == (5, [])
    assert "longer than 255 bytes" in result.err


def joined(logged_in: Wxtui, inbox: Path, name: str) -> bytes:
    """The whole file, as `join` makes it."""
    result = logged_in("join", inbox / name)
    assert result.code == 0, result.err
    return (inbox / name).read_bytes()


def test_a_file_over_the_limit_arrives_in_parts_that_make_it_again(
    logged_in: Wxtui, sandbox: Sandbox, large: Path, tmp_path: Path, home: Path
) -> None:
    result = logged_in("send", "张三", large, "--part-size", "64K")
    assert result.code == 0, result.err
    parts = [f"{large.name}.part{number:03}of005" for number in range(1, 6)]
    *names, text = [line.split("\t")[1] for line in result.lines]
    assert names == [*parts, f"{large.name}.sha256"]
    said = sandbox.sent()[-1]["content"]
    assert said.startswith(text.rstrip("…"))
    inbox = received(sandbox, tmp_path / "inbox")
    by_hand = shutil.copytree(inbox, tmp_path / "by hand")
    assert joined(logged_in, inbox, large.name) == DATA
    (line,) = [line for line in said.splitlines() if line.startswith("cat ")]
    assert subprocess.run(["sh", "-c", line], cwd=by_hand, capture_output=True).returncode == 0
    assert (by_hand / large.name).read_bytes() == DATA
    assert list((home / "cache" / "default" / "parts").iterdir()) == [], "all is there, nothing has to be known"
    assert len(logged_in("send", "张三", large, "--part-size", "64K").lines) == 7, "meant once more"


def test_a_folder_and_standard_input_in_parts(
    logged_in: Wxtui, sandbox: Sandbox, folder: Path, tmp_path: Path, home: Path
) -> None:
    result = logged_in("send", "张三", folder, "--pack", "--part-size=64K")
    assert result.code == 0, result.err
    inbox = received(sandbox, tmp_path / "inbox")
    with tarfile.open(fileobj=io.BytesIO(joined(logged_in, inbox, "项目.tar.gz"))) as tar:
        packed = tar.extractfile("项目/core.o")
        assert packed is not None
        assert packed.read() == DATA
    result = logged_in("send", "张三", "-", "--part-size=64K", "--name", "in.bin", stdin=DATA)
    assert joined(logged_in, received(sandbox, tmp_path / "second"), "in.bin") == DATA
    assert spooled(home) == []


def break_after(sandbox: Sandbox, sends: int, ret: int = 1) -> None:
    """Refuse a message once so many were sent."""
    sandbox.fault("webwxsendappmsg", "delay", 0, times=sends)
    sandbox.fault("webwxsendappmsg", "ret", ret)


def test_the_same_command_goes_on_with_the_parts_that_are_missing(
    logged_in: Wxtui, sandbox: Sandbox, large: Path, tmp_path: Path
) -> None:
    break_after(sandbox, 3)
    first = logged_in("send", "张三", large, "--part-size", "64K")
    assert (first.code, len(first.lines)) == (6, 3)
    assert "the same command again sends what is missing of it" in first.err
    # Another receiver has none of it, and neither has somebody who gets other parts.
    assert len(logged_in("send", "李四", large, "--part-size", "64K").lines) == 7
    assert len(logged_in("send", "张三", large, "--part-size", "100K").lines) == 5
    second = logged_in("send", "张三", large, "--part-size", "64K")
    assert second.code == 0, second.err
    assert "3 of 5 parts of “build log.bin” were sent already." in second.err
    assert len(second.lines) == 4
    assert joined(logged_in, received(sandbox, tmp_path / "inbox"), large.name) == DATA


def test_again_sends_all_parts_and_a_recalled_part_is_sent_again(
    logged_in: Wxtui, sandbox: Sandbox, large: Path
) -> None:
    break_after(sandbox, 2)
    first = logged_in("send", "张三", large, "--part-size", "64K")
    assert logged_in("revoke", first.lines[0].split("\t")[0]).code == 0
    break_after(sandbox, 1)
    second = logged_in("send", "张三", large, "--part-size", "64K")
    assert "1 of 5 parts" in second.err
    assert second.code == 6, "one part went in this run, and one before"
    third = logged_in("send", "张三", large, "--part-size", "64K", "--again")
    assert (third.code, len(third.lines), third.err) == (0, 7, "")


def test_each_of_several_gets_what_is_missing_for_them(
    logged_in: Wxtui, sandbox: Sandbox, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WXTUI_SEND_PAUSE", "0")
    break_after(sandbox, 8, ret=1204)
    command = ["send", "--to", "张三", "--to", "李四", large, "--part-size", "64K"]
    first = logged_in(*command)
    assert first.code == 6
    assert "--part-size=65536" in first.err, "the line for the rest"
    second = logged_in(*command)
    assert second.code == 0, second.err
    assert "“build log.bin” was sent already; --again sends it again." in second.err, "张三 had all of it"
    got = [(row["to_name"], row.get("file_name")) for row in sandbox.sent()]
    assert len(got) == len(set(got)) == 14, "each of them all of it, once"
    assert len(logged_in(*command).lines) == 14, "it was done: the command is meant anew"


def test_a_running_wxtui_sends_parts_of_the_file_itself_and_goes_on(
    logged_in: Wxtui, sandbox: Sandbox, large: Path, tmp_path: Path, home: Path
) -> None:
    with listening():
        wait_until(find_profile("default").socket_file.exists)
        break_after(sandbox, 2)
        first = logged_in("send", "张三", large, "--part-size", "64K")
        assert (first.code, len(first.lines)) == (6, 2), first.err
        second = logged_in("send", "张三", large, "--part-size", "64K")
        assert second.code == 0, second.err
        assert "2 of 5 parts" in second.err
        assert joined(logged_in, received(sandbox, tmp_path / "inbox"), large.name) == DATA


def test_a_killed_command_leaves_its_archive_to_the_next_one_which_goes_on(
    logged_in: Wxtui, sandbox: Sandbox, folder: Path, tmp_path: Path, home: Path
) -> None:
    sandbox.fault("webwxuploadmedia", "delay", 0, times=2)
    sandbox.fault("webwxuploadmedia", "delay", 60)
    command = ["send", "张三", str(folder), "--pack", "--part-size", "64K"]
    process = subprocess.Popen([sys.executable, "-m", "tui", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: len(sandbox.sent()) == 2)
    wait_until(lambda: sandbox.calls().get("webwxuploadmedia", 0) == 3)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert len(spooled(home)) == 1
    second = logged_in(*command)
    assert second.code == 0, second.err
    assert "2 of" in second.err
    assert spooled(home) == []
    assert joined(logged_in, received(sandbox, tmp_path / "inbox"), "项目.tar.gz")[:2] == b"\x1f\x8b"


def test_a_part_that_may_have_arrived_is_sent_again_and_that_is_said(
    logged_in: Wxtui, sandbox: Sandbox, large: Path
) -> None:
    sandbox.fault("webwxsendappmsg", "delay", 0)
    sandbox.fault("webwxsendappmsg", "drop_after")
    first = logged_in("send", "张三", large, "--part-size", "100K")
    assert (first.code, len(first.lines)) == (6, 1)
    second = logged_in("send", "张三", large, "--part-size", "100K")
    assert second.code == 0, second.err
    assert "1 of 3 parts" in second.err
    assert "“build log.bin.part002of003” may have arrived before; it is sent again." in second.err


def test_another_message_in_a_parts_row_does_not_stand_for_it(
    logged_in: Wxtui, sandbox: Sandbox, large: Path, home: Path
) -> None:
    """Where messages are not kept, SQLite gives a row again."""
    logged_in("send", "张三", "-m", "hello")
    break_after(sandbox, 1)
    assert logged_in("send", "张三", large, "--part-size", "100K").code == 6
    [note] = (home / "cache" / "default" / "parts").iterdir()
    noted = json.loads(note.read_bytes())
    note.write_text(json.dumps([[part, to, 1, ""] for part, to, _row, _msg_id in noted]))
    assert "part001of003” may have arrived before" in logged_in("send", "张三", large, "--part-size", "100K").err
    assert len({row["file_name"] for row in sandbox.sent()[2:] if row.get("file_name")}) == 4
