"""PNG files of 8 or 16 bits, grey or colour (ISO/IEC 15948)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _COLOUR = 0, 2
_UP = 2
# twice as fast as the usual level, a few per cent larger
_LEVEL = 4


def png(samples: np.ndarray[Any, np.dtype[Any]], texts: Mapping[str, str]) -> bytes:
    """Return a PNG file of the samples as they are.

    Args:
        samples: uint8 or uint16, of shape (rows, columns) or (rows, columns, 3).
        texts: Latin-1 keywords and texts kept in the file (tEXt).
    """
    rows, columns = samples.shape[:2]
    kind = _COLOUR if samples.ndim == 3 else _GREY
    head = struct.pack(">LLBBBBB", columns, rows, 8 * samples.dtype.itemsize, kind, 0, 0, 0)
    told = (_chunk(b"tEXt", f"{name}\0{text}".encode("latin-1")) for name, text in texts.items())
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", head),
            *told,
            _chunk(b"IDAT", zlib.compress(_filtered(samples), _LEVEL)),
            _chunk(b"IEND", b""),
        )
    )


def _filtered(samples: np.ndarray[Any, np.dtype[Any]]) -> bytes:
    """Return the rows, each less the one above (filter type Up, clause 9), with their type."""
    big = np.ascontiguousarray(samples.astype(samples.dtype.newbyteorder(">"), copy=False))
    lines = big.view(np.uint8).reshape(samples.shape[0], -1)
    made = np.empty((lines.shape[0], lines.shape[1] + 1), np.uint8)
    made[:, 0] = _UP
    made[0, 1:] = lines[0]
    np.subtract(lines[1:], lines[:-1], out=made[1:, 1:])
    return made.tobytes()


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">L", len(data)) + body + struct.pack(">L", zlib.crc32(body))
