"""The two lossless codecs that frames are stored in, safe among threads from the first call on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import imagecodecs
import numpy as np

HTJ2K = "HTJ2K"
JPEG_2000 = "JPEG_2000_LOSSLESS"


@dataclass(frozen=True)
class Codec:
    """An encoder without loss (of arrays, C order) and its decoder; both raise RuntimeError."""

    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]


def _encode_htj2k(frame: Any) -> bytes:
    return bytes(imagecodecs.htj2k_encode(frame, reversible=True))


def _encode_jpeg_2000(frame: Any) -> bytes:
    return bytes(imagecodecs.jpeg2k_encode(frame, reversible=True, codecformat="j2k"))


# by the data store's losslessStorageFormat
CODECS: Mapping[str, Codec] = {
    HTJ2K: Codec(_encode_htj2k, imagecodecs.htj2k_decode),
    JPEG_2000: Codec(_encode_jpeg_2000, imagecodecs.jpeg2k_decode),
}


def _fill_tables() -> None:
    """Have OpenJPH fill its static tables.

    Its first calls do that without a lock: of two threads that both make a first one, one works
    on half a table and gives a wrong frame. Python lets one thread only import this module.
    """
    for kind in (np.uint8, np.uint16, np.int16):
        for codec in CODECS.values():
            codec.decode(codec.encode(np.zeros((8, 8), kind)))


_fill_tables()
