"""How many bytes an object's native pixels take, by what its header says."""

from __future__ import annotations

from dataclasses import dataclass

# In the order of the tags: PixelData's own attribute decides unless it is a float's.
BITS_OF_FLOATS = {0x7FE00008: 32, 0x7FE00009: 64}


@dataclass(frozen=True, slots=True)
class Frames:
    """What a header says of native frames; 0 for what it does not say, or not clearly."""

    rows: int
    columns: int
    samples: int
    bits: int
    frames: int
    is_subsampled: bool

    @property
    def unsaid(self) -> tuple[str, ...]:
        """The attributes without whose word nobody knows how many bytes the pixels take."""
        is_said = {
            "Rows": self.rows,
            "Columns": self.columns,
            "SamplesPerPixel": self.samples or self.is_subsampled,
            "BitsAllocated": self.bits == 1 or (self.bits and not self.bits % 8),
            "NumberOfFrames": self.frames,
        }
        return tuple(word for word, is_so in is_said.items() if not is_so)


def native_bytes(said: Frames, held: int) -> int | None:
    """Return how many of `held` bytes are pixels (PS3.5 8.1.1, PS3.3 C.7.6.3).

    None where the header does not say; all of them where it speaks of more. Two ways of writers
    who misread the standard count as pixels where they fit exactly: chroma for every pixel though
    two should share it (YBR_FULL_422), and single bits whose frames begin at whole bytes.
    """
    area = said.rows * said.columns * said.frames
    if said.bits != 1 and said.bits % 8:
        return None  # PS3.5 8.1.1: one bit or whole bytes
    expected = -(-area * (2 if said.is_subsampled else said.samples) * said.bits // 8)
    if expected >= held:
        return held
    if not expected:
        return None
    if said.is_subsampled:
        other = area * said.samples * said.bits // 8
    elif said.bits == 1:
        other = -(-said.rows * said.columns * said.samples // 8) * said.frames
    else:
        other = expected
    # a pad byte may be any: of big endian words the last pixel stands in its place
    return held if held in (_even(expected), other, _even(other)) else expected


def _even(length: int) -> int:
    return length + length % 2
