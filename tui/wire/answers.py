"""Reading answers: JSON that may be broken, `BaseResponse`, and the little `window.x=…` scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, Final, TypeVar

import msgspec

from tui import errors
from tui.wire.call import Answer
from tui.wire.json_shape import shape_of

T = TypeVar("T", bound=msgspec.Struct)


def bad_answer(call: str, why: str, status: int = 0) -> errors.BadAnswer:
    """Return a `BadAnswer`; the transport puts the host's name in."""
    why_then = errors.Phrase(why, status=status)
    return errors.BadAnswer(host=errors.Phrase("The server"), call=call, why=why_then, status=status)


def read_json(call: str, answer: Answer) -> dict[str, Any]:
    """Return the JSON object of an answer, whatever its content type says.

    Raises `BadAnswer` with a reason a person understands: HTML, nothing, half a JSON, an HTTP error, too deep.
    """
    body = _checked(call, answer)
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        value = _read_leniently(call, body)
    if not isinstance(value, dict):
        raise bad_answer(call, "it is not a JSON object")
    return value


def _checked(call: str, answer: Answer) -> bytes:
    """Return the body, when it may be decoded; raise `BadAnswer` otherwise."""
    if answer.status >= 400:
        raise bad_answer(call, "HTTP status {status}", answer.status)
    body = answer.body.strip()
    if not body and answer.status >= 300:
        raise bad_answer(call, "it redirects to another address")
    if not body:
        raise bad_answer(call, "it is empty")
    if body.startswith(b"<"):
        raise bad_answer(call, "it is a web page")
    if not (answer.shape or shape_of(body)).fits:
        raise bad_answer(call, "it is nested too deeply or too long")
    return body


def _read_leniently(call: str, body: bytes) -> object:
    """Decode JSON with raw control characters or half a UTF-8 sequence in a string, which real answers may have."""
    try:
        return json.loads(body.decode("utf-8", "replace"), strict=False)
    except ValueError:
        raise bad_answer(call, "it is incomplete JSON") from None


_MISSING: Final = msgspec.Raw(b"")


_FIELDS: Final = (
    *("BaseResponse", "AddMsgList", "ModContactList", "DelContactList", "MemberList", "ContactList"),
    *("SyncKey", "SyncCheckKey", "ContinueFlag", "SKey", "User", "ChatSet", "Seq"),
)
"""Fields that are read of an answer with lists. The others are passed over and take no memory."""
_Lists: Final = msgspec.defstruct("_Lists", [(name, msgspec.Raw, _MISSING) for name in _FIELDS])


_lists: Final = msgspec.json.Decoder(_Lists)
_entries: Final = msgspec.json.Decoder(list[msgspec.Raw])
_STRING: Final = rb'(?s)"[^"\\]*+(?:\\.[^"\\]*+)*+"?+'
_CONTROL: Final = rb"[\x00-\x1f]"
MAX_ENTRIES: Final = 20_000
"""Entries in one list of an answer; larger accounts come in pages."""
MAX_FIELD: Final = 256 * 1024
"""Bytes of a field that is no list."""
MAX_ENTRY: Final = 1024 * 1024
"""Bytes of one entry; a group of two thousand members has 700,000."""
_LARGE_ENTRY: Final = 256 * 1024
"""Bytes of one entry from which its values are counted before it is decoded."""
_ENTRY_VALUES: Final = 60_000
"""Values in one entry; a group of two thousand members has 24,000."""


def read_lists(call: str, answer: Answer, *names: str) -> tuple[dict[str, Any], dict[str, Entries]]:
    """Return the fields of an answer whose Ret is 0, and, undecoded, the long lists in its fields `names`.

    Thousands of contacts come at once; decoded together they would need tenfold the memory of the answer. Raises what
    `read_ok` raises, and `BadAnswer` for a list of more than `MAX_ENTRIES` or a field of more than `MAX_FIELD`.
    """
    body = _checked(call, answer)
    try:
        found = _raw_lists(body)
        lists = {name: _raw_list(getattr(found, name)) for name in names}
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise bad_answer(call, "it is incomplete JSON") from None
    fields = {name: getattr(found, name) for name in _FIELDS if name not in names}
    fields = {name: raw for name, raw in fields.items() if raw is not _MISSING}
    if any(len(entries) > MAX_ENTRIES for entries in lists.values()) or any(
        memoryview(raw).nbytes > MAX_FIELD for raw in fields.values()
    ):
        raise bad_answer(call, "it is nested too deeply or too long")
    rest = Answer(answer.status, msgspec.json.encode(fields), answer.cookies)
    return read_ok(call, rest), {name: Entries(call, entries) for name, entries in lists.items()}


def _raw_lists(body: bytes) -> msgspec.Struct:
    try:
        return _lists.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _lists.decode(_escaped(body))


def _escaped(body: bytes) -> bytes:
    """Return the JSON with raw control characters inside its strings escaped; as it is, where that would be too much.

    Done on bytes: as text it might take fourfold the memory.
    """
    escaped, place = BytesIO(), 0
    for string in re.finditer(_STRING, body):
        if string.end() - string.start() > MAX_ENTRY or escaped.tell() - place > MAX_ENTRY:
            return body
        if re.search(_CONTROL, string[0]):
            escaped.write(body[place : string.start()])
            escaped.write(re.sub(_CONTROL, lambda control: b"\\u%04x" % control[0][0], string[0]))
            place = string.end()
    escaped.write(memoryview(body)[place:])
    return escaped.getvalue()


def _raw_list(raw: msgspec.Raw) -> list[msgspec.Raw]:
    return _entries.decode(raw) if bytes(memoryview(raw)[:1]) == b"[" else []


class Entries:
    """Entries of a list, which are decoded one by one, while they are iterated over."""

    __slots__ = ("_call", "_raw")

    def __init__(self, call: str, raw: Sequence[msgspec.Raw]) -> None:
        self._call = call
        self._raw = raw

    def __len__(self) -> int:
        return len(self._raw)

    def __iter__(self) -> Iterator[object]:
        """Yield each entry as `read_json` reads it; None for what is no object, or too large. Raises `BadAnswer`."""
        for text in self._texts():
            yield read_json(self._call, Answer(200, text)) if text else None

    def decoded(self, decoder: msgspec.json.Decoder[T]) -> Iterator[T | object]:
        """Yield each entry as `decoder` reads it, and as iterating does where it cannot.

        A text with escaped characters is left to iterating, too: among them may be what is no character.
        """
        for text in self._texts():
            if text and b"\\u" not in text:
                try:
                    yield decoder.decode(text)
                    continue
                except (msgspec.MsgspecError, UnicodeDecodeError):
                    pass
            yield read_json(self._call, Answer(200, text)) if text else None

    def _texts(self) -> Iterator[bytes]:
        """Yield the JSON of each entry; nothing for what is no object, or too large."""
        for raw in self._raw:
            text = bytes(raw) if memoryview(raw).nbytes <= MAX_ENTRY else b""
            whole = text.startswith(b"{") and (len(text) < _LARGE_ENTRY or shape_of(text).values <= _ENTRY_VALUES)
            yield text if whole else b""


def read_ret(call: str, value: dict[str, Any]) -> int:
    """Return `BaseResponse.Ret`. Raises `BadAnswer` where there is none: such an answer says neither yes nor no."""
    if "BaseResponse" not in value:
        raise bad_answer(call, "it has no BaseResponse")
    base = value["BaseResponse"]
    ret = base.get("Ret") if isinstance(base, dict) else None
    number = _NO_RET if isinstance(ret, bool) else as_int(ret, _NO_RET)
    if number == _NO_RET:
        raise bad_answer(call, "it has no status code")
    return number


_NO_RET: Final = 2**63


def read_ok(call: str, answer: Answer) -> dict[str, Any]:
    """Return the JSON object of an answer whose Ret is 0; raise `BadAnswer` or the error that stands for the Ret."""
    value = read_json(call, answer)
    ret = read_ret(call, value)
    if ret:
        raise errors.error_for_ret(ret, call, spoken(value["BaseResponse"].get("ErrMsg")))
    return value


MOST_SPOKEN: Final = 300
"""Characters of a server's own words in a sentence of ours."""


def spoken(value: object) -> str:
    """Return the server's own words, cut where they are no sentence any more; "" for what is no text."""
    words = as_text(value)
    return words if len(words) <= MOST_SPOKEN else words[:MOST_SPOKEN] + "…"


def as_id(value: object) -> str:
    """Return an id as the string that it is on the wire; 19 digits survive. A float, which has lost some, is none."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


_ID = re.compile(r"0{0,24}[1-9][0-9]{0,24}")


def server_id(value: str) -> str:
    """Return a MsgId, or "" for what is none: nothing, `0`, words. Two messages without a MsgId are two."""
    value = value.strip()
    return value if _ID.fullmatch(value) else ""


def read_media_id(value: object) -> str:
    """Return a MediaId, or "" for what is none: nothing, blanks, `0`. Without one there is no file at the server."""
    found = as_id(value).strip()
    return found if found.strip("0") else ""


_SKEY = re.compile(r"[!-~]{1,512}")


def read_skey(value: object) -> str:
    """Return a renewed skey, "" for none: one of many kilobytes fits into no address, and no call could be made."""
    found = as_text(value)
    return found if _SKEY.fullmatch(found) else ""


def as_text(value: object) -> str:
    """Return a string; "" for anything else."""
    return value if isinstance(value, str) else ""


def as_int(value: object, default: int = 0) -> int:
    """Return an integer, which may come as a string; `default` for anything else."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value.strip()):
        return int(value)
    return default


_ASSIGNMENT: Final = (
    # Only where a word begins, and never in two ways: a page of one endless word costs no more than its length.
    r"""(?a)(?<![\w.])(?P<name>[\w.]++)\s*+[=:]\s*+(?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)'|(?P<number>-?\d++))"""
)
_LONGEST_SCRIPT: Final = 128 * 1024
"""Bytes of a script that are looked at; a login poll with a portrait in it has twenty thousand."""


def read_script(answer: Answer) -> dict[str, str]:
    """Read `window.code=200; window.redirect_uri="…"` or `window.synccheck={retcode:"0",selector:"2"}` as a dict.

    Blanks and quotes vary (trap 1); nothing is ever evaluated. What cannot be read is left out.
    """
    text = answer.body[:_LONGEST_SCRIPT].decode("utf-8", "replace")
    found: dict[str, str] = {}
    for match in re.finditer(_ASSIGNMENT, text):
        value = next(part for part in match.group("double", "single", "number") if part is not None)
        found.setdefault(match["name"], value)
    return found


def read_script_int(call: str, answer: Answer, name: str) -> tuple[int, dict[str, str]]:
    """Return the number `name` in a script, and all of the script's values; raise `BadAnswer` without that number."""
    if answer.status >= 400:
        raise bad_answer(call, "HTTP status {status}", answer.status)
    if answer.body.lstrip().startswith(b"<"):
        raise bad_answer(call, "it is a web page")
    found = read_script(answer)
    if not re.fullmatch(r"-?\d{1,9}", found.get(name, "")):
        raise bad_answer(call, "it has no status code")
    return int(found[name]), found
