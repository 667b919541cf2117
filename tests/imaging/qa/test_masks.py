"""A form keeps what a value looks like, and nothing of what it says."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.imaging.qa.masks import LONGEST_FORM, LONGEST_TEXT, form, plain


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Roe^Richard", "xxx^xxxxxxx"),
        ("19610203", "99999999"),
        ("MRN-12/a", "xxx-99/x"),
        ("Müller=山田^太郎", "xxxxxx=xx^xx"),
        ("١٢٣ ½", "999 9"),
        ("a<b>\u202e\x07€", "x·x····"),
        ("", ""),
    ],
)
def test_letters_become_x_and_digits_9(value: str, shown: str) -> None:
    assert form(value) == shown


@given(st.text(min_size=1))
def test_no_letter_or_digit_of_a_value_is_left(value: str) -> None:
    shown = form(value)
    assert set(shown) <= {"x", "9", "·", "…", *string.punctuation, " "}
    assert len(shown) <= LONGEST_FORM + 1


def test_a_long_value_is_cut() -> None:
    assert form("y" * 41) == "x" * 40 + "…"
    assert plain("y" * 201) == "y" * LONGEST_TEXT + "…"
    assert plain("y" * 200) == "y" * 200


def test_a_text_cannot_turn_the_line_around() -> None:
    assert plain("a\u202eb\u200fc\x00d\ne\ud800") == "a·b·c·d·e·"
    assert plain("Grüße, 山田") == "Grüße, 山田"
