"""Sentences for people: each is in the catalogue, names no key literally, and says one thing in one word."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from tests.support.source_trees import PACKAGE, source_trees
from tui import commands
from tui.keymap import BINDINGS

ROOT = PACKAGE.parent
SOURCES = PACKAGE
CJK = "\u4e00-\u9fff"

# ---------------------------------------------------------------- what is shown and not marked

SHOWING = ("cli", "doctor", "screens", "widgets", "terminal", "")
"""Folders whose words people read; "" for the modules beside them. The sandbox answers programs, in English."""
MARKERS = {"_": (0,), "N_": (0,), "hint": (0,), "Phrase": (0,), "bad_answer": (1,), "counted": (0, 1), "NN_": (0, 1)}
"""What marks a sentence for translation, and which arguments are sentences."""
FOR_PROGRAMMERS = {
    *("debug", "info", "warning", "error", "exception", "critical", "log", "getLogger", "_log"),
    *("compile", "execute", "executemany", "background", "run_worker", "named", "create_task"),
    *(
        "ValueError",
        "RuntimeError",
        "TypeError",
        "AssertionError",
        "KeyError",
        "LookupError",
        "NotImplementedError",
        "OSError",
    ),
}
"""Calls whose texts go to a log, to SQLite, to `re` or into a traceback."""
SINKS = {
    *("tell", "complain", "say", "ask", "_ask", "_agreed", "_pick", "echo", "secho", "write_line", "notify"),
    *("Choice", "Section", "Panel", "Question", "FuzzyPicker"),
}
"""Calls whose texts a person reads: a single word counts there too."""
SHOWN_KEYWORDS = {"placeholder", "help", "epilog", "why", "title", "short_help", "border_title", "subtitle"}
TWO_WORDS = re.compile(r"[A-Za-z]{2,}[,.;:!?…]? [a-z]{2,}|[A-Z][a-z]+ [A-Z]?[a-z]{2,}")
ANY_WORD = re.compile(r"[A-Za-z]{3,}")
NOT_SENTENCES = re.compile(
    r"""
      (?:(?:bold|dim|bright_)?\s?\#?\w+\s)?\#?[\w ]+\son\s\#?\w+$ | bold\s\w+$     # styles
    | \s*(?:SELECT|INSERT|UPDATE|CREATE|PRAGMA)\s            # SQL
    | wxtui\s\w+                                            # a command, as it is typed
    | wait=\$1 | .*«class\s | clipboard\sinfo$             # other programs' languages
    | set\s-\w+\s | .*%\(complete_func\)s | \s*(?:CompletionPopup|CorrectionPreview)\s\{
    | [\s@].*\(\\\\?d | \\\(at\sline                         # patterns
    """,
    re.X | re.S,
)
NAMES_OF_TASKS = {
    *(
        "beside the screen",
        "catch up",
        "last sync",
        "last position",
        "list layout",
        "open link",
        "log out",
        "first steps",
    ),
    *("demo history ", "too large", "cut ahead", "cut back", "dict[str, object]"),
}
"""Names of background work, which a log has, and of states that no person reads."""
NAMES_OF_PROGRAMS = {
    "GNU screen",
    "tmux hands on",
    "tmux passes",
    "tmux keeps",
    "tmux detached",
    "tmux unknown",
    "tmux old",
}
"""Names of clipboards' ways, which code compares."""
QUOTED = {"mini program", "red packet", "live location"}
"""Kinds of messages in WeChat's XML and in --kind."""
AS_DOCUMENTED = {"listening on ", "clock"}
"""Words that scripts wait for: the same in every language, as README says; the name of a check of doctor."""
FOLDERS_OF_SYSTEMS = {"Library/Application Support", "Application Support"}
REPORT = {
    "settings that are not as they are without any:",
    "the mistake that ended wxtui last:",
    "last warnings of the log file (log = ",
}
"""Headings of `doctor --report`, which goes into an issue: in English, whatever the interface speaks."""
OF_THE_SYSTEM = {
    "Name or service not known",
    "nodename nor servname provided, or not known",
    "No address associated with hostname",
    "Temporary failure in name resolution",
}
"""Words of C libraries, with which the report compares."""
IDS = {*BINDINGS, *commands.BY_ID}
ALLOWED = NAMES_OF_TASKS | NAMES_OF_PROGRAMS | QUOTED | AS_DOCUMENTED | FOLDERS_OF_SYSTEMS | REPORT | OF_THE_SYSTEM
DEMO = "demo_history.py"
"""Messages that the demo's people wrote."""


def name_of(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def unmarked(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the texts that a person would read untranslated: two words anywhere, one where words are shown."""
    passed: set[int] = set()
    shown: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call():
                name = name_of(node)
                marked = [node.args[at] for at in MARKERS.get(name, ()) if at < len(node.args)]
                if name in FOR_PROGRAMMERS:
                    marked = [node]
                passed.update(id(part) for one in marked for part in ast.walk(one))
                if name in SINKS:
                    shown.update(id(one) for one in node.args[:1])
                shown.update(id(one.value) for one in node.keywords if one.arg in SHOWN_KEYWORDS)
            case ast.Expr(value=ast.Constant() as text):
                passed.add(id(text))
            case ast.Assert(msg=ast.expr() as text):
                passed.update(id(part) for part in ast.walk(text))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed:
            text = node.value
            words = ANY_WORD if id(node) in shown else TWO_WORDS
            if (
                words.search(text)
                and text not in ALLOWED
                and not IDS.issuperset(text.split())
                and not NOT_SENTENCES.match(text)
            ):
                yield node.lineno, text


def shown_files() -> Iterator[Path]:
    for folder in SHOWING:
        yield from sorted((SOURCES / folder).rglob("*.py") if folder else SOURCES.glob("*.py"))


def test_every_text_that_a_person_reads_is_marked_for_translation() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text!r}"
        for path in shown_files()
        if path.name != DEMO
        for line, text in unmarked(source_trees()[path])
    ]
    assert found == [], "mark it: _(…), N_(…), hint(…), Phrase(…) or counted(…); see CONTRIBUTING"


@pytest.mark.parametrize(
    "source",
    [
        'self._chat.tell("Saved.")',
        'LineEdit(placeholder="filter")',
        'click.option("--x", help="How many.")',
        'title = "All conversations"',
        'f"{count} more files"',
        'TABLE = {"a": "waits for it"}',
        'raise errors.UsageError(why="Unreadable")',
        'click.echo("Done.")',
    ],
)
def test_the_check_sees_a_text_that_is_not_marked(source: str) -> None:
    assert list(unmarked(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    [
        'self._chat.tell(_("Saved."))',
        'log.info("the session ended")',
        'def f() -> None:\n    """Say a sentence to people."""',
        'assert x, "this cannot be"',
    ],
)
def test_the_check_passes_what_nobody_reads(source: str) -> None:
    assert list(unmarked(ast.parse(source))) == []


# ---------------------------------------------------------------- the words

KEY = re.compile(
    r"(?<![\w{/.])(?:Ctrl|Alt|Shift)\+\w|(?<![\w{/.-])(?:F\d{1,2}|Esc|Enter|Tab|Space|PgUp|PgDn)(?![\w}])"
    rf"|\b(?:[Pp]ress|[Hh]it) \S(?![\w{{])|按\s?[A-Za-z](?![{CJK}\w+])"
)
"""A key that stands literally in a sentence: a person may have another."""
TERMINALS_OWN = re.compile(
    r"Ctrl\+C (?:stops|结束)|until Ctrl\+C,|直到 Ctrl\+C、|after Esc: Esc is slow and Alt\+key"
    r"|按 Esc 后|Esc 反应慢|Tab completes it"
    r"|Tab 补全|按 Ctrl\+C 结束"
)
"""Keys of the shell, of the terminal and of completion, which no setting changes."""

ENGLISH = {
    r"(?i)\btak(?:e|es|en|ing)\b[^.;]{0,20}\bback\b": "recall",
    r"(?<![/{.-])(?<!wxtui )(?<!send, )\b[Rr]evok(?:e|es|ed|ing)\b": "recall",
    r"\b(?:the|own) bar\b|\bbar\b (?:is|was)": "input",
    r"· \{[\w.]+\} bar\b": "input",
    r"\b[Cc]hats?\b(?! history)": "conversation",
    r"\banew\b": "again",
    r"\bstands?\b": "is",
    r"\b[Ll]ets? (?:it|them|a \w+)\b|\b(?:go|goes) on\b": "resume, continue",
    r"\ball the same\b": "anyway",
    r"(?<!here )\b(?:is|are) no (?!longer)": "is not a …, unknown …",
    r"\bnamesakes?\b": "the same name",
    r"\bpretended\b": "simulated",
    r"\b[Ll]ook on the phone\b": "check your phone",
    r"\bmakes? no sense\b": "unexpected",
    r"\bwebwx\w+|\bBaseRequest\b": "what the call does",
    r"\bmistake (?:of|in) wxtui\b": "bug",
    r"\b[Nn]othing (?:here )?fits\b": "no matches",
    r"\bgive (?:it|\{\w+\}) up\b|\bgives it up\b": "cancel",
    r"\bso (?:many|long)\b": "number of, time left",
    r"\b[Bb]egins? with\b": "start with",
    r"\bexclude each other\b": "cannot be combined",
    r"\bjust now\b": "right now",
    r"\bits? is is\b|\bthe the\b": "once",
}
"""Words of the old manner, and what is said instead."""
CHINESE = {
    "输入栏": "输入框",
    "您": "你",
    "任何地方": "全局",
    "[前后]移一个词": "左移、右移一个词",
    "聊天(?!记录)": "会话",
    "恰好一个": "单个",
    "退出聊天": "退出会话",
    rf"[{CJK}]\s?\(|\)\s?[{CJK}]|\([^()]*[{CJK}][^()]*\)": "（）",
    rf"[{CJK}][,;:!?]|[,;!?][{CJK}]": "，；：！？",
}
"""Words and signs that the Chinese interface does not use."""


def catalogue() -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield every sentence with its Chinese."""
    with (SOURCES / "locale" / "zh_CN" / "LC_MESSAGES" / "wxtui.po").open("rb") as file:
        for message in read_po(file):
            if message.id:
                forms = (message.id,) if isinstance(message.id, str) else tuple(message.id)
                yield forms, message.string if isinstance(message.string, str) else message.string[0]


def faults(text: str, words: dict[str, str]) -> list[str]:
    """Return what a text says in a word that is given up, with the one to say."""
    return [
        f"{text!r}: not {found[0]!r} but {said}" for word, said in words.items() if (found := re.search(word, text))
    ]


def literal_key(text: str) -> str:
    """Return the key that stands literally in a sentence, or ""."""
    found = KEY.search(TERMINALS_OWN.sub("", text))
    return found[0] if found else ""


def test_english_says_one_thing_in_one_word() -> None:
    assert [fault for forms, _said in catalogue() for text in forms for fault in faults(text, ENGLISH)] == []


def test_chinese_says_one_thing_in_one_word_with_chinese_signs() -> None:
    assert [fault for _forms, said in catalogue() for fault in faults(said, CHINESE)] == []


def test_no_sentence_of_either_language_names_a_key_literally() -> None:
    assert [text for forms, said in catalogue() for text in (*forms, said) if literal_key(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "Take it back in time.",
        "The message was revoked.",
        "Send what stands in the bar",
        "Log in anew",
        "p lets it go on",
        "You are not in this chat.",
        "/foo is no command.",
        "The answer to webwxsendmsg was lost.",
        "Leave all the same?",
    ],
)
def test_the_check_sees_the_old_manner(text: str) -> None:
    assert faults(text, ENGLISH)


@pytest.mark.parametrize(
    "text", ["清空输入栏", "其他用户可以读取您的文件", "张三 (联系人)", "按键,命令", "你不在该聊天中"]
)
def test_the_check_sees_chinese_that_is_not(text: str) -> None:
    assert faults(text, CHINESE)


@pytest.mark.parametrize(
    "text", ["Ctrl+K finds it.", "Enter opens", "press d to recall", "Press F1.", "按 Esc 返回", "按 d 撤回"]
)
def test_the_check_sees_a_literal_key(text: str) -> None:
    assert literal_key(text)


@pytest.mark.parametrize("text", ["Recall with wxtui revoke --last", "WeChat", "[chat history] {title}", "Enterprise"])
def test_the_check_leaves_alone_what_is_right(text: str) -> None:
    assert faults(text, ENGLISH) == [] and not literal_key(text)


def prose(name: str) -> str:
    """Return a page without its code, in which words are names."""
    return re.sub(r"(?s)```.*?```|`[^`]*`|\]\([^)]*\)", "", (ROOT / name).read_text("utf-8"))


def test_the_first_page_speaks_as_the_program_does() -> None:
    assert [fault for line in prose("README.md").splitlines() for fault in faults(line, ENGLISH)] == []
