"""`wxtui log` and `export` with filters: which messages they print, alone and with --search and --json, and MsgIDs."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from click.shell_completion import ShellComplete

from tests.support.command_line import Wxtui
from tests.support.listen_process import listening
from tests.support.sandbox_thread import Sandbox
from tui.cli.main import wxtui as command
from tui.store.search.query import KIND_NAMES


@pytest.fixture
def filled(logged_in: Wxtui, sandbox: Sandbox) -> Wxtui:
    """A history: three messages of others, and one of one's own."""
    with listening() as listener:
        listener.wait_for("张三")
        sandbox.post("push", type="text", content="report of 张三", **{"from": "张三"})
        sandbox.post("push", type="text", content="report of 李四", group="项目群", **{"from": "李四"})
        sandbox.post("push", type="file", content={"name": "report.pdf"}, **{"from": "李四"})
        listener.wait_for("report.pdf")
    assert logged_in("send", "张三", "-m", "report of mine").code == 0
    return logged_in


def completed(*arguments: str, incomplete: str) -> list[str]:
    shell = ShellComplete(command, {}, "wxtui", "_WXTUI_COMPLETE")
    return [item.value for item in shell.get_completions(list(arguments), incomplete)]


def said(wxtui: Wxtui, *arguments: str) -> list[str]:
    result = wxtui("log", *arguments)
    assert result.err == ""
    assert result.code == (0 if result.lines else 1)
    return [line.split("  ", 1)[1] for line in result.lines if "report" in line]


def test_filters_are_options_and_words_of_the_search(filled: Wxtui) -> None:
    [file] = said(filled, "--kind", "file")
    assert said(filled, "--from", "李四", "--search", "report") == ["项目群 · 李四: report of 李四", file]
    assert said(filled, "--search", "from:李四 report") == said(filled, "--from", "李四", "--search", "report")
    assert said(filled, "张三", "--from", "me") == ["me: report of mine"]
    assert said(filled, "李四", "--kind", "文件") == said(filled, "李四", "--kind", "file")
    assert said(filled, "--kind", "file,text", "--search", "kind:file") == said(filled, "--kind", "text,file")
    assert len(said(filled, "--search", "report")) == 4
    assert said(filled, "--search", "report", "--from", "李四", "--kind", "text") == ["项目群 · 李四: report of 李四"]


@pytest.mark.parametrize("where", [(), ("张三",)])
def test_an_export_has_the_filters_of_log_with_the_same_meaning(filled: Wxtui, where: tuple[str, ...]) -> None:
    for chosen in (
        ("--kind", "file"),
        ("--kind", "file,text", "--from", "me"),
        ("--from", "李四"),
        ("--from", "李四", "--from", "我"),
        ("--from", "nobody"),
        ("--since", "today"),
        ("--since", "yesterday", "--until", "today", "--kind", "文字"),
        ("--until", "yesterday"),
    ):
        [logged, exported] = (
            filled(*command, *where, *chosen, "--json").json for command in (("log", "-n", "1000"), ("export",))
        )
        assert sorted(exported, key=str) == sorted(logged, key=str), chosen
    assert len(filled("export", *where, "--kind", "text").json) >= 2
    assert filled("export", "--from", "李四", "--format", "text", "--kind", "file").out.count("\n") == 1


def test_days_are_local_and_nothing_found_is_one(filled: Wxtui) -> None:
    today = date.today()
    assert len(said(filled, "--since", "today", "--search", "report")) == 4
    assert (
        len(said(filled, "--since", f"{today}", "--until", f"{today + timedelta(days=1)}", "--search", "report")) == 4
    )
    assert said(filled, "--until", "yesterday") == []
    assert said(filled, "张三", "--since", f"{today + timedelta(days=2)}") == []


def test_ids_stand_before_the_lines_and_json_has_them_anyway(filled: Wxtui) -> None:
    rows = filled("log", "张三", "--json", "--from", "me", "-n", "1").json
    [line] = filled("log", "张三", "--ids", "--from", "me", "-n", "1").lines
    assert line.split("\t")[0] == rows[0]["msg_id"]
    assert line.split("\t")[1] == filled("log", "张三", "--from", "me", "-n", "1").lines[0]
    assert filled("log", "张三", "--ids", "--json", "--from", "me", "-n", "1").json == rows
    assert filled("revoke", line.split("\t")[0]).code == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--kind", "fille"], "“fille” is not a kind of message."),
        (["--since", "2026-13-01"], "“2026-13-01” is not a date."),
        (["--since", "2026-11-02", "--until", "2026-11-01"], "2026-11-02 is later than 2026-11-01."),
        (["--search", "form:x"], "There is no filter “form:”"),
        (["--from", ""], "is empty"),
        ([], "Give a TARGET"),
    ],
)
def test_a_filter_that_makes_no_sense_is_a_sentence(logged_in: Wxtui, arguments: list[str], sentence: str) -> None:
    result = logged_in("log", *arguments)
    assert (result.code, result.out) == (2, "")
    assert sentence in result.err
    assert result.err.count("\n") <= 2
    if "--search" not in arguments and arguments:
        assert (filled := logged_in("export", *arguments)).code == 2
        assert filled.err == result.err


def test_the_shell_completes_kinds_days_and_names(logged_in: Wxtui) -> None:
    assert completed("log", "--kind", incomplete="") == list(KIND_NAMES)
    assert completed("log", "--kind", incomplete="lo") == ["location"]
    assert completed("log", "--since", incomplete="y") == ["yesterday"]
    assert completed("log", "--from", incomplete="张") == ["张三"]
    assert {"--ids", "--since", "--until", "--from", "--kind"} <= set(completed("log", incomplete="--"))


def test_the_help_names_the_kinds(wxtui: Wxtui) -> None:
    shown = " ".join(wxtui("log", "--help").out.split())
    assert all(name in shown for name in KIND_NAMES)
