"""The interface in Chinese: the catalogue is whole and right, and the environment chooses it."""

from __future__ import annotations

import ast
import functools
import gettext
import importlib.util
import os
import re
import sqlite3
import string
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.command_line import Wxtui
from tests.support.sandbox_thread import Sandbox
from tests.support.source_trees import source_nodes
from tui import commands, errors, i18n
from tui.cli.main import COMMANDS
from tui.screens.dialogs import detail_fields, uploads_screen
from tui.screens.login import login_state as state
from tui.services.session.risk import VARIANTS
from tui.services.uploads.upload_state import UploadState
from tui.store.errors import explain
from tui.widgets.base import progress_text, reason_words
from tui.widgets.message_log import layout

ROOT = Path(__file__).resolve().parent.parent
CJK = "\u4e00-\u9fff"
MARKERS = {"_": 0, "N_": 0, "hint": 0, "Phrase": 0, "bad_answer": 1}
"""What marks a string, and which argument it is."""

PASS_ON = {"i18n.py", "errors.py", "answers.py", "click_words.py"}
"""Files that hand on what others marked."""

ALL_HELP = """
import contextlib, sys
from tui.cli.main import run
for arguments in [[], *([name] for name in sys.argv[1:])]:
    with contextlib.suppress(SystemExit):
        run([*arguments, "--help"])
"""
OPENED = """
import sys
opened = []
sys.addaudithook(lambda event, values: opened.append(str(values[0])) if event == "open" else None)
import tui.i18n
print("gettext" in sys.modules, any(path.endswith("wxtui.mo") for path in opened))
"""


def load_catalogues() -> ModuleType:
    """The script that makes the catalogues, as a module."""
    spec = importlib.util.spec_from_file_location("catalogues", ROOT / ".ci" / "catalogues.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


catalogues = load_catalogues()
catalogues.source_messages = functools.cache(catalogues.source_messages)  # type: ignore[attr-defined]
_ALL = catalogues.old_messages()
TRANSLATIONS: dict[str, str] = {text: said for text, said in _ALL.items() if isinstance(text, str)}
PLURALS: dict[tuple[str, str], str] = {text: said for text, said in _ALL.items() if not isinstance(text, str)}
PLURAL_MARKERS = {"counted", "NN_"}
"""What marks two strings, the forms for one and for more."""


def marked_arguments(nodes: Iterable[ast.AST]) -> Iterator[ast.expr]:
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if name in MARKERS:
                yield node.args[MARKERS[name]]


def placeholders(text: str) -> Counter[tuple[str, str | None, str | None]]:
    return Counter((name, spec, kind) for _text, name, spec, kind in string.Formatter().parse(text) if name is not None)


def chinese(text: str) -> bool:
    return re.search(f"[{CJK}]", text) is not None


def worded(text: str) -> bool:
    """Say whether something is to be read beside the facts: "{name} ({kind})" has only brackets to translate."""
    return any(re.search(r"[^\W\d_]", part.replace("id:", "")) for part, *_field in string.Formatter().parse(text))


def width(text: str) -> int:
    """Columns of a terminal."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


# ---------------------------------------------------------------- the catalogue against the sources


def test_every_marked_string_is_a_plain_one_and_is_found() -> None:
    """An f-string or a sum inside `_()` would never be found in a catalogue; what tables hold is marked there."""
    marked: set[str] = set()
    for path, nodes in source_nodes().items():
        for argument in marked_arguments(nodes):
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                marked.add(argument.value)
            elif not isinstance(argument, (ast.Name, ast.Attribute, ast.Subscript)):
                assert path.name in PASS_ON, f"{path}:{argument.lineno}"
    assert len(marked) > 150
    assert {text for text in catalogues.source_messages() if isinstance(text, str)} == marked


def test_every_plural_is_found_and_translated_with_its_number() -> None:
    marked = set()
    for path, nodes in source_nodes().items():
        for node in nodes:
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or len(node.args) < 2:
                continue
            if node.func.id in PLURAL_MARKERS:
                one, more = node.args[:2]
                if isinstance(one, ast.Constant) and isinstance(more, ast.Constant):
                    marked.add((one.value, more.value))
                else:
                    assert isinstance(one, ast.Name) and isinstance(more, ast.Name), f"{path}:{node.lineno}"
    assert {text for text in catalogues.source_messages() if not isinstance(text, str)} == marked == set(PLURALS)
    for (one, more), said in PLURALS.items():
        assert chinese(said)
        assert placeholders(more) == placeholders(said) and ("count", "", None) in placeholders(more)
        assert placeholders(one) <= placeholders(more)


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("en", 0, "0 files"),
        ("en", 1, "1 file"),
        ("en", 2, "2 files"),
        ("zh_CN", 1, "1 个文件"),
        ("zh_CN", 5, "5 个文件"),
    ],
)
def test_a_count_has_its_form(language: str, count: int, said: str) -> None:
    i18n.use(language)
    try:
        assert i18n.counted("{count} file", "{count} files", count) == said
        assert i18n.counted("{count} blot", "{count} blots", 2) == "2 blots", "not in the catalogue"
    finally:
        i18n.use("en")


def test_every_table_of_words_is_marked_where_it_stands() -> None:
    """What is looked up by a name must have been marked as a constant, or it stays English for ever."""
    tables = [
        *(command.help for command in commands.COMMANDS),
        *(command.usage for command in commands.COMMANDS if command.usage),
        *detail_fields._TYPES.values(),
        *detail_fields._STATES.values(),
        *detail_fields._KINDS.values(),
        *state.SENTENCES.values(),
        *VARIANTS.values(),
        *layout._MONTHS,
        *layout._WEEKDAYS,
        *reason_words.REASONS.values(),
        *(progress_text.STATES[one].words for one in set(UploadState) - {UploadState.HASHING, UploadState.UPLOADING}),
        *(uploads_screen.STANDS[one] for one in UploadState),
    ]
    assert [words for words in tables if words not in TRANSLATIONS] == []


def test_the_committed_files_are_what_the_sources_and_translations_give() -> None:
    catalog = catalogues.build()
    assert catalogues.PO.read_bytes() == catalogues.po_bytes(catalog), "run: python .ci/catalogues.py"
    assert catalogues.MO.read_bytes() == catalogues.mo_bytes(catalog), "run: python .ci/catalogues.py"


def test_everything_is_translated_and_nothing_else_is() -> None:
    assert {*TRANSLATIONS, *PLURALS} == catalogues.source_messages()
    # Fuzzy ones are not among TRANSLATIONS.
    assert [text for text, said in TRANSLATIONS.items() if worded(text) and not chinese(said)] == []


def test_the_compiled_catalogue_says_what_the_readable_one_says() -> None:
    with catalogues.MO.open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert {text: compiled.gettext(text) for text in TRANSLATIONS} == TRANSLATIONS
    assert {text: compiled.ngettext(*text, 2) for text in PLURALS} == PLURALS
    # Ours looks single sentences up in the file.
    ours = i18n.Catalogue(catalogues.MO.read_bytes())
    assert {text: ours.find(text) for text in TRANSLATIONS} == TRANSLATIONS
    assert {text: ours.find(text[0]) for text in PLURALS} == PLURALS
    unknown = ["", "a", "zz", "\ud800", "\U0010ffff", *(text + "\0" for text in TRANSLATIONS)]
    assert [ours.find(text) for text in unknown] == unknown


def test_a_damaged_catalogue_costs_its_sentences_and_nothing_else() -> None:
    whole = catalogues.MO.read_bytes()
    for end in range(0, len(whole), len(whole) // 10):
        cut = i18n.Catalogue(whole[:end])
        assert {cut.find(text) for text in TRANSLATIONS} <= {*TRANSLATIONS, *TRANSLATIONS.values()}
    other = i18n.Catalogue(whole.replace("。".encode(), b"\xff\xfe\xfd"))
    assert not any("。" in other.find(text) for text in TRANSLATIONS)


def test_every_error_says_sentence_and_advice_from_the_catalogue() -> None:
    classes = [errors.WxtuiError]
    for kind in classes:
        classes += kind.__subclasses__()
    bare = {"", errors.UsageError.sentence}
    said = {text for kind in classes for text in (kind.sentence, kind.advice, kind.advice_on_screen)}
    assert said - bare <= set(TRANSLATIONS)


def test_help_and_reasons_go_through_the_catalogue() -> None:
    found = []
    for path, nodes in source_nodes().items():
        inside = {id(node) for argument in marked_arguments(nodes) for node in ast.walk(argument)}
        for keyword in (node for node in nodes if isinstance(node, ast.keyword)):
            if keyword.arg not in {"help", "epilog", "why"}:
                continue
            for node in ast.walk(keyword.value):
                words = isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip()
                if words and id(node) not in inside:
                    found.append(f"{path}:{node.lineno}")
    assert found == []


def test_nothing_is_translated_while_a_module_of_the_screen_is_imported() -> None:
    """The language may change while the program runs: `_()` stands where a sentence is shown, `N_()` in tables.

    The command line imports its commands once the language is known, and ends with it.
    """
    found = []
    for path, nodes in source_nodes().items():
        if "cli" in path.parts:
            continue
        inside = set()
        for function in nodes:
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                body = function.body if isinstance(function.body, list) else [function.body]
                inside |= {id(node) for part in body if id(part) not in inside for node in ast.walk(part)}
        for node in nodes:
            called = node.func if isinstance(node, ast.Call) and id(node) not in inside else None
            if isinstance(called, ast.Name) and called.id in {"_", "hint", "counted", "say", "translated"}:
                found.append(f"{path}:{called.lineno}")
    assert found == []


@pytest.mark.parametrize("damage", ["missing", "obsolete", "fuzzy", "stale"])
def test_the_check_sees_a_catalogue_that_does_not_fit(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text, compiled = catalogues.PO.read_text("utf-8"), catalogues.MO.read_bytes()
    entry = 'msgid "Check the path."\nmsgstr "请检查路径。"\n'
    assert entry in text
    changed = {
        "missing": text.replace(entry, ""),
        "obsolete": text + '\nmsgid "Nobody says this."\nmsgstr "没有人这么说。"\n',
        "fuzzy": text.replace(entry, "#, fuzzy\n" + entry),
        "stale": text.replace("请检查路径。", "请看看路径。"),
    }
    for name, content in (("PO", changed[damage].encode()), ("MO", compiled)):
        path = tmp_path / name
        path.write_bytes(content)
        monkeypatch.setattr(catalogues, name, path)
    monkeypatch.setattr(catalogues, "ROOT", tmp_path)
    monkeypatch.setattr("sys.argv", ["catalogues.py", "--check"])
    assert catalogues.main() == 1
    assert ("MO" if damage == "stale" else "PO") in capsys.readouterr().out
    # It only looked.
    assert (tmp_path / "PO").read_bytes() == changed[damage].encode()
    # Told to write, it mends what can be mended; what is not translated stays an error.
    monkeypatch.setattr("sys.argv", ["catalogues.py"])
    assert catalogues.main() == int(damage in {"missing", "fuzzy"})
    monkeypatch.setattr("sys.argv", ["catalogues.py", "--check"])
    capsys.readouterr()
    assert catalogues.main() == int(damage in {"missing", "fuzzy"})
    assert "not up to date" not in capsys.readouterr().out


# ---------------------------------------------------------------- the translations


KEPT = (r"--[a-z-]+", rf"wxtui (?:{'|'.join(COMMANDS)})\b", r"http://[\w.:-]+", r"<TAB>", r"WXTUI_\w+")
"""What a person types or reads elsewhere in just this form."""


def test_a_translation_keeps_what_is_not_words() -> None:
    wrong = [
        text
        for text, said in TRANSLATIONS.items()
        if placeholders(said) != placeholders(text)
        or any(set(re.findall(kept, said)) != set(re.findall(kept, text)) for kept in KEPT)
        or any(said[end].isspace() != text[end].isspace() for end in (0, -1))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("mistake", "pattern"),
    [
        ("half-width punctuation beside Chinese", f"[{CJK}][,;:!?.()]|[,;:!?()][{CJK}]"),
        ("no space between Chinese and Latin", f"[{CJK}][A-Za-z0-9]|[A-Za-z0-9][{CJK}]"),
        ("a space beside full-width punctuation", "[，。；：、（）！？] | [，。；：、（）！？]"),
    ],
)
def test_a_translation_is_set_as_chinese_is(mistake: str, pattern: str) -> None:
    # In the list, which has few columns, a day is written as WeChat does: 11月2日.
    shown = [
        said for said in TRANSLATIONS.values() if not re.fullmatch(r"(?:\d{1,2}月 ?){12}|\{month\}\{day\}日", said)
    ]
    assert [said for said in shown if re.search(pattern, said)] == [], mistake


def test_a_sentence_ends_like_one() -> None:
    sentences = {text: said for text, said in TRANSLATIONS.items() if text.endswith(".")}
    assert len(sentences) > 90
    assert [text for text, said in sentences.items() if not said.endswith(("。", "}"))] == []


# ---------------------------------------------------------------- which language


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "zh_CN.GB18030"}, "zh_CN"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "POSIX"}, "en"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh_CN"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "zh_CN:en"}, "zh_CN"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "en:zh_CN"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "WXTUI_LANG": "en"}, "en"),
        ({"LANG": "en_US.UTF-8", "WXTUI_LANG": "zh"}, "zh_CN"),
    ],
)
def test_the_environment_chooses(variables: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WXTUI_LANG", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert i18n.wanted_language() == language


def test_sentences_are_joined_as_their_language_does_it() -> None:
    assert i18n.joined("Not sent.", "", "It is a draft.", "") == "Not sent. It is a draft."
    assert i18n.joined("没有发送。", "", "已存为草稿。") == "没有发送。已存为草稿。"
    assert i18n.joined("", "") == ""


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"WXTUI_LANG": "zh_CN"}, "配置“default”尚未登录。"),
        ({"LANG": "zh_CN.UTF-8"}, "配置“default”尚未登录。"),
        ({"LANG": "C"}, "Profile “default” is not logged in."),
        ({"LANG": "en_US.UTF-8"}, "Profile “default” is not logged in."),
    ],
)
def test_an_error_is_said_in_the_language(
    variables: dict[str, str], expected: str, real_wxtui: Wxtui, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WXTUI_LANG")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    result = real_wxtui("status")
    assert result.code == 3
    assert result.out == ""
    assert expected in result.err
    assert chinese(result.err) == chinese(expected)
    assert "wxtui login" in result.err


def test_what_the_sandbox_and_the_store_refuse_is_said_in_chinese(
    real_wxtui: Wxtui, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WXTUI_LANG", "zh_CN")
    assert "沙盒只在回环地址上监听" in real_wxtui("sandbox", "--host", "0.0.0.0").err
    for name in ("SQLITE_FULL", "SQLITE_BUSY"):
        error = sqlite3.OperationalError()
        error.sqlite_errorcode = getattr(sqlite3, name)
        why = explain(error, tmp_path).facts["why"]
        assert isinstance(why, errors.Phrase)
        assert str(why) in TRANSLATIONS


def test_a_login_and_its_commands_in_chinese(
    real_wxtui: Wxtui, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is looked up at import (the phases, the kinds) and what is looked up when it is said."""
    monkeypatch.setenv("WXTUI_LANG", "zh_CN")
    login = real_wxtui("--server", sandbox.origin, "login", "--qr", "ascii")
    assert login.code == 0, login.err
    assert "请用手机微信扫描二维码。" in login.lines
    assert "已确认，正在获取联系人…（" in login.out
    assert login.lines[-1].startswith("已登录：")
    contacts = real_wxtui("contacts")
    assert {"联系人", "群聊", "公众号"} <= {line.split("\t")[0] for line in contacts.lines}
    refused = real_wxtui("send", "文件传输助手", "-m", " ")
    assert refused.code == 5
    assert "没有要发送的文本。" in refused.err
    usage = real_wxtui("remark")
    assert usage.code == 2
    assert usage.err == "wxtui: 缺少参数 'TARGET'。用法见：wxtui remark --help\n"
    assert "没有命令 'foo'。用法见" in real_wxtui("foo").err
    assert (
        "没有选项 '--jsn'。是不是想用其中之一：'--ids', '--json', '--since'？用法见" in real_wxtui("log", "--jsn").err
    )
    assert "-1 不在 1<=x<=1000000 范围内。用法见" in real_wxtui("log", "李四", "-n", "-1").err


def test_json_keeps_its_english_names(real_wxtui: Wxtui, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WXTUI_LANG", "zh_CN")
    (error,) = real_wxtui("--json", "status").json
    assert error["error"] == "NotLoggedIn"
    assert not chinese(error["message"])


# ---------------------------------------------------------------- help, and terminals that cannot show it


def test_help_is_chinese_and_fits_a_terminal_of_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """click counts characters where a terminal counts columns: it does not wrap Chinese, so the lines must be short."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("WXTUI_LANG", "zh_CN")
    done = subprocess.run(
        [sys.executable, "-c", ALL_HELP, *COMMANDS],
        capture_output=True,
        env=os.environ | {"PYTHONUTF8": "1"},
        check=True,
    )
    pages = done.stdout.decode().split("用法：")[1:]
    assert len(pages) == 1 + len(COMMANDS)
    for page in pages:
        ours, _head, _control_api = page.partition("Control API")
        assert chinese(ours)
        assert [line for line in ours.splitlines() if width(line) > 80] == []
        assert not re.search(r"Options|Commands|OPTIONS|ARGS|Show th|[选项命令]:", page), "click's own words"
        assert "..." not in ours.partition("\n")[2], "a summary that was cut"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "gbk", "utf-8"])
def test_an_encoding_without_chinese_loses_characters_but_not_the_message(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WXTUI_LANG", "zh_CN")
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    done = subprocess.run([sys.executable, "-m", "tui", "status"], capture_output=True)
    assert done.returncode == 3
    said = done.stderr.decode(encoding)
    assert said.startswith("wxtui: ") and "wxtui login" in said
    assert chinese(said) == (encoding in {"gbk", "utf-8"})


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "gbk"])
def test_help_survives_an_encoding_without_chinese(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WXTUI_LANG", "zh_CN")
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    done = subprocess.run([sys.executable, "-m", "tui", "--help"], capture_output=True)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert b"--profile" in done.stdout


@pytest.mark.parametrize(("language", "expected"), [("en", "False False"), ("zh_CN", "False True")])
def test_only_another_language_than_english_costs_something(language: str, expected: str) -> None:
    # -S and -I: nothing that happens to lie in this environment may load gettext for us.
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{OPENED}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        capture_output=True,
        text=True,
        env=os.environ | {"WXTUI_LANG": language},
        check=True,
    )
    assert done.stdout.strip() == expected
