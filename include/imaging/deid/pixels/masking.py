"""Hides regions of an object's pixels, in place and without loss elsewhere."""

from __future__ import annotations

from collections.abc import Iterable

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.uid import UID, JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLSNearLossless

from include.imaging.deid.pixels.black import black_of
from include.imaging.deid.pixels.compressed import masked_frames
from include.imaging.deid.pixels.encoders import Target
from include.imaging.deid.pixels.layout import Layout, UnmaskableError, layout_of
from include.imaging.deid.pixels.native import masked_bytes
from include.imaging.deid.pixels.regions import Region
from include.imaging.deid.pixels.unused_bits import check_overlays

# PS3.3 C.7.6.1.1.5.1
LOSSY_METHODS = {
    JPEGBaseline8Bit: "ISO_10918_1",
    JPEGExtended12Bit: "ISO_10918_1",
    JPEGLSNearLossless: "ISO_14495_1",
}
BASIC_TABLE_LIMIT = 2**32 - 1
ITEM_BYTES = 8
# True of the unmasked image alone.
STALE = ("SmallestImagePixelValue", "LargestImagePixelValue")
EXTENDED = ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")


def mask(dataset: Dataset, regions: Iterable[Region], *, clears_unused_bits: bool = False) -> None:
    """Blacken the regions in every frame, in place; `dataset.file_meta` names its syntax.

    Pixels outside of the regions keep the values they decode to. The transfer syntax stays where
    its lossless form can be written; else the frames become JPEG 2000 lossless, and the syntax,
    PhotometricInterpretation and PlanarConfiguration of the data set follow. Native pixels whose
    chroma two columns share (YBR_FULL_422) are masked to the next even column. With
    `clears_unused_bits`, bits above the stored ones become what they would be without an overlay
    (PS3.3 C.9.2.1.1); compressed frames lose them in any case. Raises
    UnmaskableError and leaves the data set as it was when the mask cannot be applied.
    """
    wanted = tuple(regions)
    try:
        layout = layout_of(dataset, UID(dataset.file_meta.TransferSyntaxUID))
        if clears_unused_bits:
            check_overlays(dataset, layout)
        hidden = _hidden(dataset, layout, wanted, clears_unused_bits=clears_unused_bits)
    except (UnmaskableError, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - a decoder's own error may quote values
        raise UnmaskableError("the pixels cannot be decoded") from None
    if isinstance(hidden, DataElement):
        dataset[layout.keyword] = hidden
    else:
        streams, target = hidden
        _describe(dataset, layout, target)
        _replace_frames(dataset, streams)
    if wanted:
        for keyword in STALE:
            dataset.pop(keyword, None)
        dataset.BurnedInAnnotation = "NO"


def _hidden(
    dataset: Dataset, layout: Layout, regions: tuple[Region, ...], *, clears_unused_bits: bool
) -> DataElement | tuple[list[bytes], Target]:
    """Return what takes the pixels' place: an element, or frames and how they are encoded."""
    if layout.syntax.is_encapsulated:
        return masked_frames(dataset, layout, regions)
    element = dataset[layout.keyword]
    black = black_of(dataset, layout)
    data = masked_bytes(
        element.value, layout, regions, black, element.VR, clears_unused_bits=clears_unused_bits
    )
    return DataElement(element.tag, element.VR, data)


def _replace_frames(dataset: Dataset, streams: list[bytes]) -> None:
    """Put the frames in, with the kind of offset table that the object had or that they need."""
    length = sum(len(stream) + ITEM_BYTES for stream in streams)
    if EXTENDED[0] in dataset or length > BASIC_TABLE_LIMIT:
        value, offsets, lengths = encapsulate_extended(streams)
        dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths = offsets, lengths
    else:
        value = encapsulate(streams)
    dataset.PixelData = value
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True


def _describe(dataset: Dataset, layout: Layout, target: Target) -> None:
    """Say how the frames are encoded now; a lossy original goes on saying so."""
    if layout.syntax in LOSSY_METHODS and dataset.get("LossyImageCompression") != "01":
        was = len(dataset.PixelData)
        dataset.LossyImageCompression = "01"
        dataset.LossyImageCompressionMethod = LOSSY_METHODS[layout.syntax]
        dataset.LossyImageCompressionRatio = round(layout.frame_bytes * layout.frames / was, 2)
    dataset.PhotometricInterpretation = target.photometric
    if target.syntax != layout.syntax:
        dataset.file_meta.TransferSyntaxUID = target.syntax
        if layout.samples > 1:
            dataset.PlanarConfiguration = 0
