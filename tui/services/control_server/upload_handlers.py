"""Request that sends a file: it stands in the owner's list of uploads."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui import errors
from tui.services.control import protocol, row_codec
from tui.services.control_server.job import Handlers, Job
from tui.services.uploads.upload_state import Upload, UploadState

if TYPE_CHECKING:
    from tui.services.client.client import Client
    from tui.services.uploads.outgoing_file import FileSection

_LOOK: Final = 0.5
"""Seconds between two looks at an upload that does not move."""


async def _send_file(job: Job, request: protocol.SendFile) -> protocol.Sent:
    """Queue a file; tell the command of its progress and its end."""
    client = await job.services.session()
    contact = await job.services.contact(request.to)
    path = Path(os.fsdecode(request.path))
    await asyncio.to_thread(_compare, request, path, client)
    outbox = job.services.outbox
    section = _section(request)
    upload = job.upload = outbox.files.add(contact, path, request.kind, request.name, queued=False, section=section)
    try:
        await _accompany(job, upload)
    except asyncio.CancelledError:
        outbox.files.cancel(upload)
        raise
    finally:
        upload.watch = None
    job.row = upload.row
    if upload.state is UploadState.SENT and upload.row is not None:
        return row_codec.sent(upload.row)
    if upload.error is not None:
        raise upload.error
    if upload.state is UploadState.CANCELLED:
        raise errors.GivenUp(what=upload.name)
    raise errors.WxtuiError()


async def _accompany(job: Job, upload: Upload) -> None:
    """Tell of an upload until it is over."""
    loop, moved = asyncio.get_running_loop(), asyncio.Event()

    def watch(_upload: Upload) -> None:
        # Told at once, not when this task has its turn: nothing leaves before its row was told.
        if job.row is None and upload.row is not None:
            job.written(upload.row)
        waiting = upload.state is UploadState.WAITING
        if waiting or upload.state.running:
            stage = UploadState.UPLOADING if waiting else upload.state
            job.tell(protocol.UploadMoved(stage.value, upload.done, upload.size, waiting=waiting))
        moved.set()

    upload.watch = watch
    alone = loop.time()
    while not upload.state.over:
        if upload.state is not UploadState.QUEUED or job.services.client() is not None:
            alone = loop.time()
        elif loop.time() - alone > job.services.patience:
            # A queue may wait for days for the network; a command does not.
            upload.error = job.services.missing()
            job.services.outbox.files.cancel(upload)
            alone = loop.time()
        moved.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK):
                await moved.wait()


def _section(request: protocol.SendFile) -> FileSection | None:
    from tui.services.uploads.outgoing_file import FileSection

    return FileSection(request.first, request.size) if request.size else None


def _compare(request: protocol.SendFile, path: Path, client: Client) -> None:
    """Raise `FileChanged` when the file is not the one that the command looked at, or what else is wrong with it."""
    from tui.services.uploads.outgoing_file import open_file

    endpoint = client.context.session.endpoint
    with open_file(path, endpoint, request.kind, request.name, _section(request)) as file:
        if file.version != request.stamp:
            raise errors.FileChanged(name=file.name)


HANDLERS: Final[Handlers] = {protocol.SendFile: _send_file}
