"""The pictures in `screenshots` are what the program draws: every cell, its letters and its colours."""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support.frozen_program import FrozenWorld, frozen_home
from tests.support.screenshots import FOLDER, RENEW, ROOT, SCENES, Scene, draw

HERE = [scene for scene in SCENES if scene.language == "en"]
ELSEWHERE = [scene for scene in SCENES if scene.language != "en"]


@pytest.fixture(scope="module")
def world() -> Iterator[FrozenWorld]:
    with frozen_home() as home:
        yield FrozenWorld(home)


@pytest.mark.parametrize("scene", HERE, ids=lambda scene: scene.name)
async def test_the_picture_is_what_the_program_draws(scene: Scene, world: FrozenWorld) -> None:
    stored = (FOLDER / f"{scene.name}.svg").read_text("utf-8")
    same(scene.name, stored, await draw(scene, world, stored))


def test_so_it_is_in_another_language(tmp_path: Path) -> None:
    for language in {scene.language for scene in ELSEWHERE}:
        names = [scene.name for scene in ELSEWHERE if scene.language == language]
        command = [sys.executable, "-m", "tests.support.screenshots", "--into", str(tmp_path), *names]
        subprocess.run(command, cwd=ROOT, env=os.environ | {"WXTUI_LANG": language}, check=True, timeout=120)
        for name in names:
            same(name, (FOLDER / f"{name}.svg").read_text("utf-8"), (tmp_path / f"{name}.svg").read_text("utf-8"))


def test_there_is_a_scene_for_every_picture() -> None:
    assert {path.stem for path in FOLDER.glob("*.svg")} == {scene.name for scene in SCENES}


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_pictures_need_nothing_from_elsewhere(scene: Scene) -> None:
    text = (FOLDER / f"{scene.name}.svg").read_text("utf-8")
    ElementTree.fromstring(text)
    assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg\")|@import|@font-face|url\(|/tmp/|<script", text)


def same(name: str, stored: str, drawn: str) -> None:
    """Fail with what differs, and with how to renew the picture when that is meant."""
    if drawn != stored:
        lines = difflib.unified_diff(stored.splitlines(), drawn.splitlines(), "stored", "drawn", lineterm="", n=0)
        told = "\n".join(list(lines)[:40])
        pytest.fail(f"screenshots/{name}.svg is another picture now. If so it shall be: {RENEW} {name}\n{told}")
