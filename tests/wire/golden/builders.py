"""The function of ours that builds the call of each golden file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.wire.golden.cases import Case
from tui.wire import appmsg, login, send, sync_calls
from tui.wire.call import Request
from tui.wire.hosts import entry_hosts, hosts_after_scan
from tui.wire.names import Endpoint
from tui.wire.people import contact_calls, group_calls, people_calls
from tui.wire.sync import SyncKey

Builder = Callable[[Case], Request]


def _send(function: Callable[..., Any]) -> Builder:
    """A builder that takes the session and what is given, by name where it can."""

    def build(case: Case) -> Request:
        return function(case.session, **case.given).request

    return build


def _text(case: Case) -> Request:
    row = case.given
    return send.text(case.session, row["to"], row["client_msg_id"], row["text"]).request


def _forward(case: Case) -> Request:
    row = case.given
    content = appmsg.forward_image_content(row["content"])
    assert content is not None
    return send.forward_image(case.session, row["to"], row["client_msg_id"], content).request


def _login(function: Callable[..., Any]) -> Builder:
    """Before there is a session: the endpoint and its entry hosts."""

    def build(case: Case) -> Request:
        endpoint = Endpoint(case.want["endpoint"])
        return function(endpoint, entry_hosts(endpoint), **case.given).request

    return build


def _page(case: Case) -> Request:
    """After the scan: the redirect has named the hosts."""
    endpoint = Endpoint(case.want["endpoint"])
    hosts = hosts_after_scan(endpoint, entry_hosts(endpoint), case.given["redirect_uri"])
    return login.new_login_page(endpoint, hosts, **case.given).request


def _synced(function: Callable[..., Any]) -> Builder:
    def build(case: Case) -> Request:
        key = SyncKey(tuple((number, value) for number, value in case.given["key"]))
        return function(case.session, key, now_ms=case.given["now_ms"]).request

    return build


def _members(case: Case) -> Request:
    names = tuple(case.given["names"])
    group = case.given.get("group", "")
    return contact_calls.batch_get(case.session, names, now_ms=case.given["now_ms"], group=group).request


def _changed_group(case: Case) -> Request:
    given = dict(case.given)
    change: Callable[..., Any] = getattr(group_calls, given.pop("change"))
    return change(case.session, **given).request


BUILDERS: dict[str, Builder] = {
    "statusnotify_read": _send(send.mark_read),
    "statusnotify_hello": _send(send.hello),
    "sendmsg": _text,
    "revokemsg": _send(send.revoke),
    "sendmsgimg": _send(send.image),
    "sendvideomsg": _send(send.video),
    "sendemoticon": _send(send.emoticon),
    "sendemoticon_md5": _send(send.sticker),
    "sendappmsg": _send(send.file),
    "forward_image": _forward,
    "jslogin": _login(login.jslogin),
    "login_poll": _login(login.poll),
    "newloginpage": _page,
    "init": _send(login.init),
    "getcontact": _send(contact_calls.get_contacts),
    "batchgetcontact": _members,
    "oplog_remark": _send(people_calls.set_remark),
    "oplog_pin": _send(people_calls.set_pinned),
    "verifyuser": _send(people_calls.accept_request),
    "createchatroom": _send(group_calls.create),
    "updatechatroom": _changed_group,
    "pushloginurl": _send(login.push_login),
    "logout": _send(login.logout),
    "synccheck": _synced(sync_calls.check),
    "sync": _synced(sync_calls.fetch),
}
