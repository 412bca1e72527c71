"""`wxtui api`: what a programmer needs, printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tui.paths import find_profile
from tui.services.control import unix_socket
from tui.services.control_server.api.api_handlers import HANDLERS
from tui.services.control_server.api.schema import schema, tag_of


def test_the_help_names_every_request(wxtui: Wxtui) -> None:
    help_text = wxtui("api", "--help").out
    for kind in HANDLERS:
        assert tag_of(kind) in help_text
    assert wxtui("api").out.split() == help_text.split()
    assert wxtui("api", "doc").out.startswith("# The API of the control socket\n")
    assert wxtui("api", "nope").code == 2


def test_the_schema_is_that_of_the_classes(wxtui: Wxtui) -> None:
    assert json.loads(wxtui("api", "--schema").out) == schema()


def test_the_path_is_one_that_a_program_can_connect_to(
    wxtui: Wxtui, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert wxtui("api", "path").lines == [str(find_profile("default").socket_file)]
    assert "/other/" in wxtui("--profile", "other", "api", "path").out
    monkeypatch.setenv("WXTUI_HOME", str(tmp_path / ("long" * 30)))
    profile = find_profile("default")
    with unix_socket.bind(profile) as listener:
        assert wxtui("api", "path").lines == [listener.getsockname()]
    unix_socket.remove(profile)
