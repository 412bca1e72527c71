"""`python -m tui` and the installed `wxtui`."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; returns the exit code."""
    if len(sys.argv) == 1:
        from tui.cli.face import run_alone

        return run_alone()
    from tui.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
