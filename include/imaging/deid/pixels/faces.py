"""Which objects belong to a series that a face can be rebuilt from."""

from __future__ import annotations

import re

from include.imaging.deid.pixels.facts import Facts
from include.imaging.deid.pixels.rule_data import FaceRule

WORD = re.compile(r"[^\W\d_]+[0-9]?[^\W\d_]*")
SPACINGS = ("SliceThickness", "SpacingBetweenSlices", "PixelSpacing")


def shows_a_face(facts: Facts, anatomy: tuple[str, ...], rule: FaceRule) -> bool:
    """Return whether the object is a slice or volume of a head, fine enough to rebuild a face.

    What is not told, slice thickness for one in an enhanced object, counts as fine.
    """
    if not rule.modalities.intersection(facts.get("Modality", ())):
        return False
    if rule.flat.intersection(facts.get("ImageType", ())):
        return False
    return _is_head(facts, anatomy, rule) and not _is_coarse(facts, rule)


def _is_head(facts: Facts, anatomy: tuple[str, ...], rule: FaceRule) -> bool:
    if rule.codes.intersection(anatomy):
        return True
    if any(rule.body_part.match(part) for part in facts.get("BodyPartExamined", ())):
        return True
    described = (text for word in rule.described_by for text in facts.get(word, ()))
    return any(rule.words.intersection(WORD.findall(text)) for text in described)


def _is_coarse(facts: Facts, rule: FaceRule) -> bool:
    """Return whether slices or pixels are told, and are thicker than the finest."""
    slices = min(_lengths(facts, "SliceThickness", "SpacingBetweenSlices"), default=0.0)
    pixels = max(_lengths(facts, "PixelSpacing"), default=0.0)
    return max(slices, pixels) > rule.finest_millimetres


def _lengths(facts: Facts, *keywords: str) -> list[float]:
    found = []
    for keyword in keywords:
        for text in facts.get(keyword, ()):
            try:
                found.append(abs(float(text)))
            except ValueError:
                continue
    return [length for length in found if length > 0]
