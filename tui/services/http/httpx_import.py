"""httpx without its command line.

`import httpx` imports a command of its own, and with it rich and pygments where these are installed: 40 ms that every
`wxtui send` would pay for nothing. An empty stand-in takes that module's place first.
"""

from __future__ import annotations

import sys
from types import ModuleType


class _NoCommandLine(ModuleType):
    @staticmethod
    def main() -> None:
        """Stand in for the function that httpx re-exports; nobody calls it."""


sys.modules.setdefault("httpx._main", _NoCommandLine("httpx._main"))

import httpx as httpx  # noqa: E402 - only now, and re-exported
