"""Many words are found in one pass, each wherever it stands."""

from __future__ import annotations

import random

import pytest

from include.imaging.dicom.elements import walk
from include.imaging.validation.residual import residual_identity
from include.imaging.validation.words import HEAD_LENGTH, Words
from tests.support.deidentification import made_of
from tests.support.dicom import ROOT, ct, decode, encode


def _found(words: list[bytes], data: bytes) -> set[tuple[int, bytes]]:
    return set(Words(words).find(data))


def test_words_are_found_where_they_overlap_and_where_one_begins_another() -> None:
    words = [b"1.2.3", b"1.2.3.4", b"2.3.4", b"aaaa"]
    assert _found(words, b"x1.2.3.4") == {(1, b"1.2.3"), (1, b"1.2.3.4"), (3, b"2.3.4")}
    assert _found(words, b"aaaaaa") == {(0, b"aaaa"), (1, b"aaaa"), (2, b"aaaa")}
    assert _found(words, b"1.2. 3") == set()
    assert _found([], b"anything") == set()


def test_a_word_that_begins_with_a_run_of_one_byte_is_found_at_its_end() -> None:
    words = [b"00001234", b"0000000", b"AAAAAB", b"AAAB"]
    data = b"0" * 9 + b"1234 AAAAAAB"
    expected = {
        (word, at) for word in words for at in range(len(data)) if data.startswith(word, at)
    }
    assert {word for word, _ in expected} == set(words)
    assert {(word, at) for at, word in Words(words).find(data)} == expected


def test_every_byte_is_taken_as_it_is() -> None:
    every = bytes(range(256))
    words = [every[at : at + HEAD_LENGTH] for at in range(253)]
    assert _found(words, every) == {(at, word) for at, word in enumerate(words)}


def test_it_finds_what_a_search_for_each_word_finds() -> None:
    chance = random.Random(7)
    letters = b"ab1.^ "
    data = bytes(chance.choices(letters, k=3000))
    words = {bytes(chance.choices(letters, k=chance.randint(4, 7))) for _ in range(400)}
    expected = {
        (at, word) for word in words for at in range(len(data)) if data.startswith(word, at)
    }
    assert len(expected) > 100
    assert _found(sorted(words), data) == expected


def test_a_word_shorter_than_its_head_is_an_error() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Words([b"abc"])


def test_one_uid_of_thousands_is_found_where_it_stands() -> None:
    frames = [f"{ROOT}.9.{number}" for number in range(20_000)]
    original = ct()
    original.TargetFrameOfReferenceUID = frames
    before = walk(encode(original, "1.2.840.10008.1.2"))
    made = made_of(encode(ct()))
    assert residual_identity(before, walk(made.data)) == ()
    after = decode(made.data)
    after.ImageComments = f"frame {frames[12_345]}"
    found = residual_identity(before, walk(encode(after)))
    assert ["TargetFrameOfReferenceUID in ImageComments" in each.text for each in found] == [True]
