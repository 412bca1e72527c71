"""A server that takes uploads as fast as Python can and keeps nothing: `python -m tests.benchmarks.sink`.

It reads requests off the socket, counts the bytes of their bodies, and gives every call the answer that lets a client
go on. It prints one line, its port, and serves until its standard input ends. One thread a connection, HTTP/1.1 only.
"""

from __future__ import annotations

import argparse
import json
import socket
import ssl
import sys
import threading
from dataclasses import dataclass, field

BUFFER = 1024 * 1024
_OK = {"BaseResponse": {"Ret": 0, "ErrMsg": ""}}
ANSWERS: dict[str, dict[str, object]] = {
    "webwxcheckupload": {**_OK, "MediaId": "", "AESKey": "0" * 32, "Signature": "sink"},
    "webwxuploadmedia": {**_OK, "MediaId": "@crypt_0_0", "StartPos": 0, "EncryFileName": "sink"},
    "webwxsendappmsg": {**_OK, "MsgID": "1000000000000000001", "LocalID": "1"},
}
"""By the last word of the path; `/count` answers how many bytes of uploads came since it was last asked."""


@dataclass
class Count:
    """Bytes of upload bodies, from all connections."""

    total: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, number: int) -> None:
        with self.lock:
            self.total += number

    def take(self) -> int:
        with self.lock:
            total, self.total = self.total, 0
        return total


def answer(target: str, count: Count) -> bytes:
    """The whole HTTP answer to a request for `target`."""
    name = target.partition("?")[0].rpartition("/")[2]
    value: object = {"count": count.take()} if name == "count" else ANSWERS.get(name, _OK)
    body = json.dumps(value).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def serve(connection: socket.socket, context: ssl.SSLContext | None, count: Count) -> None:
    """All requests of one connection."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        stream = context.wrap_socket(connection, server_side=True) if context else connection
        with stream:
            requests(stream, count)
    except (OSError, ValueError):
        # The client went away, or is no HTTP client: its own loss.
        connection.close()


def requests(stream: socket.socket, count: Count) -> None:
    """Read a head, then as many bytes as it promises, then answer."""
    buffer = memoryview(bytearray(BUFFER))
    pending = b""
    while True:
        while b"\r\n\r\n" not in pending:
            received = stream.recv_into(buffer)
            if not received:
                return
            pending += bytes(buffer[:received])
        head, _, pending = pending.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        headers = {key.lower(): value.strip() for key, _, value in (line.partition(":") for line in rest)}
        if "transfer-encoding" in headers:
            raise ValueError("the sink takes bodies of known length only")
        length = int(headers.get("content-length", "0"))
        target = first.split(" ")[1]
        if headers.get("expect"):
            stream.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        left = length - len(pending)
        pending = pending[length:]
        while left > 0:
            received = stream.recv_into(buffer, min(left, BUFFER))
            if not received:
                return
            left -= received
        if "webwxuploadmedia" in target:
            count.add(length)
        stream.sendall(answer(target, count))


def listen(context: ssl.SSLContext | None) -> None:
    """Accept until the process ends; every connection counts together."""
    count = Count()
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            connection, _ = server.accept()
            threading.Thread(target=serve, args=(connection, context, count), daemon=True).start()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--certificate", help="PEM file of key and certificates; TLS when given")
    arguments = parser.parse_args()
    context = None
    if arguments.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(arguments.certificate)
    threading.Thread(target=listen, args=(context,), daemon=True).start()
    sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
