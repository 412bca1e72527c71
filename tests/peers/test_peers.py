"""The clients that people run log in, send, upload, take back and receive at the sandbox (PROTOCOL section 8)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.peers.peers import Peer, peers, run

# The published clients are installed by hand, see the README of the benchmarks: the check says which it went without.
PEERS = [pytest.param(peer, marks=pytest.mark.skipif(bool(peer.missing), reason=peer.missing)) for peer in peers()]
LARGE = 1024 * 1024 * 5 // 4
"""Bytes of the large file; both drivers make it by a rule."""


@pytest.mark.parametrize("peer", PEERS, ids=[peer.name for peer in peers()])
async def test_a_published_client_works_against_the_sandbox(peer: Peer, tmp_path: Path) -> None:
    ran = await run(peer, tmp_path)
    assert [step for step in ran.steps if not step["ok"]] == [], ran.noise
    assert (ran.code, len(ran.steps) >= 10) == (0, True), ran.noise
    calls = [one["call"] for one in ran.sent]
    assert {"webwxsendmsg", "webwxsendmsgimg", "webwxsendappmsg"} <= set(calls)
    assert [one["revoked"] for one in ran.sent].count(True) == 1
    large = [one["sha256"] for one in ran.sent if one["file_name"] == "大.bin"]
    wheels = (bytes(range(256)) * (LARGE // 256), bytes(at % 251 for at in range(LARGE)))
    assert len(large) == 1
    assert large[0] in [hashlib.sha256(data).hexdigest() for data in wheels]
    assert not [what for _, what in ran.warnings if what.startswith("refused")]
