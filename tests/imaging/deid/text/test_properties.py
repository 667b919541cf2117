"""What holds for any text: nothing known survives, cleaning twice changes nothing, no crash."""

from __future__ import annotations

import re
import string
import threading

from hypothesis import given, settings
from hypothesis import strategies as st

from include.imaging.deid.text.cleaner import LONGEST, TextCleaner
from include.imaging.deid.text.folding import fold
from include.imaging.deid.text.identity import identity_of
from include.imaging.deid.text.lexicon import is_listed

MODES = [TextCleaner(vocabulary=False), TextCleaner(vocabulary=True)]
LETTERS = "abcdefghijklmnoprstuvwyzäöüßéçñøłş"
PIECES = """CT|chest|5 mm|T2|,|-|_|^|.|:|(|)|/|'s|Dr.|referred by|Hospital|12|2024|Main Street|with
MRN|J.|x""".replace("\n", "|").split("|")

names = st.text(LETTERS, min_size=4, max_size=10).filter(
    lambda word: len(fold(word)) >= 4 and not is_listed(fold(word))
)
numbers = st.text(string.digits, min_size=4, max_size=10).filter(lambda n: n.strip("0")[3:] != "")
styles = st.sampled_from([str.upper, str.lower, str.capitalize, str.title])
surroundings = st.lists(st.sampled_from(PIECES), max_size=5)
blanks = st.sampled_from([" ", "_", ", ", "\n", "^", " - "])
texts = st.lists(st.one_of(st.sampled_from(PIECES), names, numbers), max_size=14)


def _words(text: str) -> set[str]:
    return {fold(word) for word in re.findall(r"[^\W\d_]+|\d+", text)}


@settings(max_examples=60, deadline=None)
@given(names, names, styles, surroundings, surroundings, blanks)
def test_no_known_name_survives_where_it_was_planted(
    family: str, given_name: str, style: object, left: list[str], right: list[str], blank: str
) -> None:
    known = identity_of([("PatientName", "PN", f"{family}^{given_name}")])
    written = style(f"{given_name}{blank}{family}")  # type: ignore[operator]
    text = blank.join([*left, written, *right])
    for cleaner in MODES:
        assert not {fold(family), fold(given_name)} & _words(cleaner.clean(text, known))


@settings(max_examples=60, deadline=None)
@given(numbers, surroundings, surroundings, blanks)
def test_no_known_number_survives_where_it_was_planted(
    number: str, left: list[str], right: list[str], blank: str
) -> None:
    known = identity_of([("PatientID", "LO", number)])
    text = blank.join([*left, number, *right])
    for cleaner in MODES:
        assert number not in _words(cleaner.clean(text, known))


@settings(max_examples=60, deadline=None)
@given(texts, st.sampled_from([" ", "", "_", "-", ". "]), names)
def test_a_cleaned_text_stays_as_it_is(pieces: list[str], blank: str, family: str) -> None:
    known = identity_of([("PatientName", "PN", f"{family}^Jo")])
    for cleaner in MODES:
        once = cleaner.clean(blank.join(pieces), known)
        assert cleaner.clean(once, known) == once


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.text(max_size=30))
def test_no_text_and_no_value_makes_it_raise(text: str, value: str) -> None:
    keywords = [("PatientName", "PN"), ("PatientID", "LO"), ("PatientBirthDate", "DA")]
    keywords.append(("InstitutionAddress", "ST"))
    known = identity_of((keyword, vr, value) for keyword, vr in keywords)
    for cleaner in MODES:
        once = cleaner.clean(text, known)
        assert cleaner.clean(once, known) == once


@settings(max_examples=40, deadline=None)
@given(texts)
def test_line_breaks_stay(pieces: list[str]) -> None:
    text = "knee\n" + " ".join(pieces) + "\nknee"
    left = MODES[0].clean(text, identity_of([]))
    assert not left or left.count("\n") == text.count("\n")


def test_threads_get_what_one_gets() -> None:
    known = [identity_of([("PatientName", "PN", f"Ondrasek{n}^Pavel")]) for n in "abcdef"]
    cleaner = TextCleaner(vocabulary=False)
    results: list[str] = []

    def work() -> None:
        results.extend(cleaner.clean("Knee ONDRASEKB left", one) for one in known)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 24
    assert results.count("Knee left") == 4


def test_an_invisible_character_hides_no_known_name() -> None:
    cleaner = TextCleaner(vocabulary=False)
    identity = identity_of([("PatientName", "PN", "Zaborowski^Ann")])
    for hidden in ("Zabo\0rowski", "Zabo\u00adrowski", "Zabo\u200browski"):
        assert "rowski" not in cleaner.without_known(f"CT {hidden} HU", identity)


def test_nothing_stays_of_a_text_that_is_no_description() -> None:
    cleaner = TextCleaner(vocabulary=False)
    assert cleaner.clean("lung " * LONGEST, identity_of([])) == ""
    assert cleaner.without_known("lung " * LONGEST, identity_of([])) == ""
