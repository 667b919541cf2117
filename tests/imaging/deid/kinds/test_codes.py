"""Codes of public vocabularies stay as they are; codes of somebody's own are words."""

from __future__ import annotations

import csv

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from include.imaging.deid.data import make_codes
from include.imaging.deid.published import AS_PUBLISHED, CODES, PUBLISHED, kind_of_code
from include.imaging.deid.results import Deidentified
from include.imaging.deid.structured import concepts
from tests.support.content_items import code, item
from tests.support.deidentification import deidentifier
from tests.support.dicom import decode, encode
from tests.support.documents import report


def cleaned(*content: Dataset) -> Dataset:
    document = report(ContentSequence=Sequence(content))
    made = deidentifier(policy="research").deidentify(encode(document))
    assert isinstance(made, Deidentified), made
    return decode(made.data)


def test_codes_of_published_schemes_stay_and_others_are_texts() -> None:
    own = code("Quillfeather", "Ophelia Quillfeather", "99OWN")
    found = item("CODE", code("121071", "Finding"), ConceptCodeSequence=Sequence([own]))
    known = item(
        "CODE",
        code("121071", "Finding"),
        ConceptCodeSequence=Sequence([code("39607008", "Lung of Quillfeather", "SCT")]),
    )
    false = item(
        "CODE",
        code("121071", "Finding"),
        ConceptCodeSequence=Sequence([code("Quillfeather", "Lung", "SCT")]),
    )
    after = cleaned(found, known, false)
    codes = [each.ConceptCodeSequence[0] for each in after.ContentSequence]
    assert [each.CodeValue for each in codes] == ["ANONYMIZED", "39607008", "ANONYMIZED"]
    assert "Quillfeather" not in str(after)
    assert codes[1].CodeMeaning.startswith("Lung")


@pytest.mark.parametrize("words", ["Patient name", "Referring Physician:", "HOSPITAL", "Phone"])
def test_an_item_of_somebody_s_own_coding_scheme_is_told_by_its_words(words: str) -> None:
    told = item("TEXT", code("X7", words, "99OWN"), TextValue="lung nodule")
    after = cleaned(told)
    wanted = after.PatientID if words == "Patient name" else "ANONYMIZED"
    assert after.ContentSequence[0].TextValue == wanted


def test_what_a_published_code_means_stays_as_published() -> None:
    means = [
        code("112000", "CAD Processing"),
        code("mm", "mm", "UCUM"),
        code("103339001", "Long Axis", "SCT"),
    ]
    for published in means:
        kind = kind_of_code(
            published.CodingSchemeDesignator, published.CodeValue, published.CodeMeaning
        )
        assert kind == AS_PUBLISHED if published is not means[0] else kind == PUBLISHED
    assert kind_of_code("DCM", "121071", "Finding") == AS_PUBLISHED
    assert kind_of_code("DCM", "121071", "finding of Quillfeather") == PUBLISHED
    assert kind_of_code("UCUM", "Quillfeather", "Quillfeather") == ""
    assert kind_of_code("99OWN", "121071", "Finding") == ""


def test_every_published_code_is_known() -> None:
    rows = make_codes.rows()
    assert len(rows) > 15_000
    assert {kind_of_code(*row) for row in rows} == {AS_PUBLISHED}


def test_the_file_of_published_codes_is_what_makes_it_says() -> None:
    with CODES.open(encoding="utf-8", newline="") as file:
        assert [tuple(row) for row in csv.reader(file)][1:] == make_codes.rows()


def test_the_codes_of_concepts_are_those_of_the_standard() -> None:
    defined = {number for scheme, number, _ in make_codes.rows() if scheme == "DCM"}
    listed = [number for scheme, number in concepts() if scheme == "DCM"]
    assert len(listed) > 30
    assert set(listed) - defined == set()
