"""The servers that benchmarks talk to, each in a process of its own, and certificates for them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Certificate:
    """A server's key and chain in one file, and the authority that clients are told to trust."""

    chain: Path
    authority: Path


def make_certificate(folder: Path) -> Certificate:
    """A certificate for 127.0.0.1, of an authority that exists in `folder` only."""
    authority = trustme.CA()
    made = Certificate(folder / "server.pem", folder / "authority.pem")
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(made.chain)
    authority.cert_pem.write_to_path(made.authority)
    return made


@contextmanager
def sink(certificate: Certificate | None) -> Iterator[str]:
    """The origin of a running sink; over TLS when there is a certificate."""
    extra = ["--certificate", str(certificate.chain)] if certificate else []
    with _served([sys.executable, "-m", "tests.benchmarks.sink", *extra]) as line:
        yield f"{'https' if certificate else 'http'}://127.0.0.1:{line}"


@contextmanager
def sandbox(certificate: Certificate | None = None, *, contacts: int = 0) -> Iterator[str]:
    """The origin of a running sandbox whose phone scans and confirms at once; over TLS when there is a certificate."""
    chain = [str(certificate.chain)] if certificate else []
    with _served([sys.executable, "-c", SANDBOX, str(contacts), *chain]) as line:
        yield line


SANDBOX = """
import sys
from tui.sandbox.world.options import SandboxOptions
from tui.sandbox.server import serve
options = SandboxOptions(scan_delay=0.05, replies=False, contacts=int(sys.argv[1]))
serve(options, lambda origin: print(origin, flush=True), certfile=(*sys.argv[2:], None)[0])
"""


@contextmanager
def _served(command: list[str]) -> Iterator[str]:
    """The first line that a server prints; the server ends with the block."""
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
