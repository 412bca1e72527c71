"""Fixed names and numbers of the protocol; the only part of `wire` that the sandbox shares with the client."""

from __future__ import annotations

from enum import Enum, IntEnum, IntFlag
from typing import Final

CGI: Final = "/cgi-bin/mmwebwx-bin/"
"""Path before every call's name, except `/jslogin` (PROTOCOL section 1)."""

WEB_APPID: Final = "wx782c26e4c19acffb"
FILEHELPER_APPID: Final = "wx_webfilehelper"
"""`appid` of jslogin and `mmweb_appid` of every later request of the File Transfer variant."""

FILE_APPMSG_APPID: Final = "wxeb7ec651dd0aefa9"
"""`appid` inside the appmsg XML of a file (seed 发送文件)."""

FILEHELPER: Final = "filehelper"
"""UserName of 文件传输助手, the same at every login."""

NAMED_AFTER: Final = 4
"""Members whose names stand for a group that has none."""

PART_SIZE: Final = 512 * 1024
"""Bytes of one part of an upload (PROTOCOL section 6)."""

CHECK_UPLOAD_FROM: Final = 25 * 1024 * 1024
"""File size in bytes from which webwxcheckupload comes first (PROTOCOL section 6)."""

REVOKE_WINDOW: Final = 120
"""Seconds after sending in which a message can be revoked (seed 撤回消息)."""


class Endpoint(Enum):
    """Variant of the web protocol that a session speaks (PROTOCOL section 1)."""

    WEB = "web"
    FILEHELPER = "filehelper"


class PollCode(IntEnum):
    """`window.code` of the login poll (PROTOCOL section 2.3)."""

    CONFIRMED = 200
    SCANNED = 201
    EXPIRED = 400
    WAITING = 408


class MsgType(IntEnum):
    """`MsgType` of an incoming message, `Type` of an outgoing one (PROTOCOL section 4)."""

    TEXT = 1
    IMAGE = 3
    FILE = 6
    VOICE = 34
    FRIEND_REQUEST = 37
    CARD = 42
    VIDEO = 43
    EMOTICON = 47
    LOCATION = 48
    APP = 49
    VOIP = 50
    STATUS_NOTIFY = 51
    VOIP_NOTIFY = 52
    VOIP_INVITE = 53
    SHORT_VIDEO = 62
    SYSTEM_NOTICE = 9999
    SYSTEM = 10000
    REVOKE = 10002


class AppMsgType(IntEnum):
    """`AppMsgType` of a message of type 49 (PROTOCOL section 4)."""

    TEXT = 1
    MUSIC = 3
    VIDEO_LINK = 4
    LINK = 5
    FILE = 6
    EMOTICON = 8
    LIVE_LOCATION = 17
    HISTORY = 19
    NOTE = 24
    MINI_PROGRAM = 33
    MINI_PROGRAM_PAGE = 36
    CHANNELS = 51
    SOLITAIRE = 53
    QUOTE = 57
    PAT = 62
    CHANNELS_LIVE = 63
    FILE_COMING = 74
    MUSIC_CARD = 76
    ANNOUNCEMENT = 87
    SONG = 92
    GIFT = 115
    TRANSFER = 2000
    RED_PACKET = 2001


class StatusCode(IntEnum):
    """`Code` of webwxstatusnotify (seed 消息已读)."""

    READ = 1
    HELLO = 3


class NotifyCode(IntEnum):
    """`StatusNotifyCode` of an incoming message of type 51 (PROTOCOL section 4)."""

    READ = 1
    ENTERED = 2
    INITIAL = 4
    LEFT = 5


class SyncRet(IntEnum):
    """`retcode` of synccheck (PROTOCOL section 4)."""

    OK = 0
    LOGGED_OUT = 1100
    LOGGED_IN_ELSEWHERE = 1101
    COOKIE_INVALID = 1102


class Ret(IntEnum):
    """`BaseResponse.Ret` (PROTOCOL section 5)."""

    OK = 0
    PARAMETER = 1
    MUST_INVITE = -2012
    MUST_ASK = -2024
    SYSTEM = -1
    LOGIC = -2
    TICKET = -14
    LOGGED_OUT = 1100
    LOGGED_IN_ELSEWHERE = 1101
    COOKIE_INVALID = 1102
    GROUP_GONE = 1201
    LOGIN_ENVIRONMENT = 1203
    TOO_FREQUENT = 1204
    TOO_FREQUENT_SEND = 1205


class MemberStatus(IntEnum):
    """`MemberStatus` in the answer of a call that adds members to a group (PROTOCOL section 3.1)."""

    JOINED = 0
    BLOCKED = 3
    DELETED = 4


INVITE_ABOVE: Final = 40
"""Most members of a group that takes somebody in at once; a larger one sends invitations (PROTOCOL section 3.1)."""


class ContactFlag(IntFlag):
    """Bits of `ContactFlag` (PROTOCOL section 3)."""

    CONTACT = 1
    CHAT = 2
    BLOCKED = 8
    STARRED = 64
    MUTED = 512
    PINNED = 2048


OFFICIAL_ACCOUNT: Final = 8
"""Bit of `VerifyFlag` that marks an official account."""

SERVICE_ACCOUNTS: Final = frozenset(
    {
        "weixin",
        "notifymessage",
        "notification_messages",
        "weixinreminder",
        "newsapp",
        "readerapp",
        "blogapp",
        "blogappweixin",
        "feedsapp",
        "masssendapp",
        "meishiapp",
        "facebookapp",
        "weibo",
        "qqmail",
        "qqsync",
        "brandsessionholder",
        "officialaccounts",
        "userexperience_alarm",
        "wxitil",
    }
)
"""Special accounts in which no person writes: 微信团队, 服务通知, news, reminders of mail."""

FRIEND_REQUESTS: Final = "fmessage"
"""Account that brings friend requests; nobody reads what is sent to it."""

SPECIAL_ACCOUNTS: Final = SERVICE_ACCOUNTS | {
    "filehelper",
    FRIEND_REQUESTS,
    "medianote",
    "floatbottle",
    "qmessage",
    "tmessage",
    "qqfriend",
    "lbsapp",
    "shakeapp",
    "voip",
}
"""UserNames that are plain words and stay the same at every login."""
