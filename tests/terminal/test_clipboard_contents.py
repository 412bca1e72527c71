"""Reading the desktop's clipboard by its own programs, which may hang, be missing, or give far too much."""

from __future__ import annotations

import base64
import os
import stat
import time
from pathlib import Path

import pytest

from tests.support.waiting import wait_until
from tui.errors import UsageError
from tui.services.util.threads import Breath, ThreadStopped
from tui.terminal.desktop import clipboard_contents
from tui.terminal.desktop.clipboard_contents import (
    ClipboardFiles,
    ClipboardImage,
    ClipboardReader,
    ClipboardText,
    reader_for,
)

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def fake(programs: Path, name: str, body: str) -> None:
    path = programs / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def is_running(noted: Path) -> bool:
    number = noted.read_text().strip() if noted.exists() else ""
    try:
        return bool(number) and os.kill(int(number), 0) is None
    except ProcessLookupError:
        return False


def holding(programs: Path, tool: str, **contents: bytes) -> ClipboardReader:
    """A clipboard with these contents by type, where `_` stands for `/` and `__` for `-`."""
    kept = {name.replace("__", "-").replace("_", "/", 1): data for name, data in contents.items()}
    store = programs.parent / "store"
    store.mkdir()
    for type, data in kept.items():
        (store / type.replace("/", "%")).write_bytes(data)
    name, asks = ("wl-paste", "--list-types") if tool == "wl-clipboard" else ("xclip", "TARGETS")
    # The last argument is the type, or the wish for all types.
    fake(
        programs,
        name,
        f'for last; do :; done\nif [ "$last" = {asks} ]; then ls {store} | tr % /; exit; fi\n'
        f'cat "{store}/$(echo "$last" | tr / %)"',
    )
    reader = reader_for(tool, lambda name: None)
    assert reader is not None
    return reader


@pytest.mark.parametrize("tool", ["wl-clipboard", "xclip"])
def test_an_image_goes_to_a_private_file(programs: Path, tmp_path: Path, tool: str) -> None:
    reader = holding(programs, tool, text_html=b"<img>", image_jpeg=b"x", image_png=PNG)
    found = reader.look()
    assert found == ClipboardImage("image/png")
    place = tmp_path / "a.png"
    reader.read_image(found, place)
    assert place.read_bytes() == PNG
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_files_come_before_an_image_and_text_before_its_picture(programs: Path, tmp_path: Path) -> None:
    (tmp_path / "文 件.txt").write_text("x")
    address = (tmp_path / "文 件.txt").as_uri().encode()
    reader = holding(
        programs, "xclip", x__special_gnome__copied__files=b"copy\n" + address, image_png=PNG, text_plain=b"x"
    )
    assert reader.look() == ClipboardFiles((tmp_path / "文 件.txt",))


def test_a_copied_link_is_text(programs: Path) -> None:
    reader = holding(programs, "xclip", text_uri__list=b"https://a.example/\r\n", text_plain=b"https://a.example/")
    assert reader.look() == ClipboardText("https://a.example/")


def test_a_list_of_files_with_remarks(programs: Path) -> None:
    reader = holding(programs, "wl-clipboard", text_uri__list=b"# two\r\nfile:///a/b%20c\r\nfile:///d\r\n")
    assert reader.look() == ClipboardFiles((Path("/a/b c"), Path("/d")))


def test_an_empty_clipboard_is_no_mistake(programs: Path) -> None:
    fake(programs, "wl-paste", "echo Nothing is copied >&2; exit 1")
    reader = reader_for("wl-clipboard", lambda name: None)
    assert reader is not None and reader.look() is None
    assert reader_for("", lambda name: None) is None


def test_a_program_that_hangs_or_is_missing_or_never_ends_is_told(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clipboard_contents, "_SOON", 0.2)
    monkeypatch.setattr(clipboard_contents, "_LATE", 5.0)
    fake(programs, "xclip", f"sleep 100 & echo $! > {tmp_path}/pid; wait")
    reader = reader_for("xclip", lambda name: None)
    assert reader is not None
    begun = time.monotonic()
    with pytest.raises(UsageError, match="xclip does not answer"):
        reader.look()
    assert time.monotonic() - begun < 5
    # Neither it nor its child is left; on a busy machine it was ended before it had one.
    wait_until(lambda: not is_running(tmp_path / "pid"))
    # Nor after nobody waits for it any more: the end of the program is not held up.
    monkeypatch.setattr(clipboard_contents, "_SOON", 50.0)
    breath = Breath()
    breath.stop()
    begun = time.monotonic()
    with pytest.raises(ThreadStopped):
        reader.look(breath)
    assert time.monotonic() - begun < 20
    wait_until(lambda: not is_running(tmp_path / "pid"))
    place = tmp_path / "a.png"
    fake(programs, "xclip", "exec cat /dev/zero")
    with pytest.raises(UsageError, match=r"too large: the limit is"):
        reader.read_image(ClipboardImage("image/png"), place)
    fake(programs, "xclip", "echo no image")
    with pytest.raises(UsageError, match="cannot be read"):
        reader.read_image(ClipboardImage("image/png"), place)
    assert not place.exists()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="xclip cannot be started"):
        reader.look()


def test_a_mac_gives_its_image_in_hexadecimal(programs: Path, tmp_path: Path) -> None:
    fake(
        programs,
        "osascript",
        'case "$2" in "clipboard info") echo "«class PNGf», 124, «class 8BPS», 99";;\n'
        f'*) echo "«data PNGf{PNG.hex().upper()}»";; esac',
    )
    reader = reader_for("pbcopy", lambda name: None)
    assert reader is not None
    found = reader.look()
    assert found == ClipboardImage("image/png")
    reader.read_image(found, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == PNG
    fake(programs, "pngpaste", f"echo {base64.b64encode(PNG).decode()} | base64 -d")
    reader = reader_for("pbcopy", lambda name: f"/bin/{name}")
    assert reader is not None
    reader.read_image(found, tmp_path / "b.png")
    assert (tmp_path / "b.png").read_bytes() == PNG
