"""Calls that fetch contacts (PROTOCOL sections 2.7 and 2.8)."""

from __future__ import annotations

import msgspec

from tui.wire.answers import as_int
from tui.wire.call import Answer, Call, Pace
from tui.wire.contact_answers import Listing, read_listing
from tui.wire.encode import get, json_post, with_ticket
from tui.wire.session import Session

BATCH = 50
"""UserNames that one webwxbatchgetcontact takes."""


class ContactPage(msgspec.Struct, frozen=True):
    """Page of contacts; `next_seq` is 0 on the last."""

    contacts: Listing
    next_seq: int


def get_contacts(session: Session, seq: int, *, now_ms: int) -> Call[ContactPage]:
    """Section 2.7: the page that begins at `seq`, 0 the first."""
    name = "webwxgetcontact"
    query = with_ticket(session, ("seq", str(seq)), ("skey", session.skey), ("r", str(now_ms)))
    request = get(session, session.hosts.cgi(session.hosts.api, name), *query, pace=Pace.LIST)

    def read(answer: Answer) -> ContactPage:
        value, contacts = read_listing(name, answer, "MemberList", session.user_name)
        return ContactPage(contacts, as_int(value.get("Seq")))

    return Call(name, request, read)


def batch_get(session: Session, names: tuple[str, ...], *, now_ms: int, group: str = "") -> Call[Listing]:
    """Section 2.8: details of up to 50 groups, or of members of `group`."""
    name = "webwxbatchgetcontact"
    body = {
        "BaseRequest": session.base_request(),
        "Count": len(names),
        "List": [{"UserName": user_name, "EncryChatRoomId": group} for user_name in names],
    }
    query = with_ticket(session, ("type", "ex"), ("r", str(now_ms)))

    def read(answer: Answer) -> Listing:
        return read_listing(name, answer, "ContactList", session.user_name)[1]

    return Call(name, json_post(session, name, body, query=query, repeatable=True, pace=Pace.LIST), read)
