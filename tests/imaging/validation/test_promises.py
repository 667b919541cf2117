"""What a policy retains, shifts or allows on purpose is no finding; anything beyond it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from include.imaging.deid.results import Deidentified
from include.imaging.validation.promises import Promises
from include.imaging.validation.verify import Verifier
from tests.support.deidentification import made_of
from tests.support.dicom import ct, decode, encode, put


def _told(verifier: Verifier, original: bytes, made: Deidentified) -> list[str]:
    """Return code and detail of each finding."""
    return [
        f"{each.code}: {each.text.partition('(')[2].partition(')')[0]}"
        for each in verifier.verify(original, made)
    ]


def _verifier(
    *, retained: str = "", shifted: str = "", allowed: bool = False, retains_uids: bool = False
) -> Verifier:
    kept = {tag_for_keyword(word) for word in retained.split()}
    moved = {tag_for_keyword(word) for word in shifted.split()}
    private = (lambda tag, creator: (tag & 0xFFFF00FF, creator) == SAFE) if allowed else None
    promises = Promises(
        retained=kept.__contains__,
        shifted=moved.__contains__,
        shifts_dates=bool(moved),
        private_allowed=private,
        retains_uids=retains_uids,
    )
    return Verifier(promises, conformance="off")


SAFE = (0x00190010, "SAFE MAKER")


def _output(image: Dataset, **attributes: object) -> tuple[bytes, Deidentified]:
    """Return a file and its output, into which some attributes were put."""
    original = encode(image)
    made = made_of(original)
    return original, replace(made, data=encode(put(decode(made.data), **attributes)))


def test_a_retained_value_may_stay_and_is_no_identity_elsewhere() -> None:
    pair = _output(ct(StationName="SCANNER7"), StationName="SCANNER7", ContentLabel="SCANNER7")
    assert _told(_verifier(), *pair) == [
        "RESIDUAL_IDENTITY: value of StationName in ContentLabel",
        "RESIDUAL_IDENTITY: value of StationName in StationName",
    ]
    assert _told(_verifier(retained="StationName"), *pair) == []


def test_a_retained_value_that_is_a_protected_one_too_may_not_stay() -> None:
    image = ct(StationName="PID-20461")
    pair = _output(image, StationName="PID-20461")
    assert _told(_verifier(retained="StationName"), *pair) == [
        "RESIDUAL_IDENTITY: value of PatientID in StationName"
    ]


def test_a_shifted_date_may_be_another_one_s_original() -> None:
    image = ct(StudyDate="20260310", PatientBirthDate="20260302", SeriesDate="20260310")
    shifted = {"StudyDate": "20260302", "SeriesDate": "20260302"}
    pair = _output(image, **shifted)
    assert len(_told(_verifier(), *pair)) == 2
    assert _told(_verifier(shifted="StudyDate SeriesDate"), *pair) == []


@pytest.mark.parametrize("left", ["20260310", "2026.03.10"])
def test_a_date_that_was_to_be_shifted_and_was_not_is_found(left: str) -> None:
    image = ct(StudyDate="20260310", AcquisitionDateTime="20260310101010.5")
    promised = "StudyDate AcquisitionDateTime"
    sound = {"StudyDate": "20260309", "AcquisitionDateTime": "20260309101010.5"}
    assert _told(_verifier(shifted=promised), *_output(image, **sound)) == []
    assert _told(_verifier(shifted=promised), *_output(image, **sound | {"StudyDate": left})) == [
        "RESIDUAL_IDENTITY: value of StudyDate in StudyDate"
    ]
    time = {"AcquisitionDateTime": "20260310111111"}
    assert _told(_verifier(shifted=promised), *_output(image, **sound | time)) == [
        "RESIDUAL_IDENTITY: value of AcquisitionDateTime in AcquisitionDateTime"
    ]


def test_dates_of_items_are_compared_with_their_own() -> None:
    def image(*dates: str) -> Dataset:
        return ct(DerivationCodeSequence=Sequence([_dated(date) for date in dates]))

    verifier = _verifier(shifted="ContextGroupLocalVersion")
    original = encode(image("20260302", "20260303"))
    made = made_of(original)

    def told(*dates: str) -> list[str]:
        after = decode(made.data)
        after.DerivationCodeSequence = image(*dates).DerivationCodeSequence
        return _told(verifier, original, replace(made, data=encode(after)))

    assert told("20260303", "20260304") == []
    assert told("20260303", "20260303") != []
    assert told("20260303") != []  # whose date it was cannot be told


def _dated(date: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "1", "DCM", "One"
    item.ContextGroupLocalVersion = date
    return item


def test_a_date_outside_of_dates_is_identity_though_dates_are_shifted() -> None:
    image = ct(StudyDate="20260310")
    pair = _output(image, StudyDate="20260309", ContentLabel="20260310")
    assert _told(_verifier(shifted="StudyDate"), *pair) == [
        "RESIDUAL_IDENTITY: value of StudyDate in ContentLabel"
    ]


def test_a_retained_date_may_be_the_day_of_birth() -> None:
    image = ct(StudyDate="20260310", PatientBirthDate="20260310")
    assert _told(_verifier(retained="StudyDate"), *_output(image, StudyDate="20260310")) == []
    assert _told(_verifier(), *_output(image, StudyDate="20260310")) != []


def test_uids_may_stay_where_they_are_retained() -> None:
    image = ct()
    original = encode(image)
    uids = ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")
    after = put(decode(made_of(original).data), **{word: image[word].value for word in uids})
    made = replace(
        made_of(original),
        data=encode(after),
        sop_instance_uid=image.SOPInstanceUID,
        study_instance_uid=image.StudyInstanceUID,
        series_instance_uid=image.SeriesInstanceUID,
    )
    assert _told(_verifier(retained=" ".join(uids), retains_uids=True), original, made) == []
    assert {each[:12] for each in _told(_verifier(), original, made)} == {
        "UID_MISMATCH",
        "RESIDUAL_IDE",
    }


def _private(creator: str, number: int, *, nested: bool = False) -> tuple[bytes, Deidentified]:
    original = encode(ct())
    made = made_of(original)
    after = decode(made.data)
    where = Dataset() if nested else after
    if creator:
        where.private_block(0x0019, creator, create=True).add_new(number, "LO", "kept")
    else:
        where.add_new(0x00191000 + number, "LO", "kept")
    if nested:
        after.DerivationCodeSequence = Sequence([Dataset(), where])
    return original, replace(made, data=encode(after))


@pytest.mark.parametrize("nested", [True, False])
def test_a_private_element_may_stay_where_its_creator_is_safe(nested: bool) -> None:
    forbidden = ["FORBIDDEN_ELEMENT: private"]
    assert _told(_verifier(allowed=True), *_private("SAFE MAKER", 0x10, nested=nested)) == []
    for creator, number in (("SAFE MAKER", 0x11), ("OTHER", 0x10), ("", 0x10)):
        pair = _private(creator, number, nested=nested)
        assert _told(_verifier(allowed=True), *pair) == forbidden
    assert _told(_verifier(), *_private("SAFE MAKER", 0x10, nested=nested)) == forbidden


def test_a_creator_without_elements_may_not_stay() -> None:
    original = encode(ct())
    made = made_of(original)
    after = decode(made.data)
    after.add_new(0x00190010, "LO", "SAFE MAKER")
    spoilt = replace(made, data=encode(after))
    assert _told(_verifier(allowed=True), original, spoilt) == ["FORBIDDEN_ELEMENT: private"]


def test_a_name_in_a_retained_private_element_is_found() -> None:
    original, made = _private("SAFE MAKER", 0x10)
    spoilt = replace(made, data=made.data.replace(b"\x04\0kept", b"\x04\0Roe "))
    assert _told(_verifier(allowed=True), original, spoilt) == []  # too short to tell
    after = decode(made.data)
    after[0x00191010].value = "of Richard"
    spoilt = replace(made, data=encode(after))
    assert [each[:17] for each in _told(_verifier(allowed=True), original, spoilt)] == [
        "RESIDUAL_IDENTITY"
    ]
