"""Makes standard.txt: the words of the code meanings of PS3.16, as pydicom carries them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydicom.sr import _concepts_dict

HERE = Path(__file__).parent
LEFT_OUT = HERE / "left_out.txt"
STANDARD = HERE / "standard.txt"
SCHEMES = ("SCT", "DCM", "RADLEX")
SHORTEST = 4
WORDS_IN_A_LINE = 12
# CID 7454 and 7480: breeds and their registries
BREEDS = {7454, 7480}
HEAD = (
    "# Words of the code meanings of DICOM PS3.16, (c) NEMA, made by make_words.py; "
    "left_out.txt is taken away.\n"
)


def words() -> list[str]:
    """Return the words of four letters and more, lower case, sorted; names are left out."""
    found = {word for meaning in _meanings() for word in re.findall(r"[a-z]+", meaning.lower())}
    return sorted(word for word in found - _left_out() if len(word) >= SHORTEST)


def page(found: list[str]) -> str:
    """Return the text of standard.txt."""
    lines = range(0, len(found), WORDS_IN_A_LINE)
    return HEAD + "".join(" ".join(found[at : at + WORDS_IN_A_LINE]) + "\n" for at in lines)


def _meanings() -> list[str]:
    concepts: Any = _concepts_dict.concepts
    return [
        meaning
        for scheme in SCHEMES
        for codes in concepts[scheme].values()
        for meaning, groups in codes.values()
        if not BREEDS & set(groups)
    ]


def _left_out() -> set[str]:
    lines = LEFT_OUT.read_text(encoding="utf-8").splitlines()
    return {word for line in lines if not line.startswith("#") for word in line.split()}


if __name__ == "__main__":
    STANDARD.write_text(page(words()), encoding="utf-8")
