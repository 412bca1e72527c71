"""Painter of the pictures that people in the sandbox send: `python -m tests.support.sample_pictures [FOLDER]`.

They are files of the package: the sandbox starts without Pillow, and every version of Pillow shows the same.
"""

from __future__ import annotations

import math
import random
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from tui.sandbox.world import sample_pictures

Color = tuple[int, int, int]
FOLDER = Path(sample_pictures.__file__).parent / "sample_pictures"


def gradient(size: tuple[int, int], *colors: Color) -> Image.Image:
    """Colours from top to bottom."""
    column = Image.new("RGB", (1, len(colors)))
    column.putdata(colors)
    return column.resize((1, size[1]), Image.Resampling.BICUBIC).resize(size)


def ridge(size: tuple[int, int], seed: int, base: float, rough: float) -> list[tuple[float, float]]:
    """The outline of mountains."""
    rng = random.Random(seed)
    waves = [(rng.uniform(0.5, 5), rng.uniform(0, 6.3), rng.uniform(0.2, 1)) for _ in range(7)]
    line = []
    for x in range(0, size[0] + 4, 4):
        height = sum(math.sin(x / size[0] * 6.3 * pace + start) * part / pace for pace, start, part in waves)
        line.append((float(x), size[1] * (base - rough * height)))
    return [*line, (size[0], size[1]), (0, size[1])]


def landscape(
    size: tuple[int, int], seed: int, sky: tuple[Color, ...], sun: tuple[float, float], ink: Color
) -> Image.Image:
    """Mountains, a sun, and a lake in which they are seen."""
    wide, high = size
    shore = int(high * 0.68)
    image = gradient((wide, shore), *sky)
    light = Image.new("L", image.size)
    x, y, radius = sun[0] * wide, sun[1] * shore, wide / 18
    ImageDraw.Draw(light).ellipse((x - radius * 3, y - radius * 3, x + radius * 3, y + radius * 3), fill=110)
    light = light.filter(ImageFilter.GaussianBlur(radius))
    ImageDraw.Draw(light).ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    image.paste((255, 246, 214), (0, 0), light.filter(ImageFilter.GaussianBlur(1.5)))
    draw = ImageDraw.Draw(image)
    for number, (base, rough) in enumerate(((0.62, 0.16), (0.78, 0.13), (0.92, 0.09))):
        far = 1 - number / 2.6
        color = tuple(int(part * (1 - far) * 0.6 + haze * far * 0.8) for part, haze in zip(ink, sky[-1], strict=True))
        draw.polygon(ridge(image.size, seed * 10 + number, base, rough), fill=color)
    whole = Image.new("RGB", size)
    whole.paste(image, (0, 0))
    water = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM).crop((0, 0, wide, high - shore))
    water = Image.blend(water.filter(ImageFilter.GaussianBlur(1.2)), Image.new("RGB", water.size, ink), 0.25)
    rng = random.Random(seed)
    ripples = ImageDraw.Draw(water)
    for _ in range(120):
        at, down = rng.randrange(wide), rng.randrange(4, water.height)
        length = 6 + down // 3
        ripples.line(
            (at, down, at + length, down), fill=tuple(min(255, part + 26) for part in water.getpixel((at, down)))
        )
    whole.paste(water, (0, shore))
    return whole


def text_screenshot() -> Image.Image:
    """A window with a build's output in it."""
    image = Image.new("RGB", (640, 400), (246, 246, 248))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 640, 34), fill=(58, 62, 74))
    for number, color in enumerate(((237, 106, 94), (245, 191, 79), (98, 197, 84))):
        draw.ellipse((14 + number * 22, 11, 26 + number * 22, 23), fill=color)
    small, large = ImageFont.load_default(15), ImageFont.load_default(22)
    draw.text((250, 8), "release 2.4 - build", font=small, fill=(230, 230, 235))
    draw.text((24, 50), "Build finished: 3 warnings", font=large, fill=(30, 30, 34))
    lines = (
        ("compile  src/parser/tokens.c", "ok", (60, 150, 70)),
        ("compile  src/net/session.c", "ok", (60, 150, 70)),
        ("test     test_reconnect", "ok", (60, 150, 70)),
        ("test     test_names", "ok", (60, 150, 70)),
        ("warn     deprecated call, poll.c:214", "3 x", (200, 120, 20)),
        ("link     build/release/app", "ok", (60, 150, 70)),
        ("upload   to staging", "failed", (200, 50, 50)),
    )
    for number, (words, state, color) in enumerate(lines):
        top = 96 + number * 36
        if number % 2 == 0:
            draw.rectangle((16, top - 6, 624, top + 26), fill=(235, 236, 240))
        draw.text((28, top), words, font=small, fill=(50, 52, 60))
        draw.text((540, top), state, font=small, fill=color)
    draw.rounded_rectangle((24, 354, 616, 378), 10, fill=(222, 224, 230))
    draw.rounded_rectangle((24, 354, 520, 378), 10, fill=(76, 132, 235))
    return image.quantize(64, dither=Image.Dither.NONE)


def city() -> Image.Image:
    """Houses at night."""
    image = gradient((560, 420), (12, 16, 44), (38, 30, 80), (120, 60, 110), (222, 124, 96))
    draw = ImageDraw.Draw(image)
    rng = random.Random(5)
    for _ in range(90):
        x, y = rng.randrange(560), rng.randrange(180)
        draw.point((x, y), fill=(220, 220, 240))
    for row in range(3):
        x = -10
        while x < 560:
            wide, high = rng.randrange(34, 76), rng.randrange(110, 250) - row * 40
            shade = 44 - row * 14
            draw.rectangle((x, 420 - high, x + wide, 420), fill=(shade, shade, shade + 18))
            for wx in range(x + 6, x + wide - 6, 11):
                for wy in range(420 - high + 8, 412, 15):
                    if rng.random() < 0.42:
                        draw.rectangle(
                            (wx, wy, wx + 5, wy + 7),
                            fill=rng.choice(((255, 220, 130), (255, 190, 90), (150, 180, 220))),
                        )
            x += wide + rng.randrange(0, 8)
    return image


def sticker() -> list[Image.Image]:
    """A face that jumps and waves, on nothing."""
    frames = []
    for step in range(12):
        turn = step / 12 * 2 * math.pi
        large = Image.new("RGBA", (480, 480), (0, 0, 0, 0))
        draw = ImageDraw.Draw(large)
        up = abs(math.sin(turn)) * 70
        squeeze = 1 - abs(math.sin(turn)) * 0.08
        top, bottom = 130 - up, 430 - up
        draw.ellipse((150 - up / 2, 446, 330 + up / 2, 470), fill=(120, 120, 120, 255))
        draw.ellipse(
            (90 / squeeze, top, 480 - 90 / squeeze, bottom),
            fill=(255, 206, 58, 255),
            outline=(150, 100, 10, 255),
            width=9,
        )
        for x in (185, 295):
            draw.ellipse((x - 20, top + 95, x + 20, top + 145), fill=(70, 44, 10, 255))
            draw.ellipse((x - 10, top + 102, x + 4, top + 118), fill=(255, 255, 255, 255))
        draw.chord(
            (175, top + 140, 305, top + 245), 0, 180, fill=(180, 40, 50, 255), outline=(90, 30, 10, 255), width=7
        )
        arm = math.sin(turn * 2) * 40
        draw.line((400, top + 150, 450, top + 40 + arm), fill=(150, 100, 10, 255), width=22)
        draw.ellipse(
            (430, top + 5 + arm, 476, top + 51 + arm), fill=(255, 206, 58, 255), outline=(150, 100, 10, 255), width=7
        )
        small = large.resize((160, 160), Image.Resampling.BOX)
        # A GIF's pixel is there or not: half transparent ones would become a fringe of other colours.
        small.putalpha(small.getchannel("A").point([0] * 128 + [255] * 128))
        frames.append(small)
    return frames


def beach() -> Image.Image:
    """A still of a video: the sea, and a ball."""
    image = gradient(
        (480, 270), (80, 160, 230), (150, 205, 245), (30, 130, 180), (40, 150, 190), (236, 214, 160), (226, 200, 140)
    )
    draw = ImageDraw.Draw(image)
    for number in range(5):
        top = 118 + number * 9
        draw.arc((-60 + number * 37, top, 540, top + 22), 180, 360, fill=(225, 240, 250), width=2)
    draw.ellipse((330, 176, 396, 242), fill=(250, 250, 250))
    for start in range(0, 360, 120):
        draw.pieslice((330, 176, 396, 242), start, start + 60, fill=(220, 50, 60))
    return image


def paint(folder: Path) -> None:
    """Write all of them."""
    folder.mkdir(exist_ok=True)
    morning = ((255, 170, 110), (255, 205, 150), (255, 232, 200))
    noon = ((70, 140, 220), (140, 190, 240), (215, 232, 246))
    dusk = ((40, 34, 90), (120, 70, 130), (244, 150, 120))
    size = (640, 480)
    landscape(size, 3, morning, (0.32, 0.42), (70, 50, 60)).save(folder / "sunrise.jpg", quality=82)
    landscape(size, 8, noon, (0.72, 0.24), (30, 66, 60)).save(folder / "lake.jpg", quality=82)
    landscape((480, 640), 5, dusk, (0.55, 0.6), (34, 24, 56)).save(folder / "dusk.jpg", quality=82)
    text_screenshot().save(folder / "screenshot.png", optimize=True)
    city().save(folder / "city.webp", quality=80, method=6)
    beach().save(folder / "still.jpg", quality=82)
    small = landscape((240, 160), 8, noon, (0.72, 0.24), (30, 66, 60))
    small.quantize(64, dither=Image.Dither.FLOYDSTEINBERG).save(folder / "photo.png", optimize=True)
    frames = sticker()
    frames[0].save(folder / "sticker.gif", save_all=True, append_images=frames[1:], duration=70, loop=0, disposal=2)


if __name__ == "__main__":
    paint(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
