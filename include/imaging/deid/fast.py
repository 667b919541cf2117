"""The fast path from an object's bytes to its rewritten ones: the common encodings alone."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from pydicom.uid import AllTransferSyntaxes

from include.imaging.deid.actions import Action
from include.imaging.deid.marks import Marks, encoded_file_meta
from include.imaging.deid.memory import Memories, Written
from include.imaging.deid.opened import Opened, opened
from include.imaging.deid.patients import Patients
from include.imaging.deid.pixels.glance import check_pixels
from include.imaging.deid.pixels.rules import Verdict
from include.imaging.deid.rewriter import GONE, Rewriting, with_marks
from include.imaging.deid.rules import Place, Rules
from include.imaging.deid.scene import Characters, Scene, characters_of
from include.imaging.deid.series import LatestSeries
from include.imaging.deid.sources import Source
from include.imaging.deid.telling import TellingAttributes
from include.imaging.deid.values import Values, padded
from include.imaging.dicom.explicit import DoubtError, Span
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
MODALITY, PATIENT_NAME, PATIENT_ID = 0x00080060, 0x00100010, 0x00100020
STUDY, SERIES, SERIES_NUMBER = 0x0020000D, 0x0020000E, 0x00200011
REQUIRED = (SOP_CLASS, SOP_INSTANCE, SERIES, STUDY)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A rewritten object: its bytes before and behind the pixels, which stay where they are.

    `value` gives a top-level value of the output by its tag, b"" where there is none.
    """

    head: bytes
    pixels: tuple[int, int]
    tail: bytes
    transfer_syntax_uid: str
    actions: dict[str, int]
    unfit: set[str]
    value: Callable[[int], bytes]
    verdict: Verdict

    def pieces(self, source: Source) -> Iterator[bytes | memoryview]:
        """Yield the whole file in pieces."""
        yield self.head
        start, stop = self.pixels
        if stop > start:
            yield from source.pieces(start, stop)
        if self.tail:
            yield self.tail


class FastPath:
    """Applies compiled rules to bytes; leaves whatever is not as most writers write it to others.

    `judged` gives the verdict on an object that may leave with its pixels as they are, else None.
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
        self._series = LatestSeries()
        self._telling = TellingAttributes(rules)

    def rewrite(self, source: Source) -> Rewritten:
        """Return the rewritten object.

        Raises DoubtError for one that the careful path must see, and WalkError for one that is
        to be held back.
        """
        found = opened(source, OWNED, self._series)
        at = {span[0]: span for span in found.elements}
        classes = self._required(found, at)
        verdict = self._judged(found)
        if verdict is None or any(tag in at for tag in self._kept_marks):
            raise DoubtError
        check_pixels(source, found, at)
        scene = self._scene(found, at)
        place = Place(classes)
        rewriting = Rewriting(
            self._rules, self._values, scene, self._memories.of(scene, found.form), found.form
        )
        written = rewriting.elements(found.head, found.elements, place, found.taken)
        behind = rewriting.elements(found.tail, found.tail_elements, place)
        self._name(found, written, scene)
        return self._assembled(found, written, behind, verdict)

    def _required(self, found: Opened, at: dict[int, Span]) -> str:
        """Return the SOP class; DoubtError where an object lacks a UID, or has a strange one."""
        for tag in REQUIRED:
            span = at.get(tag)
            if span is None or not _is_uid(found.head[span[3] : span[4]]):
                raise DoubtError
        sop_class = _text(found.head, at[SOP_CLASS])
        if not is_standard(sop_class):
            raise DoubtError
        return sop_class

    def _scene(self, found: Opened, at: dict[int, Span]) -> Scene:
        characters, patient = Characters(), ""
        if (span := at.get(CHARACTER_SET)) is not None:
            characters = characters_of(found.head[span[3] : span[4]])
        if (span := at.get(PATIENT_ID)) is not None:
            value = found.head[span[3] : span[4]]
            if span[1] != b"LO" or not value.isascii() or b"\\" in value or b"\x1b" in value:
                raise DoubtError
            patient = value.decode("ascii")
        sop_class, study = (_text(found.head, at[tag]) for tag in (SOP_CLASS, STUDY))
        telling = self._telling.in_spans(found.form, found.head, found.elements, sop_class)
        return self._patients.scene(patient, study, characters, telling)

    def _name(self, found: Opened, written: list[Written], scene: Scene) -> None:
        """Put the pseudonym in the place of the patient's name."""
        for number, span in enumerate(found.elements):
            if span[0] == PATIENT_NAME:
                name = found.form.encoded(PATIENT_NAME, b"PN", padded(scene.pseudonym.encode()))
                written[number] = (name, *written[number][1:])
                return

    def _assembled(
        self, found: Opened, written: list[Written], behind: list[Written], verdict: Verdict
    ) -> Rewritten:
        tags = [span[0] for span in found.elements]
        parts = [part for part, _, _ in written]

        def value(tag: int) -> bytes:
            place = bisect_left(tags, tag)
            if place == len(tags) or tags[place] != tag or not parts[place]:
                return b""
            span = found.elements[place]
            return parts[place][span[3] - span[2] :].rstrip(b"\0 ")

        meta = encoded_file_meta(value(SOP_CLASS), value(SOP_INSTANCE), found.transfer_syntax)
        pixels, all_of_them = found.pixels, [*written, *behind]
        return Rewritten(
            head=b"".join(
                (
                    meta,
                    *with_marks(tags, parts, self._marks[found.form.name]),
                    pixels.header if pixels else b"",
                )
            ),
            pixels=(pixels.start, pixels.stop) if pixels else (0, 0),
            tail=b"".join(part for part, _, _ in behind),
            transfer_syntax_uid=found.transfer_syntax.decode(),
            actions=_counted(all_of_them),
            unfit=set(chain.from_iterable([lost for _, _, lost in all_of_them if lost])),
            value=value,
            verdict=verdict,
        )


def _counted(written: list[Written]) -> dict[str, int]:
    """Return the number of each action; most elements just go, and are counted at once."""
    others = [done[1] for done in written if done is not GONE]
    actions = Counter(chain.from_iterable(others))
    if gone := len(written) - len(others):
        actions[Action.REMOVE.value] += gone
    return actions


@lru_cache(maxsize=8192)
def _is_uid(value: bytes) -> bool:
    """Return whether an encoded value is one UID, as PS3.5 9.1 wants it."""
    return is_valid(value.decode("ascii", "replace").strip(" \0"))


def _text(data: bytes, span: Span) -> str:
    return data[span[3] : span[4]].decode("ascii", "replace").strip(" \0")
