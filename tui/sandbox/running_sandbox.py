"""Control of a running sandbox, for tests: what a phone, the server and other people do, and what clients sent.

Blocking, from any thread; of the standard library alone. Behind it is the control API (`wxtui sandbox --schema`).
"""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any, Final, Literal, TypeVar
from urllib.parse import urlencode

import msgspec

from tui.sandbox.control import bodies
from tui.sandbox.control.bodies import PushedType
from tui.sandbox.session.faults import Fault, FaultKind

A = TypeVar("A")
_PATIENCE: Final = 30.0
"""Seconds until an answer has to be there."""
_LOOK: Final = 0.01
"""Seconds between two looks at what is waited for."""


class SandboxRefusal(Exception):
    """Raised for a control call that cannot be met; the text is the sandbox's sentence. `status`: 400, 404 or 409."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class RunningSandbox:
    """A running sandbox at `origin`, like `http://127.0.0.1:8787`; your client uses that in place of all hosts.

    NAME is a nickname, a remark or a key; `within` are seconds that a method waits at most, `TimeoutError` after them.
    """

    def __init__(self, origin: str) -> None:
        self.origin = origin.rstrip("/")
        # A proxy of the environment would never find this machine's loopback.
        self._http = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def __repr__(self) -> str:
        return f"RunningSandbox({self.origin!r})"

    # ---------------------------------------------------------------- people and the phone

    def push(
        self,
        type: PushedType = "text",
        content: str | dict[str, Any] | None = None,
        *,
        sender: str = "",
        group: bool | str = False,
        to: str = "",
        times: int = 1,
        age: float = 0,
    ) -> bodies.PushedMessage:
        """Let a message arrive from `sender`, in a group where one is named (True: 项目群); "self": the phone's own."""
        body = bodies.Push(type, sender, group, to, content, times, age)
        return self._post("push", body, bodies.PushedMessage)

    def revoke(self, message: bodies.PushedMessage | str) -> bodies.PushedMessage:
        """Let the sender recall a message."""
        return self.push("revoke", message if isinstance(message, str) else message.msg_id)

    def add_person(self, nickname: str, *, remark: str = "", alias: str = "", group: str = "") -> str:
        """Add a contact, also as a member of a group; return its key, which is a NAME."""
        return self._post("person", bodies.NewPerson(nickname, remark, alias, group), bodies.AddedPerson).key

    def change_contact(self, name: str, **changes: Any) -> str:
        """Change a contact: the fields of `ContactChange`, as `muted=True`; return the name that it has now."""
        return self._call("POST", "contact", {"name": name, **changes}, bodies.ChangedContact).name

    def scan(self, *, within: float = 5.0) -> bodies.PhoneCode:
        """Let the phone scan the newest QR code, as soon as a client has asked for one."""
        return self._phone("scan", within)

    def confirm(self, *, within: float = 5.0) -> bodies.PhoneCode:
        """Let the phone confirm the login that it has scanned."""
        return self._phone("confirm", within)

    def cancel(self) -> bodies.PhoneCode:
        """Let the phone refuse the login that it has scanned."""
        return self._post("cancel", bodies.NoFields(), bodies.PhoneCode)

    def scan_and_confirm(self, *, within: float = 5.0) -> None:
        """Let a client in that shows a QR code, or will."""
        self.scan(within=within)
        self.confirm(within=within)

    def log_in(self, variant: Literal["web", "filehelper"] = "web") -> bodies.SessionCredentials:
        """Open a session as if a phone had scanned, and return its credentials, for a client that skips the login."""
        return self._call("POST", "login", {"variant": variant}, bodies.SessionCredentials)

    # ---------------------------------------------------------------- what the server does

    def end_session(self, retcode: Literal[1100, 1101, 1102] = 1101) -> int:
        """End all sessions: logged out on the phone, logged in elsewhere, cookie invalid; return their number."""
        return self._post("expire", bodies.Expire(retcode=retcode), bodies.Expired).ended or 0

    def expire_code(self) -> None:
        """Let the newest QR code expire."""
        self._post("expire", bodies.Expire(), bodies.Expired)

    def advance(self, seconds: float) -> float:
        """Let the server's clock go on at once: codes expire, recalls come too late; return its time."""
        return self._post("clock", bodies.ClockChange(seconds), bodies.ServerClock).now

    def fault(self, call: str, kind: FaultKind | str, value: float = 0, *, times: int = 1) -> list[Fault]:
        """Switch a fault on for the next `times` calls (0: until cleared) of a name, or of "*"; return all faults."""
        word = kind.value if isinstance(kind, FaultKind) else kind
        body = {"call": call, "kind": word, "value": value, "times": times}
        return self._call("POST", "fault", body, bodies.ActiveFaults).active

    def faults(self) -> list[Fault]:
        """Return the faults that are still to come."""
        return self._call("GET", "fault", None, bodies.ActiveFaults).active

    def clear_faults(self) -> None:
        """Remove all faults."""
        self._post("fault", bodies.FaultChange(clear=True), bodies.ActiveFaults)

    def refuse_logins(self, ret: int = 1203) -> None:
        """Make logins fail with this Ret; 0: no more."""
        self._post("fault", bodies.FaultChange(login_ret=ret), bodies.ActiveFaults)

    def reset(self) -> None:
        """Begin again, as if just started; whoever is logged in is logged out."""
        self._post("reset", bodies.NoFields(), bodies.NoFields)

    # ---------------------------------------------------------------- what clients did

    def sent(self) -> list[bodies.SentRow]:
        """Return what clients sent, oldest first."""
        return self._call("GET", "sent", None, list[bodies.SentRow])

    def wait_for_sent(self, count: int = 1, *, within: float = 5.0) -> list[bodies.SentRow]:
        """Wait until clients have sent so many messages, and return them."""
        self.wait_for(lambda: len(self.sent()) >= count, within=within, what=f"{count} sent messages")
        return self.sent()

    def uploads(self) -> list[bodies.UploadedFile]:
        """Return the files that arrived whole."""
        return self._call("GET", "uploads", None, list[bodies.UploadedFile])

    def upload_bytes(self, media_id: str) -> bytes:
        """Return the contents of a file that arrived whole."""
        return self._answer("GET", f"uploads/bytes?{urlencode({'media_id': media_id})}", None)

    def state(self) -> bodies.SandboxState:
        """Return logins, calls and how often each was made, and the mistakes of clients that only this server tells."""
        return self._call("GET", "state", None, bodies.SandboxState)

    def calls(self, name: str) -> int:
        """Return how often a call was made, like "webwxsync"."""
        return self.state().calls.get(name, 0)

    def wait_for_call(self, name: str, count: int = 1, *, within: float = 5.0) -> None:
        """Wait until a call was made so often."""
        self.wait_for(lambda: self.calls(name) >= count, within=within, what=f"{count} calls of {name}")

    def wait_for(self, condition: Callable[[], bool], *, within: float = 5.0, what: str = "") -> None:
        """Wait until something is true; raise `TimeoutError` when `within` seconds are over."""
        end = time.monotonic() + within
        while not condition():
            if time.monotonic() >= end:
                raise TimeoutError(f"not within {within:g} s: {what or 'what is waited for'}")
            # This client blocks, for tests without an event loop; the server tells nobody of what it hears.
            time.sleep(_LOOK)

    # ---------------------------------------------------------------- the calls themselves

    def _phone(self, name: str, within: float) -> bodies.PhoneCode:
        end = time.monotonic() + within
        while True:
            try:
                return self._post(name, bodies.NoFields(), bodies.PhoneCode)
            except SandboxRefusal as refusal:
                if time.monotonic() >= end:
                    raise TimeoutError(f"not within {within:g} s: {refusal}") from None
            # There is no code yet: the client has not asked for one.
            time.sleep(_LOOK)

    def _post(self, name: str, body: msgspec.Struct, answer: type[A]) -> A:
        return self._call("POST", name, body, answer)

    def _call(self, method: str, name: str, body: object, answer: type[A]) -> A:
        return msgspec.json.decode(self._answer(method, name, body), type=answer)

    def _answer(self, method: str, name: str, body: object) -> bytes:
        data = None if body is None else msgspec.json.encode(body)
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.origin}/_sandbox/{name}", data, headers, method=method)
        try:
            with self._http.open(request, timeout=_PATIENCE) as response:
                found = response.read()
        except urllib.error.HTTPError as error:
            with error:
                text = error.read()
            try:
                sentence = msgspec.json.decode(text, type=bodies.ControlMistake).error
            except msgspec.MsgspecError:
                sentence = text.decode("utf-8", "replace").strip() or str(error)
            raise SandboxRefusal(error.code, sentence) from None
        assert isinstance(found, bytes)
        return found
