"""Actions on the addresses in a message: list, open and copy them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence

from tui import errors
from tui.i18n import _, joined, say
from tui.message_summary import Address, addresses_of
from tui.screens.chat.actions.base import ActionGroup
from tui.store.models import StoredMessage
from tui.terminal.browser import browser_of
from tui.widgets.base.styles import Tone
from tui.wire.text import printable, short


class LinkActions(ActionGroup):
    """Shows where addresses lead before anything is opened."""

    async def links(self, argument: str) -> None:
        """List the addresses in the selected message, or in the one that the command names."""
        await self.show(await self._message(argument))

    async def show(self, message: StoredMessage, url: str = "") -> None:
        """List the addresses in a message, the cursor on `url` if it is one of them: on that which was clicked."""
        addresses = addresses_of(message.body)
        if not addresses:
            raise errors.UsageError(why=_("There is no link in this message."))
        at = next((at for at, one in enumerate(addresses) if one.url == url), 0)
        self._chat.run(self._choose(addresses, at), "pick")

    async def _choose(self, addresses: Sequence[Address], at: int) -> None:
        from tui.screens.pickers.address_list import AddressDialog

        found = await self._chat.ask(AddressDialog(addresses, at))
        if found is None:
            return
        address = found.address
        if found.copied:
            await self._to_clipboard(address.url or address.written)
        elif not address.url:
            raise errors.UsageError(why=_("Only web and mail links can be opened."))
        else:
            self._chat.run(self._open(address.url), "open link")

    async def _open(self, url: str) -> None:
        browser = browser_of(os.environ)
        if browser is None:
            await self._copy_instead(url, _("No browser found: set $BROWSER."))
            return
        shown = printable(short(url), newlines=False)
        try:
            if browser.in_terminal:
                await self._chat.run_in_terminal(browser.command_for(url))
            else:
                await asyncio.to_thread(browser.open, url)
        except errors.UsageError as error:
            await self._copy_instead(url, say(error))
        else:
            self._chat.tell(_("Opened {url}").format(url=shown), link=(shown, url))

    async def _copy_instead(self, url: str, why: str) -> None:
        said, _known = await self._copied(url)
        self._chat.tell(joined(why, said), Tone.WARN)
