"""Finds the published clients and runs each against a sandbox of its own.

Nothing is installed here. `WXTUI_PEERS` names a folder that holds what there is: a virtual environment
`itchat-uos-VERSION` for each version of itchat-uos, and `node_modules` with wechat4u (see README.md in
tests/benchmarks). An itchat that this Python can import is taken, too.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import importlib.util
import json
import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from tui.sandbox.control.api import sent_rows
from tui.sandbox.server import SandboxServer
from tui.sandbox.world.options import SandboxOptions

HERE = Path(__file__).parent
PLACE = "WXTUI_PEERS"
ITCHAT = ("1.4.1", "1.5.0.dev0")
WECHAT4U = "0.7.14"
SECONDS = 120
"""The longest that one client may take; each needs five."""


@dataclass(frozen=True)
class Peer:
    """A published client: the command that drives it, or why there is none."""

    name: str
    command: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    missing: str = ""


@dataclass(frozen=True)
class Ran:
    """Steps of one client, whole uploads and sent messages of its sandbox, and what it said besides."""

    steps: list[dict[str, Any]]
    sent: list[dict[str, Any]]
    warnings: set[tuple[str, str]]
    code: int
    noise: str


def _itchat(version: str) -> Peer:
    name, script = f"itchat-uos {version}", str(HERE / "itchat_steps.py")
    place = os.environ.get(PLACE)
    python = Path(place) / f"itchat-uos-{version}" / "bin" / "python" if place else None
    if python is not None and python.exists():
        return Peer(name, (str(python), script))
    if importlib.util.find_spec("itchat") is not None and version == importlib.metadata.version("itchat-uos"):
        return Peer(name, (sys.executable, script))
    where = f"{python} is not there" if python else f"{PLACE} is not set"
    return Peer(name, missing=f"{where}, and this Python has no itchat-uos {version}")


def _wechat4u() -> Peer:
    name, node, place = f"wechat4u {WECHAT4U}", shutil.which("node"), os.environ.get(PLACE)
    if node is None or not place:
        return Peer(name, missing="there is no node" if place else f"{PLACE} is not set")
    modules = Path(place) / "node_modules"
    described = modules / "wechat4u" / "package.json"
    if not described.exists() or json.loads(described.read_text())["version"] != WECHAT4U:
        return Peer(name, missing=f"{modules} does not hold wechat4u {WECHAT4U}")
    return Peer(name, (node, str(HERE / "wechat4u_steps.js")), {"NODE_PATH": str(modules)})


def peers() -> list[Peer]:
    """Every client that is known to work, the missing ones too."""
    return [*(_itchat(version) for version in ITCHAT), _wechat4u()]


async def run(peer: Peer, folder: Path) -> Ran:
    """Let one client, in an empty folder, do its steps in a new sandbox."""
    async with SandboxServer(SandboxOptions(scan_delay=0, replies=False, poll_seconds=1)) as server:
        process = await asyncio.create_subprocess_exec(
            *peer.command,
            server.origin,
            str(folder),
            cwd=folder,
            env={**os.environ, **peer.environment, "NO_PROXY": "127.0.0.1"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            said, noise = await asyncio.wait_for(process.communicate(), SECONDS)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        lines = [line[line.index(b"{") :] for line in said.splitlines() if b'{"step":' in line]
        return Ran(
            [json.loads(line) for line in lines],
            msgspec.to_builtins(sent_rows(server.state)),
            set(server.state.warnings),
            process.returncode or 0,
            noise.decode(errors="replace"),
        )
