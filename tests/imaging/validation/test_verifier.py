"""One verifier for a series looks at what is new, and misses nothing for it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from include.imaging.deid.results import Deidentified
from include.imaging.validation import facts, grounds, new_faults
from include.imaging.validation.conformance import Budget, Fault, faults
from include.imaging.validation.verify import Verifier
from tests.support.deidentification import made_of
from tests.support.dicom import ct, decode, encode, put


def _slice(number: int, **attributes: object) -> bytes:
    """Return an image of a series: its own UID, time and position, what else is alike."""
    image = ct(number)
    image.StudyDescription = "CT of the thorax with contrast"
    image.AcquisitionTime = f"1011{number:02d}.123456"
    image.ReferencedImageSequence = Sequence([Dataset()])
    image.ReferencedImageSequence[0].ReferencedSOPClassUID = image.SOPClassUID
    image.ReferencedImageSequence[0].ReferencedSOPInstanceUID = f"{image.SOPInstanceUID}.1"
    image.SliceLocation = -2.5 * number + 7
    return encode(put(image, **attributes))


def _spoilt(made: Deidentified, **attributes: object) -> Deidentified:
    return replace(made, data=encode(put(decode(made.data), **attributes)))


def _codes(verifier: Verifier, original: bytes, made: Deidentified) -> list[str]:
    return [each.code for each in verifier.verify(original, made)]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Give a list that grows with every run of dciodvfy."""
    runs: list[int] = []

    def counted(data: bytes, budget: Budget | None = None) -> frozenset[Fault] | None:
        runs.append(len(data))
        return faults(data, budget)

    monkeypatch.setattr(new_faults, "faults", counted)
    return runs


def test_a_series_costs_one_run_of_dciodvfy(asked: list[int]) -> None:
    verifier = Verifier()
    for number in range(1, 20):
        original = _slice(number)
        assert verifier.verify(original, made_of(original)) == ()
    # one each for the first image, and for those on either side of zero
    assert len(asked) <= 3


def test_a_series_with_faults_of_its_own_costs_one_run_for_each_side(asked: list[int]) -> None:
    verifier = Verifier()
    for number in range(4, 12):
        original = _slice(number, Laterality="Q")
        assert verifier.verify(original, made_of(original)) == ()
    assert len(asked) == 2


def test_every_output_is_checked_where_that_is_asked_for(asked: list[int]) -> None:
    verifier = Verifier(conformance="every")
    for number in (4, 5, 6):
        original = _slice(number)
        assert verifier.verify(original, made_of(original)) == ()
    assert len(asked) == 3


def test_no_output_is_checked_where_that_is_asked_for(asked: list[int]) -> None:
    original = _slice(1)
    spoilt = _spoilt(made_of(original), Laterality="Q")
    assert _codes(Verifier(conformance="off"), original, spoilt) == []
    assert asked == []
    assert _codes(Verifier(), original, spoilt) == ["CONFORMANCE_FAULT"]


def test_only_clean_verdicts_are_remembered(asked: list[int]) -> None:
    verifier = Verifier()
    for number in (4, 5, 6):
        original = _slice(number)
        spoilt = _spoilt(made_of(original), Laterality="Q")
        assert _codes(verifier, original, spoilt) == ["CONFORMANCE_FAULT"]
    assert len(asked) == 6


@pytest.mark.parametrize(
    "attributes",
    [
        {"Laterality": "Q"},
        {"RescaleSlope": None},
        {"PixelRepresentation": 7},
        {"ImageOrientationPatient": [1, 0, 0, 0, 1]},
        {"PhotometricInterpretation": "RGB"},
        {"ImageType": ["ORIGINAL"]},
        {"AccessionNumber": "12345678901234567"},
        {"SamplesPerPixel": 3},
        {"FrameOfReferenceUID": "3.1"},
    ],
)
def test_a_fault_is_found_though_the_series_was_clean(attributes: dict[str, object]) -> None:
    verifier = Verifier()
    for number in (4, 5):
        original = _slice(number)
        assert verifier.verify(original, made_of(original)) == ()
    spoilt = _spoilt(made_of(original), **attributes)
    found = _codes(verifier, original, spoilt)
    assert found == _codes(Verifier(conformance="every"), original, spoilt)
    assert "CONFORMANCE_FAULT" in found


def _series(verifier: Verifier) -> None:
    for number in (4, 5, 6):
        original = _slice(number)
        assert verifier.verify(original, made_of(original)) == ()


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({}, {"ImageComments": "seen by Richard"}, "PatientName in ImageComments"),
        ({}, {"ContentLabel": "101109.123456"}, "AcquisitionTime in ContentLabel"),
        ({"OtherPatientNames": "Maker^Ann"}, {}, "OtherPatientNames in Manufacturer"),
        ({"OtherPatientIDs": "0.5\\ORIGINAL"}, {}, "OtherPatientIDs in ImageType"),
        (
            {"PatientName": "Axial^Ann"},
            {"ImageComments": "ANN AXIAL"},
            "PatientName in ImageComments",
        ),
    ],
)
def test_a_value_is_found_whichever_side_of_the_series_is_new(
    before: dict[str, object], after: dict[str, object], told: str
) -> None:
    verifier = Verifier(conformance="off")
    _series(verifier)
    original = _slice(9, **before)
    made = _spoilt(made_of(original), **after)
    texts = [each.text for each in verifier.verify(original, made)]
    assert [told in text for text in texts] == [True]
    assert texts == [each.text for each in Verifier(conformance="off").verify(original, made)]


def test_what_stands_in_another_image_of_the_series_is_not_held_against_this_one() -> None:
    verifier = Verifier(conformance="off")
    original = _slice(4)
    assert verifier.verify(original, made_of(original)) == ()
    other = _slice(9)
    told = _spoilt(made_of(other), ContentLabel="101104.123456")
    assert verifier.verify(other, told) == ()


def test_a_series_in_another_character_set_is_searched_anew() -> None:
    verifier = Verifier(conformance="off")
    attributes = {"PatientName": "Müller^Émile", "ConvolutionKernel": "B30"}
    for character_set in ("ISO_IR 192", "ISO_IR 100"):
        original = _slice(4, SpecificCharacterSet=character_set, **attributes)
        made = made_of(original)
        assert verifier.verify(original, made) == ()
        told = _spoilt(made, ConvolutionKernel="of MÜLLER")
        assert _codes(verifier, original, told) == ["RESIDUAL_IDENTITY"]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "MOST_FACTS", 60)
    monkeypatch.setattr(grounds, "MOST_GROUNDS", 2)
    verifier = Verifier(conformance="off")
    for number in range(1, 9):
        original = _slice(number, SeriesInstanceUID=f"1.2.3.{number // 3}")
        assert verifier.verify(original, made_of(original)) == ()
        assert len(verifier._facts) <= 61
    assert len(verifier._residual._grounds._known) == 2
    told = _spoilt(made_of(original), ImageComments="Richard")
    assert _codes(verifier, original, told) == ["RESIDUAL_IDENTITY"]


def test_no_value_is_kept_that_refers_to_a_whole_file() -> None:
    verifier = Verifier(conformance="off")
    original = _slice(1, PixelData=bytes(200_000))
    verifier.verify(original, made_of(original))
    kept = [*verifier._facts.values()]
    for ground in verifier._residual._grounds._known.values():
        kept.extend([*ground.before._facts, *ground.after._facts])
    assert len(kept) > 50
    assert [fact for fact in kept if fact.bulk is not None] == []


def test_threads_share_a_verifier() -> None:
    verifier = Verifier(conformance="off")
    originals = [_slice(number) for number in range(1, 30)]
    outputs = [made_of(original) for original in originals]
    outputs[20] = _spoilt(outputs[20], ImageComments="Richard")
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(verifier.verify, originals, outputs))
    assert [number for number, each in enumerate(found) if each] == [20]
