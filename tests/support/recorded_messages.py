"""Entries of webwxsync as they were recorded."""

from pathlib import Path

RECORDED = Path(__file__).parents[1] / "wire" / "recorded"
ME = "@5f1c09d27ae34b8890b2c1d4e6f7a8b9"
