"""TARGET on the command line: its completion in the shell."""

from __future__ import annotations

import asyncio
import os
import re

import click
from click.shell_completion import CompletionItem

from tui.cli.setup import Setup
from tui.errors import WxtuiError


def _escaped(name: str) -> str:
    """The name as it is safe on a command line. zsh and fish escape by themselves; bash takes it as it stands, and
    others choose their names: `$(…)` in one would be run."""
    if not os.environ.get("_WXTUI_COMPLETE", "").startswith("bash"):
        return name
    return re.sub(r"[^\w@%+=:,./-]", r"\\\g<0>", name)


class Target(click.ParamType[str]):
    """A contact or group; the shell completes the names that are stored, and asks nobody."""

    name = "target"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Names that match what is typed, also by pinyin."""
        from tui.services.client import open_store
        from tui.services.directory import matches
        from tui.services.ids import Ids

        setup = ctx.find_root().ensure_object(Setup)

        async def names() -> list[str]:
            profile = setup.profile
            if not profile.store_file.exists():
                return []
            async with open_store(profile, Ids()) as store:
                found = await store.contacts()
            return [contact.name for contact in found if not incomplete or matches(contact, incomplete)]

        try:
            return [CompletionItem(_escaped(found)) for found in asyncio.run(names()) if found.isprintable()]
        except WxtuiError:
            return []


TARGET = Target()
