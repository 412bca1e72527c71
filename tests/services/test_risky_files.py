"""Files that can run: found by name and by content, however the name is written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.services.downloads.opened_files import OpenedFiles
from tui.services.downloads.risky_files import (
    ExaminedFile,
    RiskyKind,
    ending_of,
    examine,
    examine_file,
    hides_ending,
    kind_of_content,
    safe_ending,
    unchanged,
)

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 40
PDF = b"%PDF-1.7\n"
ZIP = b"PK\x03\x04" + b"\0" * 30
OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 30
TEXT = "会议纪要 minutes < 3 pages".encode()


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.txt", TEXT, None),
        ("照片.png", PNG, None),
        ("a.docx", ZIP + b"word/document.xml", None),
        ("a.pdf", PDF, None),
        ("noending", TEXT, None),
        ("v1.2 final", TEXT, None),
        ("", b"", None),
        # by name
        ("a.exe", TEXT, RiskyKind.PROGRAM),
        ("invoice.pdf.exe", TEXT, RiskyKind.PROGRAM),
        ("INVOICE.PDF.EXE", TEXT, RiskyKind.PROGRAM),
        ("invoice.exe. . ", TEXT, RiskyKind.PROGRAM),
        ("invoice.exe\u3000", TEXT, RiskyKind.PROGRAM),
        ("invoice.e\u200bxe", TEXT, RiskyKind.PROGRAM),
        ("invoice\u202efdp.exe", TEXT, RiskyKind.PROGRAM),
        ("/tmp/.exe", TEXT, RiskyKind.PROGRAM),
        ("a.tar.gz.sh", TEXT, RiskyKind.SCRIPT),
        ("a.bat", TEXT, RiskyKind.SCRIPT),
        ("a.py", TEXT, RiskyKind.SCRIPT),
        ("a.jar", ZIP, RiskyKind.PROGRAM),
        ("a.apk", ZIP, RiskyKind.INSTALLER),
        ("a.msi", OFFICE, RiskyKind.INSTALLER),
        ("a.desktop", TEXT, RiskyKind.SHORTCUT),
        ("a.lnk", TEXT, RiskyKind.SHORTCUT),
        ("a.url", TEXT, RiskyKind.SHORTCUT),
        ("a.html", TEXT, RiskyKind.PAGE),
        ("a.svg", TEXT, RiskyKind.SVG),
        ("a.docm", ZIP, RiskyKind.MACROS),
        ("a.xlsm", ZIP, RiskyKind.MACROS),
        # by content
        ("a.png", b"\x7fELF\x02", RiskyKind.PROGRAM),
        ("a", b"MZ\x90\0", RiskyKind.PROGRAM),
        ("a.mp4", b"\xcf\xfa\xed\xfe", RiskyKind.PROGRAM),
        ("a.txt", b"#!/bin/sh\nrm -rf ~\n", RiskyKind.SCRIPT),
        ("a.txt", b"\xef\xbb\xbf#!/bin/sh\n", RiskyKind.SCRIPT),
        ("a.txt", b"@ECHO OFF\r\n", RiskyKind.SCRIPT),
        ("photo.png", b"\n  <!DOCTYPE html><p>", RiskyKind.PAGE),
        ("photo.png", b"<?xml version='1.0'?>\n<svg xmlns=''>", RiskyKind.SVG),
        ("photo.png", "<html>".encode("utf-16"), RiskyKind.PAGE),
        ("note.txt", b"[Desktop Entry]\nExec=sh\n", RiskyKind.SHORTCUT),
        ("note.txt", b"[InternetShortcut]\nURL=", RiskyKind.SHORTCUT),
        ("a.docx", ZIP + b"word/vbaProject.bin", RiskyKind.MACROS),
        ("a.doc", OFFICE + "_VBA_PROJECT".encode("utf-16-le"), RiskyKind.MACROS),
        ("a.zip", ZIP + b"AndroidManifest.xml", RiskyKind.INSTALLER),
        # both: the more dangerous one
        ("a.svg", b"\x7fELF", RiskyKind.PROGRAM),
        ("a.html", b"#!/bin/sh", RiskyKind.SCRIPT),
    ],
)
def test_a_file_that_can_run_is_known_by_name_and_by_content(name: str, head: bytes, kind: RiskyKind | None) -> None:
    assert examine(name, head).kind is kind


def test_a_part_at_the_end_of_a_package_counts() -> None:
    assert kind_of_content(ZIP, b"word/vbaProject.bin") is RiskyKind.MACROS


def test_a_file_that_may_be_run_is_a_program_unless_it_is_known_better() -> None:
    assert examine("a.txt", TEXT, executable=True).kind is RiskyKind.PROGRAM
    # On a memory card every file has that mode.
    assert examine("a.png", PNG, executable=True).kind is None


@pytest.mark.parametrize(
    ("name", "head", "claims", "holds"),
    [
        ("a.png", JPEG, "", ""),
        ("a.png", PDF, "png", "pdf"),
        ("a.pdf", PNG, "pdf", "png"),
        ("a.png", b"<html>", "png", ""),
        ("a.png", TEXT, "", ""),
        ("a.dat", PDF, "", ""),
    ],
)
def test_content_that_contradicts_the_name_is_told(name: str, head: bytes, claims: str, holds: str) -> None:
    found = examine(name, head)
    assert (found.claims, found.holds) == (claims, holds)


def test_a_name_that_hides_its_ending_is_asked_about() -> None:
    assert hides_ending("photo\u202egnp.exe")
    assert hides_ending("photo.png" + " " * 40 + ".exe")
    assert not hides_ending("会议 纪要 (2).pdf")
    assert examine("photo\u202egnp.txt", TEXT).asks


DANGEROUS = st.sampled_from(["exe", "sh", "desktop", "Bat", "HTML", "svg", "docm", "lnk", "py", "JS", "msi", "apk"])
TAIL = st.text(st.sampled_from(" .\u200b\u202e\u00a0\u3000"), max_size=5)


@given(st.text(min_size=1, max_size=20), DANGEROUS, TAIL)
def test_no_name_in_front_or_blank_behind_hides_a_dangerous_ending(front: str, ending: str, tail: str) -> None:
    assert examine(f"x{front}.{ending}{tail}", TEXT).kind is not None


@given(st.text(max_size=300), st.binary(max_size=200))
def test_whatever_the_sender_calls_it_a_program_gets_a_plain_ending(name: str, head: bytes) -> None:
    found = safe_ending(examine(name, head), ".jpg")
    assert found.removeprefix(".").replace("-", "").replace("_", "").isascii()
    assert len(found) < 18
    assert "/" not in found
    assert ending_of(name) == ending_of(name).lower()


@pytest.mark.parametrize("change", ["write", "replace", "remove", "mode"])
def test_a_file_that_was_replaced_is_known(tmp_path: Path, change: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(TEXT)
    found = examine_file(path, "a.txt")
    assert unchanged(path, found)
    match change:
        case "write":
            path.write_bytes(b"#!/bin/sh")
        case "replace":
            other = tmp_path / "b"
            other.write_bytes(TEXT)
            other.replace(path)
        case "remove":
            path.unlink()
        case "mode":
            path.chmod(0o755)
    assert not unchanged(path, found)


def test_no_link_and_no_pipe_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "missing"):
        with pytest.raises(OSError):
            examine_file(tmp_path / name, "a.txt")


def test_old_files_go_and_those_in_use_stay(tmp_path: Path) -> None:
    now = 1_900_000_000.0
    files = OpenedFiles(tmp_path, lambda: now)
    folder = files.make()
    assert folder.stat().st_mode & 0o777 == 0o700
    for name, hours in {"new": 0.5, "today": 5, "old": 30, "future": -100}.items():
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (now - hours * 3600,) * 2)
    files.sweep()
    assert sorted(path.name for path in folder.iterdir()) == ["new", "today"]
    files.sweep(keep=False)
    assert [path.name for path in folder.iterdir()] == ["new"]


def test_too_much_goes_oldest_first(tmp_path: Path) -> None:
    now = 1_900_000_000.0
    files = OpenedFiles(tmp_path, lambda: now)
    for name, hours in {"a": 2, "b": 3, "c": 4}.items():
        with (files.make() / name).open("wb") as file:
            file.truncate(240_000_000)
        os.utime(files.path / name, (now - hours * 3600,) * 2)
    files.sweep()
    assert sorted(path.name for path in files.path.iterdir()) == ["a", "b"]


def test_an_examined_file_asks_only_for_a_reason() -> None:
    assert not ExaminedFile(None, "txt").asks
