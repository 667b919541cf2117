"""The fast path from an object's bytes to its rewritten ones: the common encodings alone."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from pydicom.uid import AllTransferSyntaxes

from include.imaging.deid.marks import Marks, encoded_file_meta
from include.imaging.deid.memory import Memories
from include.imaging.deid.opened import Opened, opened
from include.imaging.deid.patients import Patients
from include.imaging.deid.pixels.glance import check_pixels
from include.imaging.deid.pixels.masked_header import masked_header
from include.imaging.deid.pixels.rules import Verdict
from include.imaging.deid.pixels.streamed import StreamedMask, streamed_mask
from include.imaging.deid.rewriter import Rewriting
from include.imaging.deid.rules import Place, Rules
from include.imaging.deid.scene import Characters, Scene, Telling, characters_of
from include.imaging.deid.series import Header, LatestSeries
from include.imaging.deid.sources import Source
from include.imaging.deid.telling import TellingAttributes
from include.imaging.deid.values import Values
from include.imaging.deid.written import WrittenHeader, counted, lost
from include.imaging.dicom.explicit import DoubtError
from include.imaging.dicom.forms import EXPLICIT, IMPLICIT
from include.imaging.dicom.uids import is_standard, is_valid

# Implicit and Explicit VR Little Endian, and every syntax that encapsulates pixels in the latter
# (PS3.5 A.1, A.2, A.4).
OWNED = {
    uid.encode(): IMPLICIT if uid.is_implicit_VR else EXPLICIT
    for uid in AllTransferSyntaxes
    if uid.is_little_endian and not uid.is_deflated
}
CHARACTER_SET, SOP_CLASS, SOP_INSTANCE = 0x00080005, 0x00080016, 0x00080018
MODALITY, PATIENT_ID = 0x00080060, 0x00100020
STUDY, SERIES, SERIES_NUMBER = 0x0020000D, 0x0020000E, 0x00200011
REQUIRED = (SOP_CLASS, SOP_INSTANCE, SERIES, STUDY)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A rewritten object: its bytes before and behind the pixels, which stay where they are.

    `value` gives a top-level value of the output by its tag, b"" where there is none. `mask`
    is what is hidden of the pixels, None for nothing.
    """

    head: bytes
    pixels: tuple[int, int]
    tail: bytes
    transfer_syntax_uid: str
    actions: dict[str, int]
    unfit: frozenset[str]
    value: Callable[[int], bytes]
    verdict: Verdict
    mask: StreamedMask | None

    def pieces(self, source: Source) -> Iterator[bytes | memoryview]:
        """Yield the whole file in pieces; each is good until the next one is asked for."""
        yield self.head
        start, stop = self.pixels
        if self.mask is not None:
            yield from self.mask.pieces(source, start, stop)
        elif stop > start:
            yield from source.pieces(start, stop)
        if self.tail:
            yield self.tail

    def whole(self, source: Source) -> bytes:
        """Return the whole file."""
        if self.mask is None:
            return b"".join(self.pieces(source))
        target = io.BytesIO()
        target.writelines(self.pieces(source))
        return target.getvalue()


class FastPath:
    """Applies compiled rules to bytes; leaves whatever is not as most writers write it to others.

    `judged` gives the verdict on an object whose pixels need no decoding, None for any other.
    """

    def __init__(
        self,
        rules: Rules,
        values: Values,
        patients: Patients,
        marks: Marks,
        judged: Callable[[Opened], Verdict | None],
    ) -> None:
        self._rules = rules
        self._values = values
        self._patients = patients
        self._marks, self._kept_marks = marks.encoded, marks.kept
        self._judged = judged
        self._memories = Memories()
        self._series = LatestSeries(shares_private=not rules.keeps_private)
        self._telling = TellingAttributes(rules)

    def rewrite(self, source: Source) -> Rewritten:
        """Return the rewritten object.

        Raises DoubtError for one that the careful path must see, and WalkError for one that is
        to be held back.
        """
        found = opened(source, OWNED, self._series)
        sop_class = self._required(found.header)
        verdict = self._judged(found)
        if verdict is None or any(map(found.header.get, self._kept_marks)):
            raise DoubtError
        check_pixels(source, found)
        scene = self._scene(found, sop_class)
        mask = streamed_mask(found, verdict) if verdict.is_changed else None
        if verdict.regions:
            found = masked_header(found)
        return self._rewritten(found, Place(sop_class), scene, verdict, mask)

    def _required(self, header: Header) -> str:
        """Return the SOP class; DoubtError where an object lacks a UID, or has a strange one."""
        if not all(_is_uid(header.value(tag)) for tag in REQUIRED):
            raise DoubtError
        sop_class = _text(header.value(SOP_CLASS))
        if not is_standard(sop_class):
            raise DoubtError
        return sop_class

    def _scene(self, found: Opened, sop_class: str) -> Scene:
        header, characters, patient = found.header, Characters(), ""
        if (terms := header.get(CHARACTER_SET)) is not None:
            characters = characters_of(terms[1])
        if (said := header.get(PATIENT_ID)) is not None:
            vr, value = said
            if vr != b"LO" or not value.isascii() or b"\\" in value or b"\x1b" in value:
                raise DoubtError
            patient = value.decode("ascii")
        telling: Iterable[Telling] = ()
        if self._patients.cleans_texts:
            told = self._telling.in_spans
            telling = told(found.form, header.data, header.elements, sop_class)
        return self._patients.scene(patient, _text(header.value(STUDY)), characters, telling)

    def _rewritten(
        self, found: Opened, place: Place, scene: Scene, verdict: Verdict, mask: StreamedMask | None
    ) -> Rewritten:
        form, header, pixels = found.form, found.header, found.pixels
        memory = self._memories.of(scene, form)
        rewriting = Rewriting(self._rules, self._values, scene, memory, form)
        own = rewriting.elements(header.data, header.own, place)
        rewriting.name(header.own, own)
        together = rewriting.together(header.common, place, self._marks[form.name])
        behind = rewriting.elements(found.tail, found.tail_elements, place)
        done = WrittenHeader(header, own, together)
        class_and_instance = done.value(SOP_CLASS), done.value(SOP_INSTANCE)
        meta = encoded_file_meta(*class_and_instance, found.transfer_syntax)
        return Rewritten(
            head=b"".join((meta, *done.parts(), pixels.header if pixels else b"")),
            pixels=(pixels.start, pixels.stop) if pixels else (0, 0),
            tail=b"".join([part for part, _, _ in behind]),
            transfer_syntax_uid=found.transfer_syntax.decode(),
            actions=counted([*own, *behind], together.actions),
            unfit=together.lost | lost([*own, *behind]),
            value=done.value,
            verdict=verdict,
            mask=mask,
        )


@lru_cache(maxsize=8192)
def _is_uid(value: bytes) -> bool:
    """Return whether an encoded value is one UID, as PS3.5 9.1 wants it, and padded as UIDs are."""
    return is_valid(value.decode("ascii", "replace").rstrip("\0"))


def _text(value: bytes) -> str:
    return value.decode("ascii", "replace").strip(" \0")
