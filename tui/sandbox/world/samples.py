"""Files that a newcomer can send: a log large enough to watch, pictures, texts. The same seed makes the same bytes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from tui.sandbox.world import sample_pictures

LOG = "build.log"
LOG_SIZE = 12_000_000
"""Bytes: some seconds at the speed that the demo's uploads have."""

_STEPS = (
    "compile  src/parser/tokens.c",
    "compile  src/parser/grammar.c",
    "compile  src/net/session.c",
    "test     test_reconnect ... ok",
    "test     test_中文_names ... ok",
    "link     build/release/app",
    "warn     deprecated call in src/net/poll.c:214",
    "cache    hit 3f2a91c0",
)
_MINUTES = """会议纪要 · 周三 15:00 · 5 楼会议室

1. 上线时间：周五晚上 20:00，张三负责。
2. 回滚方案由李四写好，周四前发到群里。
3. Alice: QA needs the build log before the release.

下次会议：下周三，同一时间。
"""
_NOTES = """# Notes

- `/send build.log` shows an upload; `c` on it cancels
- `u` takes the last message back, for two minutes
"""


def write_samples(folder: Path, seed: int) -> None:
    """Fill `folder`, which exists."""
    (folder / "会议纪要.txt").write_text(_MINUTES, encoding="utf-8")
    (folder / "notes.md").write_text(_NOTES, encoding="utf-8")
    (folder / "照片.png").write_bytes(sample_pictures.BY_NAME["photo"].data)
    (folder / "跳舞.gif").write_bytes(sample_pictures.STICKER.data)
    inner = folder / "pictures"
    inner.mkdir(exist_ok=True)
    for number in range(1, 5):
        (inner / f"IMG_{2040 + number}.jpg").write_bytes(sample_pictures.photo(seed + number))
    with (folder / LOG).open("wb") as file:
        left = LOG_SIZE
        for part in _log(seed):
            file.write(part[:left])
            left -= len(part)
            if left <= 0:
                break


def _log(seed: int) -> Iterator[bytes]:
    """A build's log, without end."""
    rng = random.Random(f"log {seed}")
    steps = [f"{rng.choice(_STEPS)}  {rng.randrange(4, 900)} ms" for _ in range(997)]
    second = 0
    while True:
        lines = []
        for step in steps:
            second += 1
            lines.append(f"{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}  {step}\n")
        yield "".join(lines).encode()
