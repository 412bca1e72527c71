"""Messages that have a picture to show."""

from __future__ import annotations

from tui.wire.bodies import Body, Emoticon, Image, Video


def has_picture(body: Body) -> bool:
    """Return whether a message of this body has a picture: an image, a sticker, the still of a video."""
    return isinstance(body, Image | Emoticon | Video)
