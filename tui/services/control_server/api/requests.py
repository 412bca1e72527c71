"""Requests of the API, as programs write them; a line is decoded into one of these, or refused with a sentence.

Version 1 is stable: a field or a request may be added, none is renamed, taken away, or becomes necessary. What is not
known is refused: whoever asks for something newer is told, instead of getting something else.
"""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

import msgspec
from msgspec import Meta

from tui import errors
from tui.wire.media_types import MediaKind

VERSION: Final = 1
"""Version of the API."""
_SAFE: Final = 2**53 - 1

Count: TypeAlias = Annotated[int, Meta(ge=1, le=1000)]
RowNumber: TypeAlias = Annotated[int, Meta(ge=1, le=_SAFE)]
RequestId: TypeAlias = Annotated[str, Meta(max_length=200)] | Annotated[int, Meta(ge=-_SAFE, le=_SAFE)] | None
Short: TypeAlias = Annotated[str, Meta(max_length=1000)]
MsgId: TypeAlias = Annotated[str, Meta(max_length=100)]
Target: TypeAlias = Annotated[str, Meta(min_length=1, max_length=1000)]


class ApiRequest(msgspec.Struct, frozen=True, kw_only=True, tag_field="request", forbid_unknown_fields=True):
    """Fields of every request. `id` comes back with each answer. `version` of the API that the program was made for."""

    id: RequestId = None
    version: Annotated[int, Meta(ge=1)] = VERSION


class ApiHello(ApiRequest, frozen=True, tag="hello"):
    """Ask for versions and limits."""


class ApiStatus(ApiRequest, frozen=True, tag="status"):
    """Ask how things stand: connection, unread messages, mentions, what waits."""


class ApiContacts(ApiRequest, frozen=True, tag="contacts"):
    """List the contacts and groups whose names, or their pinyin, hold `query`; all where it is empty."""

    query: Short = ""


class ApiSend(ApiRequest, frozen=True, tag="send"):
    """Send a `text`, or the `file` at this absolute path, to the one that `to` means.

    `kind`: how the file is shown; `name`: under which name it goes.
    """

    to: Target
    text: str = ""
    file: Annotated[str, Meta(max_length=10_000)] = ""
    kind: MediaKind = MediaKind.AUTO
    name: Short = ""


class ApiRevoke(ApiRequest, frozen=True, tag="revoke"):
    """Take a message of one's own back; by its `row`, or its `msg_id`."""

    row: RowNumber | None = None
    msg_id: MsgId = ""


class ApiForward(ApiRequest, frozen=True, tag="forward"):
    """Send a stored message to another; by its `row`, or its `msg_id`."""

    to: Target
    row: RowNumber | None = None
    msg_id: MsgId = ""


class ApiRead(ApiRequest, frozen=True, tag="read"):
    """Mark a conversation read, here and on the phone."""

    to: Target


class ApiMessageRequest(ApiRequest, frozen=True, tag="message"):
    """Get a stored message as it is now; by its `row`, or its `msg_id`."""

    row: RowNumber | None = None
    msg_id: MsgId = ""


class ApiLog(ApiRequest, frozen=True, tag="log"):
    """List the newest stored messages of a conversation, the oldest of them first; those before the row `before`."""

    chat: Target
    count: Count = 20
    before: RowNumber | None = None


class ApiSearch(ApiRequest, frozen=True, tag="search"):
    """List the newest messages with these words, the newest last; in one conversation, or in all.

    `text` may have filters, as in the program: `from:NAME kind:KIND since:DAY until:DAY`.
    """

    text: Annotated[str, Meta(min_length=1, max_length=1000)]
    chat: Short = ""
    count: Count = 50


class ApiSubscribe(ApiRequest, frozen=True, tag="subscribe"):
    """Tell of each message that is stored from now on, also of one's own; the connection has no other use then.

    `since`: the `at` of the last event that was heard: what came after it is told first. `changes`: tell also when a
    message changes (its state, a recall).
    """

    since: Annotated[str, Meta(pattern=r"^(\d{1,16}\.\d{1,16})?$")] = ""
    changes: bool = False


AnyRequest: TypeAlias = (
    ApiHello
    | ApiStatus
    | ApiContacts
    | ApiSend
    | ApiRevoke
    | ApiForward
    | ApiRead
    | ApiMessageRequest
    | ApiLog
    | ApiSearch
    | ApiSubscribe
)

_decoder: Final = msgspec.json.Decoder(AnyRequest)


class _Whose(msgspec.Struct):
    id: RequestId = None


class BadRequest(Exception):
    """A line that is no request. `id`, where it can be read; `hopeless`: it is not even an object with `request`."""

    def __init__(self, error: errors.WxtuiError, request_id: RequestId = None, *, hopeless: bool = False) -> None:
        super().__init__()
        self.error = error
        self.id = request_id
        self.hopeless = hopeless


def read_request(line: bytes) -> AnyRequest:
    """Decode a line. Raises `BadRequest`."""
    try:
        request: AnyRequest = _decoder.decode(line)
    except msgspec.ValidationError as error:
        raise BadRequest(errors.ApiMisused(why=str(error)), *_whose(line), hopeless=b'"request"' not in line) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _torn(line) or BadRequest(errors.ApiMisused(why=str(error)), hopeless=True) from None
    if request.version > VERSION:
        raise BadRequest(errors.ApiTooOld(ours=VERSION, theirs=request.version), request.id)
    return request


def _torn(line: bytes) -> BadRequest | None:
    r"""Return the error for JSON that is none only for a `\ud800` without its other half, as programs that cut texts in
    UTF-16 write it; the line has an end, and so the connection need not."""
    import json

    try:
        found = json.loads(line)
        if isinstance(found, dict) and "request" in found:
            json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        why = errors.Phrase("a text in it starts or ends with half of a character, as when an emoji is cut in two")
        return BadRequest(errors.ApiMisused(why=why), *_whose(json.dumps({"id": found.get("id")}).encode()))
    except (ValueError, RecursionError):
        pass
    return None


def _whose(line: bytes) -> tuple[RequestId]:
    try:
        return (msgspec.json.decode(line, type=_Whose).id,)
    except (msgspec.DecodeError, RecursionError):
        return (None,)
