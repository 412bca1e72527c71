"""The command line does without the full-screen library: scripts that send a line must not pay for it."""

from __future__ import annotations

import ast
import inspect
import json
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

import click
import pytest

import tui
from tests.support.loaded_modules import loaded_by
from tui import i18n
from tui.cli import lean_click, main
from tui.cli.click_words import wrap_paragraphs
from tui.cli.main import COMMANDS, module_of
from tui.terminal.deferred_modules import STANDARD, TOOLKIT, VALUES
from tui.terminal.graphemes import cell_len

PROGRAM: Final = Path(tui.__file__).parent
USED_LATE = {"NULL_STYLE", "SELECT_ALL", "CommandListItem", "VisualType"}
"""Values of modules that wait; Textual only returns them and has them in annotations."""


def test_starting_loads_neither_screens_nor_network_nor_store() -> None:
    loaded = loaded_by("tui.__main__", "tui.cli.main")
    assert "click" in loaded
    assert not loaded & {"textual", "rich", "httpx", "uvicorn", "starlette", "sqlite3", "segno", "humanize"}


@pytest.mark.parametrize("module", sorted(set(map(module_of, COMMANDS))))
def test_no_command_loads_textual(module: str) -> None:
    loaded = loaded_by(module)
    assert "tui" in loaded
    # rich is not asked for: httpx imports it by itself where it happens to be installed.
    assert "textual" not in loaded


def test_sending_loads_no_server_and_no_network_before_it_is_needed() -> None:
    loaded = loaded_by("tui.cli.commands.send", "tui.services.client.client")
    assert "msgspec" in loaded
    assert not loaded & {"uvicorn", "starlette", "python_multipart", "httpx", "h11"}, "a running wxtui has them"
    assert not loaded & {"defusedxml", "hashlib", "tempfile"}, "only files need them"


FOLDERS: Final = {
    "tui.kept_screen",
    "tui.screens.chat",
    "tui.store",
    "tui.terminal",
    "tui.widgets",
    "tui.widgets.base",
    "tui.widgets.composer",
    "tui.widgets.conversation_list",
    "tui.widgets.lists",
    "tui.widgets.message_log",
    "tui.widgets.text_input",
    "tui.wire",
    *(f"tui.store.{name}" for name in ("db", "identity", "mapping", "search", "tables")),
}
"""Folders whose modules the first screen may import; of all others only these:"""
SINGLE: Final = {
    "tui.cli.full_screen",
    "tui.config.settings",
    "tui.screens.app_context",
    "tui.screens.outbox_texts",
    "tui.screens.screen_keeper",
    "tui.screens.settling",
    "tui.services.client.events",
    "tui.services.contacts.display_names",
    "tui.services.contacts.namesakes",
    "tui.services.runtime",
    "tui.services.sending.correcting",
    "tui.services.sending.recall_window",
    "tui.services.session.login_events",
    "tui.services.session.login_options",
    "tui.services.uploads.upload_state",
    "tui.services.util.background",
    "tui.config.config_file",
    "tui.services.util.retry",
    "tui.services.util.suspend",
    "tui.services.util.threads",
}
MOST: Final = 180
"""Modules of ours at the first screen; each costs 0.1 ms before its first line runs."""


def every_help(command: click.Command) -> list[str]:
    below = (
        [command.get_command(click.Context(command), name) for name in COMMANDS]
        if isinstance(command, click.Group)
        else []
    )
    own = [command.help, command.epilog, *(getattr(one, "help", None) for one in command.params)]
    return [*filter(None, own), *(text for one in below if one is not None for text in every_help(one))]


def test_what_stands_for_inspect_cleans_our_help_as_that_does() -> None:
    texts = [*every_help(main.wxtui), "  a\n    b\n\n", "\n\na\tb", "一\n\n二\n"]
    assert len(texts) > 60
    assert [lean_click.cleandoc(text) for text in texts] == [inspect.cleandoc(text) for text in texts]


def test_help_and_completion_of_names_import_no_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "import_module", list)  # Which gives no module.
    context = click.Context(main.wxtui, info_name="wxtui")
    assert all(summary in main.wxtui.get_help(context) for _module, summary in COMMANDS.values()), "none is cut off"
    names = [item.value for item in main.wxtui.shell_complete(context, "lo")]
    assert names == ["login", "logout", "log"]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_help_begins_with_what_the_list_says_and_has_the_same_paragraphs(language: str) -> None:
    helps = {name: getattr(import_module(module_of(name)), name).help for name in COMMANDS}
    i18n.use(language)
    try:
        for name, (_module, summary) in COMMANDS.items():
            assert i18n._(helps[name]).startswith(i18n._(summary)), name
            assert cell_len(i18n._(summary)) <= 65, "it is cut off, or broken, in a narrow terminal"
        for text in every_help(main.wxtui):
            assert i18n._(text).count("\n\n") == text.count("\n\n"), text
        context = click.Context(main.wxtui, info_name="wxtui")
        rows = [("--file 文件", "是什么"), ("--yes", "是")]
        formatter = context.make_formatter()
        formatter.write_dl(rows)
        first, second = formatter.getvalue().splitlines()
        assert cell_len(first[: first.index("是")]) == cell_len(second[: second.index("是")])
        lines = wrap_paragraphs(i18n._(helps["recv"]), 50, "  ", "  ", preserve_paragraphs=True).splitlines()
        assert all(line[:2] == "  " and cell_len(line) <= 50 and line[2:3] not in "，。；：" for line in lines if line)
        assert lines.count("") == 2
    finally:
        i18n.use("en")


FIRST_SCREEN = """
import sys
from datetime import UTC, datetime
from tui.cli.full_screen import asyncio
from tui.terminal import deferred_modules
from tui.terminal.deferred_modules import STANDARD, TOOLKIT, deferred
with deferred(*STANDARD, *TOOLKIT):
    from tui.app import WxtuiApp
from tui.config.settings import load
from tui.paths import find_profile
from tui.services.session.login_options import LoginOptions
from tui.store.store import Store

loaded = []

async def main():
    profile = find_profile("default")
    async with await Store.open(profile.store_file, clock=lambda: datetime.now(UTC)) as store:
        WxtuiApp._begin = lambda app: (loaded.extend(sys.modules), app.exit())
        await WxtuiApp(profile, LoginOptions(), load(), store).run_async(headless=True, size=(100, 30))

asyncio.run(main())
held = [one for module in list(sys.modules.values()) for one in list(vars(module).values())]
taken = {(one._module, one._name): one for one in held if type(one) is deferred_modules._StandIn}
modules = {one.__name__ for one in held if type(one) is deferred_modules._Deferred}
names = [f"{module.__file__} {name}" for module in list(sys.modules.values())
         for name, one in list(vars(module).items()) if type(one) is deferred_modules._StandIn]
real = {name: one._real for (_, name), one in taken.items()}
values = [name for name, one in real.items() if not callable(one) and type(one).__module__ != "typing"]
waiting = sorted(modules.union(module for module, _ in taken))
import json
print(json.dumps({"loaded": loaded, "waiting": waiting, "values": values, "taken": names}))
"""


@pytest.fixture(scope="module")
def first_screen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What a process has imported at its first screen, what waits then, and what waits and is no class or function."""
    done = subprocess.run(
        [sys.executable, "-c", FIRST_SCREEN],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=os.environ | {"WXTUI_HOME": str(tmp_path_factory.mktemp("home"))},
    )
    told: dict[str, list[str]] = json.loads(done.stdout)
    return told


def test_the_first_screen_does_without_session_and_network(first_screen: dict[str, list[str]]) -> None:
    loaded = set(first_screen["loaded"])
    assert "tui.screens.chat.chat_screen" in loaded
    assert not {name for name in loaded if name.split(".")[0] in ("httpx", "httpcore", "anyio", "json", "ssl")}


def test_the_first_screen_imports_only_what_it_shows(first_screen: dict[str, list[str]]) -> None:
    ours = {name for name in first_screen["loaded"] if name.startswith("tui.")}
    modules = {name for name in ours if not (PROGRAM.parent / name.replace(".", "/")).is_dir()}
    strange = {name for name in modules if name.rpartition(".")[0] not in FOLDERS | {"tui"}} - SINGLE
    assert not strange, "imported before the first screen; see “The start is counted in milliseconds” in ARCHITECTURE"
    assert not SINGLE - ours, "nobody imports these any more"
    assert len(ours) <= MOST


def test_values_are_structs() -> None:
    """A dataclass compiles its methods at each start, forty times as long as a struct of msgspec takes."""
    sources = [path for path in PROGRAM.rglob("*.py") if "sandbox" not in path.parts]
    found = {str(path.relative_to(PROGRAM)) for path in sources if re.search(r"@dataclass\b(?!_)", path.read_text())}
    assert not found, "see “The start is counted in milliseconds” in ARCHITECTURE"


def test_modules_that_others_import_for_nothing_wait(first_screen: dict[str, list[str]]) -> None:
    tables = {*STANDARD, *TOOLKIT}
    assert not tables & set(first_screen["loaded"]), "the first screen uses these: they need not wait"
    assert not tables - {"typing_extensions"} - set(first_screen["waiting"]), "nobody imports these any more"
    assert set(first_screen["values"]) == USED_LATE, "a value cannot wait: it may be taken into another one at once"


def test_what_waits_is_used_where_a_stand_in_will_do(first_screen: dict[str, list[str]]) -> None:
    """Nothing can stand in for a class after `except` and `case`, as a base, or for `issubclass`."""
    taken: dict[str, set[str]] = {}
    for file, name in (one.rsplit(" ", 1) for one in first_screen["taken"]):
        taken.setdefault(file, set()).add(name)
    assert taken
    found = set()
    for file, names in taken.items():
        for node in ast.walk(ast.parse(Path(file).read_text("utf-8"))):
            for place in real_classes(node):
                found |= {one.id for one in ast.walk(place) if isinstance(one, ast.Name) and one.id in names}
    # The base of the palette's list of themes: there is no palette here.
    assert found == {"Provider"}


def real_classes(node: ast.AST) -> list[ast.expr]:
    """Parts of a statement that must be classes themselves."""
    match node:
        case ast.ExceptHandler(type=ast.expr() as caught):
            return [caught]
        case ast.ClassDef(bases=bases):
            return bases
        case ast.MatchClass(cls=cls):
            return [cls]
        case ast.Call(func=ast.Name(id="issubclass"), args=[_, of]):
            return [of]
        case _:
            return []


@pytest.mark.parametrize("module", VALUES)
def test_values_of_a_module_that_waits_are_the_real_ones(module: str) -> None:
    real = import_module(module)
    assert {name: getattr(real, name) for name in VALUES[module]} == VALUES[module]
