"""join: what it prints."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    """The name of a file of which two parts and the sums lie in a folder."""
    whole = tmp_path / "a b.bin"
    sums = f"{hashlib.sha256(b'xxxxyy').hexdigest()}  {whole.name}\n"
    for name, data in ((f"{whole.name}.part001of002", b"xxxx"), (f"{whole.name}.part002of002", b"yy")):
        (tmp_path / name).write_bytes(data)
        sums += f"{hashlib.sha256(data).hexdigest()}  {name}\n"
    (tmp_path / f"{whole.name}.sha256").write_text(sums)
    return whole


def test_the_path_is_printed_and_a_sentence_said(wxtui: Wxtui, parts: Path) -> None:
    result = wxtui("join", parts)
    assert (result.code, result.out, result.err) == (0, f"{parts}\n", "2 parts, 6 B, all checked.\n")
    assert parts.read_bytes() == b"xxxxyy"
    result = wxtui("join", parts)
    assert result.code == 1
    assert "there already; --force" in result.err


def test_scripts_get_an_object(wxtui: Wxtui, parts: Path, tmp_path: Path) -> None:
    result = wxtui("--json", "join", f"{parts}.part002of002", "-o", tmp_path / "other", "--unchecked")
    assert result.json == [{"path": str(tmp_path / "other"), "size": 6, "parts": 2, "checked": True}]
