"""Contacts as JSON, as a session sees them; field names as the real server sends them."""

from __future__ import annotations

from tui.sandbox.routes.skeletons import NOBODY
from tui.sandbox.session.session import SandboxSession
from tui.sandbox.world.message import Json
from tui.sandbox.world.people import SELF, GroupMember, Partner
from tui.sandbox.world.world import World
from tui.wire.names import CGI


class ContactView:
    """Renders contacts for a session."""

    def __init__(self, world: World, session: SandboxSession) -> None:
        self._world = world
        self._session = session
        self._name = session.names.of

    def contact(self, contact: Partner, *, members: bool = False, details: bool = False) -> Json:
        """Return an entry of MemberList or ContactList.

        A group's member list is there only in ContactList (`members`), and its members' names and the
        EncryChatRoomId only in the answer of webwxbatchgetcontact (`details`).
        """
        user_name = self._name(contact.key)
        shown = contact.members if members or details else []
        return {
            "Uin": 0,
            "UserName": user_name,
            "NickName": contact.nick,
            "HeadImgUrl": self.avatar(contact),
            "ContactFlag": contact.flags,
            "MemberCount": len(shown),
            "MemberList": [self.member(member, details=details) for member in shown],
            "RemarkName": contact.remark,
            "HideInputBarFlag": 0,
            "Sex": contact.sex,
            "Signature": contact.signature,
            "VerifyFlag": contact.verify_flag,
            "OwnerUin": 0,
            "PYInitial": contact.initials,
            "PYQuanPin": contact.pinyin,
            "RemarkPYInitial": contact.remark_initials,
            "RemarkPYQuanPin": contact.remark_pinyin,
            "StarFriend": int(bool(contact.flags & 64)),
            "AppAccountFlag": 0,
            "Statues": int(contact.is_group and not contact.muted),
            "AttrStatus": contact.attr_status,
            "Province": contact.province,
            "City": contact.city,
            "Alias": contact.alias,
            "SnsFlag": 0 if contact.is_group else 17,
            "UniFriend": 0,
            "DisplayName": "",
            "ChatRoomId": 0,
            "KeyWord": "gh_" if contact.verify_flag & 8 else "",
            "EncryChatRoomId": contact.encry_room if details else "",
            "IsOwner": int(contact.owner == SELF),
        }

    def member(self, member: GroupMember, *, details: bool, status: int = 0) -> Json:
        """Return an entry of a group's MemberList; `status` other than 0 says why somebody did not join."""
        person = self._world.contacts[member.key]
        return {
            "Uin": 0,
            "UserName": self._name(member.key),
            "NickName": person.nick if details else "",
            "AttrStatus": person.attr_status,
            "PYInitial": "",
            "PYQuanPin": "",
            "RemarkPYInitial": "",
            "RemarkPYQuanPin": "",
            "MemberStatus": status,
            "DisplayName": member.display if details else "",
            "KeyWord": person.pinyin[:3],
        }

    def avatar(self, contact: Partner) -> str:
        """Return `HeadImgUrl`: its `seq` survives logins, its `username` does not."""
        call = "webwxgetheadimg" if contact.is_group else "webwxgeticon"
        skey = self._session.skeys[0]
        return f"{CGI}{call}?seq={contact.sequence}&username={self._name(contact.key)}&skey={skey}"

    def me(self) -> Json:
        """Return `User` of webwxinit."""
        me = self._world.me
        return NOBODY | {
            "Uin": int(self._session.uin),
            "UserName": self._name(SELF),
            "NickName": me.nick,
            "HeadImgUrl": self.avatar(me),
            "Sex": me.sex,
            "Signature": me.signature,
            "HeadImgFlag": 1,
            "SnsFlag": 17,
        }
