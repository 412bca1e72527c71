"""TARGET on the command line: its completion in the shell."""

from __future__ import annotations

import asyncio

import click
from click.shell_completion import CompletionItem

from tui.errors import WxtuiError
from tui.paths import find_profile


class Target(click.ParamType[str]):
    """A contact or group; the shell completes the names that are stored, and asks nobody."""

    name = "target"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Names that match what is typed, also by pinyin."""
        from tui.services.client import open_store
        from tui.services.directory import matches
        from tui.services.ids import Ids

        name = ctx.find_root().params.get("profile") or "default"

        async def names() -> list[str]:
            profile = find_profile(str(name))
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
