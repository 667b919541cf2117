"""Whatever a writer could do wrong to a good output is found, in files of many kinds."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from include.imaging.dicom.silence import silenced
from tests.support.good_outputs import good_outputs, written

Damage = Callable[[Dataset, Dataset], bool | None]


def _damaged(damage: Damage) -> list[tuple[str, set[str]]]:
    """Return what is found in each file that could be damaged so."""
    found = []
    for good in good_outputs():
        with silenced():
            after = good.after
            if damage(after, good.before) is not False:
                found.append((good.name, good.codes(written(after))))
    return found


def _put(keyword: str, value: Callable[[Dataset], object]) -> Damage:
    def damage(after: Dataset, before: Dataset) -> bool | None:
        if not (wanted := value(before)):
            return False
        setattr(after, keyword, wanted)
        return None

    return damage


def _nested(item: Callable[[Dataset], Dataset | None]) -> Damage:
    def damage(after: Dataset, before: Dataset) -> bool | None:
        outer, inner = Dataset(), item(before)
        if inner is None:
            return False
        outer.PurposeOfReferenceCodeSequence = Sequence([inner])
        after.SourceImageSequence = Sequence([Dataset(), outer])
        return None

    return damage


def _without(keyword: str) -> Damage:
    def damage(after: Dataset, before: Dataset) -> bool | None:
        if not before.get(keyword):
            return False
        del after[keyword]
        return None

    return damage


def _emptied(keyword: str) -> Damage:
    def damage(after: Dataset, before: Dataset) -> bool | None:
        if not before.get(keyword):
            return False
        setattr(after, keyword, None)
        return None

    return damage


def _added(tag: int, vr: str, value: object) -> Damage:
    def damage(after: Dataset, _: Dataset) -> bool | None:
        after.add_new(tag, vr, value)
        return None

    return damage


def _name(before: Dataset) -> str:
    name = str(before.get("PatientName", ""))
    return name if len(name) > 5 and name.isascii() else ""


def _item(**attributes: object) -> Dataset:
    item = Dataset()
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    return item


def _private_item(_: Dataset) -> Dataset:
    item = _item(CodeValue="1")
    item.private_block(0x0029, "MAKER", create=True).add_new(1, "LO", "x")
    return item


def _other_code(after: Dataset, _: Dataset) -> None:
    after.DeidentificationMethodCodeSequence[0].CodeValue = "113105"


def _sender(after: Dataset, _: Dataset) -> None:
    after.file_meta.SourceApplicationEntityTitle = "SENDER"


def _in_another_character_set(after: Dataset, before: Dataset) -> bool | None:
    name = str(before.get("PatientName", ""))
    if not name or name.isascii():
        return False
    after.SpecificCharacterSet = "ISO_IR 192"
    after.ImageComments = name
    return None


def _pixel(after: Dataset, before: Dataset) -> bool | None:
    if "PixelData" not in before:
        return False
    pixels = bytearray(after["PixelData"].value)
    pixels[len(pixels) // 2] ^= 1
    after["PixelData"].value = bytes(pixels)
    return None


RESIDUAL, FORBIDDEN, LOST = "RESIDUAL_IDENTITY", "FORBIDDEN_ELEMENT", "REQUIRED_ATTRIBUTE_LOST"
DAMAGES: dict[str, tuple[Damage, str]] = {
    "a name in a comment": (
        _put("ImageComments", lambda b: _name(b) and f"of {_name(b)}."),
        RESIDUAL,
    ),
    "a name in lower case": (_put("ImageComments", lambda b: _name(b).lower()), RESIDUAL),
    "a name in another name": (_put("OperatorsName", _name), RESIDUAL),
    "a name in a nested item": (
        _nested(lambda b: _item(CodeMeaning=_name(b)) if _name(b) else None),
        RESIDUAL,
    ),
    "a name among bytes": (
        _put("ICCProfile", lambda b: _name(b) and b"\0\1" + _name(b).encode()),
        RESIDUAL,
    ),
    "a name in another character set": (_in_another_character_set, RESIDUAL),
    "a sender": (_sender, FORBIDDEN),
    "an identifier": (_put("ContainerIdentifier", lambda b: b.get("PatientID")), RESIDUAL),
    "a UID in a nested item": (
        _nested(lambda b: _item(ReferencedSOPInstanceUID=b.SOPInstanceUID)),
        RESIDUAL,
    ),
    "the study's date": (_put("StudyDate", lambda b: b.get("StudyDate")), RESIDUAL),
    "the series' own UID": (
        _put("SeriesInstanceUID", lambda b: b.SeriesInstanceUID),
        "UID_MISMATCH",
    ),
    "a patient of its own": (_put("PatientID", lambda _: "P1"), "UID_MISMATCH"),
    "another class": (_put("SOPClassUID", lambda _: "1.2.840.10008.5.1.4.1.1.7"), "UID_MISMATCH"),
    "a private element": (_added(0x00290010, "LO", "MAKER"), FORBIDDEN),
    "a private element in an item": (_nested(_private_item), FORBIDDEN),
    "an overlay": (_added(0x60003000, "OW", b"\0\0"), FORBIDDEN),
    "a curve": (_added(0x50003000, "OW", b"\0\0"), FORBIDDEN),
    "an invalid UID": (_nested(lambda _: _item(ReferencedSOPInstanceUID="1.02.3")), FORBIDDEN),
    "no instance": (_without("SOPInstanceUID"), "UID_MISMATCH"),
    "another code": (_other_code, FORBIDDEN),
    "no modality": (_without("Modality"), LOST),
    "an empty modality": (_emptied("Modality"), LOST),
    "no study date": (_without("StudyDate"), LOST),
    "no patient": (_without("PatientName"), LOST),
    "no segments": (_emptied("SegmentSequence"), LOST),
    "no doses": (_without("DoseUnits"), LOST),
    "a changed pixel": (_pixel, "PIXELS_CHANGED"),
    "no pixels": (_without("PixelData"), "PIXELS_CHANGED"),
    "a value too long": (_put("AccessionNumber", lambda _: "9" * 300), "ELEMENT_TOO_LONG"),
}


def test_the_files_are_sound_as_they_are_and_written_anew() -> None:
    assert len(good_outputs()) >= 20
    assert {frozenset(good.codes(good.made.data)) for good in good_outputs()} == {frozenset()}
    assert {frozenset(codes) for _, codes in _damaged(lambda after, before: None)} == {frozenset()}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damage_is_found(name: str) -> None:
    damage, code = DAMAGES[name]
    found = _damaged(damage)
    assert found
    assert [file for file, codes in found if code not in codes] == []


@pytest.mark.parametrize(
    "keyword",
    ["PatientIdentityRemoved", "DeidentificationMethod", "DeidentificationMethodCodeSequence"],
)
def test_a_forgotten_mark_is_found(keyword: str) -> None:
    def damage(after: Dataset, _: Dataset) -> None:
        del after[keyword]

    found = _damaged(damage)
    assert len(found) == len(good_outputs())
    assert all(FORBIDDEN in codes for _, codes in found)
