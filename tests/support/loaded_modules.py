"""Modules that an import brings into a fresh interpreter."""

from __future__ import annotations

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
    done = subprocess.run([sys.executable, "-c", LOADED, *modules], capture_output=True, text=True, check=True)
    return set(done.stdout.split())
