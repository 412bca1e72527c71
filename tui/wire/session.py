"""What a logged-in session is: credentials and hosts (PROTOCOL section 2). Nothing here shows a secret."""

from __future__ import annotations

import msgspec

from tui.wire.hosts import Hosts
from tui.wire.names import FILEHELPER_APPID, Endpoint


class Session(msgspec.Struct, frozen=True):
    """Credentials of one login. Its `repr` hides every secret; change it with `msgspec.structs.replace`.

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
        """`BaseRequest`, in the seeds' order. The seeds write Uin as a number in some calls and a string in others."""
        uin: str | int = int(self.uin) if uin_as_number and self.uin.isdecimal() else self.uin
        return {"Uin": uin, "Sid": self.sid, "Skey": self.skey, "DeviceID": self.device_id}

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Headers that every request of this session carries (File Transfer: `mmweb_appid`)."""
        return (("mmweb_appid", FILEHELPER_APPID),) if self.endpoint is Endpoint.FILEHELPER else ()

    @property
    def appid_query(self) -> tuple[tuple[str, str], ...]:
        """The same as a query parameter, where synccheck and media GETs want it."""
        return self.headers
