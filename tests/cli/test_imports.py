"""The command line does without the full-screen library: scripts that send a line must not pay for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.loaded_modules import loaded_by
from tui.cli.main import COMMANDS


def test_starting_loads_neither_screens_nor_network_nor_store() -> None:
    loaded = loaded_by("tui.__main__", "tui.cli.main")
    assert "click" in loaded
    assert not loaded & {"textual", "rich", "httpx", "uvicorn", "starlette", "sqlite3", "segno", "humanize"}


@pytest.mark.parametrize("module", sorted(set(COMMANDS.values())))
def test_no_command_loads_textual(module: str) -> None:
    loaded = loaded_by(f"tui.cli.commands.{module}")
    assert "tui" in loaded
    # rich is not asked for: httpx imports it by itself where it happens to be installed.
    assert "textual" not in loaded


def test_sending_loads_no_server_and_no_network_before_it_is_needed() -> None:
    loaded = loaded_by("tui.cli.commands.send", "tui.services.client.client")
    assert "msgspec" in loaded
    assert not loaded & {"uvicorn", "starlette", "python_multipart", "httpx", "h11"}, "a running wxtui has them"


FIRST_SCREEN = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
import tui.cli.full_screen
from tui.app import WxtuiApp
from tui.config import load
from tui.paths import find_profile
from tui.services.session.login_options import LoginOptions
from tui.store.store import Store

async def main():
    profile = find_profile("default")
    async with await Store.open(profile.store_file, clock=lambda: datetime.now(UTC)) as store:
        WxtuiApp._begin = lambda app: app.exit()
        await WxtuiApp(profile, LoginOptions(), load(), store).run_async(headless=True, size=(100, 30))
    print(*(name for name in sys.modules if name.startswith(("tui.", "httpx", "httpcore", "anyio", "json"))))

asyncio.run(main())
"""


@pytest.mark.usefixtures("home")
def test_the_first_screen_does_without_session_and_network() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_SCREEN], capture_output=True, text=True, check=True, timeout=60)
    loaded = set(done.stdout.split())
    assert "tui.screens.chat.chat_screen" in loaded
    assert not {name for name in loaded if not name.startswith("tui.")}
    assert not loaded & {
        "tui.services.client.supervisor",
        "tui.services.outbox",
        "tui.services.util.ids",
        "tui.screens.login.login_screen",
    }
