"""Removal of a profile: all its files on this computer. No server is asked, and none is told."""

from __future__ import annotations

import logging
import os
import shutil
from contextlib import suppress

from tui import errors
from tui.paths import Profile
from tui.services.profiles.staging import staging
from tui.services.session.profile_lock import OwnerLock

log = logging.getLogger("wxtui.profiles")


def check_removable(profile: Profile) -> None:
    """Raise `ProfileUnknown` where there is none of this name, `HomeUnusable` for a link to somewhere else."""
    if not os.path.lexists(profile.state):
        raise errors.ProfileUnknown(profile=profile.name)
    if profile.state.is_symlink() or not profile.state.is_dir():
        why = errors.Phrase("it is a link, or no folder; remove it yourself")
        raise errors.HomeUnusable(path=profile.state, why=why)


def remove_profile(profile: Profile) -> None:
    """Delete the profile, which is gone at once, whole; blocks.

    Raises `ProfileUnknown`, `ProfileBusy` while a program uses it, `HomeUnusable`.
    """
    check_removable(profile)
    with OwnerLock(profile, brief=True), staging(profile.state.parent) as folder:
        try:
            profile.state.rename(folder / profile.name)
            with suppress(FileNotFoundError):
                shutil.rmtree(profile.cache)
            shutil.rmtree(folder / profile.name)
        except OSError as error:
            why = error.strerror or errors.Phrase("it cannot be deleted")
            raise errors.HomeUnusable(path=error.filename or profile.state, why=why) from None
    log.info("a profile was removed")
