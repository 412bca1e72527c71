"""Plugin for pytest: the fixture `wxtui_sandbox`, a sandbox of each test's own.

It does nothing until somebody names it: `pytest_plugins = ["tui.sandbox.pytest_plugin"]` in the conftest.py beside
pyproject.toml, or `pytest -p tui.sandbox.pytest_plugin`. SANDBOX.md beside this module describes it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tui.sandbox.double import DOUBLE_OPTIONS, start_sandbox, wrong_option
from tui.sandbox.running_sandbox import RunningSandbox
from tui.sandbox.world.options import SandboxOptions

MARKER = "wxtui_sandbox"


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest of the marker."""
    config.addinivalue_line(
        "markers", f"{MARKER}(**options): options of the test's sandbox, the fields of SandboxOptions"
    )


@pytest.fixture
def wxtui_sandbox_options() -> SandboxOptions:
    """Options of the sandboxes; a fixture of this name in your conftest.py replaces it."""
    return DOUBLE_OPTIONS


@pytest.fixture
def wxtui_sandbox(request: pytest.FixtureRequest, wxtui_sandbox_options: SandboxOptions) -> Iterator[RunningSandbox]:
    """Serve a sandbox on a free port of this machine for one test, with the options of its marker."""
    marker = request.node.get_closest_marker(MARKER)
    changes = {} if marker is None else marker.kwargs
    if marker is not None and marker.args:
        pytest.fail(f"@pytest.mark.{MARKER} takes options by name only, like poll_seconds=1.0.", pytrace=False)
    if why := wrong_option(changes):
        pytest.fail(why, pytrace=False)
    with start_sandbox(wxtui_sandbox_options, **changes) as sandbox:
        yield sandbox
