"""webwxcheckupload and webwxuploadmedia (seed 上传文件, PROTOCOL section 6)."""

from __future__ import annotations

import re

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tui.sandbox.routes.http import (
    BaseRequest,
    Body,
    Loose,
    Refusal,
    answer,
    check_base,
    find_session,
    open_call,
    state_of,
)
from tui.sandbox.routes.upload_form import ReceivedForm, read_form
from tui.sandbox.session.faults import FaultKind
from tui.sandbox.session.session import SandboxSession
from tui.sandbox.session.state import State
from tui.sandbox.session.uploads import Dropped, ReceivedFile, ReceivedUpload, UploadKey
from tui.wire.names import CGI, CHECK_UPLOAD_FROM, PART_SIZE, Endpoint, Ret

CALL = "webwxuploadmedia"
FIELDS = (
    *("id", "name", "type", "lastModifiedDate", "size", "chunks", "chunk", "mediatype", "uploadmediarequest"),
    *("webwx_data_ticket", "pass_ticket"),
)
"""The fields in the seed's order, before `filename`."""
TYPES = {
    "gif": ("image/gif", "doc"),
    "png": ("image/png", "pic"),
    "jpg": ("image/jpeg", "pic"),
    "mp3": ("audio/mp3", "doc"),
    "aac": ("audio/vnd.dlna.adts", "doc"),
    "mp4": ("video/mp4", "video"),
    "zip": ("application/zip", "doc"),
}
"""`type` and `mediatype` by suffix (seed)."""
_DATE = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d{2} \d{4} \d{2}:\d{2}:\d{2} GMT[+-]\d{4} \(.+\)")


class UploadMediaRequest(Body, kw_only=True):
    """`uploadmediarequest` (seed), and what webwxcheckupload adds to it."""

    client_media_id: Loose
    total_len: int
    start_pos: int
    data_len: int
    from_user_name: str
    to_user_name: str = ""
    upload_type: int = 0
    media_type: int = 0
    file_md5: str | None = ""
    signature: str | None = ""
    aes_key: str | None = msgspec.field(default="", name="AESKey")

    @property
    def of_the_file(self) -> object:
        """The request without BaseRequest: a client that goes on after a restart may have another skey."""
        return msgspec.structs.replace(self, base_request=BaseRequest())

    def key(self, session: SandboxSession) -> UploadKey:
        """Return the key of the upload that a part is of."""
        return session.number, str(self.client_media_id), (self.file_md5 or "").lower(), self.total_len


class CheckUpload(Body, kw_only=True):
    """Body of webwxcheckupload."""

    file_md5: str
    file_size: int
    from_user_name: str = ""
    to_user_name: str = ""
    file_name: str = ""
    file_type: int = 0


async def check_upload(request: Request) -> Response:
    """Answer with a MediaId when the server has the file already, else Signature and AESKey for its upload."""
    state = state_of(request)
    session, body = await open_call(request, CheckUpload)
    if not re.fullmatch(r"[0-9a-fA-F]{32}", body.file_md5) or body.file_size <= 0:
        raise Refusal(Ret.PARAMETER, "FileMd5 is no md5, or FileSize is not positive")
    if body.file_type != 7:
        state.warn("webwxcheckupload", "FileType is not 7")
    uploads = state.uploads
    known = uploads.known(body.file_md5, body.file_size)
    if known is not None:
        name, to = body.file_name or known.media.name, session.names.key(body.to_user_name)
        again = uploads.again(session.number, known, name, state.now(), to)
        return answer(MediaId=again.media_id, AESKey="", Signature="", EncryFileName=again.media.encrypted_name)
    signature, key = uploads.promise(body.file_md5.lower(), body.file_size)
    return answer(MediaId="", AESKey=key, Signature=signature, EncryFileName="")


async def upload_media(request: Request) -> Response:
    """Take a part. The answer to the last one has the MediaId; a part that is wrong drops the upload."""
    if request.method == "OPTIONS":
        allowed = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "POST, OPTIONS"}
        return Response(headers=allowed, media_type="text/plain")
    state, session = state_of(request), find_session(request)
    form = await read_form(request, state.options.max_part)
    if session.endpoint is Endpoint.FILEHELPER and len(request.query_params.get("random", "")) != 4:
        raise Refusal(Ret.PARAMETER, "File Transfer's upload needs a random of 4 characters in the query")
    ticket = form.fields.get("webwx_data_ticket", "")
    if ticket != session.data_ticket:
        raise Refusal(Ret.TICKET, "webwx_data_ticket is not the cookie")
    text = form.fields.get("uploadmediarequest", "")
    try:
        wanted = msgspec.json.decode(text, type=UploadMediaRequest)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Refusal(Ret.PARAMETER, f"uploadmediarequest: {error}") from None
    check_base(request, session, wanted.base_request)
    try:
        return await _take(state, session, wanted, form)
    except (Dropped, OSError) as error:
        key = wanted.key(session)
        running = state.uploads.running.get(key)
        if running is not None and running.result is None:
            await running.abandon()
            state.uploads.drop(key)
        raise Refusal(Ret.PARAMETER, f"{error}; the upload is dropped") from None


async def _take(state: State, session: SandboxSession, wanted: UploadMediaRequest, form: ReceivedForm) -> Response:
    """Take a part of an upload, in its order; a part that was taken before may come again, also after a while.

    A file that is whole has no parts any more: a repeated later part gets an empty MediaId, a first part begins again.
    """
    chunk, chunks = _place(form)
    key, request = wanted.key(session), wanted.of_the_file
    running = state.uploads.running.get(key)
    if running is not None and running.result is not None:
        if request == running.request and state.faults.take(CALL, frozenset({FaultKind.REMEMBER})) is not None:
            return await _repeated(running, form, chunk)
        if chunk != 0:
            return _nothing_yet()
        running = None
    if running is None:
        if chunk != 0:
            raise Dropped("the first part of this upload is missing")
        running = _begin(state, session, wanted, form, chunks)
        state.uploads.running[key] = running
    if (request, chunks) != (running.request, running.chunks):
        raise Dropped("uploadmediarequest or chunks differ between parts")
    if chunk > running.done or chunk >= chunks:
        raise Dropped(f"part {chunk} came when {running.done} was due")
    if chunk == running.done:
        _note_length(state, running, chunk, len(form.data))
        await running.add(form.data)
    elif not await running.has(chunk, form.data):
        raise Dropped(f"part {chunk} came again with other bytes")
    if running.done < chunks or chunk < chunks - 1:
        return _nothing_yet()
    if running.result is None:
        await running.settle()
        if running.taken != running.size:
            raise Dropped(f"{running.taken} bytes came instead of TotalLen, {running.size}")
        state.uploads.finish(session.number, running, state.now())
    if state.faults.take(CALL, frozenset({FaultKind.NO_MEDIA_ID})) is not None:
        return _nothing_yet()
    return _done(running.result)


def _note_length(state: State, upload: ReceivedUpload, chunk: int, length: int) -> None:
    """Record a part that has not the 512 KiB of a browser's; raises `Dropped` for one that cannot be of the file."""
    if not 0 < length <= upload.size - upload.taken:
        raise Dropped(f"part {chunk} has {length} bytes, of {upload.size - upload.taken} that are missing")
    if length > PART_SIZE:
        state.warn(CALL, "a part has more than 512 KiB; not every server takes it")
    elif length < PART_SIZE and chunk < upload.chunks - 1:
        state.warn(CALL, "a part that is not the last has less than 512 KiB")


async def _repeated(whole: ReceivedUpload, form: ReceivedForm, chunk: int) -> Response:
    """Answer as a server that remembers the parts of a whole file (the fault `remember`)."""
    if chunk >= whole.chunks or not await whole.has(chunk, form.data):
        raise Dropped(f"part {chunk} came again with other bytes")
    return _done(whole.result) if chunk == whole.chunks - 1 else _nothing_yet()


def _nothing_yet() -> Response:
    """Answer without a MediaId: the file is not whole yet, or was forgotten since."""
    return answer(MediaId="", StartPos=0, CDNThumbImgHeight=0, CDNThumbImgWidth=0, EncryFileName="")


def _done(result: ReceivedFile | None) -> Response:
    if result is None:
        raise Dropped("another request is finishing this upload")
    thumb = 100 if result.mediatype == "pic" else 0
    return answer(
        MediaId=result.media_id,
        StartPos=result.media.size,
        CDNThumbImgHeight=thumb,
        CDNThumbImgWidth=thumb,
        EncryFileName=result.media.encrypted_name,
    )


def _place(form: ReceivedForm) -> tuple[int, int]:
    """Return index and number of parts."""
    if not form.has_file:
        raise Dropped("there is no field filename")
    try:
        chunk, chunks = int(form.fields.get("chunk", "0")), int(form.fields.get("chunks", "1"))
    except ValueError:
        raise Dropped("chunk or chunks is not a number") from None
    if chunk < 0:
        raise Dropped("chunk is negative")
    return chunk, chunks


def _begin(
    state: State, session: SandboxSession, wanted: UploadMediaRequest, form: ReceivedForm, chunks: int
) -> ReceivedUpload:
    fields, size = form.fields, wanted.total_len
    mediatype, name = fields.get("mediatype", ""), fields.get("name", "")
    signature = wanted.signature or ""
    problems = {
        "the file is empty": size <= 0,
        "size is not TotalLen": fields.get("size") != str(size),
        "StartPos is not 0 or DataLen is not TotalLen": wanted.start_pos != 0 or wanted.data_len != size,
        "chunks is not a number of parts": not 0 < chunks <= size,
        "FromUserName is not oneself": wanted.from_user_name != state.mine(session),
        "mediatype is not pic, video or doc": mediatype not in ("pic", "video", "doc"),
        "name is empty": not name,
        "the file is too large": size > state.options.limits.of(session.endpoint, mediatype),
        "Signature and AESKey of webwxcheckupload are missing": size >= CHECK_UPLOAD_FROM
        and state.uploads.promises.get(((wanted.file_md5 or "").lower(), size)) != (signature, wanted.aes_key),
    }
    wrong = next((reason for reason, holds in problems.items() if holds), None)
    if wrong:
        raise Dropped(wrong)
    _note_oddities(state, session, wanted, form)
    return ReceivedUpload(
        request=wanted.of_the_file,
        name=name,
        content_type=fields.get("type", "") or "application/octet-stream",
        mediatype=mediatype,
        size=size,
        md5=wanted.file_md5 or "",
        chunks=chunks,
        path=state.uploads.new_path(),
        signature=signature,
        to=session.names.key(wanted.to_user_name),
    )


def _note_oddities(state: State, session: SandboxSession, wanted: UploadMediaRequest, form: ReceivedForm) -> None:
    fields = form.fields
    suffix = fields.get("name", "").rpartition(".")[2].lower()
    kind = (fields.get("type", ""), fields.get("mediatype", ""))
    present = [name for name in fields if name in FIELDS]
    this = (fields.get("name", ""), wanted.total_len, wanted.file_md5 or "")
    named = fields.get("id", "")
    oddities = {
        "id is that of another file of this session": bool(named) and session.files.setdefault(named, this) != this,
        "id is not WU_FILE_ and a number": not re.fullmatch(r"WU_FILE_\d+", named),
        "lastModifiedDate is not in the seed's form": not _DATE.fullmatch(fields.get("lastModifiedDate", "")),
        "the fields are not in the seed's order": present != [name for name in FIELDS if name in fields],
        "FileMd5 is missing": not wanted.file_md5,
        "UploadType is not 2 or MediaType is not 4": (wanted.upload_type, wanted.media_type) != (2, 4),
        "ClientMediaId is not a number": not isinstance(wanted.client_media_id, int),
        "ToUserName is nobody's": session.names.key(wanted.to_user_name) is None,
        "pass_ticket is wrong": fields.get("pass_ticket", "") != session.pass_ticket,
        "type and mediatype are not the seed's": kind != TYPES.get(suffix, kind),
    }
    for sentence, holds in oddities.items():
        if holds:
            state.warn(CALL, sentence)


ROUTES = [
    Route(f"{CGI}webwxcheckupload", check_upload, methods=["POST"]),
    Route(f"{CGI}{CALL}", upload_media, methods=["POST", "OPTIONS"]),
]
