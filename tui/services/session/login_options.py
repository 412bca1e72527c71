"""Options of a login: which variant, which server; and the variants in words. Importing them costs nothing."""

from __future__ import annotations

from typing import Final, NamedTuple

from tui.errors import N_
from tui.wire.names import Endpoint

FOR_EVERYBODY: Final = Endpoint.FILEHELPER
"""Variant that works for every account."""

VARIANTS: Final = {
    Endpoint.FILEHELPER: N_("File Transfer works for every account, but reaches only your own phone."),
    Endpoint.WEB: N_(
        "The web version has all your conversations, but WeChat refuses it to many accounts, or logs them out after "
        "seconds."
    ),
}
"""Variants as people are told of them before a login, in the README too."""

LAST_VARIANT: Final = "variant"
"""Key in the store under which the variant of the last login is kept, also after a logout."""


class LoginOptions(NamedTuple):
    """Variant, and one origin for all hosts; None for what the stored session has.

    `first` is the variant of a profile that was never logged in.
    """

    endpoint: Endpoint | None = None
    origin: str | None = None
    first: Endpoint = Endpoint.WEB
