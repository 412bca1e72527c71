"""What an emulator shows, as a PNG for a person to look at; tests read its cells instead."""

from __future__ import annotations

import contextlib
import io
import re
import zlib
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont
from pyte.graphics import FG_BG_256
from pyte.screens import Char
from wcwidth import wcwidth

from tests.support.kitty_images import PLACEHOLDER, KittyImage
from tests.support.screen_svg import BLOCKS, EDGES
from tests.support.terminal_emulator import Emulator

Color = tuple[int, int, int]
DARK: Final[tuple[Color, Color]] = (0xD7, 0xDB, 0xD8), (0x14, 0x18, 0x1A)
LIGHT: Final[tuple[Color, Color]] = (0x1F, 0x26, 0x24), (0xFB, 0xFB, 0xF9)
"""Letters and paper."""
_FONTS = Path("/usr/share/fonts/opentype/noto")
_MONO_SC = 7
"""Noto Sans Mono CJK SC in the collections of Noto Sans CJK."""
_SHADES = {"░": 0.25, "▒": 0.5, "▓": 0.75}


def png(emulator: Emulator, path: Path, *, paper: tuple[Color, Color] = DARK) -> None:
    """Save a picture of the screen."""
    across, down = emulator.cell
    picture = Image.new("RGB", (emulator.columns * across, emulator.lines * down), paper[1])
    painter = _Painter(picture, emulator.cell, paper)
    images = {number: _decoded(image) for number, image in emulator.images.items()}
    parts = emulator.parts()
    for y in range(emulator.lines):
        for x, cell in enumerate(emulator.row(y)):
            painter.cell(x, y, cell)
            part = parts.get((x, y))
            image = emulator.images.get(part.image) if part is not None else None
            if part is not None and image is not None and image.grid is not None:
                fitted = _fitted(images, part.image, image.grid, emulator.cell)
                left, top = part.column * across, part.row * down
                piece = fitted.crop((left, top, left + across, top + down))
                picture.paste(piece, (x * across, y * down), piece)
    for sixel in emulator.sixels:
        drawn = sixel_pixels(sixel.body)
        for x, y in sixel.cells:
            left, top = (x - sixel.x) * across, (y - sixel.y) * down
            piece = drawn.crop((left, top, left + across, top + down))
            picture.paste(piece, (x * across, y * down), piece)
    if not emulator.cursor.hidden:
        left, top = emulator.cursor.x * across, emulator.cursor.y * down
        painter.draw.rectangle((left, top, left + 1, top + down - 1), fill=paper[0])
    picture.save(path)


class _Painter:
    """Draws cells of text."""

    def __init__(self, picture: Image.Image, cell: tuple[int, int], paper: tuple[Color, Color]) -> None:
        self.draw = ImageDraw.Draw(picture)
        self.cell_size = cell
        self.paper = paper
        self.fonts = {(wide, bold): _font(cell[0], wide=wide, bold=bold) for wide in (0, 1) for bold in (0, 1)}

    def cell(self, x: int, y: int, cell: Char) -> None:
        across, down = self.cell_size
        ink, ground = (_rgb(cell.fg, self.paper[0]), _rgb(cell.bg, self.paper[1]))
        if cell.reverse:
            ink, ground = ground, ink
        if cell.blink:
            ink = _between(ink, ground, 0.5)
        left, top = x * across, y * down
        if ground != self.paper[1] and cell.data:
            wide = 2 if _is_wide(cell.data) else 1
            self.draw.rectangle((left, top, left + across * wide - 1, top + down - 1), fill=ground)
        text = cell.data
        if text in BLOCKS:
            self._block(BLOCKS[text], left, top, ink)
        elif text in EDGES:
            self._edges(EDGES[text], left, top, ink)
        elif text in _SHADES:
            color = _between(ground, ink, _SHADES[text])
            self.draw.rectangle((left, top, left + across - 1, top + down - 1), fill=color)
        elif text.strip() and not text.startswith(PLACEHOLDER):
            font = self.fonts[_is_wide(text), cell.bold]
            self.draw.text((left, top + down * 0.78), text, fill=ink, font=font, anchor="ls")
        if cell.underscore:
            wide = 2 if _is_wide(cell.data) else 1
            self.draw.line((left, top + down - 2, left + across * wide - 1, top + down - 2), fill=ink)

    def _block(self, box: tuple[float, float, float, float], left: int, top: int, ink: Color) -> None:
        across, down = self.cell_size
        x, y, width, height = box
        edges = (left + x * across, top + y * down, left + (x + width) * across - 1, top + (y + height) * down - 1)
        self.draw.rectangle(tuple(map(round, edges)), fill=ink)

    def _edges(self, sides: str, left: int, top: int, ink: Color) -> None:
        across, down = self.cell_size
        middle = left + across // 2, top + down // 2
        ends = {
            "n": (middle[0], top),
            "s": (middle[0], top + down - 1),
            "w": (left, middle[1]),
            "e": (left + across - 1, middle[1]),
        }
        for side in sides:
            self.draw.line((middle, ends[side]), fill=ink)


def _font(across: int, *, wide: int, bold: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font for characters of one or two cells, so large that they fill them."""
    narrow = f"DejaVuSansMono{'-Bold' if bold else ''}.ttf", round(across / 0.602), 0
    collection = str(_FONTS / f"NotoSansCJK-{'Bold' if bold else 'Regular'}.ttc"), across * 2, _MONO_SC
    for name, size, index in (collection, narrow) if wide else (narrow, collection):
        with contextlib.suppress(OSError):
            return ImageFont.truetype(name, size, index=index, layout_engine=ImageFont.Layout.BASIC)
    return ImageFont.load_default()


def _is_wide(text: str) -> bool:
    return wcwidth(text[0]) == 2


def _rgb(color: str, default: Color) -> Color:
    if color == "default":
        return default
    hexadecimal = FG_BG_256[int(color[1:])] if color.startswith("@") else color
    red, green, blue = bytes.fromhex(hexadecimal)
    return red, green, blue


def _between(one: Color, other: Color, share: float) -> Color:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


# ---------------------------------------------------------------- images


def _decoded(image: KittyImage) -> Image.Image:
    if image.is_png:
        return Image.open(io.BytesIO(image.data)).convert("RGBA")
    data = image.data
    if data[:1] == b"\x78":
        data = zlib.decompress(data)
    mode = "RGBA" if len(data) == image.width * image.height * 4 else "RGB"
    return Image.frombytes(mode, (image.width, image.height), data).convert("RGBA")


def _fitted(images: dict[int, Image.Image], number: int, grid: tuple[int, int], cell: tuple[int, int]) -> Image.Image:
    """The image as kitty scales it: as large as the cells allow, in their middle."""
    box = grid[0] * cell[0], grid[1] * cell[1]
    image = images[number]
    if image.size != box:
        scale = min(box[0] / image.width, box[1] / image.height)
        size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        canvas = Image.new("RGBA", box)
        canvas.paste(image.resize(size), ((box[0] - size[0]) // 2, (box[1] - size[1]) // 2))
        images[number] = image = canvas
    return image


_SIXEL_TOKEN = re.compile(r'"[\d;]+|#(\d+)(?:;2;(\d+);(\d+);(\d+))?|!(\d+)([?-~])|([?-~])|([$-])|[\s]')


def sixel_pixels(body: str) -> Image.Image:
    """The picture of what stands behind the `q` of a sixel sequence; it raises ValueError where that is no sixel."""
    header = re.match(r'"\d+;\d+;(\d+);(\d+)', body)
    if header is None:
        raise ValueError("no size")
    picture = Image.new("RGBA", (int(header[1]), int(header[2])))
    pixels = picture.load()
    assert pixels is not None
    colors: dict[int, tuple[int, int, int, int]] = {}
    color, x, top, at = (0, 0, 0, 255), 0, 0, 0
    while at < len(body):
        found = _SIXEL_TOKEN.match(body, at)
        if found is None:
            raise ValueError(f"no sixel: {body[at : at + 20]!r}")
        at = found.end()
        register, red, green, blue, count, repeated, single, move = found.groups()
        if register is not None:
            if red is not None:
                colors[int(register)] = (_percent(red), _percent(green), _percent(blue), 255)
            color = colors[int(register)]
        elif move:
            x = 0
            top += 6 if move == "-" else 0
        elif bits := ord(repeated or single or "?") - 63:
            for column in range(x, x + int(count or 1)):
                for row in range(6):
                    if bits >> row & 1 and column < picture.width and top + row < picture.height:
                        pixels[column, top + row] = color
        x += int(count or 1) if repeated or single else 0
    return picture


def _percent(number: str) -> int:
    return round(int(number) * 255 / 100)
