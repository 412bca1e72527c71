"""Branch coverage without a tracer, a plugin of pytest: the statements of `tui` note by themselves that they ran.

On Python 3.11 a tracer slows down every instruction of a process, those of Textual and asyncio too: the tests took
twice the time. Here the modules of `tui` are changed as they are imported, and nothing else is slower.
What ran is given to coverage.py, whose report is as if it had looked itself.
"""

from __future__ import annotations

import ast
import marshal
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import cache_from_source, source_hash
from itertools import takewhile
from pathlib import Path
from types import CodeType, ModuleType

import pytest
from coverage import CoverageData
from coverage.config import DEFAULT_EXCLUDE
from coverage.parser import PythonParser
from xdist.workermanage import WorkerController

PACKAGE = Path(__file__).resolve().parents[2] / "tui"
OWN_SOURCE = Path(__file__).read_bytes()
NAME = "__ran__"

RAN: dict[str, bytearray] = {}
"""Of each file: at [line] whether the statement there ran, at [-line] whether none of its blocks was entered."""


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Change what is imported from now on."""
    assert PACKAGE.name not in sys.modules, "load this plugin with -p, before the tests"
    sys.meta_path.insert(0, NotingFinder())


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write what ran, here and in the workers of xdist; a worker sends it there."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output[NAME] = {path: bytes(ran) for path, ran in RAN.items()}
    else:
        write_data()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController) -> None:
    """Take what ran in a worker."""
    for path, there in getattr(node, "workeroutput", {}).get(NAME, {}).items():
        here = RAN.setdefault(path, bytearray(len(there)))
        here[:] = bytes(map(max, here, there))


def write_data() -> None:
    """Write `.coverage`: all files of the package, also those that nobody imported."""
    data = CoverageData()
    data.erase()
    data.add_arcs({path: arcs_that_ran(path, ran) for path, ran in RAN.items()})
    data.touch_files(str(path) for path in PACKAGE.rglob("*.py"))
    data.write()


def arcs_that_ran(path: str, ran: bytearray) -> set[tuple[int, int]]:
    """Name each branch by both its ends, as coverage.py does; of other statements only the line matters."""
    text = Path(path).read_text("utf-8")
    parser = PythonParser(text=text, filename=path, exclude="|".join(DEFAULT_EXCLUDE))
    parser.parse_source()
    lines = range(1, len(ran) // 2)
    entered = parser.first_lines(line for line in lines if ran[line])
    passed = parser.first_lines(line for line in lines if ran[-line])
    blocks = {parser.first_line(line): parser.first_lines(firsts) for line, firsts in branches(ast.parse(text))}
    branches_taken = {
        (line, to)
        for line, to in parser.arcs()
        if line in blocks and (to in entered if to in blocks[line] else line in passed)
    }
    return branches_taken | {(-1, line) for line in entered}


def branches(tree: ast.AST) -> Iterator[tuple[int, list[int]]]:
    """Yield the line of each condition, loop and case, and where its blocks begin. Below a case is the next case."""
    for node in ast.walk(tree):
        match node:
            case ast.If() | ast.For() | ast.AsyncFor() | ast.While():
                yield node.lineno, [block[0].lineno for block in (node.body, node.orelse) if block]
            case ast.Match(cases=cases):
                lines = [case.pattern.lineno for case in cases]
                for at, case in enumerate(cases):
                    yield lines[at], [case.body[0].lineno, *lines[at + 1 : at + 2]]


class NotingFinder(MetaPathFinder):
    """Finds the modules of the package."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Leave all other modules to the usual finders."""
        if name.partition(".")[0] != PACKAGE.name:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = NotingLoader(name, spec.loader.path)
        return spec


class NotingLoader(SourceFileLoader):
    """Loads a module whose statements note that they ran. What it compiled is kept beside what Python compiled."""

    def get_code(self, fullname: str) -> CodeType:
        """Compile the changed source, unless that was done before."""
        source = self.get_data(self.path)
        RAN.setdefault(self.path, bytearray(2 * (source.count(b"\n") + 2)))
        cached = Path(cache_from_source(self.path, optimization="noting"))
        key = source_hash(source + OWN_SOURCE)
        if cached.exists() and (kept := cached.read_bytes()).startswith(key):
            return marshal.loads(kept[len(key) :])
        code = compile(noting(source, self.path), self.path, "exec", dont_inherit=True)
        self.set_data(str(cached), key + marshal.dumps(code))
        return code


def noting(source: bytes, path: str) -> ast.Module:
    """Parse a module, and put a note before each statement, and where the blocks of one are passed."""
    tree: ast.Module = Notes().visit(ast.parse(source, path))
    at = len(list(takewhile(is_head, tree.body)))
    tree.body[at:at] = ast.parse(f"from {__name__} import RAN as {NAME}; {NAME} = {NAME}[{path!r}]").body
    return ast.fix_missing_locations(tree)


def is_head(statement: ast.stmt) -> bool:
    """Whether it must stay the first of its block: a docstring, or what is imported from `__future__`."""
    match statement:
        case ast.Expr(value=ast.Constant(value=str())) | ast.ImportFrom(module="__future__"):
            return True
        case _:
            return False


class Notes(ast.NodeTransformer):
    """Puts in the notes."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Put a note before each statement of each block."""
        super().generic_visit(node)
        for name in ("body", "orelse", "finalbody"):
            if isinstance(block := getattr(node, name, None), list):
                setattr(node, name, with_notes(block))
        return node

    def visit_branch(self, node: ast.If | ast.For | ast.AsyncFor | ast.While) -> ast.AST:
        """Note the way past the block, where there is no other block."""
        has_other = bool(node.orelse)
        self.generic_visit(node)
        if not has_other:
            node.orelse = [note(-node.lineno)]
        return node

    visit_If = visit_For = visit_AsyncFor = visit_While = visit_branch

    def visit_Match(self, node: ast.Match) -> ast.AST:
        """Note all cases down to the one that fits."""
        self.generic_visit(node)
        lines = [case.pattern.lineno for case in node.cases]
        for at, case in enumerate(node.cases):
            case.body[:0] = [note(line) for line in lines[: at + 1]]
        if not fits_all(node.cases[-1]):
            passed = [note(line) for line in (*lines, -lines[-1])]
            node.cases.append(ast.match_case(ast.MatchAs(), body=passed))
        return node

    def visit_Try(self, node: ast.Try) -> ast.AST:
        """Note all handlers down to the one that fits."""
        self.generic_visit(node)
        lines = [handler.lineno for handler in node.handlers]
        for at, handler in enumerate(node.handlers):
            handler.body[:0] = [note(line) for line in lines[: at + 1]]
        return node

    visit_TryStar = visit_Try


def fits_all(case: ast.match_case) -> bool:
    """Whether no other case may follow: `case _` or `case name`, also as the last of several patterns."""
    pattern = case.pattern
    while isinstance(pattern, ast.MatchOr):
        pattern = pattern.patterns[-1]
    return case.guard is None and isinstance(pattern, ast.MatchAs) and pattern.pattern is None


def with_notes(block: list[ast.stmt]) -> list[ast.stmt]:
    """Return a block with notes before each statement; those of the head stand below it."""
    head = list(takewhile(is_head, block))
    body = [new for statement in block[len(head) :] for new in (*notes(statement), statement)]
    return [*head, *(made for statement in head for made in notes(statement)), *body]


def notes(statement: ast.stmt) -> Iterator[ast.stmt]:
    """Note the line of a statement, and those of its decorators."""
    for part in (*getattr(statement, "decorator_list", ()), statement):
        yield note(part.lineno)


def note(line: int) -> ast.stmt:
    """Return the statement that notes a line."""
    place = ast.Subscript(ast.Name(NAME, ast.Load()), ast.Constant(line), ast.Store())
    made = ast.Assign([place], ast.Constant(1), lineno=abs(line), end_lineno=abs(line))
    return ast.fix_missing_locations(made)
