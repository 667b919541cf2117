"""Checks that a mask hid its regions and nothing else, by bytes or by decoding both objects."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import RLELossless

from include.imaging.deid.pixels.regions import Region
from include.imaging.findings import finding
from include.imaging.model import Finding, Stage
from include.imaging.validation.masked_bytes import is_proven


def masked_pixels(original: bytes, made: bytes, regions: Iterable[Region]) -> tuple[Finding, ...]:
    """Return PIXELS_CHANGED unless the regions, and they alone, are blackened in every frame.

    Unless the bytes alone prove it (`is_proven`), both files are decoded frame by frame,
    whatever their encoding: there are as many frames of the same size, all samples outside of
    the regions are equal (as RGB, where luminance and chroma became that), and all pixels inside
    are one value. Never raises on what the files hold: what cannot be decoded counts as changed.
    """
    wanted = tuple(regions)
    try:
        if is_proven(original, made, wanted):
            return ()
        wrong = _difference(_read(original), _read(made), wanted)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a decoder's own error may quote values: only the fact leaves
        wrong = "they cannot be decoded"
    return (finding("PIXELS_CHANGED", Stage.VALIDATE, wrong),) if wrong else ()


def _difference(before: Dataset, after: Dataset, regions: tuple[Region, ...]) -> str:
    hidden: NDArray[np.bool_] | None = None
    masked: bytes | None = None
    raw = _has_chroma(before) == _has_chroma(after)
    for old, new in zip_longest(_frames(before, raw=raw), _frames(after, raw=raw)):
        if old is None or new is None:
            return "another number of frames"
        if old.shape != new.shape or old.dtype != new.dtype:
            return "frames of another size"
        hidden = _hidden(old.shape[:2], regions) if hidden is None else hidden
        if old[~hidden].tobytes() != new[~hidden].tobytes():  # bytes: NaN is equal to itself
            return "outside of the masked regions"
        inside = new[hidden]
        if len(inside):
            masked = inside[:1].tobytes() if masked is None else masked
            if inside.tobytes() != masked * len(inside):
                return "the masked regions are not of one value"
    return "" if hidden is not None else "there are no frames"


def _hidden(shape: tuple[int, ...], regions: tuple[Region, ...]) -> NDArray[np.bool_]:
    hidden = np.zeros(shape, bool)
    for region in regions:
        down = slice(max(region.top, 0), max(region.bottom, 0))
        hidden[down, max(region.left, 0) : max(region.right, 0)] = True
    return hidden


def _has_chroma(dataset: Dataset) -> bool:
    return str(dataset.PhotometricInterpretation).startswith("YBR_FULL")


def _frames(dataset: Dataset, *, raw: bool) -> Iterator[NDArray[Any]]:
    syntax = dataset.file_meta.TransferSyntaxUID
    plugin = "pydicom" if syntax == RLELossless else "pylibjpeg" if syntax.is_encapsulated else ""
    for frame, _ in get_decoder(syntax).iter_array(dataset, raw=raw, decoding_plugin=plugin):
        yield frame


def _read(data: bytes) -> Dataset:
    return dcmread(io.BytesIO(data), force=True)
