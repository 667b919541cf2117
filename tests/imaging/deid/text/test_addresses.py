"""Numbers of an address go by where they stand, and the clinical text behind it stays."""

from __future__ import annotations

import pytest

from include.imaging.deid.text.cleaner import TextCleaner
from include.imaging.deid.text.identity import identity_of

NOBODY = identity_of([])
MODES = [TextCleaner(vocabulary=False), TextCleaner(vocabulary=True)]


@pytest.mark.parametrize("cleaner", MODES, ids=["patterns", "vocabulary"])
@pytest.mark.parametrize(
    "address",
    """813, 12-345 Tarnow|123 45 Tarnhamn|12 Tarnia Road, AB12 3DE Oxwick|5 Tarn Lane
44 Oxbom Way, K1A 0B6 Tarnton|1234 AB Tarnrecht|00-950 Tarnszawa|Tarngatan 4, 113 51 Oxholm
22 Tarnska|595 Tarnsalu Spurs Suite 444|Opavska 1, 183 69 Tarnov nad Oxici|10115""".replace(
        "\n", "|"
    ).split("|"),
)
def test_what_follows_the_cue_of_an_address_goes(cleaner: TextCleaner, address: str) -> None:
    assert cleaner.clean(f"Address: {address}; CT head 5 mm", NOBODY) == "Address: CT head 5 mm"


@pytest.mark.parametrize("cleaner", MODES, ids=["patterns", "vocabulary"])
@pytest.mark.parametrize(
    "text",
    """home: CT ABDOMEN|lives at CT ABDOMEN|home: 5 mm slice|Home oxygen 2 L|address of patient
CT ABDOMEN 12345 images|Axial 3 mm lung|3 of 4 phases|20 CT HEAD""".replace("\n", "|").split("|"),
)
def test_clinical_text_behind_the_cue_of_an_address_stays(cleaner: TextCleaner, text: str) -> None:
    assert cleaner.clean(text, NOBODY) == text


@pytest.mark.parametrize("cleaner", MODES, ids=["patterns", "vocabulary"])
@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("MR Road 143", ""),
        ("143 MR Road CT chest", "CT chest"),
        ("571 MR Lane CT ABDOMEN", "CT ABDOMEN"),
        ("lives at 32, boulevard de Tarn Axial 3 mm lung", "lives at Axial 3 mm lung"),
        ("contact Tarnia at 45/013 3347", "contact at"),
        ("contact at (223)374-6039x45122 now", "contact at now"),
    ],
)
def test_a_street_goes_whole_and_what_follows_stays(
    cleaner: TextCleaner, text: str, clean: str
) -> None:
    assert cleaner.clean(text, NOBODY) == clean


@pytest.mark.parametrize("cleaner", MODES, ids=["patterns", "vocabulary"])
@pytest.mark.parametrize("code", ["62-704", "627 04", "6270", "AB1 2DE", "6270 AB"])
def test_a_postal_code_goes_with_the_town_that_is_known(cleaner: TextCleaner, code: str) -> None:
    known = identity_of([("InstitutionAddress", "ST", "Elm Court, Tarnwick")])
    assert cleaner.clean(f"CT chest, {code} Tarnwick, 5 mm", known) == "CT chest, 5 mm"
    assert cleaner.clean(f"CT chest, Tarnwick {code}, 5 mm", known) == "CT chest, 5 mm"


def test_a_measure_beside_a_known_town_stays() -> None:
    known = identity_of([("InstitutionAddress", "ST", "Elm Court, Tarnwick")])
    for cleaner in MODES:
        assert cleaner.clean("T2 Tarnwick 5 mm", known) == "T2 5 mm"
        assert cleaner.clean("ax_t2_Tarnwick_384", known) == "ax_t2_384"
