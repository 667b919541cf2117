"""Reads every table before the first object is there, which would wait for them otherwise."""

from __future__ import annotations

import gc
from functools import cache

from include.imaging.deid import additions, iod, kinds, published, structured, table
from include.imaging.deid.pixels.facts import Structure
from include.imaging.deid.pixels.options import PixelOptions
from include.imaging.deid.pixels.rules import PixelRules
from include.imaging.deid.text.cleaner import TextCleaner
from include.imaging.deid.text.identity import identity_of

_CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"


def read_tables(*, with_words: bool) -> None:
    """Have all tables read that rules look up, and the words that texts are cleaned by, if any.

    They are kept for the process, so that a second engine finds them read; and the garbage
    collector is told not to look at them again, which would cost more than many an object.
    """
    _read_rules()
    if with_words:
        _read_words()


@cache
def _read_rules() -> None:
    table.rows()
    additions.by_keyword()
    additions.by_vr()
    iod.attribute_type(_CT_IMAGE_STORAGE, "", "Rows")
    iod.attribute_type(_CT_IMAGE_STORAGE, "ContentSequence", "TextValue")
    kinds.kind_of(_CT_IMAGE_STORAGE)
    head = {"Modality": ("CT",), "BodyPartExamined": ("HEAD",)}
    PixelRules(PixelOptions()).judge(head, Structure())
    structured.concepts()
    structured.concepts_in_words()
    published.kind_of_code("DCM", "", "")
    published.kind_of_code("99NONE", "0", "")
    gc.freeze()


@cache
def _read_words() -> None:
    text = "Dr. Nobody, read by NOBODY, 1 Nowhere Road: normal"
    TextCleaner(vocabulary=True).clean(text, identity_of(()))
    gc.freeze()
