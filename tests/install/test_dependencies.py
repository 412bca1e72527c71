"""Dependencies: each has a licence that lets us give it away, is declared if it is imported, and has an upper bound."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import distribution, packages_distributions
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import tui
from tests.support.source_trees import source_nodes

PACKAGE: Final = Path(tui.__file__).parent
ROOT: Final = PACKAGE.parent
PROJECT: Final[dict[str, Any]] = tomllib.loads(Path(ROOT, "pyproject.toml").read_text("utf-8"))["project"]
IMPORTED_BY_OTHERS: Final = {
    "python-multipart": "starlette imports it to read a form",
    "sniffio": "httpcore imports it at every lock",
}
"""Declared, and not imported by us."""
IMPORTED_BY_WHO_HAS_IT: Final = {"pytest": "it loads `tui/sandbox/pytest_plugin.py` itself"}
"""Imported, and not declared."""
UNBOUNDED: Final = {"certifi": "its versions are dates, and an old one must be able to give way"}


def needs(extra: str | None = None) -> dict[str, Requirement]:
    """What the metadata declares: what everybody needs, or one extra."""
    lines = PROJECT["dependencies"] if extra is None else PROJECT["optional-dependencies"][extra]
    return {canonicalize_name(need.name): need for need in map(Requirement, lines)}


@cache
def imported() -> dict[str, set[str]]:
    """Top-level name of somebody else's module → our modules that import it, also when first used."""
    found: dict[str, set[str]] = {}
    for path, nodes in source_nodes().items():
        for node in nodes:
            match node:
                case ast.Import(names=names):
                    modules = [one.name for one in names]
                case ast.ImportFrom(module=str(module), level=0):
                    modules = [module]
                case ast.Call(func=ast.Name(id="import_module" | "find_spec"), args=[ast.Constant(value=str(module))]):
                    modules = [module]
                case _:
                    continue
            for name in (module.partition(".")[0] for module in modules):
                if name not in sys.stdlib_module_names and name not in ("tui", "_typeshed"):
                    found.setdefault(name, set()).add(str(path.relative_to(ROOT)))
    return found


@pytest.fixture(scope="module")
def licences() -> ModuleType:
    """`.ci/licences.py`."""
    spec = importlib.util.spec_from_file_location("licences", ROOT / ".ci" / "licences.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["licences"] = module
    spec.loader.exec_module(module)
    return module


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    found = packages_distributions()
    owners = {name: [one for one in found[name] if not one.endswith("-stubs")] for name in found}
    used = {canonicalize_name(owner) for name in imported() for owner in owners.get(name, [f"{name} (not installed)"])}
    optional = {name for extra in PROJECT["optional-dependencies"] if extra != "dev" for name in needs(extra)}
    missing = used - needs().keys() - optional - IMPORTED_BY_WHO_HAS_IT.keys()
    where = {
        name: places
        for name, places in imported().items()
        if missing & set(map(canonicalize_name, owners.get(name, [])))
    }
    assert not missing, f"imported, and not in `dependencies` of pyproject.toml: {where or missing}"
    assert needs().keys() - used == IMPORTED_BY_OTHERS.keys(), "declared, and imported by nobody"


def test_each_has_an_upper_bound_where_a_major_version_may_break_us() -> None:
    every = needs() | {name: need for extra in PROJECT["optional-dependencies"] for name, need in needs(extra).items()}
    unbounded = {
        name for name, need in every.items() if not any(one.operator in ("<", "==", "~=") for one in need.specifier)
    }
    assert unbounded - {"ruff"} == UNBOUNDED.keys()
    assert all(any(one.operator in (">=", "==") for one in need.specifier) for need in every.values())


def test_an_extra_is_installed_where_the_tests_run() -> None:
    for extra in PROJECT["optional-dependencies"].keys() - {"dev"}:
        assert {name: str(need.specifier) for name, need in needs(extra).items()}.items() <= {
            name: str(need.specifier) for name, need in needs("dev").items()
        }.items(), extra


def test_all_licences_let_us_give_it_away(licences: ModuleType) -> None:
    given_away = licences.dependencies("wxtui", frozenset(PROJECT["optional-dependencies"].keys() - {"dev"}))
    assert {one.name for one in given_away} >= needs().keys()
    assert {one.name: one.licence for one in given_away if not one.is_permitted()} == {}
    everything = licences.dependencies("wxtui", frozenset(PROJECT["optional-dependencies"]))
    also = frozenset(licences.FOR_DEVELOPMENT)
    assert {one.name: one.licence for one in everything if not one.is_permitted(also)} == {}


@pytest.mark.parametrize(
    ("licence", "permitted"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("GPL-3.0-only OR MIT", True),
        ("MIT AND GPL-3.0-only", False),
        ("(Apache-2.0 AND MIT) OR GPL-2.0-only", True),
        ("LGPL-3.0-only", False),
        ("none is named", False),
        ("Proprietary", False),
    ],
)
def test_an_unknown_licence_is_refused(licences: ModuleType, licence: str, permitted: bool) -> None:
    assert licences.Dependency("x", "1", licence, "wxtui").is_permitted() is permitted


def test_metadata_says_who_wrote_it_where_it_runs_and_invents_no_address() -> None:
    assert PROJECT["authors"] == [{"name": "the wxtui developers"}]
    assert "urls" not in PROJECT, "there is no address yet"
    versions = {re.search(r"3\.\d+", line)[0] for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)}
    (workflow,) = re.findall(r"python: (\[.*\])", Path(ROOT, ".github", "workflows", "check.yml").read_text("utf-8"))
    assert versions == set(re.findall(r"3\.\d+", workflow)), "the versions that are tried"
    assert any(line.startswith("Development Status ::") for line in PROJECT["classifiers"])
    assert any(line.startswith("Operating System ::") for line in PROJECT["classifiers"])
    assert PROJECT["dynamic"] == ["version"], "it stands in tui/__init__.py only"


def test_the_clauses_of_a_bsd_licence_are_read(licences: ModuleType) -> None:
    # All three say “BSD License” in their metadata.
    found = {name: licences.licence_of(distribution(name)) for name in ("shiv", "segno", "pyperclip")}
    assert found == {"shiv": "BSD-2-Clause", "segno": "BSD-3-Clause", "pyperclip": "BSD-3-Clause"}
