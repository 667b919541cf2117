"""How one file ends: de-identified and verified, or held with the codes of its findings."""

from __future__ import annotations

import io
import re
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
from include.imaging.validation.promised import promises_of
from include.imaging.validation.verify import Verifier
from tests.support.deidentification import KEY

VERIFIED = "verified"
# what an output says of itself
TOLD = tuple(field.name for field in fields(Deidentified) if field.name != "data")
MOST_SHOWN = 5
# how RESIDUAL_IDENTITY says that the verification found a value in a picture
IN_PIXELS = re.compile(r"value of (?P<keyword>\w+) in (Float|DoubleFloat)?PixelData\b")


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


class Gate:
    """The engine under a policy, with a key that is no secret, and the verification of it."""

    def __init__(self, policy: str, *, with_dciodvfy: bool = True) -> None:
        loaded = load_policy(policy)
        promises = promises_of(loaded)
        self._engine = Deidentifier(loaded, Keyring(KEY), "hospital")
        self._verifier = Verifier(promises, conformance="signature" if with_dciodvfy else "off")
        self._searcher = Verifier(promises, conformance="off", search="everything")

    def end_of(self, original: bytes) -> End:
        """Return how a file ends; raises what the engine or the verification raises."""
        made = self._engine.deidentify(original)
        if isinstance(made, Held):
            return End(None, made.findings)
        found = self._verifier.verify(original, made)
        errors = tuple(each for each in found if each.severity is Severity.ERROR)
        return End(made, errors, tuple(set(found) - set(errors)) + made.findings)

    def found_in_pixels(self, original: bytes, made: Deidentified) -> set[str]:
        """Return the attributes, by keyword, of which a search of everything finds the values."""
        found = self._searcher.verify(original, made)
        return {named["keyword"] for each in found if (named := IN_PIXELS.search(each.text))}

    def disagreement(self, original: bytes) -> str:
        """Return what the careful path makes otherwise than the fast one, '' if nothing."""
        fast = self._engine.fast(original)
        if fast is None:
            return ""
        careful = self._engine.careful(original)
        if isinstance(careful, Held):
            return "the careful path holds: " + " ".join(sorted(x.code for x in careful.findings))
        return "" if fast.data == careful.data else _differences(fast, careful)


def _differences(fast: Deidentified, careful: Deidentified) -> str:
    with silenced():
        one, other = (dcmread(io.BytesIO(made.data), force=True) for made in (fast, careful))
        tags = {tag for tag in {*one.keys(), *other.keys()} if one.get(tag) != other.get(tag)}
        meta = [] if one.file_meta == other.file_meta else ["file meta"]
    words = sorted(keyword_for_tag(tag) or f"{tag:08x}" for tag in tags) + meta
    told = [field for field in TOLD if getattr(fast, field) != getattr(careful, field)]
    return ", ".join((words + told)[:MOST_SHOWN])


@cache
def gate(policy: str, *, with_dciodvfy: bool = True) -> Gate:
    """Return the gate of a policy, the same one for equal arguments."""
    return Gate(policy, with_dciodvfy=with_dciodvfy)
