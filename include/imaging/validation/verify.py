"""Verifies de-identified files against their originals, by other means than they were made with."""

from __future__ import annotations

import zlib
from functools import cache
from typing import Literal

from include.imaging.deid.results import Deidentified
from include.imaging.dicom.elements import DEFLATED, WalkError, file_meta
from include.imaging.dicom.envelope import with_preamble
from include.imaging.dicom.repeats import LatestSeries
from include.imaging.errors import ImagingError
from include.imaging.findings import finding
from include.imaging.model import Finding, Stage
from include.imaging.validation import constraints, pixels, structure
from include.imaging.validation.constraints import broken_constraints
from include.imaging.validation.facts import Facts
from include.imaging.validation.masked import masked_pixels
from include.imaging.validation.new_faults import Conformance, ConformanceGate
from include.imaging.validation.objects import Judged, judged, text
from include.imaging.validation.pixels import Apart, apart, nothing_foreign, same_pixels, searched
from include.imaging.validation.promises import Promises
from include.imaging.validation.required import RequiredAttributes
from include.imaging.validation.residual import ResidualSearch
from include.imaging.validation.stretches import Stretch
from include.imaging.validation.structure import RULES, SERIES, SOP_CLASS

CHUNK_BYTES = 2**20
WATCHED = constraints.WATCHED | structure.WATCHED | pixels.WATCHED


class Verifier:
    """Verifies the outputs of one policy; safe among threads, best kept for a whole run.

    What it learns of one object makes the next of its series cheap. That is kept in memory,
    bounded, and never written.

    Args:
        promises: what the policy retains, shifts and allows.
        conformance: when dciodvfy is asked, see `Conformance`.
        search: whether pixels are searched for identifying values, or only what is no pixel.
    """

    def __init__(
        self,
        promises: Promises | None = None,
        *,
        conformance: Conformance = "signature",
        search: Literal["text", "everything"] = "text",
    ) -> None:
        self._promises = promises or Promises()
        self._everything = search == "everything"
        self._facts = Facts(self._promises.retained, WATCHED)
        self._series = LatestSeries()
        self._required = RequiredAttributes()
        self._residual = ResidualSearch(self._promises)
        self._gate = ConformanceGate(conformance)

    def verify(self, original: bytes, made: Deidentified) -> tuple[Finding, ...]:
        """Return what is wrong with a de-identified file; it may leave only when nothing is.

        Looks at the bytes alone: structure and marks, HealthImaging's constraints, attributes
        that the IOD requires, equal pixel bytes (unless a rule has masked some) and nothing else
        among them, the original's identifying values, and the faults of dciodvfy that the
        original does not have. Never raises on what the file holds; TransientError when
        dciodvfy cannot start.
        """
        try:
            return self._verify(with_preamble(original), made)
        except ImagingError:
            raise
        except WalkError as error:
            return (finding("REREAD_FAILED", Stage.VALIDATE, error.cause),)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - a parser's own error quotes values: only the fact leaves
            return (finding("REREAD_FAILED", Stage.VALIDATE),)

    def _verify(self, original: bytes, made: Deidentified) -> tuple[Finding, ...]:
        before, after = (
            judged(file, self._facts, self._series.of((made.series_instance_uid, is_output)))
            for file, is_output in ((original, False), (made.data, True))
        )
        found = [problem for rule in RULES for problem in rule(before, after, made, self._promises)]
        found.extend(broken_constraints(after.top))
        found.extend(
            self._required.lost(text(before.top, SOP_CLASS), before.stretches, after.stretches)
        )
        parts = apart(after)
        if made.is_masked:
            found.extend(masked_pixels(original, made.data, made.regions))
        else:
            found.extend(same_pixels(before, after, parts, is_trimmed=made.is_trimmed))
        found.extend(nothing_foreign(after, parts))
        found.extend(self._residue(before, after, parts))
        if after.walked.transfer_syntax_uid == DEFLATED and _has_more_than_its_stream(made.data):
            found.append(finding("REREAD_FAILED", Stage.VALIDATE, "bytes behind the data set"))
        is_new = made.is_masked or made.is_trimmed
        found.extend(self._gate.check((original, made.data), before, after, masked=is_new))
        return tuple(found)

    def _residue(self, before: Judged, after: Judged, parts: Apart) -> tuple[Finding, ...]:
        titles = [fact for fact in before.meta if fact.vr == "AE"]
        bulk = searched(after, parts, everything=self._everything)
        return self._residual.search(
            [Stretch(titles), *before.stretches],
            [Stretch(after.meta), *after.stretches],
            bulk,
            before.top.get(SERIES),
        )


def verify(original: bytes, made: Deidentified) -> tuple[Finding, ...]:
    """Return what is wrong with one output of the policy `basic`, dciodvfy asked in any case."""
    return _verifier().verify(original, made)


@cache
def _verifier() -> Verifier:
    return Verifier(conformance="every")


def _has_more_than_its_stream(data: bytes) -> bool:
    """Return whether anything but zeros follows a deflated data set (PS3.5 A.5)."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    for at in range(file_meta(data)[1], len(data), CHUNK_BYTES):
        packed = data[at : at + CHUNK_BYTES]
        if inflater.eof:
            return (inflater.unused_data + packed).strip(b"\0") != b""
        while packed and not inflater.eof:
            inflater.decompress(packed, CHUNK_BYTES)
            packed = inflater.unconsumed_tail
    return inflater.unused_data.strip(b"\0") != b""
