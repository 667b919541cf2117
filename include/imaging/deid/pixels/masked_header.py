"""What the mask of an object changes in its header, on the fast path."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace

from pydicom.datadict import tag_for_keyword

from include.imaging.deid.opened import Opened
from include.imaging.deid.pixels.masking import STALE
from include.imaging.deid.series import Header
from include.imaging.dicom.explicit import DoubtError

BURNED_IN_ANNOTATION = 0x00280301
_STALE = frozenset(map(tag_for_keyword, STALE))


def masked_header(found: Opened) -> Opened:
    """Return an object whose header says of masked pixels what `mask` says of them.

    What is only true of the unmasked image is gone, and no text is burned in: it shares no
    stretches with its series any more. Raises DoubtError where the object says that in another
    VR than its own.
    """
    header = found.header
    elements = [span for span in header.elements if span[0] not in _STALE]
    place = bisect_left(elements, (BURNED_IN_ANNOTATION,))
    is_said = place < len(elements) and elements[place][0] == BURNED_IN_ANNOTATION
    if is_said and elements.pop(place)[1] != b"CS":
        raise DoubtError
    start = len(header.data)
    says_no = found.form.encoded(BURNED_IN_ANNOTATION, b"CS", b"NO")
    stop = start + len(says_no)
    elements.insert(place, (BURNED_IN_ANNOTATION, b"CS", start, stop - 2, stop))
    return replace(found, header=Header(header.data + says_no, elements, header.end))
