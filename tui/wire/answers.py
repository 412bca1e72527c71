"""Reading answers: JSON that may be broken, `BaseResponse`, and the little `window.x=…` scripts."""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar

import msgspec

from tui import errors
from tui.wire.call import Answer

T = TypeVar("T", bound=msgspec.Struct)


class BaseResponse(msgspec.Struct):
    """The part that every JSON answer has."""

    Ret: int | str = 0
    ErrMsg: str | None = ""


class _Base(msgspec.Struct):
    BaseResponse: BaseResponse | None = None


def bad_answer(call: str, why: str, status: int = 0) -> errors.BadAnswer:
    """A `BadAnswer`; the transport puts the host's name in."""
    why_then = errors.Phrase(why, status=status)
    return errors.BadAnswer(host=errors.Phrase("The server"), call=call, why=why_then, status=status)


def read_json(call: str, answer: Answer) -> dict[str, Any]:
    """The JSON object of an answer, whatever its content type says.

    Raises `BadAnswer` with a reason a person understands: HTML, nothing, half a JSON, an HTTP error.
    """
    if answer.status >= 400:
        raise bad_answer(call, "HTTP status {status}", answer.status)
    body = answer.body.strip()
    if not body:
        raise bad_answer(call, "it is empty")
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        value = _read_leniently(call, body)
    if not isinstance(value, dict):
        raise bad_answer(call, "it is not a JSON object")
    return value


def _read_leniently(call: str, body: bytes) -> object:
    """Real answers now and then hold raw control characters or half a UTF-8 sequence inside a string."""
    if body.startswith(b"<"):
        raise bad_answer(call, "it is a web page")
    try:
        return json.loads(body.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        raise bad_answer(call, "it is not whole JSON") from None


def read_ret(value: dict[str, Any]) -> int:
    """`BaseResponse.Ret`; 0 when it is not there."""
    try:
        base = msgspec.convert(value, _Base, strict=False).BaseResponse
        return int(base.Ret) if base is not None else 0
    except (msgspec.ValidationError, ValueError):
        return -1


def read_ok(call: str, answer: Answer) -> dict[str, Any]:
    """The JSON object of an answer whose Ret is 0; raises `BadAnswer` or the error that stands for the Ret."""
    value = read_json(call, answer)
    if "BaseResponse" not in value:
        raise bad_answer(call, "it has no BaseResponse")
    ret = read_ret(value)
    if ret:
        base = value.get("BaseResponse")
        message = str(base.get("ErrMsg") or "") if isinstance(base, dict) else ""
        raise errors.error_for_ret(ret, call, message)
    return value


def as_id(value: object) -> str:
    """An id as the string it is on the wire; 19 digits survive. Floats have already lost some: they are none."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


_ID = re.compile(r"0{0,24}[1-9][0-9]{0,24}")


def server_id(value: str) -> str:
    """A MsgId, or "" for what is none: nothing, `0`, words. Two messages without one are two."""
    value = value.strip()
    return value if _ID.fullmatch(value) else ""


def read_media_id(value: object) -> str:
    """Return a MediaId, or "" for what is none: nothing, blanks, `0`. Whoever hears none has no file at the server."""
    found = as_id(value).strip()
    return found if found.strip("0") else ""


def as_text(value: object) -> str:
    """A string, or nothing."""
    return value if isinstance(value, str) else ""


def as_int(value: object, default: int = 0) -> int:
    """A number that may come as a string."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value.strip()):
        return int(value)
    return default


_ASSIGNMENT = re.compile(
    r"""(?P<name>[\w.]+)\s*[=:]\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<number>-?\d+))""", re.ASCII
)


def read_script(answer: Answer) -> dict[str, str]:
    """`window.code=200; window.redirect_uri="…"` or `window.synccheck={retcode:"0",selector:"2"}` as names and values.

    Blanks and quotes vary (trap 1); nothing is ever evaluated. What cannot be read is left out.
    """
    text = answer.body.decode("utf-8", "replace")
    found: dict[str, str] = {}
    for match in _ASSIGNMENT.finditer(text):
        value = next(part for part in match.group("double", "single", "number") if part is not None)
        found.setdefault(match["name"], value)
    return found


def read_script_int(call: str, answer: Answer, name: str) -> tuple[int, dict[str, str]]:
    """The number `name` of such a script, and everything else in it; raises `BadAnswer`."""
    if answer.status >= 400:
        raise bad_answer(call, "HTTP status {status}", answer.status)
    found = read_script(answer)
    if not re.fullmatch(r"-?\d{1,9}", found.get(name, "")):
        if answer.body.lstrip().startswith(b"<"):
            raise bad_answer(call, "it is a web page")
        raise bad_answer(call, "it has no status code")
    return int(found[name]), found
