"""Reads hostile answers with the real calls, and prints how many KiB the process grew by at each: `name KiB`.

The answers come from a process of its own, so that only the reader is measured.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import re
import socket
import zlib
from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path

from msgspec.structs import replace

from tui import errors
from tui.services.http.transport import Transport
from tui.services.util.ids import Ids
from tui.wire import login, send, sync_calls
from tui.wire.answers import MAX_ENTRIES
from tui.wire.call import Call
from tui.wire.hosts import one_origin
from tui.wire.json_shape import MAX_VALUES
from tui.wire.names import Endpoint
from tui.wire.people import contact_calls
from tui.wire.session import Session
from tui.wire.sync import SyncKey

MIB = 1024 * 1024
FULL = 10 * MIB - 4096
"""Just what a list may have, so that all of it is taken in."""
NEWS = 5 * MIB - 4096
"""The same for what webwxsync brings."""
OK = b'{"BaseResponse":{"Ret":0,"ErrMsg":""},'
KEYED = OK + b'"User":{"UserName":"@me"},"SyncKey":{"Count":1,"List":[{"Key":1,"Val":1}]},'


def filled(begin: bytes, item: bytes, end: bytes, size: int = FULL, tail: bytes = b"") -> Iterator[bytes]:
    yield begin
    several = item * max(1, 65536 // len(item))
    yield from repeat(several, (size - len(begin) - len(tail or item)) // len(several))
    yield (tail or item.rstrip(b",")) + end


def bomb(size: int) -> Iterator[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    yield packer.compress(b" " * MIB) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b" " * MIB) + packer.flush(zlib.Z_FULL_FLUSH)
    yield from repeat(block, size // MIB)


MEMBER = json.dumps({"UserName": "@é", "NickName": "é", "DisplayName": "é", "RemarkName": "é"}, ensure_ascii=False)
LISTS = {"webwxgetcontact": b"MemberList", "webwxsync": b"ModContactList", "webwxinit": b"ContactList"}


def start(call: str, name: bytes = b"") -> bytes:
    return KEYED + b'"' + (name or LISTS.get(call, b"x")) + b'":['


def listed(begin: bytes, item: bytes, values: int, entries: int = MAX_ENTRIES) -> Iterator[bytes]:
    """Return an answer with as many items as may be, with blanks between."""
    size = FULL if b"MemberList" in begin else NEWS
    spread = item.ljust(max(size * values // MAX_VALUES, size // entries) + 2)
    return filled(begin, spread, b"]}", size, tail=item.rstrip(b","))


SMILE = "😀".encode()
GROUP = b'{"UserName":"@@a","MemberList":[' + b",".join([MEMBER.encode()] * 400) + b"]},"
PERSON = '{"UserName":"@é","NickName":"é","RemarkName":"é"},'.encode()
LINK = b'{"MsgType":49,"FromUserName":"@a","Content":"' + SMILE + b"&lt;a&gt;" * 6000 + b'"},'
MESSAGES = b"AddMsgList"
ANSWERS: dict[str, Callable[[str], Iterator[bytes]]] = {
    "endless": lambda call: repeat(b" " * 65536),
    "bomb": lambda call: bomb(4096 * MIB),
    "page": lambda call: filled(b"<html>", b"0123456789abcdef", b"</html>", 16 * MIB),
    "too-many": lambda call: listed(start(call), b"1,", 1, MAX_VALUES),
    "people": lambda call: listed(start(call), PERSON, 4),
    "groups": lambda call: listed(start(call), GROUP, 400 * 5 + 10),
    "links": lambda call: listed(start(call, MESSAGES), LINK, 4),
    "long-texts": lambda call: listed(
        start(call, MESSAGES), b'{"MsgType":1,"Content":"' + SMILE + b"&lt;br/&gt;" * 90_000 + b'"},', 4
    ),
    "controls": lambda call: listed(
        start(call, MESSAGES), b'{"Content":"' + b"\x01" * 500 + b"\n\xff" + SMILE + b'"},', 2
    ),
}
SESSION_CALLS: tuple[Callable[[Session], Call[object]], ...] = (
    lambda session: contact_calls.get_contacts(session, 0, now_ms=1),
    lambda session: sync_calls.fetch(session, SyncKey(), now_ms=1),
    lambda session: login.init(session, now_ms=1),
    lambda session: send.text(session, "@a", "1", "hi"),
    lambda session: login.jslogin(Endpoint.WEB, session.hosts, now_ms=1),
)


def serve(listening: socket.socket) -> None:
    """Answer each connection with the kind that its header names."""
    while True:
        connection, _ = listening.accept()
        with connection:
            try:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(65536)
                call = head.split(b" ")[1].split(b"?")[0].rpartition(b"/")[2].decode()
                head, _, body = head.partition(b"\r\n\r\n")
                length = int((re.findall(rb"(?i)content-length: (\d+)", head) or [0])[0])
                while len(body) < length:
                    body += connection.recv(65536)
                name = head.split(b"X-Hostile: ")[1].split(b"\r\n")[0].decode()
                packed = b"Content-Encoding: gzip\r\n" if name == "bomb" else b""
                connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + packed + b"\r\n")
                for piece in ANSWERS[name](call):
                    connection.sendall(piece)
            except OSError:
                continue


def largest() -> int:
    """KiB that this process ever held."""
    with Path("/proc/self/status").open(encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def forget() -> None:
    """Let the kernel count the largest size anew."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


async def read(origin: str, name: str) -> None:
    """Every call that takes much, with every answer."""
    hosts = one_origin(origin)
    session = Session(Endpoint.WEB, hosts, "1", "s", "k", "t", "d", "e000000000000001", "@me", "")
    for call in SESSION_CALLS[: len(SESSION_CALLS) if name in ("bomb", "page") else 2]:
        async with Transport(origin, Ids()) as transport:
            try:
                made = call(session)
                request = replace(made.request, headers=(*made.request.headers, ("X-Hostile", name)), repeatable=False)
                found = await transport.run(replace(made, request=request))
                # As whoever asked keeps them.
                kept = list(getattr(found, "contacts", ())), found
                del kept, found
            except errors.WxtuiError:
                pass


def main() -> None:
    """Print a line for each kind of answer."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = multiprocessing.get_context("fork").Process(target=serve, args=(listening,), daemon=True)
        server.start()
        origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
        # What is imported with the first call is not the answer's.
        asyncio.run(read(origin, "page"))
        forget()
        idle = largest()
        for name in ANSWERS:
            forget()
            asyncio.run(read(origin, name))
            print(name, largest() - idle, flush=True)
        server.terminate()
        server.join()


if __name__ == "__main__":
    main()
