"""A `wxtui listen` of its own, whose lines can be waited for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.waiting import wait_until

WITHOUT_PAUSES: Final = (
    sys.executable,
    "-c",
    "import runpy, sys\n"
    "from tui.services.people import contact_changes, groups, people\n"
    "contact_changes.PAUSE = people.READ_PAUSE = groups._LOOK = 0.0\n"
    "sys.argv[:4] = ['tui']\n"
    "runpy.run_module('tui', run_name='__main__', alter_sys=True)",
)
"""Give as `through`: what it changes for other shells follows at once."""


class Listener:
    """A `wxtui listen` of its own, whose lines can be waited for."""

    def __init__(self, folder: Path, *arguments: str, through: Sequence[str] = ()) -> None:
        self._out, self._err = folder / "out", folder / "err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            command = [*through, sys.executable, "-m", "tui", "listen", *arguments]
            self.process = subprocess.Popen(command, stdout=out, stderr=err, env=os.environ)

    @property
    def text(self) -> str:
        return self._out.read_text("utf-8")

    def wait_for(self, words: str, seconds: float = 30) -> str:
        wait_until(lambda: words in self.text, seconds)
        return self.text

    def stop(self, number: int = signal.SIGINT) -> tuple[int, str, str]:
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> tuple[int, str, str]:
        return self.process.wait(30), self.text, self._err.read_text("utf-8")


@contextmanager
def listening(*arguments: str, through: Sequence[str] = ()) -> Iterator[Listener]:
    with tempfile.TemporaryDirectory() as folder:
        listener = Listener(Path(folder), *arguments, through=through)
        try:
            yield listener
        finally:
            listener.process.kill()
            listener.process.wait(15)
