"""Small but valid media, made in code from a number: the same number gives the same bytes."""

from __future__ import annotations

import random
import struct
import zlib

MP3_FRAME = b"\xff\xfb\x90\x00" + bytes(413)
"""Silent frame: MPEG-1 layer 3, 128 kbit/s, 44.1 kHz, 417 bytes, 26 ms."""


def png(number: int, width: int = 24, height: int = 24) -> bytes:
    """Return a PNG, half of it mirrored, so that two avatars can be told apart."""
    rng = random.Random(number)
    ink, paper = rng.randbytes(3), b"\xf0\xf0\xf0"
    cell = max(1, width // 6)
    across, down = width // cell + 1, height // cell + 1
    grid = [[rng.random() < 0.5 for _ in range(across)] for _ in range(down)]
    rows = bytearray()
    for y in range(height):
        rows += b"\0"
        for x in range(width):
            rows += ink if grid[y // cell][min(x, width - 1 - x) // cell] else paper
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(kind, data) for kind, data in parts)


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def jpeg(number: int, blocks: int = 4) -> bytes:
    """Return a grey baseline JPEG of `blocks` x `blocks` squares of 8 pixels.

    Its Huffman tables are its own: nine DC categories as four-bit codes and an AC table of only "end of block".
    """
    rng = random.Random(number)
    bits, last = "", 0
    for _ in range(blocks * blocks):
        level = rng.randrange(-120, 120)
        difference, last = level - last, level
        size = abs(difference).bit_length()
        bits += f"{size:04b}"
        if size:
            bits += format(difference if difference > 0 else difference + (1 << size) - 1, f"0{size}b")
        bits += "0"
    bits += "1" * (-len(bits) % 8)
    scan = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    pixels = blocks * 8
    dc = bytes([0, 0, 0, 9, *[0] * 12, *range(9)])
    ac = bytes([1, *[0] * 15, 0])
    return b"".join(
        (
            b"\xff\xd8",
            _jpeg_segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"),
            _jpeg_segment(0xDB, b"\0" + bytes([8]) * 64),
            _jpeg_segment(0xC0, struct.pack(">BHHBBBB", 8, pixels, pixels, 1, 1, 0x11, 0)),
            _jpeg_segment(0xC4, b"\0" + dc),
            _jpeg_segment(0xC4, b"\x10" + ac),
            _jpeg_segment(0xDA, b"\1\1\0\0\x3f\0"),
            scan,
            b"\xff\xd9",
        )
    )


def _jpeg_segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def gif(number: int, size: int = 16, frames: int = 2) -> bytes:
    """Return an animated GIF, two colours, whose LZW stream clears its table before it would grow."""
    rng = random.Random(number)
    parts = [b"GIF89a" + struct.pack("<HHBBB", size, size, 0x80, 0, 0), rng.randbytes(3), b"\xff\xff\xff"]
    parts.append(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0")
    for _ in range(frames):
        parts.append(b"\x21\xf9\x04\0" + struct.pack("<H", 40) + b"\0\0")
        parts.append(b"\x2c" + struct.pack("<HHHHB", 0, 0, size, size, 0) + b"\x02")
        pixels = [rng.randrange(2) for _ in range(size * size)]
        codes = [code for pair in zip(pixels[::2], pixels[1::2], strict=True) for code in (4, *pair)]
        packed = 0
        for place, code in enumerate([*codes, 5]):
            packed |= code << (3 * place)
        data = packed.to_bytes((len(codes) + 1) * 3 // 8 + 1, "little")
        parts += [bytes([len(data[at : at + 255])]) + data[at : at + 255] for at in range(0, len(data), 255)]
        parts.append(b"\0")
    return b"".join(parts) + b"\x3b"


def mp3(milliseconds: int) -> bytes:
    """Return silence of about this length."""
    return MP3_FRAME * max(1, milliseconds // 26)


def mp4(number: int, size: int = 4096) -> bytes:
    """Return an MP4: a movie header, and `size` bytes of data that no player needs to understand."""
    header = _box(b"ftyp", b"isom\0\0\2\0isomiso2mp41")
    movie = _box(b"moov", _box(b"mvhd", bytes(12) + struct.pack(">II", 1000, 3000) + bytes(80)))
    return header + movie + _box(b"mdat", random.Random(number).randbytes(size))


def _box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data) + 8) + kind + data
