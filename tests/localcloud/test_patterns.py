"""Patterns, of the service model and of policies, are matched in time that grows with the value."""

import re
from fnmatch import fnmatchcase

import pytest
from botocore.session import get_session
from hypothesis import given
from hypothesis import strategies as st

from include.localcloud.conditions import matches
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


@given(st.text(alphabet="ab*?", max_size=8), st.text(alphabet="ab", max_size=10))
def test_a_pattern_of_a_policy_takes_what_its_stars_stand_for(pattern: str, value: str) -> None:
    assert matches(pattern, value) == fnmatchcase(value, pattern)


@pytest.mark.parametrize("last", ["", "?", "b"])
def test_a_pattern_of_many_stars_does_not_take_for_ever(last: str) -> None:
    assert not matches("arn:" + "*a" * 30 + "b" + last, "arn:" + "a" * 900)
    assert matches("arn:" + "*a" * 30 + "*" + last, "arn:" + "a" * 900 + "b")
