"""Pictures that people in the sandbox send are real ones, and so are their thumbnails."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.support.loaded_modules import loaded_by
from tests.support.raw_client import CGI, Client
from tests.support.sample_pictures import paint
from tui.sandbox.world import sample_pictures


async def _pushed(client: Client, kind: str, size: str, content: object = None) -> Image.Image:
    await client.http.post("/_sandbox/push", json={"type": kind, "content": content})
    message: dict[str, Any] = (await client.drain())[-1]
    query = {"MsgID": message["MsgId"], "skey": client.skey, "type": size}
    return Image.open(io.BytesIO((await client.http.get(CGI + "webwxgetmsgimg", params=query)).content))


async def test_a_picture_and_its_thumbnail_show_the_same(client: Client) -> None:
    for name, format in (("screenshot", "PNG"), ("city", "WEBP"), ("dusk", "JPEG")):
        whole = await _pushed(client, "image", "", {"picture": name})
        small = await _pushed(client, "image", "slave", {"picture": name})
        assert (whole.format, small.format, max(small.size)) == (format, "JPEG", 120)
        expected = whole.convert("RGB").resize((8, 8))
        pairs = zip(expected.tobytes(), small.convert("RGB").resize((8, 8)).tobytes(), strict=True)
        assert max(abs(one - other) for one, other in pairs) < 40
    sticker = await _pushed(client, "emoticon", "big")
    assert (sticker.format, sticker.n_frames, sticker.info["transparency"] >= 0) == ("GIF", 12, True)
    assert (await _pushed(client, "video", "slave")).size == (120, 68)
    refused = await client.http.post("/_sandbox/push", json={"type": "image", "content": {"picture": "nobody's"}})
    assert refused.status_code == 400


def test_the_sandbox_starts_without_pillow() -> None:
    assert not {"PIL", "PIL.Image"} & loaded_by("tui.sandbox.server", "tui.sandbox.living")


@pytest.mark.parametrize("number", [1, 2, 77])
def test_each_message_has_bytes_of_its_own(number: int) -> None:
    for make, format in ((sample_pictures.photo, "JPEG"), (sample_pictures.sticker, "GIF")):
        assert make(number) != make(number + 3)
        image = Image.open(io.BytesIO(make(number)))
        image.load()
        assert image.format == format


def test_the_painter_paints_what_is_there(tmp_path: Path) -> None:
    paint(tmp_path)
    for path in tmp_path.iterdir():
        with (
            Image.open(path) as made,
            Image.open(Path(sample_pictures.__file__).parent / "sample_pictures" / path.name) as kept,
        ):
            assert (made.size, made.format) == (kept.size, kept.format)
