"""Every error has a sentence: each class, with the facts that each place in the source gives it."""

from __future__ import annotations

import ast
import functools
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.source_trees import source_nodes, source_trees
from tui import errors, i18n
from tui.cli.shared import output
from tui.errors import fields
from tui.services.control import protocol
from tui.services.control.error_codec import failed, rebuilt

ROOT = Path(__file__).resolve().parent.parent

HANDS_ON = {
    ("tui/errors.py", "Phrase"): "`said`: the sentence with all the facts of its error",
    ("tui/i18n.py", "Phrase"): "`say`: the advice with all the facts of its error",
    ("tui/doctor/finding.py", "Phrase"): "the advice with all the facts of its error",
    ("tui/screens/login/login_state.py", "Phrase"): "the advice with all the facts of its error",
    ("tui/services/control/error_codec.py", "Phrase"): "as the owner made it",
    ("tui/wire/answers.py", "Phrase"): "`bad_answer`, whose callers are looked at themselves",
    ("tui/services/contacts/directory.py", "Phrase"): "a contact's kind, a word of `KIND_WORDS`",
    ("tui/config/settings.py", "Phrase"): "a reason whose facts are masked",
}
"""Places that fill in a template which another place has written."""


def every(kind: type[errors.WxtuiError] = errors.WxtuiError) -> list[type[errors.WxtuiError]]:
    return [kind, *(one for below in kind.__subclasses__() for one in every(below))]


KINDS = {kind.__name__: kind for kind in every()}


@dataclass(frozen=True)
class Site:
    """A place in the source that fills in sentences: what it may make, and the names of the facts it gives."""

    where: str
    kinds: tuple[str, ...]
    facts: frozenset[str]
    template: str | None = None

    def __str__(self) -> str:
        return f"{self.where} {'|'.join(self.kinds)}"


class _Reader(ast.NodeVisitor):
    """Finds the places of one module."""

    def __init__(self, path: Path, tree: ast.Module) -> None:
        self.path = str(path.relative_to(ROOT))
        self.sites: list[Site] = []
        self.unreadable: list[str] = []
        self._assigned: dict[str, ast.expr] = {}
        self.visit(tree)

    def visit_Assign(self, node: ast.Assign) -> None:
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            self._assigned[node.targets[0].id] = node.value
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        # `raise errors.X` makes one without facts.
        if isinstance(node.exc, ast.Name | ast.Attribute) and (name := _class_of(node.exc)):
            self.sites.append(Site(f"{self.path}:{node.lineno}", (name,), frozenset()))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        template = _template(node)
        kinds = () if template else self._kinds(node)
        if not kinds and template is None:
            return
        facts = self._facts(node)
        where = f"{self.path}:{node.lineno}"
        if facts is None:
            if (self.path, (kinds or ("Phrase",))[0]) not in HANDS_ON:
                self.unreadable.append(f"{where} {ast.unparse(node)}")
        elif template is not None:
            self.sites.append(Site(where, ("Phrase",), facts, template))
        elif kinds != ("Phrase",):
            self.sites.append(Site(where, kinds, facts))
        elif (self.path, "Phrase") not in HANDS_ON:
            self.unreadable.append(f"{where} {ast.unparse(node)}")

    def _kinds(self, node: ast.Call) -> tuple[str, ...]:
        """The classes that a call may make an error of."""
        made = node.func
        if isinstance(made, ast.Name) and made.id in self._assigned and node.keywords:
            # `kind = errors.A if … else errors.B`
            made = self._assigned[made.id]
        if name := _class_of(made):
            # `module.Refused("…")` is an event with an error in it.
            return () if node.args and name != "Phrase" else (name,)
        if isinstance(made, ast.IfExp):
            return tuple(filter(None, (_class_of(made.body), _class_of(made.orelse))))
        if isinstance(made, ast.Call) and "RET_ERRORS" in ast.unparse(made):
            return tuple({kind.__name__ for kind in errors.RET_ERRORS.values()} | {"ServerRefused"})
        return ()

    def _facts(self, node: ast.Call) -> frozenset[str] | None:
        """The names of the facts that are given; None where that cannot be read."""
        found: set[str] = set()
        for keyword in node.keywords:
            if keyword.arg is not None:
                found.add(keyword.arg)
                continue
            given = keyword.value
            if isinstance(given, ast.Name):
                given = self._assigned.get(given.id, given)
            if not isinstance(given, ast.Dict):
                return None
            for key in given.keys:
                if not isinstance(key, ast.Constant):
                    return None
                found.add(str(key.value))
        return frozenset(found)


def _class_of(node: ast.expr) -> str | None:
    """`errors.X`, or `X`, where that is an error's class."""
    name = None
    if isinstance(node, ast.Name):
        name = node.id
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "errors":
        name = node.attr
    return name if name in KINDS or name == "Phrase" else None


def _template(node: ast.Call) -> str | None:
    """The template of `Phrase("…", …)` and of `_("…").format(…)`."""
    made = node.func
    if isinstance(made, ast.Attribute) and made.attr == "format" and isinstance(made.value, ast.Call):
        node, made = made.value, made.value.func
        if not (isinstance(made, ast.Name) and made.id in ("_", "N_")):
            return None
    elif _class_of(made) != "Phrase":
        return None
    first = node.args[0] if node.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


@functools.cache
def read_source() -> tuple[list[Site], list[str]]:
    readers = [_Reader(path, tree) for path, tree in source_trees().items()]
    return [one for reader in readers for one in reader.sites], [one for reader in readers for one in reader.unreadable]


def error_sites() -> Iterator[tuple[Site, type[errors.WxtuiError]]]:
    for site in read_source()[0]:
        if site.template is None:
            for name in site.kinds:
                yield site, KINDS[name]


def test_every_place_that_makes_an_error_gives_the_facts_of_its_sentence_and_no_others() -> None:
    wrong = []
    for site, kind in error_sites():
        said = fields(kind.sentence) | fields(kind.advice)
        if missing := said - site.facts:
            wrong.append(f"{site.where}: {kind.__name__} lacks {sorted(missing)}")
        if unused := site.facts - said - kind.carries:
            wrong.append(f"{site.where}: {kind.__name__} does not say {sorted(unused)}")
    assert not wrong, "\n".join(wrong)
    assert len(list(error_sites())) > 150, "the source is read"


def test_every_phrase_gives_the_facts_of_its_template_and_no_others() -> None:
    sites = [site for site in read_source()[0] if site.template is not None]
    wrong = []
    for site in sites:
        said = fields(site.template or "")
        # What a probe found is said in parts, and given whole.
        if said - site.facts or (site.facts - said and "tui/doctor/" not in site.where):
            wrong.append(f"{site.where}: {site.template!r} with {sorted(site.facts)}")
    assert not wrong, "\n".join(wrong)
    assert len(sites) > 250, "the source is read"


def test_no_place_makes_an_error_in_a_way_that_cannot_be_read() -> None:
    assert not read_source()[1], "\n".join(read_source()[1])


def test_bad_answers_say_nothing_but_the_status() -> None:
    for path, nodes in source_nodes().items():
        for node in nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "bad_answer":
                why = node.args[1]
                assert isinstance(why, ast.Constant) and fields(str(why.value)) <= {"status"}, f"{path}:{node.lineno}"


VALUES: tuple[object, ...] = (
    "张三 {x} {0} {",
    "",
    0,
    -14,
    2**70,
    3.5,
    None,
    True,
    Path("/tmp/“x”.pdf"),
    OSError(2, "gone"),
    errors.Phrase("HTTP status {status}", status=502),
    ["a", "b"],
)
"""A value of each type that callers give, and some that they do not."""


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("kind", every(), ids=lambda kind: kind.__name__)
def test_every_class_says_itself_in_every_form(
    kind: type[errors.WxtuiError], language: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    names = fields(kind.sentence) | fields(kind.advice) | kind.carries
    i18n.use(language)
    try:
        for value in VALUES:
            error = kind(**dict.fromkeys(names, value))
            assert not error.lacks
            told = protocol.read_owner(protocol.line(failed(error)))
            assert isinstance(told, protocol.Failure)
            for one in (error, rebuilt(told)):
                assert type(one) is kind
                assert str(one.said).strip() in str(one)
                assert i18n.say(one, advice=False).strip() in i18n.say(one)
                assert "{" not in i18n.say(one) or value == VALUES[0]
            output.write_error(error, as_json=True)
            shown = json.loads(capsys.readouterr().out)
            assert shown == {"error": kind.__name__, "message": str(error), "exit_code": kind.exit_code}
    finally:
        i18n.use("en")
    assert not caplog.records


@pytest.mark.parametrize("kind", every(), ids=lambda kind: kind.__name__)
def test_a_fact_that_nobody_gave_costs_no_more_than_itself(
    kind: type[errors.WxtuiError], caplog: pytest.LogCaptureFixture
) -> None:
    error = kind()
    for said in (str(error), str(error.said), i18n.say(error)):
        assert "{" not in said
        assert (errors.UNTOLD in said) >= bool(fields(kind.sentence))
    logged = " ".join(record.getMessage() for record in caplog.records)
    assert all(repr(name) in logged for name in error.lacks)
    assert bool(caplog.records) is bool(error.lacks)


def test_a_fact_of_the_wrong_type_and_a_wrong_template_are_logged_and_not_raised(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        assert str(errors.Phrase("{count:d} files", count="two")) == "{count:d} files"
        assert str(errors.Phrase("{0} of {", what=1)) == "{0} of {"
    assert len(caplog.records) == 2


def test_facts_may_have_any_name() -> None:
    facts: dict[str, object] = {"self": 1, "template": 2, "sentence": 3}
    assert errors.WxtuiError(**facts).facts == facts
    assert str(errors.Phrase("{self}{template}{sentence}", **facts)) == "123"
