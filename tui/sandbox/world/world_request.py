"""Request that starts a living sandbox. Apart from `living`, so that nobody loads a server to make it."""

from __future__ import annotations

import msgspec

PROGRAM = "tui.sandbox.living"
"""Module to run, with a `WorldRequest` in JSON as its argument."""
HOMES = "wxtui-demo-"
"""Beginning of the names of homes, which all lie in one folder."""
LOCK = ".lock"
"""File in a home that is locked as long as somebody lives there: the program in front, or the world itself."""
SCAN, CONFIRM = 2.0, 1.5
"""Seconds until the pretended phone scans a code, and until it confirms: long enough to be seen."""


class WorldRequest(msgspec.Struct, frozen=True):
    """Request to a process that serves until its standard input ends.

    `listening` is the number of an open socket. The folder `samples` is filled with files. `home` is removed at the
    end, here too: this process ends also when the one that started it was killed. `at_once`: the first login is
    confirmed without delay.
    """

    listening: int
    seed: int
    contacts: int
    at_once: bool
    samples: str
    home: str
