"""`python -m tui` and the installed `wxtui`."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the command line; returns the exit code."""
    # A shell asks for its completion script without arguments; click answers it, from this variable.
    if len(sys.argv) == 1 and not os.environ.get("_WXTUI_COMPLETE"):
        from tui.cli.face import run_alone

        return run_alone()
    from tui.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
