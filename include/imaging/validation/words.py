"""Finds any of many words in bytes, in one pass however many they are."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

# How much of a word the pass itself compares; where that much stands, the whole is looked up.
HEAD_LENGTH = 4


class Words:
    """Words of at least `HEAD_LENGTH` bytes; ValueError for a shorter one.

    The UIDs of a thousand frames begin alike, so that heads are few where words are many: a
    pattern of heads stays small, and one of words would be tried word by word at every byte.
    A head is no run of one byte if the word is none, or plain pixels would be full of heads.
    """

    def __init__(self, words: Iterable[bytes]) -> None:
        self._words = frozenset(words)
        if any(len(word) < HEAD_LENGTH for word in self._words):
            raise ValueError(f"a word is shorter than {HEAD_LENGTH} bytes")
        spans: dict[bytes, set[tuple[int, int]]] = defaultdict(set)
        for word in self._words:
            offset = _offset_of_head(word)
            spans[word[offset : offset + HEAD_LENGTH]].add((offset, len(word)))
        self._spans = {head: sorted(found) for head, found in spans.items()}
        self._heads = re.compile(_pattern(frozenset(spans))) if spans else None

    def find(self, data: bytes | memoryview) -> Iterator[tuple[int, bytes]]:
        """Yield offset and word of every occurrence, those that overlap too."""
        for head in self._heads.finditer(data) if self._heads else ():
            for offset, length in self._spans[
                bytes(data[head.start() : head.start() + HEAD_LENGTH])
            ]:
                at = head.start() - offset
                if at >= 0 and (word := bytes(data[at : at + length])) in self._words:
                    yield at, word


def _offset_of_head(word: bytes) -> int:
    """Return where the first bytes stand that are not all the same, 0 if there are none."""
    run = len(word) - len(word.lstrip(word[:1]))
    return max(0, run - HEAD_LENGTH + 1) if run < len(word) else 0


def _pattern(heads: frozenset[bytes]) -> bytes:
    """Return a pattern that takes the first byte of a head where the others follow."""
    return b"|".join(
        re.escape(first) + b"(?=" + _shared(rests) + b")" for first, rests in _by_first(heads)
    )


def _shared(heads: frozenset[bytes]) -> bytes:
    """Return a pattern for any of the heads in which beginnings are shared."""
    if heads == {b""}:
        return b""
    branches = [re.escape(first) + _shared(rests) for first, rests in _by_first(heads)]
    return b"(?:" + b"|".join(branches) + b")"


def _by_first(heads: frozenset[bytes]) -> list[tuple[bytes, frozenset[bytes]]]:
    rests: dict[bytes, set[bytes]] = defaultdict(set)
    for head in heads:
        rests[head[:1]].add(head[1:])
    return [(first, frozenset(found)) for first, found in sorted(rests.items())]
