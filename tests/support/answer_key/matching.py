"""Whether a piece of text is in a value or in the bytes of a file."""

from __future__ import annotations

import re

from tests.support.answer_key.people import plain

WORD_LIMIT = 5


def holds(text: str, piece: str) -> bool:
    """Whether a text holds a piece in any case, with accents or without, short ones as words."""
    piece, text = plain(piece).casefold(), plain(text).casefold()
    if len(piece) >= WORD_LIMIT or not piece.isalpha():
        return piece in text
    return re.search(rf"(?<![^\W_]){re.escape(piece)}(?![^\W_])", text) is not None


def in_bytes(piece: str, made: bytes) -> bool:
    """Whether bytes in lower case hold a piece in any case, as ASCII, UTF-8 or UTF-16."""
    return any(piece.lower().encode(codec) in made for codec in ("utf-8", "utf-16-le"))
