"""A client of our own for the tests, written from PROTOCOL.md and the seeds; it shares no code with `tui`."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import httpx

CGI = "/cgi-bin/mmwebwx-bin/"
PART = 524288
_ids = iter(range(1_700_000_000_000, 1_800_000_000_000))


@dataclass
class Client:
    http: httpx.AsyncClient
    appid: str = "wx782c26e4c19acffb"
    skey: str = ""
    sid: str = ""
    uin: str = ""
    pass_ticket: str = ""
    me: str = ""
    sync_key: dict[str, Any] = field(default_factory=dict)
    check_key: dict[str, Any] = field(default_factory=dict)
    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: Iterator[int] = field(default_factory=itertools.count)

    @property
    def filehelper(self) -> bool:
        return self.appid == "wx_webfilehelper"

    @property
    def base(self) -> dict[str, Any]:
        return {"Uin": int(self.uin), "Sid": self.sid, "Skey": self.skey, "DeviceID": "e123456789012345"}

    async def new_code(self) -> str:
        answer = await self.http.get("/jslogin", params={"appid": self.appid, "fun": "new", "lang": "zh_CN"})
        found = re.fullmatch(r'window\.QRLogin\.code = 200; window\.QRLogin\.uuid = "([^"/]+)";', answer.text)
        assert found, answer.text
        return found[1]

    async def poll(self, uuid: str, tip: int = 1) -> tuple[int, str]:
        query = {"loginicon": "true", "uuid": uuid, "tip": tip, "r": 1, "_": 1}
        text = (await self.http.get(CGI + "login", params=query)).text
        code = re.match(r"window\.code=(\d+);", text)
        assert code, text
        return int(code[1]), text

    async def wait_for_redirect(self, uuid: str) -> str:
        for tip in (1, *[0] * 20):
            code, text = await self.poll(uuid, tip)
            if code == 200:
                found = re.search(r'window\.redirect_uri="([^"]+)";', text)
                assert found
                return found[1]
        raise AssertionError("never confirmed")

    async def enter(self, redirect: str) -> httpx.Response:
        answer = await self.http.get(redirect + "&fun=new&version=v2", follow_redirects=False)
        values = {name: value for name, value in re.findall(r"<(\w+)>([^<]*)</\1>", answer.text)}
        if values.get("ret") == "0":
            self.skey, self.sid, self.uin = values["skey"], values["wxsid"], values["wxuin"]
            self.pass_ticket = unquote(values["pass_ticket"])
            if self.filehelper:
                self.http.headers["mmweb_appid"] = self.appid
        return answer

    async def login(self) -> Client:
        await self.enter(await self.wait_for_redirect(await self.new_code()))
        await self.init()
        return self

    async def init(self) -> dict[str, Any]:
        answer = await self.call("webwxinit")
        assert answer["BaseResponse"]["Ret"] == 0
        self.me, self.sync_key = answer["User"]["UserName"], answer["SyncKey"]
        self.check_key = self.sync_key
        self.skey = answer["SKey"] or self.skey
        page = await self.call("webwxgetcontact", params={"seq": 0})
        for one in [*answer["ContactList"], *page["MemberList"]]:
            self.contacts.setdefault(one["RemarkName"] or one["NickName"], one)
        return answer

    async def call(self, name: str, params: dict[str, Any] | None = None, /, **body: Any) -> dict[str, Any]:
        query = {"pass_ticket": self.pass_ticket, "lang": "zh_CN"} | (params or {})
        text = json.dumps({"BaseRequest": self.base} | body, ensure_ascii=False).encode()
        answer = await self.http.post(CGI + name, params=query, content=text)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain")
        decoded: dict[str, Any] = answer.json()
        return decoded

    def to(self, name: str) -> str:
        return str(self.contacts[name]["UserName"]) if name != "filehelper" else name

    def msg(self, to: str, kind: int, **more: Any) -> dict[str, Any]:
        number = f"{next(_ids)}0001"
        head = {"Type": kind, "FromUserName": self.me, "ToUserName": to, "LocalID": number, "ClientMsgId": number}
        return head | more

    async def text(self, to: str, text: str) -> tuple[dict[str, Any], dict[str, Any]]:
        msg = self.msg(to, 1, Content=text)
        return msg, await self.call("webwxsendmsg", Msg=msg, Scene=0)

    async def send(self, name: str, msg: dict[str, Any], fun: str = "async") -> dict[str, Any]:
        return await self.call(name, {"fun": fun, "f": "json"}, Msg=msg, Scene=0)

    async def revoke(self, msg: dict[str, Any], msg_id: str) -> dict[str, Any]:
        return await self.call(
            "webwxrevokemsg", SvrMsgId=msg_id, ToUserName=msg["ToUserName"], ClientMsgId=msg["ClientMsgId"]
        )

    async def sync(self) -> dict[str, Any]:
        answer = await self.call("webwxsync", {"sid": self.sid, "skey": self.skey}, SyncKey=self.sync_key, rr=1)
        self.sync_key, self.check_key = answer["SyncKey"], answer["SyncCheckKey"]
        self.skey = answer["SKey"] or self.skey
        return answer

    async def drain(self) -> list[dict[str, Any]]:
        """Everything that waits."""
        messages = []
        while True:
            answer = await self.sync()
            messages += answer["AddMsgList"]
            if not answer["ContinueFlag"]:
                return messages

    async def check(self) -> tuple[str, str]:
        key = "|".join(f"{one['Key']}_{one['Val']}" for one in self.check_key["List"])
        query = {"r": 1, "skey": self.skey, "sid": self.sid, "uin": self.uin, "deviceid": "e1", "synckey": key}
        text = (await self.http.get(CGI + "synccheck", params=query)).text
        found = re.fullmatch(r'window\.synccheck=\{retcode:"(\d+)",selector:"(\d+)"\}', text)
        assert found, text
        return found[1], found[2]

    def form(self, name: str, data: bytes, **changes: Any) -> tuple[dict[str, str], dict[str, Any]]:
        """Fields and uploadmediarequest of an upload of `data`."""
        wanted = {
            "UploadType": 2,
            "BaseRequest": self.base,
            "ClientMediaId": next(_ids),
            "TotalLen": len(data),
            "StartPos": 0,
            "DataLen": len(data),
            "MediaType": 4,
            "FromUserName": self.me,
            "ToUserName": "filehelper",
            "FileMd5": hashlib.md5(data).hexdigest(),
        } | changes
        fields = {
            "id": f"WU_FILE_{next(self.files)}",
            "name": name,
            "type": "application/octet-stream",
            "lastModifiedDate": time.strftime("%a %b %d %Y %H:%M:%S GMT+0800 (CST)"),
            "size": str(len(data)),
            "mediatype": "doc",
            "uploadmediarequest": json.dumps(wanted, ensure_ascii=False),
            "webwx_data_ticket": self.http.cookies.get("webwx_data_ticket") or "",
            "pass_ticket": self.pass_ticket,
        }
        return fields, wanted

    async def part(self, fields: dict[str, str], data: bytes, chunk: int = 0, chunks: int = 1) -> dict[str, Any]:
        ordered = dict(fields)
        if chunks > 1:
            ordered |= {"chunks": str(chunks), "chunk": str(chunk)}
            last = ("mediatype", "uploadmediarequest", "webwx_data_ticket", "pass_ticket")
            ordered |= {name: ordered.pop(name) for name in last}
        query = {"f": "json"} | ({"random": "a1B2"} if self.filehelper else {})
        files = {"filename": (fields["name"], data, fields["type"])}
        answer = await self.http.post(CGI + "webwxuploadmedia", params=query, data=ordered, files=files)
        decoded: dict[str, Any] = answer.json()
        return decoded

    async def upload(self, name: str, data: bytes, fields: dict[str, str] | None = None) -> dict[str, Any]:
        form = fields or self.form(name, data)[0]
        parts = [data[at : at + PART] for at in range(0, len(data), PART)]
        answer: dict[str, Any] = {}
        for number, part in enumerate(parts):
            answer = await self.part(form, part, number, len(parts))
            assert answer["BaseResponse"]["Ret"] == 0, answer
            assert bool(answer["MediaId"]) is (number == len(parts) - 1)
        return answer

    def appmsg(self, title: str, size: int, media_id: str) -> str:
        suffix = title.rpartition(".")[2]
        title = title.replace("&", "&amp;").replace("<", "&lt;")
        return (
            f"<appmsg appid='wxeb7ec651dd0aefa9' sdkver=''><title>{title}</title><des></des><action></action>"
            "<type>6</type><content></content><url></url><lowurl></lowurl><appattach>"
            f"<totallen>{size}</totallen><attachid>{media_id}</attachid><fileext>{suffix}</fileext></appattach>"
            "<extinfo></extinfo></appmsg>"
        )


def ret(answer: dict[str, Any]) -> int:
    return int(answer["BaseResponse"]["Ret"])
