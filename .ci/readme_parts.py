"""Parts of README.md that are made from the tables of the program."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from manual import described, example_settings, global_options, meaning

from tui.cli.reference import EXIT_CODES, VARIABLES
from tui.commands import COMMANDS

BEGIN = "<!-- {name}: made by .ci/pages.py -->"
END = "<!-- end of {name} -->"


def completed_readme(text: str) -> str:
    """Return the README with each part as the tables have it. Raises `SystemExit` where a part has no place."""
    for name, rows in PARTS.items():
        begin, end = BEGIN.format(name=name), END.format(name=name)
        pattern = f"{re.escape(begin)}\n.*?{re.escape(end)}"
        if len(re.findall(pattern, text, re.DOTALL)) != 1:
            raise SystemExit(f"README.md needs, once: {begin} … {end}")
        part = "\n".join([begin, *rows(), end])
        text = re.sub(pattern, lambda _found, part=part: part, text, flags=re.DOTALL)
    return text


def _table(head: tuple[str, str], rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield f"| {head[0]} | {head[1]} |"
    yield "|---|---|"
    for left, right in rows:
        yield f"| {left} | {_cell(right)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def _code(text: str) -> str:
    return "`" + " ".join(text.split()).replace("|", "\\|") + "`"


def _indented(names: str) -> str:
    return f"· {_code(names)}"


def _exit_codes() -> Iterator[str]:
    yield from _table(("exit code", "means"), ((str(one.code), meaning(one)) for one in EXIT_CODES))


def _variables() -> Iterator[str]:
    yield from _table(("variable", "means"), ((_code(one.names), one.help) for one in VARIABLES))


def _slash_commands() -> Iterator[str]:
    rows = []
    for command in COMMANDS:
        if command.names:
            first, *others = (f"/{name}" for name in command.names)
            also = f" (also {', '.join(map(_code, others))})" if others else ""
            rows.append((_code(f"{first} {command.usage}"), command.help + also))
    yield from _table(("command", "does"), rows)


def _options() -> Iterator[str]:
    rows = [(_indented(names), help) for names, help in global_options()]
    for command in described():
        usage = [command.name, *(word for word in command.usage if word != "[OPTIONS]")]
        rows.append((f"**{_code(' '.join(usage))}**", command.summary))
        rows += ((_indented(names), help) for names, help in command.options)
    yield "<details><summary>All commands and options</summary>"
    yield ""
    yield from _table(("command, option", "does"), rows)
    yield ""
    yield "</details>"


def _settings() -> Iterator[str]:
    yield "```toml"
    yield from example_settings()
    yield "```"


PARTS: dict[str, Callable[[], Iterator[str]]] = {
    "slash commands": _slash_commands,
    "options": _options,
    "variables": _variables,
    "exit codes": _exit_codes,
    "settings": _settings,
}
"""Part of the README → its lines."""
