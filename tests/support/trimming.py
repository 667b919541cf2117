"""What the engine makes of objects that may hold more than pixels in their pixel data."""

from __future__ import annotations

from functools import cache

from pydicom.dataset import Dataset

from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.results import Deidentified
from include.imaging.validation.verify import Verifier
from tests.support.deidentification import deidentifier
from tests.support.dicom import decode

# What no output holds.
WORD = b"Jxqwhidden Zwyndrake"
VERIFIER = Verifier(conformance="off")


@cache
def engine() -> Deidentifier:
    """Return the engine under the policy `basic`."""
    return deidentifier()


def verified(original: bytes) -> Deidentified:
    """Return the verified output of an object, in which the word is not."""
    made = engine().deidentify(original)
    assert isinstance(made, Deidentified), made.findings
    assert VERIFIER.verify(original, made) == ()
    assert WORD not in made.data
    return made


def trimmed(original: bytes) -> Dataset:
    """Return what is made of an object that the fast path leaves to the careful one."""
    made = verified(original)
    assert made.is_trimmed
    assert engine().fast(original) is None
    return decode(made.data)


def require_kept(original: bytes) -> None:
    """Require that the pixel data stays as it is, and with it that the object is not trimmed."""
    made = verified(original)
    assert not made.is_trimmed
    assert decode(made.data).PixelData == decode(original).PixelData
