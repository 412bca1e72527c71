"""Actions on profiles: to leave this account for another one, within the running program."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from tui import errors
from tui.errors import N_
from tui.i18n import _
from tui.paths import Profile, find_profile
from tui.screens.chat.actions.base import ActionGroup
from tui.screens.chat.chat_context import ChatContext
from tui.screens.leaving import leaving_question
from tui.store.store import Store
from tui.widgets.base.styles import Tone

if TYPE_CHECKING:
    from tui.services.session.profile_list import KnownProfile

_NEW = N_("New profile…")


class ProfileActions(ActionGroup):
    """Switches to another profile. What could go wrong there is found before anything ends here."""

    def __init__(self, chat: ChatContext, packing: Callable[[], str]) -> None:
        """`packing` returns the name of an archive that is being written, "" for none."""
        super().__init__(chat)
        self._packing = packing

    async def switch(self, argument: str) -> None:
        """Leave for the profile of this name; without one, for one that is chosen from a list.

        Raises `UsageError`, `ProfileBusy`, `LocalError`: then everything stays as it is.
        """
        from tui.services.session.profile_list import exists, is_same

        name = argument or await self._chosen()
        if not name:
            return
        profile, here = find_profile(name), self._context.profile
        if await asyncio.to_thread(is_same, profile, here):
            self._chat.tell(_("Profile “{profile}” is open already.").format(profile=here.name), Tone.TEXT)
            return
        self._refuse_loss()
        if not await asyncio.to_thread(exists, profile) and not await self._wants_new(profile):
            return
        with suppress(errors.LocalError):  # As at the end of the program.
            await self._chat.keep_draft()
        question = leaving_question(self._context.runtime, self._packing(), switching=True)
        if question and not await self._agreed(question, _("switch"), _("stay")):
            return
        await asyncio.to_thread(_refuse_busy, profile)
        store = await Store.open(profile.store_file, clock=self._context.clock, pictures=profile.pictures)
        await self._context.switch(profile, store)

    def _refuse_loss(self) -> None:
        """Raise `UsageError` where the bar has files, or a text of no conversation, which nothing keeps."""
        bar = self._chat.composer
        if bar.attachments or (self._chat.conversation is None and bar.text.strip()):
            raise errors.UsageError(why=_("A switch would lose what is in the input. Send it, or clear it first."))

    async def others(self) -> Sequence[str]:
        """Return the names of all other profiles that exist."""
        return [one.name for one in await self._known() if one.name != self._context.profile.name]

    async def _known(self) -> Sequence[KnownProfile]:
        from tui.services.session.profile_list import known_profiles

        return await asyncio.to_thread(known_profiles)

    async def _chosen(self) -> str:
        """Let the person choose a profile; "" when they leave the list, or want a new one, whose name is typed."""
        from tui.widgets.lists.choice_list import Choice

        here = self._context.profile.name
        choices = [Choice(one.name, _state(one, here), (), one.name) for one in await self._known()]
        choices.append(Choice(_(_NEW), "", (), ""))
        for name in await self._pick(_("Profiles"), choices):
            if not name:
                self._chat.begin_command("/profile ")
            return name
        return ""

    async def _wants_new(self, profile: Profile) -> bool:
        question = _("There is no profile “{profile}” yet. Create it, and log in there?").format(profile=profile.name)
        return await self._agreed(question, _("create"), _("stay"))


def _state(known: KnownProfile, here: str) -> str:
    """Return how things stand with a profile, in a few words."""
    account = known.account or _("not logged in")
    if known.name == here:
        return " · ".join((account, _("open here")))
    if known.owner:
        return " · ".join((account, _("in use (process {pid})").format(pid=known.owner)))
    return account


def _refuse_busy(profile: Profile) -> None:
    """Raise `ProfileBusy` where a program that stays uses a profile; a brief command is waited for, as at a start."""
    from tui.services.session.profile_lock import OwnerLock

    with suppress(errors.BusyBriefly), OwnerLock(profile):
        pass
