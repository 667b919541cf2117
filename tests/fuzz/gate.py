"""How one file ends: de-identified and verified, or held with the codes of its findings."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import cache

from pydicom import dcmread
from pydicom.datadict import keyword_for_tag

from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.policy import load_policy
from include.imaging.deid.results import Deidentified, Held
from include.imaging.dicom.silence import silenced
from include.imaging.keyring import Keyring
from include.imaging.model import Finding, Severity
from include.imaging.validation import verify as verification
from tests.support.deidentification import KEY

VERIFIED = "verified"
# what an output says of itself
TOLD = tuple(field.name for field in fields(Deidentified) if field.name != "data")
MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class End:
    """What became of a file. `made` is None where the engine held it back.

    `findings` are the errors for which it does not leave; the engine's if `made` is None, else
    those of the verification, which then had to stop what the engine let out.
    """

    made: Deidentified | None
    findings: tuple[Finding, ...]
    warnings: tuple[Finding, ...] = ()

    @property
    def words(self) -> str:
        """`verified`, or the codes of the errors, sorted."""
        return " ".join(sorted({each.code for each in self.findings})) or VERIFIED


@cache
def engine(policy: str) -> Deidentifier:
    """Return the engine under a policy, with a key that is no secret."""
    return Deidentifier(load_policy(policy), Keyring(KEY), "hospital")


def end_of(deidentifier: Deidentifier, original: bytes) -> End:
    """Return how a file ends; raises what the engine or the verification raises."""
    made = deidentifier.deidentify(original)
    if isinstance(made, Held):
        return End(None, made.findings)
    found = verification.verify(original, made)
    errors = tuple(each for each in found if each.severity is Severity.ERROR)
    return End(made, errors, tuple(set(found) - set(errors)) + made.findings)


def disagreement(deidentifier: Deidentifier, original: bytes) -> str:
    """Return what the careful path makes otherwise than the fast one, or '' where they agree."""
    fast = deidentifier.fast(original)
    if fast is None:
        return ""
    careful = deidentifier.careful(original)
    if isinstance(careful, Held):
        return "the careful path holds: " + " ".join(sorted(x.code for x in careful.findings))
    if fast.data == careful.data:
        return ""
    with silenced():
        one, other = (dcmread(io.BytesIO(made.data), force=True) for made in (fast, careful))
        tags = {tag for tag in {*one.keys(), *other.keys()} if one.get(tag) != other.get(tag)}
        meta = [] if one.file_meta == other.file_meta else ["file meta"]
    words = sorted(keyword_for_tag(tag) or f"{tag:08x}" for tag in tags) + meta
    told = [field for field in TOLD if getattr(fast, field) != getattr(careful, field)]
    return ", ".join((words + told)[:MOST_SHOWN])


@contextmanager
def without_dciodvfy() -> Iterator[None]:
    """Let the verification take every object for conformant: everything else of it runs."""
    faults = verification.faults
    verification.faults = lambda *_: frozenset()
    try:
        yield
    finally:
        verification.faults = faults
