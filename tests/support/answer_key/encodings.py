"""Transfer syntaxes of the objects: mostly Explicit VR, some Implicit VR, RLE and JPEG 2000."""

from __future__ import annotations

import imagecodecs
import numpy as np
from pydicom.encaps import encapsulate
from pydicom.uid import (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
)

from tests.support.answer_key.draft import Draft

COMPRESSIBLE = frozenset({8, 16})


def choose(draft: Draft) -> None:
    """Give the object its transfer syntax, and its pixels their encoding."""
    chance = draft.random.random()
    if chance < 0.72:
        draft.syntax = ExplicitVRLittleEndian
    elif chance < 0.86 or draft.dataset.get("BitsAllocated") not in COMPRESSIBLE:
        draft.syntax = ImplicitVRLittleEndian
    elif chance < 0.93:
        _compressed(draft, RLELossless)
    else:
        _compressed(draft, JPEG2000Lossless)


def _compressed(draft: Draft, syntax: str) -> None:
    item = draft.dataset
    kind = np.uint8 if item.BitsAllocated == 8 else np.dtype("<u2")
    frames = np.frombuffer(item.PixelData, kind).reshape(-1, item.Rows, item.Columns)
    item.PixelData = encapsulate([_frame(frame, syntax) for frame in frames])
    item["PixelData"].VR = "OB"
    item["PixelData"].is_undefined_length = True
    draft.syntax = syntax


def _frame(frame: np.ndarray, syntax: str) -> bytes:
    if syntax == JPEG2000Lossless:
        stream = bytes(
            imagecodecs.jpeg2k_encode(frame, codecformat="j2k", reversible=True, level=0)
        )
    else:
        stream = _rle(frame)
    return stream + b"\0" * (len(stream) % 2)


def _rle(frame: np.ndarray) -> bytes:
    """Return one frame as PS3.5 Annex G has it: a segment a byte, the highest first."""
    planes = frame.reshape(-1).view(np.uint8).reshape(-1, frame.itemsize)[:, ::-1]
    segments = []
    for plane in planes.T:
        rows = plane.reshape(frame.shape[0], -1)
        packed = b"".join(_literal(bytes(row)) for row in rows)
        segments.append(packed + b"\x80" * (len(packed) % 2))
    offsets, at = [], 64
    for segment in segments:
        offsets.append(at)
        at += len(segment)
    header = np.array([len(segments), *offsets, *[0] * (15 - len(segments))], "<u4")
    return header.tobytes() + b"".join(segments)


def _literal(row: bytes) -> bytes:
    runs = [row[start : start + 128] for start in range(0, len(row), 128)]
    return b"".join(bytes([len(run) - 1]) + run for run in runs)
