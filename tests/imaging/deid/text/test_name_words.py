"""Behind a cue a word that is also a name goes, and the clinical text that follows stays."""

from __future__ import annotations

import pytest

from include.imaging.deid.text import lexicon
from include.imaging.deid.text.cleaner import TextCleaner
from include.imaging.deid.text.folding import fold
from include.imaging.deid.text.identity import MOST_NAMES, identity_of

NOBODY = identity_of([])
WORDS = """hepatocellular pericholecystic metachronous sphenopalatine levothyroxine midazolam
claustrophobic comminuted cholecystostomy rivaroxaban orthopnea swollen tenderness"""
NAMES = "Zālītis Saulītis Maes Trần Pöll Moere Löwer"
SURNAMES = "weaver drummer wedding capstan"
MODES = [TextCleaner(vocabulary=False), TextCleaner(vocabulary=True)]


@pytest.mark.parametrize("cleaner", MODES, ids=["patterns", "vocabulary"])
@pytest.mark.parametrize(
    "text",
    """Name: Sarcoidosis with hilar nodes|Name: Prostate IMRT|scanned by: DWI b1000|pt T2 TSE
MRN T2 TSE|MRN L4 burst|Acc CT HEAD WITHOUT|Acc Axial 3 mm lung|results to Latex|case no. R MLO
admitted T2 TSE|Name Bone whole body|Low Dose CT Lung|pt name: Low Dose CT Lung|RT PLANNING CT
Name: Hashimoto thyroiditis|Name: Hodgkin lymphoma stage II|Discussed with young patient
Sharp pain|His daughter called. Latex allergy|performed by: Delayed enhancement PSIR
Name; Subdural hematoma|MRA circle of Willis|Patient states pain|son has asthma""".replace(
        "\n", "|"
    ).split("|"),
)
def test_a_cue_without_a_name_takes_no_clinical_word(cleaner: TextCleaner, text: str) -> None:
    assert cleaner.clean(text, NOBODY) == text


@pytest.mark.parametrize("cleaner", MODES, ids=["patterns", "vocabulary"])
@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Dr. brown saw him", "saw him"),
        ("Name: young", "Name"),
        ("Name: Brown, John", "Name"),
        ("Name: Brown CT chest", "Name: CT chest"),
        ("Name: Head, Ondrej", "Name"),
        ("Name: Ondrej; Subdural hematoma", "Name: Subdural hematoma"),
        ("SIGNED BY YOUNG", "SIGNED BY"),
        ("scanned by: ondra kilburn", "scanned by"),
        ("scanned by kilburn, ondra", "scanned by"),
        ("daughter ondra called", "daughter called"),
        ("His son ondrej was told.", "His son was told."),
        ("Spoke to kilburn ondra about the CT", "Spoke to about the CT"),
        ("contact: kilburn, van", "contact"),
        ("referred by Long for long axis", "referred by for long axis"),
        ("wife Destiny present", "wife present"),
        ("Requested by van der Linden: MR SPINE", "Requested by: MR SPINE"),
        ("Mrs. Ward: pain", "pain"),
        ("CT head Kilburnik, Ondrej", "CT head"),
        ("CT head O. Kilburnik", "CT head"),
        ("results to dr kilburnik. Suspicious mass", "results to. Suspicious mass"),
        ("Spoke to Maes about the CT", "Spoke to about the CT"),
    ],
)
def test_a_name_that_is_a_word_goes_behind_a_cue(
    cleaner: TextCleaner, text: str, clean: str
) -> None:
    assert cleaner.clean(text, NOBODY) == clean


@pytest.mark.parametrize("cleaner", MODES, ids=["patterns", "vocabulary"])
def test_a_patient_named_like_a_word_goes_where_it_fills_a_field(cleaner: TextCleaner) -> None:
    known = identity_of([("PatientName", "PN", "Ward^Ondrej")])
    assert cleaner.clean("AX T2 TSE - WARD", known) == "AX T2 TSE"
    low = identity_of([("PatientName", "PN", "Low^Ondrej")])
    assert cleaner.clean("Low Dose CT Lung", low) == "Low Dose CT Lung"


@pytest.mark.parametrize("word", SURNAMES.split())
def test_a_patient_named_like_a_word_of_the_dictionary_goes_in_any_case(word: str) -> None:
    known = identity_of([("PatientName", "PN", f"{word}^ondrej")])
    assert not lexicon.is_listed(word)
    for cleaner in MODES:
        assert cleaner.clean(f"the {word} knee", known) == "the knee"


@pytest.mark.parametrize("word", WORDS.split())
def test_an_english_or_medical_word_stays_in_short_texts(word: str) -> None:
    for text in (f"CT {word}", f"CT {word.upper()}", f"CT {word.capitalize()}"):
        assert MODES[1].clean(text, NOBODY) == text


@pytest.mark.parametrize("name", NAMES.split())
def test_a_name_is_no_word_because_folding_changes_it(name: str) -> None:
    assert not lexicon.is_known(name, fold(name))


def test_the_dictionary_holds_many_words_and_few_names() -> None:
    words = "adhesive quarterly abundance swelling coin bicycle yesterday"
    assert all(lexicon.is_in_dictionary(word) for word in words.split())
    names = "kowalczyk smith johnson weaver baker nelson mueller nguyen singh anna peter maria"
    assert not any(lexicon.is_in_dictionary(name) for name in names.split())


def test_of_an_object_with_too_many_names_nothing_stays() -> None:
    letters = "bcdfghjklm"
    names = ("on" + "".join(letters[int(d)] + "a" for d in str(n)) for n in range(MOST_NAMES + 1))
    crowd = identity_of(("OtherPatientNames", "PN", name) for name in names)
    assert crowd.is_too_large
    assert not crowd.persons
    for cleaner in MODES:
        assert cleaner.clean("knee", crowd) == ""
        assert cleaner.without_known("knee", crowd) == ""
