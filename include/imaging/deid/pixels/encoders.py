"""Encodes masked frames without loss: in the syntax they came in, or in JPEG 2000."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import uid
from pydicom.pixels.encoders.base import get_encoder
from pydicom.uid import UID

from include.imaging.deid.pixels.layout import Layout, UnmaskableError

WHOLE_BYTES = (8, 16)
LOSSY_JPEG = (uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit)


@dataclass(frozen=True, slots=True)
class Target:
    """What a frame is encoded as; its samples lie pixel by pixel."""

    syntax: UID
    photometric: str
    bits: int
    stored: int
    samples: int
    is_signed: bool


def becomes_rgb(layout: Layout) -> bool:
    """Return whether frames of luminance and chroma are masked and kept as RGB.

    So they are where chroma was shared or the syntax changes: PS3.3 C.8.5.6.1.2 allows
    ultrasound no YBR_FULL in JPEG 2000, and a lossless frame has chroma of its own.
    """
    if not layout.photometric.startswith("YBR_FULL"):
        return False
    return layout.photometric.endswith("422") or layout.syntax in LOSSY_JPEG


def target_of(layout: Layout, photometric: str) -> Target:
    """Return how masked frames are encoded, without loss.

    The syntax stays where its lossless form can be written bit by bit: RLE, JPEG lossless,
    JPEG 2000, JPEG-LS and HTJ2K of whole bytes. All else becomes JPEG 2000 lossless, and a lossy
    original is not lost again: what its decoder gives is kept.

    Args:
        layout: of the original.
        photometric: PhotometricInterpretation of the decoded samples.
    """
    syntax = LOSSLESS.get(layout.syntax)
    if syntax is None:
        raise UnmaskableError("the encoding is not one that is masked")
    whole = layout.stored in WHOLE_BYTES and layout.stored == layout.bits
    if syntax in (uid.JPEGLSLossless, uid.HTJ2KLossless) and not whole:
        syntax = uid.JPEG2000Lossless
    if (syntax == uid.HTJ2KLossless and photometric == "YBR_FULL") or becomes_rgb(layout):
        syntax = uid.JPEG2000Lossless
    target = Target(
        syntax, photometric, layout.bits, layout.stored, layout.samples, layout.is_signed
    )
    is_new = syntax != layout.syntax or layout.photometric != "RGB"
    if photometric == "RGB" and is_new and syntax in (uid.JPEG2000Lossless, uid.HTJ2KLossless):
        target = replace(target, photometric="YBR_RCT")
    return target


def encoded(frame: NDArray[Any], target: Target) -> bytes:
    """Return one frame's codestream; raises UnmaskableError when the encoder refuses it."""
    try:
        return ENCODERS[target.syntax](np.ascontiguousarray(frame), target)
    except (ValueError, RuntimeError, TypeError, NotImplementedError) as error:
        raise UnmaskableError("the masked pixels cannot be encoded without loss") from error


def _by_pydicom(frame: NDArray[Any], target: Target) -> bytes:
    is_rle = target.syntax == uid.RLELossless
    options: dict[str, Any] = {"planar_configuration": 0} if target.samples > 1 else {}
    stream: bytes = get_encoder(target.syntax).encode(
        frame,
        encoding_plugin="pydicom" if is_rle else "pylibjpeg",
        rows=frame.shape[0],
        columns=frame.shape[1],
        samples_per_pixel=target.samples,
        number_of_frames=1,
        bits_allocated=target.bits,
        bits_stored=target.stored,
        pixel_representation=int(target.is_signed),
        photometric_interpretation=target.photometric,
        **options,
    )
    return stream


def _jpeg_lossless(frame: NDArray[Any], target: Target) -> bytes:
    samples = frame.view(f"u{frame.itemsize}") & ((1 << target.stored) - 1)
    # A reader tells RGB by the ids of its components; neither kind is transformed. What is
    # called YCbCr gets a second Huffman table that its scan does not name (libjpeg-turbo 3).
    kind = {"RGB": "RGB", "YBR_FULL": "UNKNOWN"}.get(target.photometric)
    return bytes(
        imagecodecs.jpeg8_encode(
            samples.astype(f"u{1 if target.stored <= 8 else 2}"),
            lossless=True,
            predictor=1,
            bitspersample=target.stored,
            colorspace=kind,
            outcolorspace=kind,
        )
    )


def _jpeg_ls(frame: NDArray[Any], target: Target) -> bytes:
    return bytes(imagecodecs.jpegls_encode(frame.view(f"u{frame.itemsize}")))


def _htj2k(frame: NDArray[Any], target: Target) -> bytes:
    return bytes(imagecodecs.htj2k_encode(frame, reversible=True))


LOSSLESS = {
    uid.RLELossless: uid.RLELossless,
    uid.JPEGLossless: uid.JPEGLossless,
    uid.JPEGLosslessSV1: uid.JPEGLosslessSV1,
    uid.JPEG2000Lossless: uid.JPEG2000Lossless,
    uid.JPEG2000: uid.JPEG2000Lossless,
    uid.JPEGLSLossless: uid.JPEGLSLossless,
    uid.JPEGLSNearLossless: uid.JPEGLSLossless,
    uid.HTJ2KLossless: uid.HTJ2KLossless,
    uid.HTJ2KLosslessRPCL: uid.HTJ2KLossless,
    uid.HTJ2K: uid.HTJ2KLossless,
    uid.JPEGBaseline8Bit: uid.JPEG2000Lossless,
    uid.JPEGExtended12Bit: uid.JPEG2000Lossless,
}
ENCODERS = {
    uid.RLELossless: _by_pydicom,
    uid.JPEG2000Lossless: _by_pydicom,
    uid.JPEGLossless: _jpeg_lossless,
    uid.JPEGLosslessSV1: _jpeg_lossless,
    uid.JPEGLSLossless: _jpeg_ls,
    uid.HTJ2KLossless: _htj2k,
}
