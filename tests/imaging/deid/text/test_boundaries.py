"""Clinical words bound what an address, a person or a street takes with it."""

from __future__ import annotations

import pytest

from include.imaging.deid.text.cleaner import TextCleaner
from include.imaging.deid.text.identity import identity_of

NOBODY = identity_of([])
CLEANER = TextCleaner(vocabulary=True)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("lives at 12 Mallinder Road, 3810 Gruthausen T1 TSE", "lives at T1 TSE"),
        ("home: 77 Ravenhill Lane b0 DWI", "home: b0 DWI"),
        ("home: 77 Ravenhill Lane, C3 fracture", "home: C3 fracture"),
        ("MRN ep2d diff tra", "MRN ep2d diff tra"),
        ("R CC SPOT, KOWALCZYK A.", "R CC SPOT"),
        ("12 Lakeview Street, 8000 Brunnstadt Baker cyst", "Baker cyst"),
        ("home: 5 Orchard Close Peanuts allergy", "home: Peanuts allergy"),
        ("AORTA RUNOFF 12 HIGH STREET", "AORTA RUNOFF"),
        ("TOWNE VIEW ST MARY HOSPITAL", "TOWNE VIEW"),
        ("referred by Kowalczyk Known asthma", "referred by Known asthma"),
    ],
)
def test_a_clinical_word_beside_identity_stays(text: str, left: str) -> None:
    assert CLEANER.clean(text, NOBODY) == left


@pytest.mark.parametrize(
    "text",
    [
        "quadriphasic liver",
        "MESIAL root",
        "Circle of Willis",
        "RT fields",
        "mother HTN, father CAD",
        "Patient was informed by phone about the result.",
        "T12 L1 fracture",
        "per MRI - stable",
        "patient c. difficile colitis",
    ],
)
def test_a_clinical_text_stays_whole(text: str) -> None:
    assert CLEANER.clean(text, NOBODY) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Nurse m. alvarado informed", "Nurse informed"),
        ("dictated by t. stone", "dictated by"),
        ("referred by c. de la cruz", "referred by"),
        ("reported by KAY; CT chest", "reported by; CT chest"),
        ("per tran - no change", "per no change"),
        ("read by silver; stable", "read by; stable"),
        ("CT, green_mary", "CT"),
        ("CT Chest, Maple Hollow Drive, follow up", "CT Chest, follow up"),
        ("Copper Ridge Road 7, 110 00 Praha", ""),
        ("30-059 Gliwice CT", "CT"),
        ("MR KNEE 1015AB", "MR KNEE"),
    ],
)
def test_a_small_name_or_a_street_of_words_goes(text: str, left: str) -> None:
    assert CLEANER.clean(text, NOBODY) == left


def test_a_date_before_a_word_like_a_unit_goes() -> None:
    assert CLEANER.clean("12.11.2019 s/p surgery", NOBODY) == "s/p surgery"


def test_a_name_read_in_the_wrong_encoding_goes_as_one_word() -> None:
    of_mueller = identity_of([("PatientName", "PN", "M\u00fcller^Ada")])
    assert CLEANER.clean("M\u00c3\u00bcller CT head", of_mueller) == "CT head"
    assert CLEANER.clean("lives in K\u00c3\u00b6nigsdorf", NOBODY) == "lives in"
