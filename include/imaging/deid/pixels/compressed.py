"""Masks compressed pixels: each frame is decoded, masked, and encoded again without loss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import RLELossless

from include.imaging.deid.pixels.black import black_of
from include.imaging.deid.pixels.codestreams import fits
from include.imaging.deid.pixels.encoders import LOSSLESS, Target, becomes_rgb, encoded, target_of
from include.imaging.deid.pixels.layout import Layout, UnmaskableError
from include.imaging.deid.pixels.regions import Region, clipped


def masked_frames(
    dataset: Dataset, layout: Layout, regions: tuple[Region, ...]
) -> tuple[list[bytes], Target]:
    """Return the codestreams of all frames with the regions blackened, and what they are.

    Other pixels are what the original decodes to, in RGB where its luminance and chroma cannot
    be kept (see `becomes_rgb`). One frame is decoded at a time. Raises UnmaskableError when
    frames are missing, or larger than the object says, or odd.
    """
    if layout.syntax not in LOSSLESS:
        raise UnmaskableError("the encoding is not one that is masked")
    check_sizes(dataset, layout)
    inside = clipped(regions, layout.rows, layout.columns)
    target: Target | None = None
    black: tuple[int | float, ...] = ()
    streams: list[bytes] = []
    for frame, photometric in _decoded(dataset, layout):
        found = target_of(layout, photometric)
        if frame.shape[:2] != (layout.rows, layout.columns) or found != (target or found):
            raise UnmaskableError("the frames are not of one kind")
        if target is None:
            target, black = found, black_of(dataset, replace(layout, photometric=photometric))
        for region in inside:
            frame[region.top : region.bottom, region.left : region.right] = (
                black if layout.samples > 1 else black[0]
            )
        streams.append(encoded(frame, target))
    if target is None or len(streams) != layout.frames:
        raise UnmaskableError("the object holds another number of frames than it says")
    return streams, target


def _decoded(dataset: Dataset, layout: Layout) -> Iterator[tuple[NDArray[Any], str]]:
    """Yield each frame's samples, pixel by pixel, and their PhotometricInterpretation."""
    plugin = "pydicom" if layout.syntax == RLELossless else "pylibjpeg"
    frames = get_decoder(layout.syntax).iter_array(
        dataset, raw=not becomes_rgb(layout), decoding_plugin=plugin
    )
    for frame, properties in frames:
        yield frame, str(properties["photometric_interpretation"])


def check_sizes(dataset: Dataset, layout: Layout) -> None:
    """Raise UnmaskableError unless every frame is of the size that the object says."""
    table = dataset.get("ExtendedOffsetTable"), dataset.get("ExtendedOffsetTableLengths")
    streams = generate_frames(
        dataset.PixelData,
        number_of_frames=layout.frames,
        extended_offsets=(table[0], table[1]) if all(table) else None,
    )
    for stream in streams:
        if not fits(stream, layout.syntax, layout.rows, layout.columns, layout.frame_bytes):
            raise UnmaskableError("a frame is of another size than the object says")
