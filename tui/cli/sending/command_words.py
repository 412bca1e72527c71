"""Words of this command line, to be typed again."""

from __future__ import annotations

from tui.cli.shared.global_options import Setup


def global_words(setup: Setup) -> list[str]:
    """Return the program's name and the global options of this run, for a command line that is pasted."""
    words = ["wxtui"]
    if setup.profile_name != "default":
        words += ["--profile", setup.profile_name]
    if setup.server is not None:
        words += ["--server", setup.server]
    if setup.endpoint is not None:
        words += ["--endpoint", setup.endpoint.value]
    return [*words, *(["--json"] if setup.json else [])]
