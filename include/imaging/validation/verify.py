"""Verifies a de-identified file against its original, by other means than it was made with."""

from __future__ import annotations

import io

from pydicom import dcmread, dcmwrite
from pydicom.datadict import keyword_for_tag
from pydicom.tag import Tag

from include.imaging.deid.results import Deidentified
from include.imaging.dicom.elements import Walked, WalkError, walk
from include.imaging.dicom.envelope import with_preamble
from include.imaging.dicom.silence import silenced
from include.imaging.errors import ImagingError
from include.imaging.findings import finding
from include.imaging.model import Finding, Stage
from include.imaging.validation.conformance import Budget, Fault, faults
from include.imaging.validation.constraints import broken_constraints
from include.imaging.validation.residual import residual_identity
from include.imaging.validation.structure import PIXELS, RULES, by_tag

MOST_RULES_SHOWN = 5


def verify(original: bytes, made: Deidentified) -> tuple[Finding, ...]:
    """Return what is wrong with a de-identified file; it may leave only when nothing is.

    Looks at the bytes alone: structure and marks, HealthImaging's constraints, equal pixel
    bytes, the original's identifying values, and the faults of dciodvfy that the original does
    not have. Never raises on what the file holds; TransientError when dciodvfy cannot start.
    """
    try:
        with silenced():
            return _verify(original, made)
    except ImagingError:
        raise
    except WalkError as error:
        return (finding("REREAD_FAILED", Stage.VALIDATE, error.cause),)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a parser's own error quotes values: only the fact leaves
        return (finding("REREAD_FAILED", Stage.VALIDATE),)


def _verify(original: bytes, made: Deidentified) -> tuple[Finding, ...]:
    original = with_preamble(original)
    return (*_seen_in_bytes(original, made), *_new_faults(original, made.data))


def _seen_in_bytes(original: bytes, made: Deidentified) -> list[Finding]:
    before, after = walk(original), walk(made.data)
    found = [problem for rule in RULES for problem in rule(before, after, made)]
    found.extend(broken_constraints(_values(after)))
    found.extend(residual_identity(before, after))
    return found


def _values(walked: Walked) -> dict[str, bytes]:
    return {keyword_for_tag(tag): e.value for tag, e in by_tag(walked.elements).items()}


def _new_faults(original: bytes, made: bytes) -> tuple[Finding, ...]:
    budget = Budget()
    after = faults(made, budget)
    if after == frozenset():
        return ()  # nothing to take the original's faults from: saves half the time
    before = faults(original, budget)
    if before is None or after is None:
        # dciodvfy aborts on some sound pixel data, 32-bit doses for one; they are equal anyway.
        before, after = (faults(_without_pixels(data), budget) for data in (original, made))
    if before is None or after is None:
        reason = "it took too long" if budget.seconds <= 0 else ""
        return (finding("CONFORMANCE_UNKNOWN", Stage.VALIDATE, reason),)
    new = sorted(after - before)
    return (finding("CONFORMANCE_FAULT", Stage.VALIDATE, _shown(new)),) if new else ()


def _shown(new: list[Fault]) -> str:
    texts = list(dict.fromkeys(fault.text for fault in new))
    more = f" and {len(texts) - MOST_RULES_SHOWN} more" if len(texts) > MOST_RULES_SHOWN else ""
    return "; ".join(texts[:MOST_RULES_SHOWN]) + more


def _without_pixels(data: bytes) -> bytes:
    dataset = dcmread(io.BytesIO(data), force=True)
    for tag in PIXELS:
        dataset.pop(Tag(tag), None)
    buffer = io.BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=False)
    return buffer.getvalue()
