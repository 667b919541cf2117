"""Carries out what the rules say of an object's pixels."""

from __future__ import annotations

from pydicom.dataset import Dataset

from include.imaging.deid.pixels.layout import UnmaskableError
from include.imaging.deid.pixels.masking import mask
from include.imaging.deid.pixels.ocr import second_look
from include.imaging.deid.pixels.rules import Verdict
from include.imaging.findings import finding
from include.imaging.model import Finding, Stage


def treat(dataset: Dataset, verdict: Verdict) -> tuple[Finding, ...]:
    """Mask what the verdict says, in place, and look again where it asks; return all findings.

    The object may leave when none of them is of severity error. An object that is held anyway is
    not touched. Raises CustomerError where the policy wants Tesseract and it is not installed.
    """
    if verdict.is_held:
        return verdict.findings
    if verdict.is_changed:
        try:
            mask(dataset, verdict.regions, clears_unused_bits=verdict.clears_unused_bits)
        except UnmaskableError as error:
            return (*verdict.findings, _unmasked(str(error)))
    seen = second_look(dataset) if verdict.look_again else ()
    return (*verdict.findings, *seen)


def _unmasked(why: str) -> Finding:
    return finding("PIXELS_MAY_HOLD_TEXT", Stage.DEIDENTIFY, f"what must be masked was not: {why}")
