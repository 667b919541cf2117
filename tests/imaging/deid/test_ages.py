"""Ages above 89 years are told by no value that stays (45 CFR 164.514)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.imaging.deid.dates import capped_age


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (b"089Y", b"089Y"), (b"090Y", b"090Y"), (b"091Y", b"090Y"), (b"113y", b"090Y"),
        (b"90Y ", b"090Y"), (b"095", b"090Y"), (b"0095Y", b"090Y"), (b"999M", b"999M"),
        (b"1079M ", b"1079M "), (b"1080M ", b"090Y"), (b"4695W ", b"4695W "), (b"4697W", b"090Y"),
        (b"32871D", b"32871D"), (b"32872D", b"090Y"), (b"001D", b"001D"), (b"", b""),
        (b"045Y\\095Y ", b"045Y\\090Y "), (b"95 years", b""), (b"9Y5", b""), (b"9999999Y", b""),
    ],
)  # fmt: skip
def test_ages_above_89_are_one(age: bytes, expected: bytes) -> None:
    assert capped_age(age) == expected


@given(st.binary(max_size=12))
def test_no_age_above_89_stays_whatever_is_written(value: bytes) -> None:
    capped = capped_age(value)
    assert capped == value or not len(capped) % 2
    assert capped_age(capped) == capped
