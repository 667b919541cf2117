"""How an object's pixels lie in its bytes (PS3.3 C.7.6.3, PS3.5 8), unless too oddly to touch."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.dataset import Dataset
from pydicom.uid import UID

KEYWORDS = {"PixelData": 0, "FloatPixelData": 32, "DoubleFloatPixelData": 64}
SAMPLES = {
    "MONOCHROME1": 1,
    "MONOCHROME2": 1,
    "PALETTE COLOR": 1,
    "RGB": 3,
    "YBR_FULL": 3,
    "YBR_FULL_422": 3,
    "YBR_RCT": 3,
    "YBR_ICT": 3,
}
BITS = (1, 8, 16, 32)
# Of hostile objects: more is not decoded, and no console makes more.
LARGEST_FRAME_BYTES = 2**28
MOST_FRAMES = 2**20


class UnmaskableError(Exception):
    """The mask cannot be applied; the text says why, without a value of the object."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Sizes in pixels and bits; `keyword` is the attribute that holds the pixels."""

    keyword: str
    syntax: UID
    rows: int
    columns: int
    samples: int
    frames: int
    bits: int
    stored: int
    shift: int
    is_signed: bool
    is_planar: bool
    photometric: str

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame as it is decoded, whatever its encoding."""
        return -(-self.rows * self.columns * self.samples * self.bits // 8)


def layout_of(dataset: Dataset, syntax: UID) -> Layout:
    """Return how the pixels lie; raises UnmaskableError for what no mask is made for."""
    held = [word for word in KEYWORDS if word in dataset]
    if len(held) != 1:
        raise UnmaskableError("the object does not hold its pixels in one attribute")
    bits = KEYWORDS[held[0]] or _number(dataset, "BitsAllocated")
    samples, photometric = _number(dataset, "SamplesPerPixel"), _photometric(dataset)
    if SAMPLES.get(photometric) != samples:
        raise UnmaskableError("the colours of the image are of a kind that is not masked")
    stored = bits if held[0] != "PixelData" else _number(dataset, "BitsStored", bits)
    high = _number(dataset, "HighBit", stored - 1) if held[0] == "PixelData" else bits - 1
    layout = Layout(
        keyword=held[0],
        syntax=syntax,
        rows=_number(dataset, "Rows"),
        columns=_number(dataset, "Columns"),
        samples=samples,
        frames=_number(dataset, "NumberOfFrames", 1),
        bits=bits,
        stored=stored,
        shift=high + 1 - stored,
        is_signed=_number(dataset, "PixelRepresentation", 0) == 1,
        is_planar=samples > 1 and _number(dataset, "PlanarConfiguration", 0) == 1,
        photometric=photometric,
    )
    _check(layout)
    return layout


def _check(layout: Layout) -> None:
    is_float = layout.keyword != "PixelData"
    if not is_float and layout.bits not in BITS:
        raise UnmaskableError("a sample has a number of bits that is not masked")
    if not 0 < layout.stored <= layout.bits or not 0 <= layout.shift <= layout.bits - layout.stored:
        raise UnmaskableError("BitsStored or HighBit contradicts BitsAllocated")
    if layout.rows < 1 or layout.columns < 1 or not 1 <= layout.frames <= MOST_FRAMES:
        raise UnmaskableError("the image has no size")
    if layout.samples > 1 and layout.bits < 8:
        raise UnmaskableError("a coloured sample has a number of bits that is not masked")
    if layout.frame_bytes > LARGEST_FRAME_BYTES:
        raise UnmaskableError("a frame is larger than is decoded")
    if layout.syntax.is_encapsulated and (is_float or layout.shift or layout.bits < 8):
        raise UnmaskableError("the encoding holds no such pixels")


def _photometric(dataset: Dataset) -> str:
    value = dataset.get("PhotometricInterpretation")
    return value.strip(" \0").upper() if isinstance(value, str) else ""


def _number(dataset: Dataset, keyword: str, otherwise: int | None = None) -> int:
    value = dataset.get(keyword)
    if (value is None or value == "") and otherwise is not None:
        return otherwise
    if not isinstance(value, int):
        raise UnmaskableError("an attribute that says how the pixels lie is absent or no number")
    return int(value)
