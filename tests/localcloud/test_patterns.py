"""Patterns of the service model are matched in time that grows with the value, and no faster."""

import re

import pytest
from botocore.session import get_session
from hypothesis import given
from hypothesis import strategies as st

from include.localcloud.errors import ValidationError
from include.localcloud.validation import LINEAR, check

MODEL = get_session().get_service_model("medical-imaging")
[(PATTERN, EQUAL)] = LINEAR.items()
MAPPING = MODEL.shape_for("DicomMetadataMapping")


def test_the_model_still_has_the_pattern_that_is_replaced() -> None:
    assert MAPPING.members["metadataFilePath"].metadata["pattern"] == PATTERN


@given(st.text(alphabet="a! ~\u00e9", max_size=10))
def test_the_pattern_in_its_place_takes_the_same_values(value: str) -> None:
    assert bool(re.fullmatch(EQUAL, value)) == bool(re.fullmatch(PATTERN, value))


def test_a_value_that_takes_the_models_pattern_for_ever_is_refused() -> None:
    given_ = {"studyInstanceUID": "1.2", "metadataFilePath": "a" * 200 + "\u00e9"}
    with pytest.raises(ValidationError, match="metadataFilePath"):
        check(given_, MAPPING)
