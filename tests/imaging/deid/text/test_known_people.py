"""What is known of an object's people goes, in whatever form it is written."""

from __future__ import annotations

import pytest

from include.imaging.deid.text.cleaner import TextCleaner
from include.imaging.deid.text.identity import Identity, identity_of

MODES = [TextCleaner(vocabulary=False), TextCleaner(vocabulary=True)]


def _patient(name: str, *others: tuple[str, str, str]) -> Identity:
    return identity_of([("PatientName", "PN", name), *others])


@pytest.mark.parametrize("cleaner", MODES, ids=["patterns", "vocabulary"])
@pytest.mark.parametrize(
    ("name", "text", "clean"),
    [
        ("Smith^John^Adam", "CT CHEST SMITH JOHN", "CT CHEST"),
        ("Smith^John", "CT CHEST, John Smith, 5 mm", "CT CHEST, 5 mm"),
        ("Smith^John", "AX T2 J.SMITH", "AX T2"),
        ("Smith^John", "AX T2 SMITH, J. axial", "AX T2 axial"),
        ("Smith^John", "ax_t2_smith_john_384", "ax_t2_384"),
        ("Smith^John", "SMITHJOHN KNEE", "KNEE"),
        ("Smith^John", "jsmith knee", "knee"),
        ("Smith^John", "SMITHJ knee", "knee"),
        ("Smith^John", "Smith's knee", "knee"),
        ("Smith^John", "KneeSmith pre", "pre"),
        ("Smith^John", "KNEE (SMITH, JOHN) pre", "KNEE pre"),
        ("Smith^John", "SMITH^JOHN knee", "knee"),
        ("Müller^Jörg", "Thorax Mueller Joerg", "Thorax"),
        ("Mueller^Jorg", "Thorax MÜLLER JÖRG", "Thorax"),
        ("Muller^Jorg", "Thorax Mueller, Jörg", "Thorax"),
        ("Strauß^Änne", "Thorax STRAUSS AENNE", "Thorax"),
        ("Sørensen^Åse", "Thorax Soerensen Aase", "Thorax"),
        ("O'Brien^Siobhán", "Knee O'Brien Siobhan left", "Knee left"),
        ("O'Brien^Siobhán", "Knee OBRIEN left", "Knee left"),
        ("OBrien^Sean", "Knee O'Brien left", "Knee left"),
        ("van der Berg^Joost", "Knee VAN DER BERG left", "Knee left"),
        ("van der Berg^Joost", "Knee vanderBerg left", "Knee left"),
        ("Vanderberg^Joost", "Knee van der Berg left", "Knee left"),
        ("Garcia-Lopez^Maria Jose", "Knee GARCIA LOPEZ left", "Knee left"),
        ("Garcia-Lopez^Maria Jose", "Knee Lopez left", "Knee left"),
        ("Nguyễn^Văn An", "Brain Nguyen Van An MRI", "Brain MRI"),
        ("Nguyễn^Văn An", "Brain Ngu\u0079\u1ec5n MRI", "Brain MRI"),
        ("Li^Wei", "Brain LI WEI MRI", "Brain MRI"),
        ("Li^Wei", "Brain Wei Li MRI", "Brain MRI"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "CT 山田太郎 Yamada", "CT"),
        ("Yamada^Tarou=山田^太郎", "CT 山田 太郎", "CT"),
        ("Иванов^Пётр", "CT Иванов Петр", "CT"),
        ("Иванов^Пётр", "CT ИВАНОВА", "CT"),
        ("Suharto", "Knee Suharto left", "Knee left"),
        ("Sukarno^^^^", "Knee (sukarno) left", "Knee left"),
        ("Smi\u00adth^John", "Knee Smi\u200bth left", "Knee left"),
        ("Adebayo Okonkwo", "Knee OKONKWO ADEBAYO left", "Knee left"),
        ("Al-Hassan^Fatima", "Knee Fatima al Hassan left", "Knee left"),
    ],
)
def test_a_known_name_goes_in_every_form(
    cleaner: TextCleaner, name: str, text: str, clean: str
) -> None:
    assert cleaner.clean(text, _patient(name)) == clean


@pytest.mark.parametrize("cleaner", MODES, ids=["patterns", "vocabulary"])
@pytest.mark.parametrize(
    ("name", "text", "clean"),
    [
        # a clinical word stays where nothing says that it is the name
        ("Head^Walter", "CT HEAD WITHOUT CONTRAST", "CT HEAD WITHOUT CONTRAST"),
        ("Brain^Walter", "MRI of the brain", "MRI of the brain"),
        ("Lung^Mai", "CT lung low dose", "CT lung low dose"),
        # beside another part of the name, an initial or a title it is the name
        ("Head^Walter", "CT HEAD, WALTER", "CT"),
        ("Head^Walter", "CT abdomen W. Head", "CT abdomen"),
        ("Brain^Walter", "Mr. Brain has a cough", "has a cough"),
        ("Lung^Mai", "referred by Lung for cough", "referred by for cough"),
        ("Head^Neck", "CT HEAD NECK", "CT"),
        # everyday words go where they have a capital, and stay small
        ("Tran^Bao", "CT TRAN", "CT"),
        ("Young^Grace", "a young patient", "a young patient"),
        ("Young^Grace", "knee Young left", "knee left"),
        ("May^Theresa", "it may be torn", "it may be torn"),
        ("May^Theresa", "CT MAY CHEST", "CT CHEST"),
        # words that hold every sentence together go only beside the rest of the name
        ("An^Do", "CT WITH AN IV", "CT WITH AN IV"),
        ("An^Do", "CT AN DO", "CT"),
        ("The^Binh", "CT OF THE KNEE", "CT OF THE KNEE"),
    ],
)
def test_a_name_that_is_a_word_goes_where_it_stands_as_a_name(
    cleaner: TextCleaner, name: str, text: str, clean: str
) -> None:
    assert cleaner.clean(text, _patient(name)) == clean


@pytest.mark.parametrize("cleaner", MODES, ids=["patterns", "vocabulary"])
@pytest.mark.parametrize(
    ("known", "text"),
    [
        (("PatientID", "LO", "12345678"), "Knee 12345678 left"),
        (("PatientID", "LO", "12345678"), "Knee 12-345-678 left"),
        (("PatientID", "LO", "12345678"), "Knee 12 345 678 left"),
        (("PatientID", "LO", "12345678"), "Knee 0012345678 left"),
        (("PatientID", "LO", "000123"), "Knee 123000 left"),
        (("PatientID", "LO", "4711"), "Knee 4711 left"),
        (("PatientID", "LO", "0004711"), "Knee 4711 left"),
        (("PatientID", "LO", "AB12CD"), "Knee ab-12-cd left"),
        (("AccessionNumber", "SH", "RAD-2024-0017"), "Knee RAD20240017 left"),
        (("AccessionNumber", "SH", "RAD20240017"), "Knee rad 2024/0017 left"),
        (("StationName", "SH", "CTSCAN7B"), "Knee CTSCAN7B left"),
        (("PatientTelephoneNumbers", "SH", "0171 2345678"), "Knee 0171/2345678 left"),
        (("PatientBirthDate", "DA", "19500305"), "Knee 05/03 left"),
        (("PatientBirthDate", "DA", "19500305"), "Knee 1950 left"),
        (("InstitutionName", "LO", "Klinikum Sonnenhöhe"), "Knee Sonnenhoehe left"),
        (("InstitutionName", "LO", "General Hospital"), "Knee GENERAL HOSPITAL left"),
        (("InstitutionName", "LO", "Oakmoor Bay Imaging"), "Knee OBI left"),
        (("InstitutionAddress", "ST", "5 Elm Ct, Tarnwick 90210"), "Knee Tarnwick left"),
        (("ReferringPhysicianName", "PN", "Ondrasek^Pavel^^Dr"), "Knee Dr. ONDRASEK left"),
        (("OperatorsName", "PN", "Kilburn^A\\Ondrasek^P"), "Knee Ondrasek left"),
    ],
)
def test_other_known_identifiers_go(
    cleaner: TextCleaner, known: tuple[str, str, str], text: str
) -> None:
    assert cleaner.clean(text, identity_of([known])) == "Knee left"


@pytest.mark.parametrize("cleaner", MODES, ids=["patterns", "vocabulary"])
def test_a_department_is_no_reason_to_lose_a_clinical_word(cleaner: TextCleaner) -> None:
    known = identity_of([("InstitutionalDepartmentName", "LO", "Radiology")])
    assert cleaner.clean("Radiology consult", known) == "Radiology consult"
