"""The README says what is so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.peers.peers import ITCHAT, WECHAT4U
from tui import commands, errors, i18n
from tui.cli.main import COMMANDS
from tui.config.settings import Settings, load
from tui.services.session.risk import VARIANTS, WORDS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_table_with_the_words_of_the_help(command: str) -> None:
    (first, *_more) = re.findall(rf"^\| `wxtui {command}\b.*?(?<!\\)\| (.*) \|$", README, re.MULTILINE)
    assert first.startswith(COMMANDS[command][1])


def test_the_table_has_the_commands_in_the_order_of_the_help() -> None:
    rows = re.findall(r"^\| `wxtui (\w+)", README, re.MULTILINE)
    assert list(dict.fromkeys(rows)) == [command for command in COMMANDS if command in rows]


def test_every_exit_code_is_in_the_table() -> None:
    def codes(kind: type[errors.WxtuiError]) -> set[int]:
        return {kind.exit_code}.union(*(codes(below) for below in kind.__subclasses__()))

    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert codes(errors.WxtuiError) | {0, 130, 141} == documented


def test_both_commands_set_everything_up_from_nothing() -> None:
    commands = re.findall(r"```sh\n(python3 -m venv .*)\n```", README)
    assert len(commands) == 2
    assert all(".venv/bin/pip install" in command for command in commands)
    assert commands[0].endswith(".venv/bin/wxtui demo")
    # Who only looks does not download what the tests need: twice as much, and twice as long.
    assert "dev" not in commands[0]
    # Nothing of this name is on an index, or it is a stranger's.
    assert not re.search(r"pip[x]? install[^`\n]* '?wxtui\b(?!-)", README)
    assert commands[1].endswith(".venv/bin/python .ci/check.py")


def test_its_pictures_are_there() -> None:
    pictures = set(re.findall(r"\((screenshots/[^)]+)\)", README))
    assert pictures == {str(path.relative_to(ROOT)) for path in (ROOT / "screenshots").glob("*.svg")}


def test_its_settings_are_those_that_are_read(tmp_path: Path) -> None:
    (written,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    file = tmp_path / "config.toml"
    file.write_text(written, "utf-8")
    load(file, {})
    assert set(tomllib.loads(written)) == set(Settings.__struct_fields__)


def test_its_slash_commands_are_all_of_them() -> None:
    (section,) = re.findall(r"^## Slash commands\n(.*?)^## ", README, re.DOTALL | re.MULTILINE)
    told = set(re.findall(r"`/(\w+)", section))
    assert told <= set(commands.BY_NAME)
    assert {command.names[0] for command in commands.COMMANDS if command.names} <= told


def test_every_dependency_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    for dependency in tomllib.loads(text)["project"]["dependencies"]:
        assert re.search(rf'"{re.escape(dependency)}",\s+# \w', text), dependency


def test_the_error_tree_names_every_class() -> None:
    def names(kind: type[errors.WxtuiError]) -> set[str]:
        return {kind.__name__}.union(*(names(below) for below in kind.__subclasses__()))

    drawn = set(re.findall(r"\w+", errors.__doc__ or ""))
    assert names(errors.WxtuiError) <= drawn


@pytest.mark.parametrize("sentence", sorted({*VARIANTS.values(), *(one for words in WORDS.values() for one in words)}))
def test_the_risk_is_told_in_the_words_of_the_program_in_both_languages(sentence: str) -> None:
    assert sentence in " ".join(README.split())
    (chinese,) = re.findall(r"^## 中文\n(.*?)^## ", README, re.DOTALL | re.MULTILINE)
    i18n.use("zh_CN")
    try:
        said = i18n.translated(errors.Phrase(sentence))
    finally:
        i18n.use("en")
    assert said != sentence
    # Chinese lines are joined without a blank.
    assert "".join(said.split()) in "".join(chinese.split())


def test_the_clients_that_it_names_as_proof_are_those_that_are_run() -> None:
    (proven,) = re.findall(r"^## What is proven.*?^## ", README, re.DOTALL | re.MULTILINE)
    assert [version for version in (*ITCHAT, WECHAT4U) if version not in proven] == []
    folders = re.findall(r"`(tests/[^`]+)`", proven)
    assert folders and all((ROOT / folder).is_dir() for folder in folders)
