import struct
import zlib
from typing import List

from cwd_server.toolkit import tool
from cwd_server.toolkit.content import Image


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@tool(read_only=True)
def bars(values: List[float], height: int = 100) -> Image:
    """Draw a bar for each of the values, none of them negative."""
    width, most = 10 * len(values), max([*values, 1])
    rows = []
    for y in range(height, 0, -1):
        pixels = [
            b"\0" * 8 + b"\xff" * 2 if value / most >= y / height else b"\xff" * 10
            for value in values
        ]
        rows.append(b"\0" + b"".join(pixels))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return Image(
        b"\x89PNG\r\n\x1a\n"
        + header
        + chunk(b"IDAT", zlib.compress(b"".join(rows)))
        + chunk(b"IEND", b"")
    )
