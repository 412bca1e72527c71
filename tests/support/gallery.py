"""Scenes of `screenshots` in all sizes, themes and languages, to look at: `python -m tests.support.gallery FOLDER`.

A scene becomes one page of pictures for its sizes and one for its themes, in each language: `chat-sizes-en.svg`; and a
PNG where `rsvg-convert` is installed. Nothing of it is committed or compared.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product, zip_longest
from pathlib import Path
from typing import Final

from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

from tests.support.frozen_program import FrozenProgram, FrozenWorld, frozen_home, frozen_program
from tests.support.screen_svg import picture
from tests.support.screen_text import screen_strips
from tests.support.screenshots import ROOT, SCENES, Scene, paper_of
from tui.config.settings import Theme
from tui.i18n import wanted_language

_CALM: Final = 6
"""How often a picture must be the same before it is taken."""
_MOST: Final = 120
GAP: Final = 14


@dataclass(frozen=True, slots=True)
class Look:
    """One way in which a scene is drawn: the size, the theme, the terminal's background and its colours."""

    size: tuple[int, int]
    theme: Theme
    paper: Theme = "dark"
    colors: str = "truecolor"

    @property
    def title(self) -> str:
        """Return the look in words."""
        width, height = self.size
        return f"{width}x{height} {self.theme} on {self.paper}, {self.colors}"


LOOKS: Final = {
    "sizes": (
        Look((80, 24), "dark"),
        Look((140, 40), "dark"),
        Look((50, 20), "dark"),
        Look((100, 30), "light", "light"),
    ),
    "themes": (
        Look((80, 24), "terminal"),
        Look((80, 24), "terminal", "light"),
        Look((80, 24), "dark"),
        Look((80, 24), "light", "light"),
        Look((80, 24), "terminal", "dark", "16 colors"),
        Look((80, 24), "terminal", "dark", "no color"),
    ),
}


# ---------------------------------------------------------------- scenes beside those that are committed


def at(conversation: str, *steps: str) -> Callable[[FrozenProgram], Awaitable[None]]:
    """Return a play: open a conversation, then press keys; what begins with `text:` is typed, `own:2` selects."""

    async def play(program: FrozenProgram) -> None:
        if conversation:
            await program.go_to(conversation)
        for step in steps:
            if step.startswith("text:"):
                await program.type(step.removeprefix("text:"))
            elif step.startswith("own:"):
                await program.own(int(step.removeprefix("own:")))
            else:
                await program.press(step)
            await program.idle()

    return play


GROUP: Final = "项目群"
PERSON: Final = "张三"
REQUESTS: Final = "朋友推荐消息"
MORE: Final = (
    Scene("landing", "The first screen", at(""), ()),
    Scene("offline", "Not logged in", at("", "escape"), (), furnished=False),
    Scene("list", "The list has the focus", at(GROUP, "shift+tab", "down", "down"), ()),
    Scene("filter", "The list, filtered", at(GROUP, "shift+tab", "/", "text:li"), ()),
    Scene("finder", "Ctrl+K", at(GROUP, "ctrl+k"), ()),
    Scene("finder-few", "Ctrl+K, a few letters", at(GROUP, "ctrl+k", "text:zh"), ()),
    Scene("help", "F1", at(GROUP, "f1"), ()),
    Scene("help-log", "F1 in the messages", at(GROUP, "own:1", "f1", "pagedown"), ()),
    Scene("recall", "The question before a recall", at(GROUP, "own:1", "d"), ()),
    Scene("no-correction", "s/old/new/ that cannot be", at(GROUP, "text:s/xyz/abc/"), ()),
    Scene("emoji", "Emoji by name", at(GROUP, "text:好 :smi"), ()),
    Scene("members", "Members of the group", at(GROUP, "text:@"), ()),
    Scene("search", "F3", at(GROUP, "f3", "text:收到"), ()),
    Scene("search-mistake", "F3 with a mistake", at(GROUP, "f3", "text:kind:foo since:x"), ()),
    Scene("palette", "Ctrl+P", at(GROUP, "ctrl+p", "text:re"), ()),
    Scene("settings", "/set", at(GROUP, "text:/set", "enter"), ()),
    Scene("theme", "/theme", at(GROUP, "text:/theme", "enter"), ()),
    Scene("menu", "What can be done with a message", at(GROUP, "own:1", "."), ()),
    Scene("details", "A message whole", at(GROUP, "own:1", "o"), ()),
    Scene("contact", "Who is in the group", at(GROUP, "shift+tab", "o"), ()),
    Scene("quit", "The question before leaving", at(GROUP, "text:/logout", "enter"), ()),
    Scene("unknown", "An unknown command", at(GROUP, "text:/foo", "enter"), ()),
    Scene("picker-filter", "The file picker's filter", at(GROUP, "ctrl+o", "/", "text:log"), ()),
    Scene("picker-help", "The file picker's help", at(GROUP, "ctrl+o", "f1"), ()),
    Scene("uploads-empty", "No uploads", at(GROUP, "ctrl+t"), ()),
    Scene("mention", "Alt+M", at(GROUP, "alt+m"), ()),
    Scene("requests", "/requests", at(GROUP, "text:/requests", "enter"), ()),
    Scene("accept", "The question before a request is accepted", at(REQUESTS, "text:/accept", "enter"), ()),
    Scene("ignored", "A friend request that was ignored", at(REQUESTS, "text:/ignore", "enter"), ()),
    Scene("notify", "/notify", at(GROUP, "text:/notify", "enter"), ()),
    Scene("muted", "/mute 8h", at(GROUP, "text:/mute 8h", "enter"), ()),
    Scene("member-list", "/members", at(GROUP, "text:/members", "enter"), ()),
    Scene("group-menu", "/group", at(GROUP, "text:/group", "enter"), ()),
    Scene("group-new", "/group new", at(GROUP, "text:/group new", "enter"), ()),
    Scene("group-new-question", "/group new A B", at(GROUP, "text:/group new 张三 李四", "enter"), ()),
    Scene("group-add", "/group add", at(GROUP, "text:/group add", "enter"), ()),
    Scene("group-add-question", "/group add A", at(GROUP, "text:/group add 妈妈", "enter"), ()),
    Scene("group-remove", "/group remove", at(GROUP, "text:/group remove", "enter"), ()),
    Scene("group-remove-question", "/group remove A", at(GROUP, "text:/group remove 李四", "enter"), ()),
    Scene("group-rename", "/group rename", at(GROUP, "text:/group rename", "enter"), ()),
    Scene("group-rename-question", "/group rename NAME", at(GROUP, "text:/group rename 发布群", "enter"), ()),
    Scene("remark", "/remark", at(PERSON, "text:/remark", "enter"), ()),
    Scene("pin", "/pin", at(PERSON, "text:/pin", "enter"), ()),
    Scene("person", "Details of a person", at(PERSON, "shift+tab", "o"), ()),
    Scene("profiles", "/profile", at(GROUP, "text:/profile", "enter"), ()),
    Scene("help-2", "F1, the second page", at(GROUP, "f1", "pagedown"), ()),
    Scene("help-3", "F1, the third page", at(GROUP, "f1", "pagedown", "pagedown"), ()),
)
BY_NAME: Final = {scene.name: scene for scene in (*SCENES, *MORE)}


# ---------------------------------------------------------------- drawing


def shown(lines: Iterable[Iterable[Segment]], colors: str) -> list[list[Segment]]:
    """Return the lines as a terminal with so many colours shows them."""

    def style(one: Style | None) -> Style | None:
        if one is None or colors == "truecolor":
            return one
        if colors == "no color":
            return one.without_color
        few = ColorSystem.STANDARD
        return one + Style.from_color(
            one.color and one.color.downgrade(few), one.bgcolor and one.bgcolor.downgrade(few)
        )

    return [[Segment(text, style(one), control) for text, one, control in line] for line in lines]


async def calm(program: FrozenProgram, scene: Scene, look: Look) -> str:
    """Return the picture that stays."""
    foreground, background = paper_of(look.paper)
    before, same, svg = "", 0, ""
    for _ in range(_MOST):
        await program.pilot.pause()
        lines, caret = shown(screen_strips(program.app), look.colors), program.app._caret()
        svg = picture(lines, look.size[0], look.title, foreground=foreground, background=background, caret=caret)
        same = same + 1 if svg == before else 0
        if same >= _CALM:
            break
        before = svg
        await asyncio.sleep(0.02)
    return svg


async def draw_page(scene: Scene, looks: Sequence[Look], world: FrozenWorld) -> list[str]:
    """Return the scene's pictures, one for each look."""
    pictures = []
    for number, look in enumerate(looks):
        profile = await world.profile(f"{scene.name}-{number}", furnished=scene.furnished)
        async with frozen_program(profile, look.size, look.theme, world.files, online=scene.furnished) as program:
            try:
                async with asyncio.timeout(20):
                    await scene.play(program)
            except (AssertionError, TimeoutError) as error:
                print(f"{scene.name}, {look.title}: {error or 'a step did not come'}", file=sys.stderr)
            pictures.append(await calm(program, scene, look))
    return pictures


def page(pictures: Sequence[str]) -> str:
    """Return the pictures on one SVG, two in a row."""
    down = tall = width = 0.0
    body: list[str] = []
    for left, right in zip_longest(pictures[::2], pictures[1::2], fillvalue=""):
        across = tall = 0.0
        for svg in filter(None, (left, right)):
            size = re.search(r'width="([\d.]+)" height="([\d.]+)"', svg)
            assert size is not None
            body.append(f'<g transform="translate({across} {down})">{_with_own_classes(svg, str(len(body)))}</g>')
            across += float(size[1]) + GAP
            tall, width = max(tall, float(size[2])), max(width, across)
        down += tall + GAP
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{down}" viewBox="0 0 {width} {down}">'
    return f'{head}<rect width="100%" height="100%" fill="#777"/>{"".join(body)}</svg>'


def _with_own_classes(svg: str, suffix: str) -> str:
    """Return a picture whose classes are named like no other's: all pictures of a page share one style sheet."""
    svg = re.sub(
        r'class="([^"]*)"', lambda found: f'class="{" ".join(f"{one}-{suffix}" for one in found[1].split())}"', svg
    )
    return re.sub(r"(?m)^\.(\w+)\{", rf".\1-{suffix}{{", svg)


def draw_all(folder: Path, names: Sequence[str], kinds: Sequence[str]) -> None:
    """Draw pages in this process's language."""

    with frozen_home() as home:
        world = FrozenWorld(home)
        for name, kind in product(names, kinds):
            target = folder / f"{name}-{kind}-{wanted_language()}.svg"
            target.write_text(page(asyncio.run(draw_page(BY_NAME[name], LOOKS[kind], world))), encoding="utf-8")
            if shutil.which("rsvg-convert"):
                subprocess.run(["rsvg-convert", "-o", target.with_suffix(".png"), target], check=True)
            print(target.with_suffix(".png"), flush=True)


def main(arguments: Sequence[str]) -> None:
    """`FOLDER [NAME…] [sizes] [themes] [--here]`; `--here`: only in the language of WXTUI_LANG."""
    here = "--here" in arguments
    folder, *rest = (one for one in arguments if one != "--here")
    kinds = [one for one in rest if one in LOOKS] or list(LOOKS)
    names = [one for one in rest if one in BY_NAME] or list(BY_NAME)
    Path(folder).mkdir(parents=True, exist_ok=True)
    if here:
        draw_all(Path(folder), names, kinds)
        return
    for language in ("en", "zh_CN"):
        command = [sys.executable, "-m", "tests.support.gallery", folder, *names, *kinds, "--here"]
        subprocess.run(command, cwd=ROOT, env=os.environ | {"WXTUI_LANG": language}, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
