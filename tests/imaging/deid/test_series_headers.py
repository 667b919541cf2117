"""What is known of a series' headers changes nothing of what an object is taken for."""

from __future__ import annotations

import gc
import random

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from include.imaging.deid import rewriter, series
from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.opened import FIRST_PIXELS
from include.imaging.deid.series import NOTHING, Common, Headers, LatestSeries
from include.imaging.dicom.explicit import DoubtError, EndsEarlyError, Span
from include.imaging.dicom.forms import EXPLICIT, IMPLICIT, Form
from tests.support.deidentification import deidentifier
from tests.support.dicom import ct, encode, package_files, put

FORMS = ((EXPLICIT, ExplicitVRLittleEndian), (IMPLICIT, ImplicitVRLittleEndian))
VARIANTS = 12


def _spans(form: Form, data: bytes, headers: Headers | None = None) -> list[Span] | str:
    """Return the elements of a bare data set, or what is wrong with it."""
    try:
        if headers is None:
            return form.spans(data, 0, len(data), 0, FIRST_PIXELS)
        return headers.header(form, data, 0, FIRST_PIXELS).elements
    except (DoubtError, EndsEarlyError) as error:
        return f"{type(error).__name__} {error}"


def _bare(original: bytes) -> bytes:
    """Return what follows the file meta group of a file, whatever that is."""
    size = int.from_bytes(original[140:144], "little")
    return original[144 + size :]


def _spoilt(original: bytes, chance: random.Random) -> bytes:
    data = bytearray(original)
    for _ in range(chance.randrange(3)):
        at = chance.randrange(len(data))
        kind = chance.randrange(3)
        if kind == 0:
            data[at] = chance.randrange(256)
        elif kind == 1:
            del data[at : at + chance.choice([1, 2, 8, 12])]
        else:
            data[at:at] = data[at : at + chance.choice([2, 8, 16])]
    return bytes(data)


def _slice(number: int, syntax: str = ExplicitVRLittleEndian, **attributes: object) -> bytes:
    image = ct(number)
    image.InstanceNumber = number
    image.SliceLocation = f"{number * 7.5}"
    for keyword, value in attributes.items():
        setattr(image, keyword, value)
    return encode(image, syntax)


def test_elements_are_the_same_as_without_the_series_however_spoilt() -> None:
    chance = random.Random(6)
    shared = 0
    for path in package_files():
        original = _bare(path.read_bytes()[:40_000])
        for form, _ in FORMS:
            headers = Headers(shares_private=True)
            for _ in range(VARIANTS if len(original) > 10 else 0):
                data = _spoilt(original, chance)
                assert _spans(form, data, headers) == _spans(form, data), path
            shared += bool(headers._common.stretches)
    assert shared > 100


@pytest.mark.parametrize(("form", "syntax"), FORMS)
def test_most_of_the_third_header_is_known(form: Form, syntax: str) -> None:
    headers = Headers(shares_private=True)
    for number in (1, 2):
        data = _bare(_slice(number, syntax))
        assert headers.header(form, data, 0, FIRST_PIXELS).common is NOTHING
    data = _bare(_slice(300, syntax))
    header = headers.header(form, data, 0, FIRST_PIXELS)
    found = form.spans(data, 0, len(data), 0, FIRST_PIXELS)
    assert header.elements == found
    assert header.end == found[-1][4]
    assert len(header.own) < 0.4 * len(found)
    for tag, vr, _, start, stop in found:
        assert header.get(tag) == (vr, data[start:stop])
    assert header.get(0x00091001) is None


@pytest.mark.parametrize("policy", ["basic", "research"])
@pytest.mark.parametrize("syntax", [syntax for _, syntax in FORMS])
def test_an_output_does_not_depend_on_what_was_seen_before(policy: str, syntax: str) -> None:
    def of(number: int) -> bytes:
        private = {} if number % 3 else {"PatientComments": "a run is broken"}
        return _slice(number, syntax, **private)

    def made(engine: Deidentifier, number: int) -> object:
        return engine.fast(of(number))

    seasoned = deidentifier(policy=policy)
    outputs = [made(seasoned, number) for number in range(1, 12)]
    assert None not in outputs
    for number in (5, 6, 9, 11):
        assert outputs[number - 1] == made(deidentifier(policy=policy), number)


def test_who_learns_late_does_not_undo_what_another_thread_has_learned() -> None:
    headers, data = Headers(shares_private=True), [_bare(_slice(number)) for number in (1, 2, 3)]
    late = Headers(shares_private=True).header(EXPLICIT, data[2], 0, FIRST_PIXELS)
    for each in data[:2]:
        headers.header(EXPLICIT, each, 0, FIRST_PIXELS)
    learned = headers._common
    headers._learn(late, [])
    assert learned.stretches
    assert headers._common is learned


def test_private_blocks_that_change_hands_within_a_series_are_told_apart() -> None:
    """The same private elements stay or go by who reserved their block."""

    def of(number: int, creator: str) -> bytes:
        image = ct(number)
        image.InstanceNumber = number
        block = image.private_block(0x0019, creator, create=True)
        for element in range(0x23, 0x28):
            block.add_new(element, "DS", "1.5")
        return encode(image)

    seasoned = deidentifier(policy="research")
    for number in range(1, 9):
        creator = "GEMS_ACQU_01" if number % 2 else "ACME 1.0"
        original = of(number, creator)
        output = seasoned.fast(original)
        assert output == deidentifier(policy="research").fast(original)
        assert output is not None
        assert (b"GEMS_ACQU_01" in output.data) == (number % 2 == 1)


def test_what_is_known_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    latest = LatestSeries()
    first = latest.of(_bare(_slice(1)), EXPLICIT)
    assert latest.of(_bare(_slice(2)), EXPLICIT) is first
    for number in range(series.MOST_SERIES):
        latest.of(_bare(_slice(1, SeriesInstanceUID=f"1.2.{number}")), EXPLICIT)
    assert latest.of(_bare(_slice(1)), EXPLICIT) is not first
    monkeypatch.setattr(series, "MOST_BYTES", 500)
    small = Headers(shares_private=True)
    for number in range(4):
        small.header(EXPLICIT, _bare(_slice(number)), 0, FIRST_PIXELS)
    assert 0 < sum(len(stretch.raw) for stretch in small._common.stretches) <= 500
    monkeypatch.setattr(series, "MOST_ELEMENTS", 5)
    long = Headers(shares_private=True)
    for number in range(4):
        long.header(EXPLICIT, _bare(_slice(number)), 0, FIRST_PIXELS)
    assert long._common is NOTHING


def _nested(number: int, items: int) -> bytes:
    sequence = [put(Dataset(), CodeValue=str(item % 3)) for item in range(items)]
    outer = put(Dataset(), PurposeOfReferenceCodeSequence=sequence)
    return _slice(number, DerivationCodeSequence=[outer])


@pytest.mark.parametrize("items", [4, 30])
def test_parts_count_whether_they_are_known_or_not(
    items: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With 4 items the sequence is remembered by its bytes, too; with 30 in a stretch alone."""
    seasoned, original = deidentifier(), _nested(5, items)
    for number in range(1, 5):
        assert seasoned.fast(_nested(number, items)) is not None
    outcomes = []
    for most in range(30, 130, 5):
        monkeypatch.setattr(rewriter, "PARTS", most)
        outcomes.append(deidentifier().fast(original) is None)
        assert (seasoned.fast(original) is None) == outcomes[-1], most
    assert len(set(outcomes)) == 2


def test_of_the_first_header_no_more_is_held_than_is_shared() -> None:
    headers = Headers(shares_private=True)
    data = _bare(_nested(1, 3000))
    assert len(data) > series.MOST_BYTES
    headers.header(EXPLICIT, data, 0, FIRST_PIXELS)
    assert headers._first
    assert sum(map(len, headers._first)) <= series.MOST_BYTES


def test_nothing_but_the_latest_series_holds_what_its_headers_share() -> None:
    def held() -> int:
        gc.collect()
        return sum(type(each) is Common for each in gc.get_objects())

    engine = deidentifier()
    before = held()
    for number in range(series.MOST_SERIES + 20):
        for slice_number in (1, 2, 3):
            original = _slice(slice_number, SeriesInstanceUID=f"1.2.{number}")
            assert engine.fast(original) is not None
    assert held() - before <= series.MOST_SERIES
