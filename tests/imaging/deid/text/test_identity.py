"""What the values of an object say of people and places, and what they do not."""

from __future__ import annotations

from include.imaging.deid.text.identity import identity_of


def test_equal_values_make_equal_identities_in_any_order() -> None:
    values = [("PatientName", "PN", "Smith^John"), ("PatientID", "LO", "12345678")]
    assert identity_of(values) == identity_of(reversed(values))
    assert hash(identity_of(values)) == hash(identity_of(values * 2))


def test_other_values_make_another_identity() -> None:
    assert identity_of([("PatientID", "LO", "12345678")]) != identity_of(
        [("PatientID", "LO", "12345679")]
    )


def test_an_identity_shows_nothing_of_itself() -> None:
    known = identity_of([("PatientName", "PN", "Smith^John"), ("PatientID", "LO", "12345678")])
    assert "mith" not in repr(known)
    assert "123" not in str(known)


def test_titles_and_suffixes_are_no_part_of_a_name() -> None:
    (person,) = identity_of([("PatientName", "PN", "Adams^John Robert^^Rev.^B.A.")]).persons
    assert person.words == ("adams", "john", "robert")


def test_every_group_and_every_value_of_a_name_counts() -> None:
    known = identity_of([("OtherPatientNames", "PN", "Yamada^Tarou=山田^太郎\\Smith^J")])
    assert {person.words[0] for person in known.persons} >= {"yamada", "smith"}
    assert known.unspaced == {"山田", "太郎", "山田太郎"}


def test_descriptions_and_comments_say_nothing() -> None:
    values = [
        ("StudyDescription", "LO", "CT CHEST"),
        ("PatientComments", "LT", "knee 12345678"),
        ("ProtocolName", "LO", "Thorax"),
        ("PatientSex", "CS", "F"),
        ("StudyInstanceUID", "UI", "1.2.3"),
    ]
    assert identity_of(values) == identity_of([])


def test_a_placeholder_is_nobody() -> None:
    values = [("PatientName", "PN", "ANONYMOUS"), ("PatientID", "LO", "UNKNOWN")]
    assert identity_of(values) == identity_of([])
