"""A picture in the form that a terminal is given, within its limits of colours and bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Final

from PIL import Image

from tui.services.pictures.child import half_blocks, sixel
from tui.services.pictures.child.fitting import Fit, fitted, shrunk
from tui.services.pictures.child.reading import OpenPicture, Unshown, frames, opened
from tui.services.pictures.child_protocol import Flaw, FlawKind
from tui.services.pictures.drawn import Drawn, PictureBox, PictureForm, PictureFrame

Still = tuple[Image.Image, int]
"""Frame in RGBA, and its milliseconds."""

_COLORS: Final = (0, 256, 128, 64, 32, 16)
"""Colours of the palette that are tried one after another; 0 is no palette."""
_SHARES: Final = (1.0, 0.8, 0.64, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05)
"""Shares of width and height that are tried when few colours are not enough."""
_LEAST_COLORS: Final = (32, 16)
"""Colours that are tried once pixels are given up: before that, more colours are worth more."""


def draw(data: bytes, box: PictureBox) -> Drawn:
    """Return a file's picture as it is drawn in a box. Raises `Unshown`."""
    picture = opened(data)
    fit = fitted(picture.width, picture.height, box)
    wanted = max(1, box.frames)
    # Twice the pixels: the better filter sees them all.
    stills = [
        (_scaled(frame, fit), milliseconds)
        for frame, milliseconds in frames(picture, wanted, (fit.width * 2, fit.height * 2))
    ]
    drawn, fit = _encoded(stills, picture, box, fit)
    return Drawn(
        picture.format,
        picture.width,
        picture.height,
        fit.columns,
        fit.rows,
        drawn,
        picture.animated and _has_more(picture, len(stills)),
    )


def _has_more(picture: OpenPicture, seen: int) -> bool:
    try:
        picture.image.seek(seen)
    except Exception:
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
    encode, cost = _ENCODERS[box.form]
    for share in _SHARES:
        smaller = fit if share == 1.0 else shrunk(picture.width, picture.height, box, share)
        made = [(_scaled(image, smaller), milliseconds) for image, milliseconds in stills]
        for colors in _COLORS if share == 1.0 else _LEAST_COLORS:
            encoded: list[PictureFrame] = []
            spent = 0
            for image, milliseconds in made:
                data = encode(image, smaller, box, colors)
                encoded.append(PictureFrame(data, milliseconds))
                spent += cost(data, smaller, box)
                if box.most_bytes and spent > box.most_bytes:
                    break
            else:
                return tuple(encoded), smaller
    raise Unshown(Flaw(FlawKind.TOO_LARGE, picture.width, picture.height))


def reduced(image: Image.Image, colors: int) -> Image.Image:
    """Return a picture in RGBA with at most so many colours, still in RGBA."""
    return image.quantize(colors, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).convert("RGBA")


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
