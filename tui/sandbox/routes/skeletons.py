"""Fields of a refused call: all that the call answers with, empty, as public logs of the real server show them."""

from __future__ import annotations

from copy import deepcopy
from typing import Final

from tui.sandbox.world.message import Json

_NO_KEY: Final = {"Count": 0, "List": []}

NOBODY: Final[Json] = {
    "Uin": 0,
    "UserName": "",
    "NickName": "",
    "HeadImgUrl": "",
    "RemarkName": "",
    "PYInitial": "",
    "PYQuanPin": "",
    "RemarkPYInitial": "",
    "RemarkPYQuanPin": "",
    "HideInputBarFlag": 0,
    "StarFriend": 0,
    "Sex": 0,
    "Signature": "",
    "AppAccountFlag": 0,
    "VerifyFlag": 0,
    "ContactFlag": 0,
    "WebWxPluginSwitch": 0,
    "HeadImgFlag": 0,
    "SnsFlag": 0,
}
"""`User` of a refused webwxinit."""

_SKELETONS: Final[dict[str, Json]] = {
    "webwxinit": {
        "Count": 0,
        "ContactList": [],
        "SyncKey": _NO_KEY,
        "User": NOBODY,
        "ChatSet": "",
        "SKey": "",
        "ClientVersion": 0,
        "SystemTime": 0,
        "GrayScale": 0,
        "InviteStartCount": 0,
        "MPSubscribeMsgCount": 0,
        "MPSubscribeMsgList": [],
        "ClickReportInterval": 0,
    },
    "webwxsync": {
        "AddMsgCount": 0,
        "AddMsgList": [],
        "ModContactCount": 0,
        "ModContactList": [],
        "DelContactCount": 0,
        "DelContactList": [],
        "ModChatRoomMemberCount": 0,
        "ModChatRoomMemberList": [],
        "Profile": {"BitFlag": 0, "UserName": {"Buff": ""}, "NickName": {"Buff": ""}, "Status": 0},
        "ContinueFlag": 0,
        "SyncKey": _NO_KEY,
        "SKey": "",
        "SyncCheckKey": _NO_KEY,
    },
    "webwxstatusnotify": {"MsgID": ""},
    "webwxcreatechatroom": {
        "Topic": "",
        "PYInitial": "",
        "QuanPin": "",
        "MemberCount": 0,
        "MemberList": [],
        "ChatRoomName": "",
        "BlackList": "",
    },
    "webwxupdatechatroom": {"MemberCount": 0, "MemberList": []},
}


def skeleton(call: str) -> Json:
    """Return the empty fields of a refused call; none where only `BaseResponse` is known to come."""
    return deepcopy(_SKELETONS.get(call, {}))
