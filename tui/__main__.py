# -*- coding: utf-8 -*-  # noqa: UP009 - for Python 2.7
"""Entry point of `python -m tui` and of the installed `wxtui`.

Pythons that are too old for everything else must be able to read this file, down to 2.7: they answer with a sentence.
"""

import gc
import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - pip would not install it there, but there are other ways
    _ENGLISH = (
        "wxtui needs Python 3.11 or newer; this is Python {0}.{1} ({2}). uv brings one, without root and without a "
        "compiler: uv tool install --python 3.13 FOLDER, where FOLDER is the checkout of wxtui, or its .whl file.\n"
    )
    _CHINESE = (
        "wxtui 需要 Python 3.11 或更新的版本，而这是 Python {0}.{1}（{2}）。uv 会自带一个，不需要 root 和编译器："
        "uv tool install --python 3.13 目录，目录是 wxtui 的源码目录或 .whl 文件。\n"
    )
    _named = [os.environ.get(_name) for _name in ("WXTUI_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")]
    _wanted = [_language for _language in _named if _language and "utf" in (sys.stderr.encoding or "utf").lower()]
    _sentence = _CHINESE if _wanted and _wanted[0].lower().startswith("zh") else _ENGLISH
    sys.stderr.write(_sentence.format(sys.version_info[0], sys.version_info[1], sys.executable))
    sys.exit(2)

# `signal` makes enums of its numbers, which takes longer than to show the kept screen.
import _signal  # type: ignore[import-not-found]

from tui.kept_screen import early

TYPE_CHECKING = False  # `typing` alone costs as much.
if TYPE_CHECKING:
    from types import FrameType  # noqa: F401 - in the comments that say types, as older Pythons know them
    from typing import Optional  # noqa: F401

_COMMAND_OBJECTS = 100000
"""New objects after which the collector looks for garbage: most commands end before they have made as many."""


def _leave(number, frame):
    # type: (int, Optional[FrameType]) -> None
    """End the process at once: nothing has begun yet, or everything is done, so there is nothing to tidy up."""
    os._exit(128 + number)


def main():
    # type: () -> int
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


def _run():
    # type: () -> int
    # A shell asks for its completion script without arguments; click answers it, from this variable.
    if len(sys.argv) == 1 and not (os.environ.get("_WXTUI_COMPLETE") or os.environ.get("WXTUI_PLAIN")):
        gc.disable()  # For what is imported before `open_full_screen`, which says why.
        from tui.cli.full_screen import run_alone

        return run_alone()
    gc.set_threshold(_COMMAND_OBJECTS)
    try:
        from tui.cli import lean_click

        lean_click.load()
        from tui.cli.main import run
    except ModuleNotFoundError as error:
        from tui.cli.full_screen import broke_down

        return broke_down(error)
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
