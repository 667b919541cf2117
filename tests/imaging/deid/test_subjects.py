"""A subject list gives the pseudonyms a study chose, and is refused where it mixes people up."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from include.imaging.deid.pseudonyms import Pseudonyms
from include.imaging.deid.subjects import Missing, SubjectList, Subjects
from include.imaging.dicom.elements import WalkError
from include.imaging.errors import CustomerError
from include.imaging.keyring import Keyring

KEYRING = Keyring(bytes(range(32)))
ROWS = [("12345", "S-1"), ("6", "S-2")]
DIGEST = "79aadc28d8f66fd5813ee56cae37ed41e38809530274d8c5bd7688ff319354fd"


def pseudonyms(missing: Missing, rows: list[tuple[str, str]] = ROWS) -> Pseudonyms:
    return Pseudonyms(KEYRING, "hospital", Subjects(SubjectList.from_rows(rows), missing))


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "subjects.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refused(folder: Path, content: str | bytes) -> str:
    with pytest.raises(CustomerError) as caught:
        SubjectList.from_csv(written(folder, content))
    assert caught.value.__cause__ is None
    assert "Secret" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("written_as", ["12345", " 12345", "12345\0"])
def test_a_listed_patient_has_the_given_pseudonym(written_as: str) -> None:
    assert pseudonyms("hold").patient(written_as) == "S-1"
    assert pseudonyms("keyed").patient(written_as) == "S-1"


def test_a_patient_that_the_list_lacks_is_held_or_keyed_as_the_policy_says() -> None:
    for unlisted in ("777", ""):
        with pytest.raises(WalkError) as caught:
            pseudonyms("hold").patient(unlisted)
        assert caught.value.code == "SUBJECT_NOT_LISTED"
        assert "777" not in str(caught.value)
        expected = Pseudonyms(KEYRING, "hospital").patient(unlisted)
        assert pseudonyms("keyed").patient(unlisted) == expected


def test_a_keyed_pseudonym_that_was_given_to_somebody_else_is_not_given_twice() -> None:
    taken = Pseudonyms(KEYRING, "hospital").patient("777")
    with pytest.raises(WalkError):
        pseudonyms("keyed", [("12345", taken)]).patient("777")


@pytest.mark.parametrize(
    "content",
    [
        "patient_id,pseudonym\n12345,S-1\n6,S-2\n",
        "\ufeffpatient_id,pseudonym\r\n12345,S-1\r\n6,S-2\r\n\r\n",
        'pseudonym, patient_id\n"S-2",6\nS-1 , 12345 \n',
    ],
)
def test_a_file_reads_alike_whatever_wrote_it(tmp_path: Path, content: str) -> None:
    listed = SubjectList.from_csv(written(tmp_path, content))
    assert [listed.pseudonym("12345"), listed.pseudonym("6")] == ["S-1", "S-2"]
    assert listed.pseudonym("7") is None
    assert listed.digest(KEYRING) == DIGEST


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("Secret1", "it must have two fields"),
        ("Secret1,S-1,more", "it must have two fields"),
        (",SecretS", "its patient_id is empty"),
        ("Secret\\1,S-1", "its patient_id is empty"),
        ('"Secret\x07",S-1', "its patient_id is empty"),
        ("Secret1,", "its pseudonym must be 1 to 64"),
        ("Secret1," + "S" * 65, "its pseudonym must be 1 to 64"),
        ("Secret1,Sé", "its pseudonym must be 1 to 64"),
        ("Secret1,S\\1", "its pseudonym must be 1 to 64"),
        ("Secret1,S^1", "its pseudonym must be 1 to 64"),
        ("Secret1,S=1", "its pseudonym must be 1 to 64"),
        ("Secret1,x-sECRET1", "its pseudonym holds the patient_id"),
        ("7,7", "its pseudonym is its patient_id"),
        ("Secret0,S-9", "its patient_id is in the list already"),
        ("Secret1,S-0", "its pseudonym is another patient's already"),
        ("Secret1,Secret0", "a patient_id of the list is given to somebody"),
        ("S-0,S-1", "a patient_id of the list is given to somebody"),
        ('"Secret1"x,S-1', "its quotes or its length"),
        ("Secret1," + "S" * 200_000, "its quotes or its length"),
    ],
)
def test_a_bad_row_is_refused_by_its_line_and_without_its_values(
    tmp_path: Path, row: str, fault: str
) -> None:
    told = refused(tmp_path, f"patient_id,pseudonym\nSecret0,S-0\n{row}\n")
    assert told.startswith(f"SUBJECTS_INVALID: the subject list, line 3: {fault}")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "line 0: the header must be"),
        ("Secret1,S-1\n", "line 1: the header must be"),
        ("patient_id,pseudonym,name\n", "line 1: the header must be"),
        ("patient_id,pseudonym\n", "SUBJECTS_EMPTY"),
        (b"patient_id,pseudonym\n\xe9,S-1\n", "SUBJECTS_UNREADABLE"),
    ],
)
def test_what_is_no_list_is_refused(tmp_path: Path, content: str | bytes, told: str) -> None:
    assert told.replace("line 0", "line 1") in refused(tmp_path, content)


def test_a_missing_file_is_told_without_its_path(tmp_path: Path) -> None:
    with pytest.raises(CustomerError, match="SUBJECTS_UNREADABLE") as caught:
        SubjectList.from_csv(tmp_path / "Secret.csv")
    assert "Secret" not in str(caught.value)


def test_a_table_of_a_database_is_a_list() -> None:
    with create_engine("sqlite://").connect() as connection:
        connection.execute(text("CREATE TABLE subjects (name, pseudonym, patient_id)"))
        for patient, pseudonym in ROWS:
            values = {"patient": patient, "pseudonym": pseudonym}
            connection.execute(
                text("INSERT INTO subjects VALUES ('x', :pseudonym, :patient)"), values
            )
        assert SubjectList.from_table(connection, "subjects").digest(KEYRING) == DIGEST
        connection.execute(text("INSERT INTO subjects VALUES ('x', NULL, '8')"))
        with pytest.raises(CustomerError, match="row 3: its pseudonym must be"):
            SubjectList.from_table(connection, "subjects")


def test_the_digest_tells_lists_apart_and_only_who_has_the_key_can_make_it() -> None:
    other_key = Keyring(bytes(range(1, 33)))
    lists = [ROWS, [("12345", "S-1")], [("12345", "S-2"), ("6", "S-1")], [("12345S", "-1")]]
    digests = {SubjectList.from_rows(rows).digest(KEYRING) for rows in lists}
    assert len(digests | {SubjectList.from_rows(ROWS).digest(other_key)}) == 5
    assert SubjectList.from_rows(ROWS[::-1]).digest(KEYRING) == DIGEST


def test_a_list_shows_nothing_of_itself() -> None:
    assert repr(SubjectList.from_rows(ROWS)) == "SubjectList(2 patients)"
    assert "12345" not in repr(Subjects(SubjectList.from_rows(ROWS)))
