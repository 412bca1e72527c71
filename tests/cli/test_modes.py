"""Every file and folder that the program makes is its owner's alone, also where the umask would allow more."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.listen_process import listening
from tests.support.sandbox_thread import Sandbox
from tui.cli.crash import report


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_umask")
def test_nothing_is_readable_by_others_whatever_the_umask(
    wxtui: Wxtui, sandbox: Sandbox, home: Path, tmp_path: Path
) -> None:
    made = tmp_path / "made"
    made.mkdir(mode=0o700)
    assert wxtui("--server", sandbox.origin, "login", "--fresh", "--qr", f"png:{made / 'code.png'}").code == 0
    file = tmp_path / "a.bin"
    file.write_bytes(os.urandom(1000))
    assert wxtui("send", "张三", file, "-", stdin=b"from a pipe").code == 0
    with listening() as listener:
        sandbox.post("push", type="text", content="hello")
        listener.wait_for("hello")
        assert wxtui("send", "张三", "-", stdin=b"through the running one").code == 0
        assert wide(home) == [], "while it runs: the socket and SQLite's own files too"
        assert listener.stop(signal.SIGTERM)[0] == 143
    assert wxtui("export", "--output", made / "all.jsonl").code == 0
    report(RuntimeError("boom"), home / "state" / "default")
    (made / "old.png").touch()
    assert wxtui("--server", sandbox.origin, "login", "--fresh", "--qr", f"png:{made / 'old.png'}").code == 0
    assert wide(home) == wide(made) == []
    assert {path.name for path in made.iterdir()} >= {"all.jsonl", "code.png"}
    assert any(path.suffix == ".sqlite3" for path in home.rglob("*"))


def wide(folder: Path) -> list[str]:
    """Paths below that somebody else might read, with their modes."""
    found = [(path, stat.S_IMODE(path.lstat().st_mode)) for path in folder.rglob("*")]
    return [f"{path} {mode:o}" for path, mode in found if mode & 0o077]
