"""The person's editor gets the text and the terminal, and gives both back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.dialog_app import DialogApp
from tests.support.pty_program import Program
from tests.support.waiting import idle
from tui.errors import UsageError
from tui.screens.external_editor import edit, editor_command


class Suspendable(DialogApp):
    """Has no terminal to give away, and says that it did."""

    def __init__(self) -> None:
        super().__init__()
        self.given = asyncio.Event()

    @contextlib.contextmanager
    def suspend(self) -> Iterator[None]:
        self.given.set()
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Temporary files go here."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def left(folder: Path) -> list[str]:
    """What still lies there."""
    return [path.name for path in folder.iterdir()]


def environment(tmp_path: Path, script: str) -> dict[str, str]:
    """An editor that is a piece of Python; `path` is the file."""
    program = tmp_path / "editor.py"
    program.write_text("import os, sys\nfrom pathlib import Path\npath = Path(sys.argv[-1])\n" + script, "utf-8")
    return {**os.environ, "VISUAL": "", "EDITOR": f"'{sys.executable}' '{program}'"}


async def edited(tmp_path: Path, text: str, script: str) -> str:
    app = Suspendable()
    async with app.run_test():
        try:
            return await edit(app, text, environment(tmp_path, script))
        finally:
            assert app.given.is_set()
            assert app._batch_count == 0


async def test_what_the_editor_wrote_comes_back(tmp_path: Path, home: Path) -> None:
    script = "text = path.read_text('utf-8'); path.write_text(text + ' and 再见 👋\\n', 'utf-8')"
    assert await edited(tmp_path, "你好\nline", script) == "你好\nline and 再见 👋"
    assert left(home) == []


async def test_a_newline_that_was_there_stays(tmp_path: Path, home: Path) -> None:
    assert await edited(tmp_path, "a\n", "pass") == "a\n"


async def test_the_file_is_for_nobody_else(tmp_path: Path, home: Path) -> None:
    script = "path.write_text(f'{path.stat().st_mode & 0o777:o} {path.parent.stat().st_mode & 0o777:o}')"
    assert await edited(tmp_path, "secret", script) == "600 700"


async def test_backups_of_the_editor_go_too(tmp_path: Path, home: Path) -> None:
    await edited(tmp_path, "secret", "(path.parent / 'message.txt~').write_text('secret')")
    assert left(home) == []


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("path.write_text('half'); sys.exit(3)", "exited with 3; the text is unchanged."),
        ("path.write_bytes(b'\\x00\\xff\\xfe')", "The editor did not save text; the input is unchanged."),
        ("path.unlink()", "cannot be read: No such file or directory"),
    ],
)
async def test_what_goes_wrong_is_one_sentence(tmp_path: Path, home: Path, script: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        await edited(tmp_path, "kept", script)
    assert sentence in str(caught.value)
    assert left(home) == []


async def test_a_chinese_editor_of_old_is_understood(tmp_path: Path, home: Path) -> None:
    assert await edited(tmp_path, "", "path.write_bytes('你好'.encode('gbk'))") == "你好"


async def test_the_loop_goes_on_while_the_editor_runs(tmp_path: Path, home: Path) -> None:
    """The session below must not die of a long letter."""
    go = tmp_path / "go"
    app = Suspendable()
    async with app.run_test():
        script = f"import time\nwhile not Path({str(go)!r}).exists(): time.sleep(0.01)"
        task = asyncio.create_task(edit(app, "x", environment(tmp_path, script)))
        await asyncio.wait_for(app.given.wait(), 10)
        await idle()
        assert not task.done()
        assert app._batch_count == 1
        os.kill(os.getpid(), signal.SIGINT)
        go.touch()
        assert await task == "x"


async def test_no_terminal_to_give_away(tmp_path: Path, home: Path) -> None:
    app = DialogApp()
    async with app.run_test():
        with pytest.raises(UsageError, match="cannot be opened in this terminal"):
            await edit(app, "x", environment(tmp_path, "pass"))
    assert left(home) == []


def test_the_editor_is_the_one_of_the_environment(tmp_path: Path) -> None:
    here = Path(sys.executable).parent
    name = Path(sys.executable).name
    path = {"PATH": str(here)}
    assert editor_command({**path, "VISUAL": f"{name} -u", "EDITOR": "other"}) == [name, "-u"]
    assert editor_command({**path, "VISUAL": " ", "EDITOR": name}) == [name]
    with pytest.raises(UsageError, match=r"\$EDITOR is “no-such-editor”, which is not installed here"):
        editor_command({**path, "EDITOR": "no-such-editor"})
    with pytest.raises(UsageError, match=r"set \$EDITOR"):
        editor_command({"PATH": str(tmp_path)})
    vi = tmp_path / "vi"
    vi.write_text("")
    vi.chmod(0o755)
    assert editor_command({"PATH": str(tmp_path)}) == ["vi"]


PROGRAM = """
import asyncio
from textual.binding import Binding
from rich.segment import Segment
from tests.support.dialog_app import Backdrop, DialogApp
from tui.screens.external_editor import edit
from tui.widgets.base.canvas import fit

class App(DialogApp):
    BINDINGS = [Binding("e", "edit"), Binding("q", "quit")]
    said = "nothing yet"

    def action_edit(self):
        self.run_worker(self.work())

    async def work(self):
        self.said = "got: " + await edit(self, "before")
        self.screen.query_one(Backdrop).refresh()

Backdrop.draw = lambda self, y, width: fit([Segment(f"{y} {self.app.said}")], width, self.theme_styles.text)
App().run()
"""


class Screenful(Program):
    """A program of ours in a real terminal."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, editor: str) -> None:
        monkeypatch.setenv("EDITOR", editor)
        monkeypatch.delenv("VISUAL", raising=False)
        with monkeypatch.context() as patch:
            run = __import__("subprocess").Popen
            patch.setattr("subprocess.Popen", lambda command, **options: run([command[0], "-c", PROGRAM], **options))
            super().__init__()


def test_in_a_real_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The editor's screen comes, ours comes back whole; Ctrl+C in the editor is the editor's."""
    script = tmp_path / "editor"
    script.write_text(
        "#!/bin/sh\ntrap 'echo caught' INT\nprintf '\\033[2J\\033[Hthis is the editor\\n'\n"
        'while [ -z "$word" ]; do read word; done\n'
        'printf "%s" "$word" >> "$1"\n'
    )
    script.chmod(0o755)
    with Screenful(monkeypatch, str(script)) as program:
        program.wait_for("0 nothing yet")
        program.type("e")
        program.wait_for("this is the editor")
        program.type("\x03")
        program.wait_for("caught")
        program.type("after\n")
        program.wait_for("0 got: beforeafter")
        assert "23 got: beforeafter" in program.text
        assert "this is the editor" not in program.text
        program.type("q")
        program.end()
