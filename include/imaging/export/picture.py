"""What a frame looks like as a PNG: the rule of scaling, windowing and colour."""

from __future__ import annotations

from dataclasses import dataclass

import libjpeg.utils
import numpy as np
import openjpeg.utils
from pydicom import Dataset
from pydicom.multival import MultiValue
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, convert_color_space

from include.imaging.dicom.silence import silenced
from include.imaging.export import syntaxes
from include.imaging.export.frames import Frame, Pixels
from include.imaging.export.metadata import Instance

FULL_16, FULL_8 = 0xFFFF, 0xFF
COLOUR = frozenset({"YBR_FULL", "YBR_FULL_422"})


class NoPictureError(Exception):
    """No PNG can be made of the frame; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Picture:
    """Samples of a PNG; a stored value is `sample * slope + intercept`, rounded.

    `note` is '' where every stored value can be had back exactly.
    """

    samples: Pixels
    slope: float = 1.0
    intercept: float = 0.0
    note: str = ""


def pixels_of(frame: Frame, instance: Instance) -> Pixels:
    """Return a frame's pixels, of a kept one by a decoder of its syntax; NoPictureError."""
    if syntaxes.is_video(instance.stored_syntax):
        raise NoPictureError("VIDEO")
    if syntaxes.is_blob(instance):
        raise NoPictureError("BLOB")
    if frame.pixels is not None:
        return frame.pixels
    if instance.stored_syntax in syntaxes.NATIVE:
        return _native(frame.stored, instance)
    try:
        with silenced():
            if instance.stored_syntax in syntaxes.OPENJPEG:
                return np.asarray(openjpeg.utils.decode(frame.stored))
            if instance.stored_syntax == syntaxes.JPEG_BASELINE:
                return np.asarray(libjpeg.utils.decode(frame.stored))
    except Exception:  # noqa: BLE001 - any fault of the codec
        raise NoPictureError("FRAME_UNDECODABLE") from None
    raise NoPictureError("NO_DECODER")


def lossless(pixels: Pixels, instance: Instance, dataset: Dataset) -> Picture:
    """Return the stored values: of 8 bits in 8, of more in 16.

    Signed values are moved up by half their range. Values of more than 16 bits are moved down
    to the lowest where their range allows it, else scaled to 65,535. Luminance and
    chrominance become RGB, a palette is applied: both are noted.
    """
    if pixels.ndim == 3:
        return _colour(pixels, instance)
    if instance.attributes.get("PhotometricInterpretation") == "PALETTE COLOR":
        return Picture(_through_palette(pixels, dataset), note="palette applied")
    return _grey(pixels, instance)


def displayed(pixels: Pixels, instance: Instance, dataset: Dataset) -> Picture:
    """Return what a viewer shows, in 8 bits.

    Rescaled (PS3.3 C.11.1), windowed by the first window (C.11.2.1.2, LINEAR) or from the
    lowest to the highest value where there is none, MONOCHROME1 inverted.
    """
    if pixels.ndim == 3 or dataset.get("PhotometricInterpretation") == "PALETTE COLOR":
        made = lossless(pixels, instance, dataset)
        return Picture(_eight_bits(made.samples), note="for display")
    try:
        with silenced():
            grey = _windowed(apply_modality_lut(pixels, dataset), dataset)
    except Exception:  # noqa: BLE001 - any fault of a LUT or window
        raise NoPictureError("WINDOW") from None
    if instance.attributes.get("PhotometricInterpretation") == "MONOCHROME1":
        grey = 1 - grey
    return Picture(np.rint(grey * FULL_8).astype(np.uint8), note="for display")


def _grey(pixels: Pixels, instance: Instance) -> Picture:
    kind, width = pixels.dtype.kind, pixels.dtype.itemsize
    if kind not in "iu":
        raise NoPictureError("FLOAT_PIXELS")
    if width <= 2:
        if kind == "u":
            return Picture(pixels)
        half = 1 << (8 * width - 1)
        moved = (pixels.astype(np.int32) + half).astype(f"u{width}")
        return Picture(moved, intercept=-half)
    low, high = int(pixels.min()), int(pixels.max())
    if high - low <= FULL_16:
        return Picture((pixels.astype(np.int64) - low).astype(np.uint16), intercept=low)
    slope = (high - low) / FULL_16
    samples = np.rint((pixels.astype(np.float64) - low) / slope).astype(np.uint16)
    return Picture(samples, slope, low, note="scaled to 16 bits")


def _colour(pixels: Pixels, instance: Instance) -> Picture:
    if pixels.dtype.kind != "u" or pixels.shape[2] != 3:
        raise NoPictureError("COLOUR_NOT_KNOWN")
    note = ""
    photometric = str(instance.attributes.get("PhotometricInterpretation") or "RGB")
    if photometric in COLOUR:
        if pixels.dtype.itemsize > 1:
            raise NoPictureError("COLOUR_NOT_KNOWN")
        pixels, note = convert_color_space(pixels, "YBR_FULL", "RGB"), "converted to RGB"
    if pixels.dtype.itemsize <= 2:
        return Picture(pixels, note=note)
    high = int(pixels.max()) or 1
    scale = max(high / FULL_16, 1.0)
    samples = np.rint(pixels / scale).astype(np.uint16)
    return Picture(samples, scale, note=note if scale == 1.0 else "scaled to 16 bits")


def _native(stored: bytes, instance: Instance) -> Pixels:
    """Return the pixels of a frame that is stored as native pixel data (PS3.5 8.1.1)."""
    rows, columns = instance.number("Rows", 0), instance.number("Columns", 0)
    samples = instance.number("SamplesPerPixel", 1)
    bits, count = instance.number("BitsAllocated", 0), rows * columns * samples
    if bits == 1:
        single = np.unpackbits(np.frombuffer(stored, np.uint8), bitorder="little")[:count]
    elif bits in (8, 16, 32):
        kind = "i" if instance.number("PixelRepresentation", 0) else "u"
        single = np.frombuffer(stored, f"<{kind}{bits // 8}")
    else:
        raise NoPictureError("BITS_ALLOCATED")
    if single.size != count or not count:
        raise NoPictureError("FRAME_LENGTH")
    if samples == 1:
        return single.reshape(rows, columns)
    if instance.number("PlanarConfiguration", 0) == 1:
        return np.moveaxis(single.reshape(samples, rows, columns), 0, -1)
    return single.reshape(rows, columns, samples)


def _through_palette(pixels: Pixels, dataset: Dataset) -> Pixels:
    try:
        return np.asarray(apply_color_lut(pixels, dataset))
    except Exception:  # noqa: BLE001 - any fault of a palette
        raise NoPictureError("PALETTE") from None


def _eight_bits(samples: Pixels) -> Pixels:
    return samples if samples.dtype.itemsize == 1 else (samples >> 8).astype(np.uint8)


def _windowed(values: Pixels, dataset: Dataset) -> Pixels:
    """Return the values from 0 to 1 by the first window, else from lowest to highest."""
    centers, widths = dataset.get("WindowCenter"), dataset.get("WindowWidth")
    if centers is None or widths is None:
        low, width = float(values.min()), float(values.max() - values.min())
    else:
        center = float(centers[0] if isinstance(centers, MultiValue) else centers)
        width = float(widths[0] if isinstance(widths, MultiValue) else widths) - 1
        low = center - 0.5 - width / 2
    return np.asarray(np.clip((values - low) / (width if width > 0 else 1.0), 0, 1))
