"""Drives itchat-uos against a sandbox: `PYTHON itchat_steps.py ORIGIN FOLDER`, by a Python in which it is installed.

Runs without this project. Prints one JSON object a step, {"step", "ok", "why"}, and exits with 1 when one failed.
"""

from __future__ import annotations

import json
import queue
import sys
import time
import traceback
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import itchat
from itchat import config

ORIGIN, FOLDER = sys.argv[1], Path(sys.argv[2])
TEXT = "你好 from itchat"
MEBIBYTE = 1024 * 1024
failed = False


def step(name: str, work: Callable[[], Any]) -> Any:
    """Do one step, say how it went, and give what it gave."""
    global failed
    try:
        done, why = work(), ""
    except Exception as error:
        done, why = None, "".join(traceback.format_exception_only(type(error), error)).strip()
        failed = True
    print(json.dumps({"step": name, "ok": not why, "why": why}, ensure_ascii=False), flush=True)
    return done


def control(path: str, **body: object) -> Any:
    """Ask the sandbox for something."""
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(f"{ORIGIN}/_sandbox/{path}", data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def taken(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer to a send call, when it was taken."""
    assert answer["BaseResponse"]["Ret"] == 0, answer
    return answer


def log_in() -> None:
    """Log in; nobody looks at the QR code."""
    config.BASE_URL = ORIGIN
    itchat.login(qrCallback=lambda **_: None, loginCallback=lambda: None)
    assert itchat_core().alive


def itchat_core() -> Any:
    """The one instance; both versions name it differently."""
    return itchat.instanceList[0]


def friend() -> str:
    """UserName of somebody to write to."""
    (found,) = itchat.search_friends(name="李四")
    return str(found["UserName"])


def received(kind: str, content: str) -> Any:
    """Let a message arrive, and wait until the client hands it on."""
    asks = kind == "friend_request"
    pushed = control("push", type=kind, content=content, **({} if asks else {"from": "李四"}))
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            message = itchat_core().msgList.get(timeout=1)
        except queue.Empty:
            continue
        if message.get("MsgId") == pushed["MsgId"]:
            return message
    raise AssertionError("it did not come")


def text_comes() -> None:
    """A text arrives as it was written."""
    message = received("text", "今晚 <见> & 好")
    assert message["Text"] == "今晚 <见> & 好", message["Text"]


def file_comes() -> None:
    """A file arrives, and its bytes can be fetched."""
    message = received("file", "报告.pdf")
    target = FOLDER / "fetched"
    message["Text"](str(target))
    assert target.stat().st_size == 2048, target.stat().st_size


def group_changes() -> None:
    """A group is made, named, joined and left again, and the client's own list of groups follows."""
    people = [itchat.search_friends(name=name)[0] for name in ("张三", "李四")]
    (third,) = itchat.search_friends(name="Alice")
    names = [one["UserName"] for one in people]
    # The versions differ in what they take: people, or their UserNames with commas.
    old = config.VERSION == "1.4.1"
    group = taken(itchat.create_chatroom(people if old else ",".join(names), "爬山"))["ChatRoomName"]
    taken(itchat.add_member_into_chatroom(group, [third] if old else third["UserName"]))
    taken(itchat.set_chatroom_name(group, "爬山去"))
    taken(itchat.delete_member_from_chatroom(group, [third]))
    found = itchat.update_chatroom(group, detailedMember=True)
    assert found["NickName"] == "爬山去", found["NickName"]
    members = {one["UserName"] for one in found["MemberList"]}
    assert len(members) == 3 and members > set(names), found["MemberList"]
    taken(itchat.send_msg("大家好", toUserName=group))


def contact_changes() -> None:
    """A friend request is accepted, a remark set and taken away, a conversation pinned."""
    who = received("friend_request", "认识一下")["RecommendInfo"]
    if config.VERSION == "1.4.1":
        taken(itchat.add_friend(who["UserName"], status=3, verifyContent=who["Ticket"]))
    else:
        taken(itchat.accept_friend(who["UserName"], who["Ticket"]))
    taken(itchat.set_alias(who["UserName"], "新来的"))
    taken(itchat.set_pinned(who["UserName"], True))
    assert itchat.search_friends(userName=who["UserName"])["RemarkName"] == "新来的"


def main() -> None:
    """All steps, in order."""
    picture, large = FOLDER / "a.png", FOLDER / "大.bin"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    large.write_bytes(bytes(range(256)) * (MEBIBYTE * 5 // 4 // 256))
    step("log in", log_in)
    to = step("find a friend", friend)
    if to is None:
        return
    sent = step("send a text", lambda: taken(itchat.send_msg(TEXT, toUserName=to)))
    step("send an image", lambda: taken(itchat.send_image(str(picture), toUserName=to)))
    step("send a file of three parts", lambda: taken(itchat.send_file(str(large), toUserName=to)))
    step("receive a text", text_comes)
    step("receive a file", file_comes)
    step("send after a sync", lambda: taken(itchat.send_msg("again", toUserName=to)))
    if sent:
        step("revoke", lambda: taken(itchat.revoke(sent["MsgID"], to, sent["LocalID"])))
    step("accept a friend, change a contact", contact_changes)
    step("make and change a group", group_changes)
    step("log out", lambda: taken(itchat.logout()))


main()
sys.stdout.flush()
sys.exit(failed)
