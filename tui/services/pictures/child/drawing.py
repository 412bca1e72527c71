"""A picture in the form that a terminal is given, within its limits of colours and bytes."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from math import sqrt
from typing import Final

from PIL import Image

from tui.services.pictures.child import half_blocks, sixel
from tui.services.pictures.child.fitting import Fit, fitted, shrunk
from tui.services.pictures.child.reading import OpenPicture, Unshown, frames, opened
from tui.services.pictures.child_protocol import Flaw, FlawKind
from tui.services.pictures.drawn import Drawn, PictureBox, PictureForm, PictureFrame

Still = tuple[Image.Image, int]
"""Frame in RGBA, and its milliseconds."""

FRAME_SECONDS: Final = 2.0
"""Seconds of the processor after which no other frame is read: what has come so far is shown."""
_COLORS: Final = {
    PictureForm.BLOCKS: (0, 128, 64, 32),
    PictureForm.KITTY: (0, 256, 128, 64, 32),
    PictureForm.SIXEL: (0, 64),
}
"""Colours of the palette that are tried one after another; 0 is no palette, or the largest."""
_FEW_COLORS: Final = 32
"""Colours once pixels are given up: before that, more colours are worth more."""
_HOPELESS: Final = 6
"""Times the bytes that there are from which on fewer colours alone are not tried."""
_TRIES: Final = 8
"""Sizes that are tried then."""


def draw(data: bytes, box: PictureBox) -> Drawn:
    """Return a file's picture as it is drawn in a box. Raises `Unshown`."""
    picture = opened(data)
    fit = fitted(picture.width, picture.height, box)
    wanted = max(1, box.frames)
    # Twice the pixels: the better filter sees them all.
    until = time.process_time() + FRAME_SECONDS
    stills: list[Still] = []
    for frame, milliseconds in frames(picture, wanted, (fit.width * 2, fit.height * 2)):
        stills.append((_scaled(frame, fit), milliseconds))
        if time.process_time() > until:
            break
    drawn, fit = _encoded(stills, picture, box, fit)
    return Drawn(
        picture.format,
        picture.width,
        picture.height,
        fit.columns,
        fit.rows,
        drawn,
        picture.animated and _has_more(picture, len(stills)),
        box.form,
    )


def _has_more(picture: OpenPicture, seen: int) -> bool:
    try:
        picture.image.seek(seen)
    except Exception:
        # Pillow raises whatever a damaged file makes it stumble over: then there is no other frame.
        return False
    return True


def _scaled(image: Image.Image, fit: Fit) -> Image.Image:
    if image.size == (fit.width, fit.height):
        return image
    return image.resize((fit.width, fit.height), Image.Resampling.LANCZOS, reducing_gap=2.0)


def _encoded(
    stills: list[Still], picture: OpenPicture, box: PictureBox, fit: Fit
) -> tuple[tuple[PictureFrame, ...], Fit]:
    """Encode every frame; where that is too much, with fewer colours, then with fewer pixels."""
    spent = 0
    for colors in _COLORS[box.form]:
        found, spent = _tried(stills, box, fit, colors)
        if found:
            return found, fit
        if spent > box.most_bytes * _HOPELESS:
            break
    share = 1.0
    for _try in range(_TRIES):
        # By what it cost, and a little less.
        share *= min(0.9, max(0.3, 0.95 * sqrt(box.most_bytes / spent)))
        fit = shrunk(picture.width, picture.height, box, share)
        found, spent = _tried(stills, box, fit, _FEW_COLORS)
        if found:
            return found, fit
    raise Unshown(Flaw(FlawKind.TOO_LARGE, picture.width, picture.height))


def _tried(stills: list[Still], box: PictureBox, fit: Fit, colors: int) -> tuple[tuple[PictureFrame, ...], int]:
    """Encode every frame; none where they are too much, and what they cost, or will have cost."""
    encode, cost = _ENCODERS[box.form]
    encoded: list[PictureFrame] = []
    spent = 0
    for number, (image, milliseconds) in enumerate(stills, 1):
        data = encode(_scaled(image, fit), fit, box, colors)
        encoded.append(PictureFrame(data, milliseconds))
        spent += cost(data, fit, box)
        if box.most_bytes and spent > box.most_bytes:
            return (), spent * len(stills) // number
    return tuple(encoded), spent


def _png(image: Image.Image, fit: Fit, box: PictureBox, colors: int) -> bytes:
    opaque = image.getchannel("A").getextrema()[0] == 255
    if opaque:
        image = image.convert("RGB")
    if colors:
        method = Image.Quantize.MEDIANCUT if opaque else Image.Quantize.FASTOCTREE
        image = image.quantize(colors, method, dither=Image.Dither.NONE)
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=9 if box.most_bytes else 6)
    return file.getvalue()


def _length(data: bytes, fit: Fit, box: PictureBox) -> int:
    return len(data)


Encoder = Callable[[Image.Image, Fit, PictureBox, int], bytes]
Cost = Callable[[bytes, Fit, PictureBox], int]

_ENCODERS: Final[dict[PictureForm, tuple[Encoder, Cost]]] = {
    PictureForm.BLOCKS: (half_blocks.encode, half_blocks.cost),
    PictureForm.KITTY: (_png, _length),
    PictureForm.SIXEL: (sixel.encode, _length),
}
