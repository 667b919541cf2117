"""Package images encoded anew, in transfer syntaxes the packages ship for no importable image."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import imagecodecs
import pydicom
from pydicom.encaps import encapsulate
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, HTJ2KLossless, JPEGLosslessSV1

from include.demo.sources import SourceFile
from include.demo.variants import with_own_uids


@dataclass(frozen=True, slots=True)
class Encoding:
    """One image to be made: of which file, in which transfer syntax, its frame by which encoder."""

    name: str
    source: str
    syntax: UID
    encode: Callable[[Any], bytes] | None


def _htj2k(frame: Any) -> bytes:
    return bytes(imagecodecs.htj2k_encode(frame, reversible=True))


def _jpeg_lossless(frame: Any) -> bytes:
    return bytes(imagecodecs.ljpeg_encode(frame.view("uint16"), bitspersample=16))


ENCODINGS = (
    Encoding(
        "CT_small_deflated.dcm", "test_files/CT_small.dcm", DeflatedExplicitVRLittleEndian, None
    ),
    Encoding("MR_small_htj2k.dcm", "test_files/MR_small.dcm", HTJ2KLossless, _htj2k),
    Encoding(
        "MR_small_jpeg_lossless.dcm", "test_files/MR_small.dcm", JPEGLosslessSV1, _jpeg_lossless
    ),
)


def encodings(sources: Mapping[str, bytes]) -> list[SourceFile]:
    """Return the images of `ENCODINGS`, lossless and with UIDs of their own, below encodings/."""
    return [
        SourceFile(f"encodings/{made.name}", _encoded(sources[made.source], made))
        for made in ENCODINGS
    ]


def _encoded(content: bytes, made: Encoding) -> bytes:
    dataset = pydicom.dcmread(io.BytesIO(with_own_uids(content, made.name)))
    if made.encode is not None:
        dataset.PixelData = encapsulate([made.encode(dataset.pixel_array)])
        dataset["PixelData"].VR = "OB"
        dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = made.syntax
    written = io.BytesIO()
    dataset.save_as(written, enforce_file_format=True)
    return written.getvalue()
