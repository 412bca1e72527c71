"""Options of a login: which variant, which server. Importing them costs nothing; `risk` has the words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tui.wire.names import Endpoint

if TYPE_CHECKING:
    from tui.paths import Profile

FOR_EVERYBODY: Final = Endpoint.FILEHELPER
"""Variant that works for every account."""

LAST_VARIANT: Final = "variant"
"""Key in the store under which the variant of the last login is kept, also after a logout."""


class LoginOptions(NamedTuple):
    """Variant, and one origin for all hosts; None for what the stored session has.

    `first` is the variant of a profile that was never logged in.
    """

    endpoint: Endpoint | None = None
    origin: str | None = None
    first: Endpoint = Endpoint.WEB

    def of_program(self, chosen: Endpoint | None) -> LoginOptions:
        """Return those of a program that people look at, with the variant that the settings choose.

        Who chooses nothing begins with what works.
        """
        return self._replace(endpoint=self.endpoint or chosen, first=FOR_EVERYBODY)

    def of_next(self, profile: Profile, chosen: Endpoint | None, origin: str | None) -> LoginOptions:
        """Return those of the profile to which somebody switches.

        What was said for the first login is for no session of another profile.
        """
        return self._replace(endpoint=chosen, origin=origin) if profile.session_file.exists() else self
