"""Pictures from a server to what a terminal is given, and what becomes of hostile ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.async_sandbox import client_of, run_sandbox
from tui import errors
from tui.sandbox.control import hostile_bodies
from tui.sandbox.world import sample_pictures
from tui.services.pictures.drawn import PictureBox, PictureForm
from tui.services.pictures.picture_cache import PictureCache
from tui.services.pictures.pictures import Pictures
from tui.services.sync.sync_loop import SyncLoop
from tui.services.uploads.outgoing_file import open_file
from tui.wire.names import Endpoint

LOG = PictureBox(40, 12, (8, 16), PictureForm.KITTY, most_bytes=48_000)
FULL = PictureBox(100, 40, (8, 16), PictureForm.KITTY, frames=64)


async def test_pictures_of_messages_are_drawn_and_hostile_ones_say_why(tmp_path: Path) -> None:
    async with run_sandbox() as control, client_of(control) as client:
        pictures = Pictures(lambda: client, client.store, PictureCache(tmp_path / "pictures", 1_000_000))
        sync = SyncLoop(client.context, client.store, client.directory)

        async def pushed(kind: str, content: object = None) -> object:
            answer = await control.post("push", type=kind, content=content)
            await sync.drain()
            return await client.store.message(answer["MsgId"])

        try:
            image = await pushed("image", {"picture": "city"})
            small, whole = await pictures.thumbnail(image, LOG), await pictures.whole(image, FULL)
            assert (small.width, small.height, small.columns, small.rows) == (120, 90, 30, 12)
            assert (whole.format, whole.width, whole.columns, whole.rows) == ("WebP", 560, 70, 27)
            sticker = await pushed("emoticon")
            moving = await pictures.whole(sticker, FULL)
            assert len(moving.frames) == 12 and moving.frames[3].milliseconds == 70 and not moving.more_frames
            assert len((await pictures.thumbnail(sticker, LOG)).frames) == 1
            video = await pushed("video")
            assert (await pictures.thumbnail(video, LOG)).height == 68
            for number in range(len(hostile_bodies.pictures())):
                await control.fault("webwxgetmsgimg", "picture", number)
                with pytest.raises(errors.PictureUnusable):
                    await pictures.thumbnail(await pushed("image"), LOG)
            own = tmp_path / "own.png"
            own.write_bytes(sample_pictures.BY_NAME["screenshot"].data)
            to = await client.directory.resolve("filehelper")
            with open_file(own, Endpoint.WEB) as file:
                sent = await client.file_upload.send_file(to, file)
            own.unlink()
            assert (await pictures.thumbnail(sent, LOG)).height == 75, "the server gives its own thumbnail back"
        finally:
            await pictures.close()
