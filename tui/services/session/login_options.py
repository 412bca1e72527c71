"""Options of a login: which variant, which server. Importing them costs nothing; `risk` has the words."""

from __future__ import annotations

from typing import Final, NamedTuple

from tui.wire.names import Endpoint

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
