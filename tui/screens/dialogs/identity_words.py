"""Words for how a contact was recognised from one login to the next."""

from __future__ import annotations

from typing import Final

from tui.errors import N_
from tui.i18n import _, listed
from tui.store.identity.evidence import EvidenceKind
from tui.store.identity.identifications import DecidedBy, Identification, IdentificationState

_EVIDENCE: Final = {
    EvidenceKind.ACCOUNT: N_("your account"),
    EvidenceKind.ALIAS: N_("WeChat ID"),
    EvidenceKind.ROOM: N_("room number"),
    EvidenceKind.REMARK: N_("remark"),
    EvidenceKind.AVATAR: N_("picture"),
    EvidenceKind.STATUS: N_("status"),
    EvidenceKind.NICK: N_("name"),
    EvidenceKind.MEMBERS: N_("members"),
    EvidenceKind.COUNT: N_("number of members"),
}


def reason_of(one: Identification) -> str:
    """Return by what two contacts were taken for one, or who said what of them."""
    match one.state, one.decided_by:
        case IdentificationState.DENIED, _by:
            return _("you said somebody else")
        case _state, DecidedBy.PERSON:
            return _("you said so")
        case _state, DecidedBy.PROGRAM if one.evidence:
            return listed([_(_EVIDENCE[kind]) for kind in one.evidence])
        case _:
            return _("reason not known")
