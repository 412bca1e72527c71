"""Calls of the synchronisation: synccheck and webwxsync (PROTOCOL section 4)."""

from __future__ import annotations

from typing import Final

from tui import errors
from tui.wire.answers import as_int, as_text, bad_answer, read_lists, read_script_int, read_skey
from tui.wire.call import Answer, Call, Pace
from tui.wire.contact_answers import read_contacts
from tui.wire.encode import get, json_post, with_ticket
from tui.wire.incoming import read_message
from tui.wire.names import SyncRet
from tui.wire.session import Session
from tui.wire.sync import SyncBatch, SyncKey, SyncKeys

_MOST_PAIRS: Final = 100
"""Pairs in a SyncKey, which has some ten. All of them stand in the address of synccheck."""


def read_key(value: object) -> SyncKey:
    """Read `{"Count": n, "List": [{"Key": 1, "Val": 2}]}`; empty when it is anything else, in whole or in part."""
    rows = value.get("List") if isinstance(value, dict) else None
    if not isinstance(rows, list) or len(rows) > _MOST_PAIRS:
        return SyncKey()
    pairs = tuple((_part(row, "Key"), _part(row, "Val")) for row in rows)
    return SyncKey(pairs if all(min(pair) >= 0 for pair in pairs) else ())


def _part(row: object, name: str) -> int:
    number = as_int(row.get(name), -1) if isinstance(row, dict) else -1
    return number if number < 2**63 else -1


def check(session: Session, key: SyncKey, *, now_ms: int) -> Call[bool]:
    """synccheck, a long poll → whether webwxsync is to be called: for any selector but 0.

    `key` is the SyncCheckKey (trap 5). Raises `SessionOver` for retcode 1100 to 1102.
    """
    name = "synccheck"
    request = get(
        session,
        session.hosts.cgi(session.hosts.push, name),
        ("r", str(now_ms)),
        ("skey", session.skey),
        ("sid", session.sid),
        ("uin", session.uin),
        ("deviceid", session.device_id),
        ("synckey", str(key)),
        ("_", str(now_ms)),
        *session.appid_query,
        pace=Pace.LONG_POLL,
    )

    def read(answer: Answer) -> bool:
        code, found = read_script_int(name, answer, "retcode")
        if code != SyncRet.OK:
            raise errors.error_for_ret(code, name)
        return as_int(found.get("selector")) != 0

    return Call(name, request, read)


def fetch(session: Session, key: SyncKey, *, now_ms: int) -> Call[SyncBatch]:
    """webwxsync: what came after `key`. Repeating it with the old key after a lost answer is right (trap 5)."""
    name = "webwxsync"
    body = {
        "BaseRequest": session.base_request(),
        "SyncKey": {"Count": len(key.pairs), "List": [{"Key": number, "Val": value} for number, value in key.pairs]},
        "rr": ~(now_ms // 1000),
    }
    query = with_ticket(session, ("sid", session.sid), ("skey", session.skey))
    request = json_post(session, name, body, query=query, repeatable=True, pace=Pace.SYNC)

    def read(answer: Answer) -> SyncBatch:
        value, lists = read_lists(name, answer, "AddMsgList", "ModContactList", "DelContactList")
        sync = read_key(value.get("SyncKey"))
        if not sync.pairs:
            raise bad_answer(name, "it has no SyncKey")
        check_key = read_key(value.get("SyncCheckKey"))
        deleted = (as_text(row.get("UserName")) for row in lists["DelContactList"] if isinstance(row, dict))
        return SyncBatch(
            messages=tuple(read_message(entry, session.user_name) for entry in lists["AddMsgList"]),
            changed=read_contacts(lists["ModContactList"], session.user_name),
            deleted=tuple(filter(None, deleted)),
            keys=SyncKeys(sync, check_key if check_key.pairs else sync),
            more=as_int(value.get("ContinueFlag")) != 0,
            skey=read_skey(value.get("SKey")),
        )

    return Call(name, request, read)
