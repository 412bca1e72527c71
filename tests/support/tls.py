"""Certificates of our own, and a sandbox behind TLS."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from tui.sandbox.server import SandboxServer
from tui.sandbox.world.options import SandboxOptions


@dataclass(frozen=True)
class Certificate:
    authority: Path
    chain: Path
    key: Path


def certificate(folder: Path, *names: str) -> Certificate:
    authority = trustme.CA()
    issued = authority.issue_cert(*names)
    made = Certificate(folder / "ca.pem", folder / "chain.pem", folder / "key.pem")
    authority.cert_pem.write_to_path(made.authority)
    issued.private_key_pem.write_to_path(made.key)
    made.chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    return made


@asynccontextmanager
async def tls_sandbox(made: Certificate) -> AsyncIterator[str]:
    options = SandboxOptions(scan_delay=0.0, replies=False, poll_seconds=0.5)
    async with SandboxServer(options, certfile=made.chain, keyfile=made.key) as server:
        yield server.origin
