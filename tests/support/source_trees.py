"""Sources of the program as syntax trees, read once in each process that runs tests.

Many tests look at all of them. Half a million nodes that stay are no business of the collector of garbage: with it the
parsing took four times as long, and every later collection looked at them again.
"""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

import tui

PACKAGE: Final = Path(tui.__file__).parent


@cache
def source_trees() -> dict[Path, ast.Module]:
    """Return each module of `tui/` with its tree."""
    with no_collections(freeze=True):
        return {path: ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


@cache
def source_nodes() -> dict[Path, list[ast.AST]]:
    """Return each module of `tui/` with all nodes of its tree, in the order of `ast.walk`."""
    trees = source_trees()
    with no_collections(freeze=True):
        return {path: list(ast.walk(tree)) for path, tree in trees.items()}


@contextmanager
def no_collections(*, freeze: bool = False) -> Iterator[None]:
    """Make a lot that is no garbage; with `freeze` it stays as long as the process, and is looked at no more."""
    if freeze:
        gc.collect()
    gc.disable()
    try:
        yield
        if freeze:
            gc.freeze()
    finally:
        gc.enable()
