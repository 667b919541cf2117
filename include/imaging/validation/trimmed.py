"""Whether trimmed pixel data differs from the original's only where that held no pixel."""

from __future__ import annotations

from include.imaging.validation.compressed import Encapsulated, Image
from include.imaging.validation.foreign import foreign_segments, tail


def starts_alike(old: memoryview, new: memoryview, length: int) -> bool:
    """Return whether native pixels of a length are equal; what follows is checked elsewhere."""
    return len(old) == len(new) and length > 0 and bytes(old[:length]) == bytes(new[:length])


def is_blanked(old: Encapsulated, new: Encapsulated) -> bool:
    """Return whether images are equal but for zeros where the old ones held something foreign.

    Fragments are of the same lengths; the Basic Offset Table is the same or empty.
    """
    if old.items != new.items or new.table not in (old.table, b""):
        return False
    pairs = zip(old.images, new.images, strict=False)
    return len(old.images) == len(new.images) and all(
        one.data == other.data or _blanked(one) == other.data for one, other in pairs
    )


def _blanked(image: Image) -> bytearray:
    copy = bytearray(image.data)
    with memoryview(copy) as view:
        blank = Image(view, is_jpeg=image.is_jpeg, segments=image.segments, end=image.end)
        for part in [*foreign_segments(blank), tail(blank)]:
            part[:] = bytes(len(part))
    return copy
