"""TARGET on the command line: its completion in the shell."""

from __future__ import annotations

import asyncio

import click
from click.shell_completion import CompletionItem

from tui.cli.setup import Setup
from tui.errors import WxtuiError


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
            return [CompletionItem(found) for found in asyncio.run(names()) if found.isprintable()]
        except WxtuiError:
            return []


TARGET = Target()
