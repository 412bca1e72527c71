"""Small pictures of pictures, as `type=slave` gives them: JPEGs of at most 120 pixels.

Pillow is imported when the first is asked for.
"""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

from tui.sandbox.world.media_bytes import Media

MOST = 120
"""Pixels of the longer side."""
_LARGEST = 64 * 1024
"""Bytes of what is no picture: it is given as its own small one, so that a test can order a hostile one."""
_REMEMBERED = 64


def thumbnail(media: Media) -> bytes:
    """Return the small picture of an image; blocks. What Pillow cannot read is given back, or its beginning."""
    return _made(media.md5, media.path, media.data)


@lru_cache(maxsize=_REMEMBERED)
def _made(_md5: str, path: Path | None, data: bytes) -> bytes:
    from PIL import Image, ImageOps

    whole = data if path is None else path.read_bytes()
    try:
        opened = Image.open(io.BytesIO(whole), formats=("JPEG", "PNG", "GIF", "WEBP", "BMP"))
        opened.draft("RGB", (MOST * 2, MOST * 2))
        opened.thumbnail((MOST, MOST))
        image = ImageOps.exif_transpose(opened).convert("RGBA")
    except Exception:
        # Pillow raises whatever a damaged file makes it stumble over.
        return whole[:_LARGEST]
    paper = Image.new("RGBA", image.size, (255, 255, 255, 255))
    paper.alpha_composite(image)
    file = io.BytesIO()
    paper.convert("RGB").save(file, "JPEG", quality=75)
    return file.getvalue()
