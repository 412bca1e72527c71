"""`python -m tests.peers`: every published client that is there, step by step; exit code 1 when one failed."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.peers.peers import peers, run


def main() -> int:
    """Print a line a step."""
    failed = False
    for peer in peers():
        if peer.missing:
            print(f"{peer.name}: skipped, {peer.missing}")
            continue
        with tempfile.TemporaryDirectory(prefix="wxtui-peer-") as folder:
            ran = asyncio.run(run(peer, Path(folder)))
        failed = failed or bool(ran.code) or not ran.steps
        for step in ran.steps:
            print(f"{peer.name}: {'ok  ' if step['ok'] else 'FAIL'} {step['step']} {step['why']}".rstrip())
        for call, what in sorted(ran.warnings):
            print(f"{peer.name}: warning at {call}: {what}")
        if ran.code:
            print(ran.noise, file=sys.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
