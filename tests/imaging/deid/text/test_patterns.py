"""What has the form of identity goes without any knowledge of the patient."""

from __future__ import annotations

import pytest

from include.imaging.deid.text.cleaner import TextCleaner
from include.imaging.deid.text.identity import identity_of

NOBODY = identity_of([])
MODES = [TextCleaner(vocabulary=False), TextCleaner(vocabulary=True)]
DATES = """2024-03-05|2024/03/05|2024.3.5|20240305|05.03.2024|5.3.2024|5. 3. 2024|05/03/2024
3/5/24|03-05-2024|05-03-24
Mar 5 2024|March 5, 2024|Mar. 5th, 2024|5 March|5 March 2024|5th of March 2024|05MAR2024
05-Mar-2024|MAR 05 2024|mar 5 2024
5. März 2024|5 mars 2024|5 de marzo de 2024|5 maart 2024|März 2024|March 2024|03/2024|2024-03
5 mai 2023|1er août 2022
2024-03-05T14:35:10|2024-03-05 14:35|20240305143510|14:35|2:35 pm|14:35:10|2:35 PM|9 am
14.35 Uhr|14 Uhr|1435 hrs|am 05.03.|on 3/5"""
AGES = "91 y/o|91-year-old|95yo|101 years old|092Y|93 Jahre|94 ans|97 yrs"
NUMBERS = """12345678|123456|98765|MRN 12|MRN: A-77|ID: 4711|ID 4711|ACC 4711|Acc# A7788
accession no. 77-88|patient id 8812|#4711|case no. 12|SSN 123-45-6789|123-45-6789|1EG4-TE5-MK73
A123456789|943 476 5919|1 85 05 78 006 084 36|Fall-Nr. 4411|Pat.-Nr. 88|policy no 5512
12-345-678|X1234567L"""
CONTACTS = """555-123-4567|(555) 123-4567|555.123.4567|+49 89 123456|+1 (555) 123 4567
089/1234567|0171 234 5678|01 23 45 67 89|555-1234
jane.roe@mercy.example.org|https://mercy.example.org/a?b=1|www.mercy.org|mercyhospital.org
10.20.30.40|10.20.30.40:104|fe80:0:0:0:2:3:4:5|00:1a:2b:3c:4d:5e
1.2.840.113619.2.55.3.604688|C:\\Users\\jroe\\x.dcm|/mnt/jroe/x.dcm|\\\\srv\\share\\x|@jane_roe"""


def _entries(block: str) -> list[str]:
    return [entry for line in block.splitlines() for entry in line.split("|")]


@pytest.mark.parametrize("cleaner", MODES, ids=["patterns", "vocabulary"])
@pytest.mark.parametrize("entry", [*_entries(DATES), *_entries(NUMBERS), *_entries(CONTACTS)])
def test_an_identifying_pattern_goes_whole(cleaner: TextCleaner, entry: str) -> None:
    digits = {run for run in entry.replace("-", " ").split() if run.isdigit()}
    left = cleaner.clean(f"Knee {entry} left", NOBODY)
    assert left.startswith("Knee")
    assert left.endswith("left")
    assert not digits & set(left.split())
    assert not any(character.isdigit() for character in left)


@pytest.mark.parametrize("cleaner", MODES, ids=["patterns", "vocabulary"])
@pytest.mark.parametrize("entry", _entries(AGES))
def test_an_age_above_89_goes(cleaner: TextCleaner, entry: str) -> None:
    left = cleaner.clean(f"Knee of {entry} female", NOBODY)
    assert not any(character.isdigit() for character in left)


@pytest.mark.parametrize("cleaner", MODES, ids=["patterns", "vocabulary"])
@pytest.mark.parametrize(
    "text",
    """5 mm|120 kVp|T2|L4/L5|3.0T|C5-C6|10%|2x2|b1000|TE 30|b 0/50/400/800|TE 30 60 90 120
TR 2000 TE 12.5|512x512|FOV 240 mm
256 x 256|slice 3/24|ASPECTS 9/10|C5-6, C6-7, T11-T12|10:00 position, 3 cm from nipple
at 2 o'clock|pain 5/10|EF 55-60%|T2N0M0
Gleason 3+4=7|grade II/III|DLP 456.7 mGy*cm|0.5 mmol/kg|400-1200 ms|series #2 image #45|85 y/o
67-year-old|3rd rib|7.0 x 8.5 cm
ep2d_diff_b50_400_800_ADC|t1_mprage_sag_p2_iso|HU -1024 to 3071|BP 138/82|1,234 ml|10000 IU
25000 units|0.123456|ratio 10:1|5-10 days
JPEG 2000|ICD10|HbA1c 8.2%|T10-L2|Mar 5 mm|may 5 be seen|dec 10 mm|L5-S1|S/P 2 stents
3 x 4 x 5 mm""".replace("\n", "|").split("|"),
)
def test_a_clinical_number_stays(cleaner: TextCleaner, text: str) -> None:
    assert cleaner.clean(text, NOBODY) == text


@pytest.mark.parametrize("cleaner", MODES, ids=["patterns", "vocabulary"])
@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("room 12", "room"),
        ("Ward 7B", "Ward"),
        ("Zimmer 204", "Zimmer"),
        ("ext 4455", "ext"),
        ("user: jroe", "user"),
        ("CT 12 Elmwood Street chest", "CT chest"),
        ("CT 12 Elmwood Street, Tarnwick, IL 62704 chest", "CT chest"),
        ("Hauptstraße 12, 80331 Tarnstadt", ""),
        ("Berliner Str. 5a", ""),
        ("5 rue de la Tarnerie", ""),
        ("Calle Tarnero 12", ""),
        ("Keizersgracht 12", ""),
        ("P.O. Box 123", ""),
        ("SW1A 1AA", ""),
        ("K1A 0B1", ""),
        ("1010 Tarnstadt", ""),
        ("Tarnwick, IL", ""),
        ("CT Tarnwick General Hospital chest", "CT chest"),
        ("CT Sacred Tarn Hospital chest", "CT chest"),
        ("University Hospital Tarnstadt", ""),
        ("Klinikum Tarnstadt-Nord", ""),
        ("Hospital de la Santa Tarna", ""),
        ("Tarnwick Medical Center, Oxbow", ""),
        ("Seen in hospital", "Seen in hospital"),
        ("Pain Clinic", "Pain Clinic"),
        ("line one 12345678\nline two", "line one\nline two"),
        ("12345678\nline two", "\nline two"),
    ],
)
def test_places_go_and_what_is_around_them_stays(
    cleaner: TextCleaner, text: str, clean: str
) -> None:
    assert cleaner.clean(text, NOBODY) == clean
