"""Modules that an import brings into a fresh interpreter."""

from __future__ import annotations

import os
import subprocess
import sys

LOADED = """
import sys
from importlib import import_module
for name in sys.argv[1:]:
    import_module(name)
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def loaded_by(*modules: str) -> set[str]:
    """Top-level names of everything that these modules bring into a fresh interpreter."""
    # Coverage measures child processes too, and brings modules of its own.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *modules], capture_output=True, text=True, check=True, env=environment
    )
    return set(done.stdout.split())
