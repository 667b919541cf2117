"""A signature leaves out what only says which object it is, and nothing that a rule looks at."""

from __future__ import annotations

import pytest

from include.imaging.dicom.parts import Bulk, Head, top_level
from include.imaging.validation.signature import signature, token
from include.imaging.validation.verdicts import CleanVerdicts

KEYWORDS = {
    "Modality": (0x00080060, "CS"),
    "ImageType": (0x00080008, "CS"),
    "BitsAllocated": (0x00280100, "US"),
    "SmallestImagePixelValue": (0x00280106, "US"),
    "NumberOfFrames": (0x00280008, "IS"),
    "SliceLocation": (0x00201041, "DS"),
    "StudyDate": (0x00080020, "DA"),
    "StudyTime": (0x00080030, "TM"),
    "StudyDescription": (0x00081030, "LO"),
    "CodeValue": (0x00080100, "SH"),
    "PatientName": (0x00100010, "PN"),
    "SOPClassUID": (0x00080016, "UI"),
    "RedPaletteColorLookupTableData": (0x00281201, "OW"),
}


def _head(keyword: str) -> Head:
    return top_level().head(*KEYWORDS[keyword])


def _same(keyword: str, one: bytes, other: bytes, *, is_kept: bool) -> bool:
    head = _head(keyword)
    tokens = {token(head, data, None, is_kept=is_kept) for data in (one, other)}
    return len(tokens) == 1


@pytest.mark.parametrize(
    ("keyword", "one", "other"),
    [
        ("SliceLocation", b"-12.5 ", b"-7"),
        ("NumberOfFrames", b"12", b"30"),
        ("StudyDate", b"20200101", b"20211231"),
        ("StudyTime", b"101010", b"235959"),
        ("StudyDescription", b"Thorax", b"Abdomen and pelvis"),
        ("PatientName", b"ROE^RICHARD", b"DOE^JANE "),
        ("SOPClassUID", b"2.25.1234\0", b"2.25.98"),
        ("SmallestImagePixelValue", b"\x01\0", b"\x05\0"),
        ("RedPaletteColorLookupTableData", b"\1\2", b"\3\4"),
    ],
)
def test_what_differs_from_image_to_image_is_left_out(
    keyword: str, one: bytes, other: bytes
) -> None:
    assert _same(keyword, one, other, is_kept=True)


@pytest.mark.parametrize("is_kept", [True, False])
@pytest.mark.parametrize(
    ("keyword", "one", "other"),
    [
        ("Modality", b"CT", b"MR"),
        ("ImageType", b"ORIGINAL\\PRIMARY", b"ORIGINAL\\PRIMARY\\AXIAL"),
        ("BitsAllocated", b"\x08\0", b"\x10\0"),
        ("NumberOfFrames", b"1 ", b"2 "),
        ("NumberOfFrames", b"12", b"12\\3"),
        ("NumberOfFrames", b"12", b"1.2 "),
        ("NumberOfFrames", b"12", b"1234567890123"),
        ("SliceLocation", b"1.5 ", b"-1.5"),
        ("SliceLocation", b"1.5 ", b"0"),
        ("SliceLocation", b"1.5 ", b"x"),
        ("StudyDate", b"20200101", b"20201301"),
        ("StudyDate", b"20200101", b""),
        ("StudyTime", b"101010", b"10:10:10"),
        ("StudyDescription", b"Thorax", b""),
        ("StudyDescription", b"Thorax", b"Thor\x07x"),
        ("StudyDescription", b"Thorax", b"Thor\xe4x"),
        ("StudyDescription", b"Thorax", b"T" * 65),
        ("StudyDescription", b"Thorax", b"Tho\\rax"),
        ("CodeValue", b"113100", b"113101"),
        ("PatientName", b"ROE^RICHARD", b"ROE^RICHARD^A"),
        ("SOPClassUID", b"1.2.840.10008.5.1.4.1.1.2\0", b"1.2.840.10008.5.1.4.1.1.4\0"),
        ("SOPClassUID", b"2.25.1234", b"1.3.6"),
        ("SOPClassUID", b"2.25.1234", b"2.25.01"),
        ("RedPaletteColorLookupTableData", b"\1\2", b"\1\2\3\4"),
    ],
)
def test_what_a_rule_looks_at_is_in_it(
    keyword: str, one: bytes, other: bytes, *, is_kept: bool
) -> None:
    assert not _same(keyword, one, other, is_kept=is_kept)


@pytest.mark.parametrize(
    ("keyword", "one", "other"),
    [
        ("SliceLocation", b"-12.5 ", b"-7"),
        ("NumberOfFrames", b"12", b"30"),
        ("RedPaletteColorLookupTableData", b"\1\2", b"\3\4"),
    ],
)
def test_of_a_number_that_the_writer_changed_every_digit_counts(
    keyword: str, one: bytes, other: bytes
) -> None:
    assert not _same(keyword, one, other, is_kept=False)
    head = _head(keyword)
    assert token(head, one, None, is_kept=True) != token(head, one, None, is_kept=False)


def test_a_long_value_counts_where_the_writer_changed_it() -> None:
    head = _head("RedPaletteColorLookupTableData")
    one, other = (Bulk(fill * 9000, 100, 8900) for fill in (b"\1", b"\2"))
    for is_kept in (True, False):
        tokens = {token(head, b"", each, is_kept=is_kept) for each in (one, other)}
        assert (len(tokens) == 1) is is_kept


def test_places_syntax_and_the_pattern_of_uids_count() -> None:
    inside = top_level().head(0x00081140, "SQ").inside.head(*KEYWORDS["Modality"])
    tokens = [token(head, b"CT", None, is_kept=True) for head in (_head("Modality"), inside)]
    assert tokens[0] != tokens[1]
    alike = signature("1.2", tokens, [b"1.1", b"1.2", b"1.1"])
    assert alike == signature("1.2", tokens, [b"5.1", b"5.2", b"5.1"])
    assert alike != signature("1.2", tokens, [b"5.1", b"5.2", b"5.2"])
    assert alike != signature("1.3", tokens, [b"1.1", b"1.2", b"1.1"])
    assert alike != signature("1.2", tokens[::-1], [b"1.1", b"1.2", b"1.1"])


def test_the_verdict_that_was_asked_for_longest_ago_gives_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("include.imaging.validation.verdicts.MOST_VERDICTS", 2)
    verdicts = CleanVerdicts()
    verdicts.add(b"1")
    verdicts.add(b"2", b"before")
    assert verdicts.has(b"1")
    assert not verdicts.has(b"2")
    verdicts.add(b"3")
    assert verdicts.has(b"1")
    assert verdicts.has(b"3")
    assert not verdicts.has(b"2", b"before")
