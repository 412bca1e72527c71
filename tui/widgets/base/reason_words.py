"""Why a message failed, in few words."""

from __future__ import annotations

from typing import Final

from tui import errors
from tui.errors import N_
from tui.i18n import _

REASONS: Final[dict[type[errors.WxtuiError], str]] = {
    errors.Unreachable: N_("no connection"),
    errors.TimedOut: N_("no answer in time"),
    errors.ConnectionBroken: N_("the connection broke"),
    errors.BadAnswer: N_("unexpected answer from the server"),
    errors.NetworkError: N_("the network failed"),
    errors.TooFrequent: N_("too fast, wait some minutes"),
    errors.GroupGone: N_("the group no longer exists"),
    errors.LoginEnvironment: N_("this login is not trusted"),
    errors.BadTicket: N_("the session was not accepted"),
    errors.BadParameter: N_("refused; no longer in the group?"),
    errors.ServerRefused: N_("the server refused it"),
    errors.NotUsable: N_("the session is over"),
    errors.FileChanged: N_("the file was changed"),
    errors.FileMissing: N_("the file is gone"),
    errors.FileUnreadable: N_("the file cannot be read"),
    errors.FileTooLarge: N_("the file is too large"),
    errors.FileEmpty: N_("the file is empty"),
    errors.Refused: N_("it cannot be sent"),
    errors.NotForwardable: N_("this kind cannot be forwarded"),
    errors.LocalError: N_("a problem on this computer"),
}
"""Words for each error; one without a row of its own has its parent's."""


def reason_words(reason: str) -> str:
    """Return the words for what `StoredMessage.reason` holds: the name of an error's class, or `Interrupted`."""
    if reason == "Interrupted":
        return _("interrupted")
    kind = getattr(errors, reason, None) if reason.isidentifier() else None
    if isinstance(kind, type) and issubclass(kind, errors.WxtuiError):
        for parent in kind.__mro__:
            if parent in REASONS:
                return _(REASONS[parent])
    return ""
