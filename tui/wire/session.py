"""Session: credentials and hosts of a login (PROTOCOL section 2). Its `repr` shows no secret."""

from __future__ import annotations

import msgspec

from tui.wire.hosts import Hosts
from tui.wire.names import FILEHELPER_APPID, Endpoint


class Session(msgspec.Struct, frozen=True):
    """Credentials of a login; changed with `msgspec.structs.replace`.

    `pass_ticket` is stored decoded: it is percent-encoded once, when used. `data_ticket` is the cookie
    `webwx_data_ticket`. `user_name` is one's own UserName, valid for this login only.
    """

    endpoint: Endpoint
    hosts: Hosts
    uin: str
    sid: str
    skey: str
    pass_ticket: str
    data_ticket: str
    device_id: str
    user_name: str = ""
    nick_name: str = ""

    def __repr__(self) -> str:
        return f"Session({self.endpoint.value} at {self.hosts.api})"

    def base_request(self, *, uin_as_number: bool = False) -> dict[str, str | int]:
        """Return `BaseRequest`, in the seeds' order. They write Uin as a number in some calls, a string in others."""
        uin: str | int = int(self.uin) if uin_as_number and self.uin.isdecimal() else self.uin
        return {"Uin": uin, "Sid": self.sid, "Skey": self.skey, "DeviceID": self.device_id}

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Headers that every request of this session carries (File Transfer: `mmweb_appid`)."""
        return (("mmweb_appid", FILEHELPER_APPID),) if self.endpoint is Endpoint.FILEHELPER else ()

    @property
    def appid_query(self) -> tuple[tuple[str, str], ...]:
        """Query parameter `mmweb_appid` of File Transfer, for synccheck and media GETs, beside the header."""
        return self.headers
