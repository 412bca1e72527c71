"""Man pages, completion files and tables of the README are what the tables of the program say, and read well."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

from tui import commands, errors
from tui.cli.main import COMMANDS, module_of, wxtui
from tui.cli.reference import EXIT_CODES, VARIABLES
from tui.config.settings import SETTINGS

ROOT = Path(__file__).resolve().parent.parent
MAN = ROOT / "tui" / "pages" / "man"
PAGES = sorted(str(path.relative_to(MAN)) for path in MAN.rglob("wxtui*.[15]"))
ROFF = {r"\-": "-", r"\(aq": "'", r"\(ga": "`", r"\(ha": "^", r"\(ti": "~", r"\(dq": '"', r"\:": "", r"\&": ""}


def read(page: str) -> str:
    """Words of a page, as somebody reads them, with single blanks between."""
    text = re.sub(r"(?m)^\.(TP|PP|IP|nf|fi|RS 4|RE|SH|SS)\b", "", (MAN / page).read_text("utf-8"))
    text = re.sub(r"\\f[BR]|\\\[u([0-9A-F]+)\]", lambda found: chr(int(found[1], 16)) if found[1] else "", text)
    return bare(re.sub(r"\\(-|:|&|\(..|e)", lambda found: ROFF.get(found[0], "\\"), text))


def bare(text: str) -> str:
    """Words without the signs of Markdown and of tables, with single blanks between."""
    return " ".join(re.sub(r"[`*\\|·]", " ", text.replace("&lt;", "<")).split())


def each_command(group: click.Group, parent: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    for name in group.list_commands(parent):
        inner = getattr(import_module(module_of(name)), name) if group is wxtui else group.get_command(parent, name)
        context = click.Context(inner, info_name=name, parent=parent)
        yield inner, context
        if isinstance(inner, click.Group):
            yield from each_command(inner, context)


README = bare((ROOT / "README.md").read_text("utf-8"))


def test_what_is_made_from_the_tables_is_up_to_date() -> None:
    script = ROOT / ".ci" / "pages.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert done.stderr + done.stdout == "", "run: python .ci/pages.py"


def test_each_command_and_option_stands_in_help_page_and_readme() -> None:
    page = read("man1/wxtui.1")
    found = 0
    for command, context in each_command(wxtui, click.Context(wxtui, info_name="wxtui")):
        assert f" {context.command_path} " in page
        for parameter in command.get_params(context):
            record = parameter.get_help_record(context)
            if isinstance(parameter, click.Option) and record and "--help" not in record[0]:
                for text in (page, README):
                    assert bare(" ".join(record)) in text, record
                found += 1
    assert found > 80
    for name, (_module, summary) in COMMANDS.items():
        assert summary in page and summary in README, name


def test_exit_codes_and_variables_stand_in_help_page_and_readme() -> None:
    context = click.Context(wxtui, info_name="wxtui", max_content_width=10_000, terminal_width=10_000)
    for text in (read("man1/wxtui.1"), README, bare(wxtui.get_help(context))):
        for code in EXIT_CODES:
            assert re.search(rf"\b{code.code} {re.escape(code.help)}", text), code
        for variable in VARIABLES:
            assert f"{variable.names} {variable.help}" in text, variable

    def codes(kind: type[errors.WxtuiError]) -> set[int]:
        return {kind.exit_code}.union(*(codes(below) for below in kind.__subclasses__()))

    assert codes(errors.WxtuiError) | {0, 130, 141} == {code.code for code in EXIT_CODES}


def test_every_variable_of_our_own_is_told() -> None:
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "tui").rglob("*.py"))
    told = {name for one in VARIABLES for name in re.findall(r"\w+", one.names)} | {one.variable for one in SETTINGS}
    assert set(re.findall(r'"(WXTUI_[A-Z]+(?:_[A-Z]+)*)"', sources)) <= told, "tell it in tui/cli/reference.py"


def test_each_slash_command_and_setting_stands_in_page_and_readme() -> None:
    page = read("man1/wxtui.1")
    for command in commands.COMMANDS:
        for name in command.names[:1]:
            told = bare(f"/{name} {command.usage} {command.help}")
            assert told in page and told in README
    page = read("man5/wxtui-config.5")
    for setting in SETTINGS:
        assert f"{setting.name} {setting.help}" in page
        assert re.search(rf"\b{setting.name}\b[^#]*# {re.escape(bare(setting.help))}", README)


@pytest.mark.parametrize("page", ["man1/wxtui.1", "man5/wxtui-config.5"])
def test_the_chinese_page_has_all_that_the_english_one_has(page: str) -> None:
    english, chinese = (re.findall(r"(?m)^\.[A-Z]+", (MAN / one).read_text("utf-8")) for one in (page, f"zh_CN/{page}"))
    assert chinese == english


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_clean_at_any_width(page: str) -> None:
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    for width in (50, 80, 300):
        done = subprocess.run(
            ["groff", "-Kutf8", "-man", "-Tutf8", "-ww", "-P-cbou", f"-rLL={width}n", MAN / page], capture_output=True
        )
        assert done.stderr.decode() == ""
        lines = done.stdout.decode().splitlines()
        assert len(lines) > 100
        wide = [line for line in lines if sum(1 + (unicodedata.east_asian_width(one) in "WF") for one in line) > width]
        # Only what is typed as it stands may be wider than a narrow terminal.
        assert [line for line in wide if not re.match(r" {11}\S", line)] == []


def test_no_text_is_taken_for_a_request_of_roff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / ".ci"))
    roff = import_module("roff")
    hostile = [".so /etc/passwd", "'br", "a\\fBb\\n[.s]", "--x ‘“…”’ `^~` \\", "中文，\\(co", "🐰 e\u0301 -"]
    for chinese in (False, True):
        page = roff.Page("X", 1, "v", "m", chinese=chinese)
        for text in hostile:
            page.item(text, text)
            page.example(text)
        if shutil.which("groff") is None:
            pytest.skip("groff is not installed")
        command = ["groff", "-Kutf8", "-man", "-Tutf8", "-ww", "-P-cbou"]
        done = subprocess.run(command, input=str(page), capture_output=True, text=True, encoding="utf-8")
        assert done.stderr == ""
        for text in hostile:
            assert done.stdout.count(text) >= 3, text


def test_the_index_of_pages_reads_their_names() -> None:
    assert len(PAGES) == 4
    if shutil.which("lexgrog") is None:
        pytest.skip("lexgrog is not installed")
    environ = os.environ | {"LC_ALL": "C.UTF-8"}
    done = subprocess.run(["lexgrog", *PAGES], cwd=MAN, capture_output=True, text=True, env=environ)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.findall(r'"([\w-]+) - .+"', done.stdout) == [Path(page).stem for page in PAGES]
