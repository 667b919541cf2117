"""The gate of conformance: no fault of dciodvfy in the output that the original has not."""

from __future__ import annotations

import io
from typing import Literal

from pydicom import dcmread, dcmwrite
from pydicom.tag import Tag

from include.imaging.dicom.silence import silenced
from include.imaging.findings import finding
from include.imaging.model import Finding, Stage
from include.imaging.validation.conformance import Budget, Fault, faults
from include.imaging.validation.facts import PIXELS, Fact
from include.imaging.validation.objects import Judged
from include.imaging.validation.signature import signature
from include.imaging.validation.verdicts import CleanVerdicts

MOST_RULES_SHOWN = 5
META_LENGTH = 0x00020000
# Of larger objects dciodvfy sees no pixels: it would decode little of them, and take minutes.
LARGEST_BYTES = 64 * 2**20
# When dciodvfy is asked: once for outputs of one signature, for every output, never.
Conformance = Literal["signature", "every", "off"]


class ConformanceGate:
    """Asks dciodvfy as often as `when` says; safe among threads."""

    def __init__(self, when: Conformance) -> None:
        self._when = when
        self._verdicts = CleanVerdicts()

    def check(
        self, files: tuple[bytes, bytes], before: Judged, after: Judged, *, masked: bool
    ) -> tuple[Finding, ...]:
        """Return the findings on an output, given the bytes of original and output.

        Of masked pixels nothing is remembered: their bytes are new. TransientError when
        dciodvfy cannot start.
        """
        if self._when == "off":
            return ()
        if self._when == "every" or masked:
            return _new_faults(*files)[0]
        of_after = _signature(after, set(before.data), before.long_values)
        if self._verdicts.has(of_after):
            return ()
        of_before = _signature(before, set(before.data), before.long_values)
        if self._verdicts.has(of_after, of_before):
            return ()
        found, is_clean = _new_faults(*files)
        if not found:
            self._verdicts.add(of_after, b"" if is_clean else of_before)
        return found


def _signature(judged: Judged, known: set[Fact], bulk: list[Fact]) -> bytes:
    """Return an object's signature; `known` and `bulk` are what its original holds."""
    tokens = [f.token(is_kept=f in known) for f in judged.data if f.bulk is None]
    tokens.extend(f.token(is_kept=_is_kept(f, bulk)) for f in judged.long_values)
    # its length is checked elsewhere, and says only how long the UIDs in it are
    tokens.extend(f.token(is_kept=False) for f in judged.meta if f.tag != META_LENGTH)
    uids = [fact.data for fact in judged.watched if fact.vr == "UI"]
    return signature(judged.walked.transfer_syntax_uid, tokens, uids)


def _is_kept(fact: Fact, bulk: list[Fact]) -> bool:
    """Return whether a long value is the original's; that of pixel data is, or nothing passes."""
    if fact.tag in PIXELS and not fact.head.path:
        return True
    return any(
        fact.bulk and old.bulk and fact.head is old.head and fact.bulk.has_same_bytes(old.bulk)
        for old in bulk
    )


def _new_faults(original: bytes, made: bytes) -> tuple[tuple[Finding, ...], bool]:
    """Return the findings, and whether dciodvfy had nothing at all to say about the output."""
    budget = Budget()
    if max(len(original), len(made)) > LARGEST_BYTES:
        original, made = _without_pixels(original), _without_pixels(made)
    after = faults(made, budget)
    if after == frozenset():
        return (), True  # nothing to take the original's faults from: saves half the time
    before = faults(original, budget)
    if before is None or after is None:
        # dciodvfy aborts on some sound pixel data, 32-bit doses for one; they are equal anyway.
        before, after = (faults(_without_pixels(data), budget) for data in (original, made))
    if before is None or after is None:
        reason = "it took too long" if budget.seconds <= 0 else ""
        return (finding("CONFORMANCE_UNKNOWN", Stage.VALIDATE, reason),), False
    new = sorted(after - before)
    found = (finding("CONFORMANCE_FAULT", Stage.VALIDATE, _shown(new)),) if new else ()
    return found, False


def _shown(new: list[Fault]) -> str:
    texts = list(dict.fromkeys(fault.text for fault in new))
    more = f" and {len(texts) - MOST_RULES_SHOWN} more" if len(texts) > MOST_RULES_SHOWN else ""
    return "; ".join(texts[:MOST_RULES_SHOWN]) + more


def _without_pixels(data: bytes) -> bytes:
    with silenced():
        dataset = dcmread(io.BytesIO(data), force=True)
        for tag in PIXELS:
            dataset.pop(Tag(tag), None)
        buffer = io.BytesIO()
        dcmwrite(buffer, dataset, enforce_file_format=False)
    return buffer.getvalue()
