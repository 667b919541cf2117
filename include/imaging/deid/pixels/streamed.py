"""Masks native pixels piece by piece, on their way from a source to a file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset
from pydicom.uid import UID

from include.imaging.deid.opened import Opened
from include.imaging.deid.pixels.black import black_of
from include.imaging.deid.pixels.facts import OVERLAY_BIT_POSITION, OVERLAY_GROUPS
from include.imaging.deid.pixels.layout import Layout, layout_of
from include.imaging.deid.pixels.lines import Bytes, Lines, lines_of
from include.imaging.deid.pixels.regions import Region
from include.imaging.deid.pixels.rules import Verdict
from include.imaging.deid.pixels.unused_bits import check_overlays, clear_unused_bits
from include.imaging.deid.sources import COPY_BYTES, Source
from include.imaging.dicom.explicit import DoubtError, Span
from include.imaging.dicom.forms import IMPLICIT, Form

# What `layout_of`, `black_of` and `check_overlays` read, beside the pixels' own tag.
_DESCRIPTION = range(0x00280002, 0x00280104)
_PADDING = (0x00280120, 0x00280122, 0x00280123)
_PALETTE = range(0x00281100, 0x00281225)
# Of descriptions whose masks are remembered; only palettes make longer ones.
LONGEST_REMEMBERED = 16 * 1024
REMEMBERED = 128
# No console declares so many; of more, what is masked at once is faster.
MOST_BOXES = 512


@dataclass(frozen=True, slots=True)
class StreamedMask:
    """What is masked of an object's native pixels; unused bits of which `layout` are cleared."""

    lines: Lines
    layout: Layout | None

    def pieces(self, source: Source, start: int, stop: int) -> Iterator[memoryview]:
        """Yield the masked pixels, which lie between two offsets.

        All pieces are the same buffer of about a mebibyte, which stays in the processor's cache:
        that takes no more time than to copy, and no more memory for more pixels. Each is to be
        written before the next one is asked for.
        """
        lines = self.lines
        buffer = np.empty(max(COPY_BYTES, lines.line_bytes), np.uint8)
        for frames, first, count in lines.pieces(COPY_BYTES):
            piece = buffer[: frames * count * lines.line_bytes]
            self._fill(piece, source, start)
            lines.fill(piece, frames, first, count)
            yield piece.data
            start += len(piece)
        pad = buffer[: stop - start]
        self._fill(pad, source, start)
        yield pad.data

    def _fill(self, piece: Bytes, source: Source, start: int) -> None:
        source.fill(start, piece.data)
        if self.layout:
            clear_unused_bits(piece, self.layout)


def streamed_mask(found: Opened, verdict: Verdict) -> StreamedMask:
    """Return what a verdict masks of an object's native pixels.

    Raises DoubtError for what cannot be masked, or not as the careful path would: single bits,
    pixels that are not as long as they are said to be, descriptions that pydicom would write in
    another way.
    """
    if found.pixels is None:
        raise DoubtError
    head, told = found.header.data, filter(_is_told, found.header.elements)
    said = b"".join([head[span[2] : span[4]] for span in told])
    mask_of = _known_mask if len(said) <= LONGEST_REMEMBERED else _mask
    mask = mask_of(
        said,
        found.form,
        found.pixels.tag,
        found.transfer_syntax,
        verdict.regions,
        verdict.clears_unused_bits,
    )
    surplus = found.pixels.stop - found.pixels.start
    if mask is None or surplus - mask.lines.frames * mask.lines.frame_bytes not in (0, 1):
        raise DoubtError
    return mask


def _is_told(span: Span) -> bool:
    tag, vr = span[:2]
    if tag >> 24 == OVERLAY_GROUPS:
        return tag & 0xFFFF == OVERLAY_BIT_POSITION
    return vr != b"SQ" and (tag in _DESCRIPTION or tag in _PADDING or tag in _PALETTE)


def _mask(
    said: bytes,
    form: Form,
    tag: int,
    syntax: bytes,
    regions: tuple[Region, ...],
    clears_unused_bits: bool,
) -> StreamedMask | None:
    """Return the mask of an object by the elements that say how its pixels lie, None for none."""
    try:
        description = read_dataset(io.BytesIO(said), form is IMPLICIT, is_little_endian=True)
        description[tag] = DataElement(tag, "OW", b"")
        layout = layout_of(description, UID(syntax.decode()))
        if clears_unused_bits:
            check_overlays(description, layout)
        lines = lines_of(layout, regions, black_of(description, layout))
        del description[tag]
        is_plain = layout.bits > 1 and _written(description, form) == said
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - the careful path tells the reason, without a value
        return None
    if not is_plain or len(lines.boxes) > MOST_BOXES:
        return None
    return StreamedMask(lines, layout if clears_unused_bits else None)


_known_mask = lru_cache(REMEMBERED)(_mask)


def _written(description: Dataset, form: Form) -> bytes:
    """Return the elements as the careful path writes them: those that were decoded, anew."""
    buffer = DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = True, form is IMPLICIT
    write_dataset(buffer, description)
    return buffer.getvalue()
