"""Reader of pictures: Pillow with the decoders of five formats and no other, and the limits of what is decoded."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from itertools import islice
from typing import Final

import msgspec
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from tui.services.pictures.child_protocol import (
    FORMATS,
    MOST_FRAMES,
    MOST_MILLISECONDS,
    MOST_SIDE,
    Flaw,
    FlawKind,
)

MOST_JPEG: Final = 300_000_000
"""Pixels that the header of a JPEG may tell: it is decoded at a fraction of its size."""
MOST_PIXELS: Final = 50_000_000
"""Pixels that are decoded: 200 MB at four bytes."""

_ORIENTATION: Final = 0x0112
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_REDUCED: Final = ("L", "RGB", "RGBA", "CMYK", "LA")
_SIDEWAYS: Final = 5
"""Orientations from this one on change width and height."""


def restrict() -> None:
    """Leave Pillow the decoders of our formats; those of others, and programs that it would start, are out of reach."""
    # The plain reader: Pillow's own would hand a JPEG of several pictures to another plugin.
    plain = (JpegImagePlugin.JpegImageFile, PngImagePlugin.PngImageFile, GifImagePlugin.GifImageFile)
    readers = {one.format: one for one in (*plain, WebPImagePlugin.WebPImageFile, BmpImagePlugin.BmpImageFile)}
    accepts = {name: Image.OPEN[name][1] for name in readers if name is not None}
    Image.OPEN.clear()
    Image.OPEN.update({name: (readers[name], accept) for name, accept in accepts.items()})
    Image.ID[:] = list(Image.OPEN)
    Image._initialized = 2
    Image.MAX_IMAGE_PIXELS = None  # The limits are ours.
    GifImagePlugin.LOADING_STRATEGY = GifImagePlugin.LoadingStrategy.RGB_ALWAYS
    warnings.simplefilter("ignore")
    # Imported by Pillow when the first EXIF data is read; it would then be a format that is opened.
    assert TiffImagePlugin


def samples() -> list[bytes]:
    """Return a small picture of each format, with two frames where it can have them."""
    found = []
    pair = [Image.new("RGBA", (12, 12), color) for color in ((200, 30, 30, 255), (30, 30, 200, 0))]
    for name in FORMATS:
        file = io.BytesIO()
        if name in ("GIF", "PNG", "WEBP"):
            pair[0].save(file, name, save_all=True, append_images=pair[1:])
        else:
            pair[0].convert("RGB").save(file, name)
        found.append(file.getvalue())
    return found


class Unshown(Exception):
    """Raised for a picture that is not shown."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.kind.value)
        self.flaw = flaw


class OpenPicture(msgspec.Struct, frozen=True):
    """Picture of which the header was read; `width` and `height` as it is to be seen."""

    image: Image.Image
    format: str
    width: int
    height: int
    orientation: int

    @property
    def sideways(self) -> bool:
        """True when it lies on its side in the file."""
        return self.orientation >= _SIDEWAYS

    @property
    def animated(self) -> bool:
        """True when it has more than one frame."""
        return bool(getattr(self.image, "is_animated", False))


def opened(data: bytes) -> OpenPicture:
    """Read the header of a picture. Raises `Unshown`."""
    if not data:
        raise Unshown(Flaw(FlawKind.EMPTY))
    try:
        image = Image.open(io.BytesIO(data), formats=list(FORMATS))
    except Exception:
        # Pillow raises whatever a damaged header makes it stumble over.
        raise Unshown(Flaw(FlawKind.UNREADABLE)) from None
    format = image.format or ""
    width, height = image.size
    most = MOST_JPEG if format == "JPEG" else MOST_PIXELS
    if max(width, height) > MOST_SIDE or width * height > most:
        raise Unshown(Flaw(FlawKind.TOO_MANY_PIXELS, width, height))
    if width < 1 or height < 1:
        raise Unshown(Flaw(FlawKind.BROKEN))
    orientation = _orientation(image)
    if orientation >= _SIDEWAYS:
        width, height = height, width
    return OpenPicture(image, FORMATS[format], width, height, orientation)


def _orientation(image: Image.Image) -> int:
    """Return how the picture is turned, as EXIF counts it; 1 for not at all."""
    if image.format not in ("JPEG", "PNG", "WEBP") or (image.format == "PNG" and "exif" not in image.info):
        # Of a PNG that has none, Pillow would look behind the pixels, and decode them before their time.
        return 1
    try:
        found = image.getexif().get(_ORIENTATION, 1)
    except Exception:
        # Whatever stands there, it is no reason not to show the picture.
        return 1
    return found if isinstance(found, int) and found in _TURNS else 1


def frames(picture: OpenPicture, wanted: int, near: tuple[int, int]) -> Iterator[tuple[Image.Image, int]]:
    """Yield frames as RGBA, and how many milliseconds each stands; at least one. Raises `Unshown`.

    `near`: pixels that are needed; a large JPEG is decoded at a fraction of its size that is not below.
    """
    image = picture.image
    if image.format == "JPEG":
        image.draft("RGB", near[::-1] if picture.sideways else near)
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise Unshown(Flaw(FlawKind.TOO_MANY_PIXELS, picture.width, picture.height))
    for number in islice(range(MOST_FRAMES), wanted):
        try:
            if number:
                image.seek(number)
            frame = _loaded(image, near) if number else _loaded_as_far_as_it_goes(image, near)
        except (MemoryError, Unshown):
            raise
        except Exception:
            # Pillow raises whatever a damaged file makes it stumble over.
            if number:
                return
            raise Unshown(Flaw(FlawKind.BROKEN)) from None
        if picture.orientation != 1:
            frame = frame.transpose(_TURNS[picture.orientation])
        yield frame, _milliseconds(image)
        if not picture.animated:
            return


def _loaded(image: Image.Image, near: tuple[int, int]) -> Image.Image:
    image.load()
    many = min(image.width, image.height) // max(near)
    if many > 1 and image.mode in _REDUCED:
        # Of many pixels the mean is as good, and soon done.
        image = image.reduce(many)
    if image.mode.startswith("I"):
        # Sixteen bits of grey.
        image = image.convert("I").point(lambda value: value / 256, "L")
    return image.convert("RGBA")


def _loaded_as_far_as_it_goes(image: Image.Image, near: tuple[int, int]) -> Image.Image:
    """Return the first frame. One that is cut off is shown if at least half of it is there. Raises `Unshown`."""
    try:
        return _loaded(image, near)
    except OSError:
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            frame = _loaded(image, near)
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False
    if _is_one_color(frame.crop((0, frame.height // 2, frame.width, frame.height))):
        raise Unshown(Flaw(FlawKind.CUT_OFF))
    return frame


def _is_one_color(image: Image.Image) -> bool:
    """Return True for what has not come: decoders leave it black, clear or grey."""
    return all(low == high for low, high in (band.getextrema() for band in image.split()))


def _milliseconds(image: Image.Image) -> int:
    """Return how long a frame stands. As in browsers, what says less than two hundredths of a second stands a tenth."""
    told = image.info.get("duration", 0)
    found = int(told) if isinstance(told, int | float) and 0 <= told < 1e6 else 0
    return min(found, MOST_MILLISECONDS) if found >= 20 else 100
