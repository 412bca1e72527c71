"""Bytes that a picture in the log costs on the line, by each way that it can go; and ms of the event loop for it.

The pictures go through the decoding child, in the room that the log gives them, and through a frame. `image` is written
once, `cells` each time that they are drawn anew.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import random
from time import thread_time

from PIL import Image, ImageDraw, ImageFilter
from rich.color import ColorSystem
from rich.segment import Segment

from tui.services.pictures.decoder import Decoder
from tui.services.pictures.drawn import Drawn, PictureForm
from tui.terminal.frame import Frame
from tui.terminal.graphics.half_blocks import MOST_BYTES
from tui.terminal.graphics.kitty_images import image_pieces
from tui.terminal.graphics.placed_picture import MOST_KITTY_BYTES, placed_blocks, placed_image, thumbnail_box
from tui.terminal.graphics.reach import Graphics, PicturesBy, Seen, decide
from tui.terminal.graphics.terminal_report import TerminalName, TerminalQuery
from tui.terminal.passthrough import Multiplexer

COLUMNS, ROWS = 64, 12
SIZE = (800, 600)


def noise() -> Image.Image:
    return Image.frombytes("RGB", SIZE, random.Random(1).randbytes(SIZE[0] * SIZE[1] * 3))


def photo() -> Image.Image:
    """Soft light and grain."""
    small = Image.frombytes("RGB", (16, 12), random.Random(2).randbytes(16 * 12 * 3))
    return Image.blend(small.resize(SIZE).filter(ImageFilter.GaussianBlur(20)), noise(), 0.08)


def screenshot() -> Image.Image:
    image = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(image)
    for y in range(20, 580, 24):
        draw.text((30, y), f"{y:04} the quick brown fox jumps over the lazy dog " * 2, fill="black")
    return image


def sticker() -> Image.Image:
    image = Image.new("RGBA", (240, 240), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((20, 20, 220, 220), fill=(255, 200, 40, 255))
    return image


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def ways() -> dict[str, tuple[Graphics, Multiplexer]]:
    kitty = decide(Seen(Multiplexer.NOTHING, "xterm", 0, TerminalName("kitty", (1, 0)), cell=(10, 20)))
    blocks = {colors: decide(Seen(Multiplexer.NOTHING, "xterm", colors), PicturesBy.BLOCKS) for colors in (0, 256)}
    return {
        "kitty": (kitty, Multiplexer.NOTHING),
        "kitty in tmux": (kitty, Multiplexer.TMUX),
        "half blocks": (blocks[0], Multiplexer.NOTHING),
        "half blocks, 256": (blocks[256], Multiplexer.NOTHING),
    }


def image_bytes(drawn: Drawn, graphics: Graphics, through: Multiplexer) -> int:
    if graphics.log is not PictureForm.KITTY:
        return 0
    pieces = image_pieces(drawn.frames[0].data, 0xFFFFFF, drawn.columns, drawn.rows, through)
    return sum(len(piece) + len(TerminalQuery.STATUS.value) for piece in pieces)


def cell_bytes(drawn: Drawn, graphics: Graphics, through: Multiplexer) -> tuple[int, float]:
    """Bytes of a frame that draws it over text, and the ms that it takes."""
    colors = ColorSystem.EIGHT_BIT if graphics.colors else ColorSystem.TRUECOLOR
    frame = Frame(120, 40, colors, inherits=through is not Multiplexer.TMUX)
    frame.write([(0, y, [Segment("x" * 120)]) for y in range(40)], None, synchronized=False)
    begin = thread_time()
    if graphics.log is PictureForm.KITTY:
        placed = placed_image(drawn, 0xFFFFFF)
    else:
        placed = placed_blocks(drawn, 0, graphics.colors, MOST_BYTES)
    strips = [(30, 5 + y, list(strip)) for y, strip in enumerate(placed.strips())]
    text = frame.write(strips, None, synchronized=False)
    return len(text.encode()), 1000 * (thread_time() - begin)


async def measure() -> bool:
    """Print a row for each way and picture; return whether all keep to their limit."""
    decoder, fits = Decoder(), True
    print(f"{'way':18}{'picture':12}{'cells':>8}{'image':>9}{'cells':>9}{'sum':>9}{'limit':>9}{'ms':>7}")
    for way, (graphics, through) in ways().items():
        for make in (noise, photo, screenshot, sticker):
            box = thumbnail_box(graphics, COLUMNS, ROWS)
            assert box is not None
            drawn = await decoder.draw(png(make()), box)
            once = image_bytes(drawn, graphics, through)
            cells, ms = cell_bytes(drawn, graphics, through)
            limit = MOST_KITTY_BYTES if once else MOST_BYTES
            fits &= (once or cells) <= limit
            shape = f"{drawn.columns}x{drawn.rows}"
            print(f"{way:18}{make.__name__:12}{shape:>8}{once:9}{cells:9}{once + cells:9}{limit:9}{ms:7.1f}")
    await decoder.close()
    return fits


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()
    return 0 if asyncio.run(measure()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
