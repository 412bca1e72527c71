"""Entry point of `python -m tui` and of the installed `wxtui`."""

from __future__ import annotations

# `signal` makes enums of its numbers, which takes longer than to show the kept screen.
import _signal  # type: ignore[import-not-found]
import gc
import os
import sys

from tui.kept_screen import early

TYPE_CHECKING = False  # `typing` alone costs as much.
if TYPE_CHECKING:
    from types import FrameType

_COMMAND_OBJECTS = 100_000
"""New objects after which the collector looks for garbage: most commands end before they have made as many."""


def _leave(number: int, frame: FrameType | None) -> None:
    """End the process at once: nothing has begun yet, or everything is done, so there is nothing to tidy up."""
    os._exit(128 + number)


def main() -> int:
    """Run the command line; return the exit code."""
    # Before anything is imported, which takes long enough for a person to change their mind. A command that has to be
    # tidied up takes the signal over: `interruptible` of `tui.cli.shared.running`.
    handled = _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler
    if handled:
        _signal.signal(_signal.SIGINT, _leave)
    try:
        early.show(sys.argv[1:])
        return _run()
    finally:
        # The interpreter would look through all that lives once more, for 30 ms, before the process ends anyway.
        gc.freeze()
        early.restore()
        if handled:
            _signal.signal(_signal.SIGINT, _leave)


def _run() -> int:
    # A shell asks for its completion script without arguments; click answers it, from this variable.
    if len(sys.argv) == 1 and not os.environ.get("_WXTUI_COMPLETE"):
        gc.disable()  # For what is imported before `open_full_screen`, which says why.
        from tui.cli.full_screen import run_alone

        return run_alone()
    gc.set_threshold(_COMMAND_OBJECTS)
    from tui.cli import lean_click

    lean_click.load()
    from tui.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
