"""Joins what is left of a text after identity is taken out of it."""

from __future__ import annotations

import re

from include.imaging.deid.text.tokens import Line, Token

Span = tuple[int, int]

_BLANKS = " \t"
# Signs that tie words together: meaningless with nothing on one side.
_TIES = "^_-/\\,&@#+*=~|'\u2019\u2010\u2013\u2014\u00b7"
_OPEN, _CLOSE = '([{<"', ')]}>"'
_EDGE = _BLANKS + _TIES + ";:"
_NOTHING_LEFT = re.compile(r"[\W_]*\Z")


def without(line: Line, spans: list[Span]) -> str:
    """Return the text without its dropped tokens and the spans; line breaks stay."""
    holes = _holes(line, spans)
    if not holes:
        return line.text
    text, pieces, end = line.text, [], 0
    for start, stop in holes:
        pieces.append(text[end:start])
        end = stop
    pieces.append(text[end:])
    joined = _Joined(pieces[0])
    for piece in pieces[1:]:
        joined.add(piece)
    result = joined.text()
    return "" if _NOTHING_LEFT.match(result) else result


def _holes(line: Line, spans: list[Span]) -> list[Span]:
    """Return what is taken out, as sorted spans; signs between two holes go with them."""
    dropped = [_hole(line, token) for token in line.tokens if token.is_dropped]
    holes: list[Span] = []
    for start, end in sorted([*dropped, *spans]):
        if holes and _is_joint(line.text, holes[-1][1], start):
            holes[-1] = (holes[-1][0], max(end, holes[-1][1]))
        else:
            holes.append((start, end))
    return holes


def _hole(line: Line, token: Token) -> Span:
    """Return where a token stands, with the dot of an initial."""
    initial = len(token.text) == 1 and not token.is_number
    return token.start, token.end + (initial and line.text[token.end : token.end + 1] == ".")


def _is_joint(text: str, end: int, start: int) -> bool:
    between = text[end:start] if start > end else ""
    return len(between) <= 8 and "\n" not in between and _NOTHING_LEFT.match(between) is not None


class _Joined:
    """Text that grows by pieces, each with a hole before it."""

    def __init__(self, first: str) -> None:
        self._parts = [first]

    def add(self, piece: str) -> None:
        left = self._tail()
        right = piece
        bare_left, bare_right = left.rstrip(_BLANKS), right.lstrip(_BLANKS)
        while (
            bare_left[-1:]
            and bare_right[:1]
            and bare_left[-1] in _OPEN
            and self._closes(bare_left[-1], bare_right[0])
        ):
            bare_left, bare_right = bare_left[:-1].rstrip(_BLANKS), bare_right[1:].lstrip(_BLANKS)
        left_sign, right_sign = bare_left[-1:], bare_right[:1]
        tie = left_sign if left_sign and left_sign in _TIES and left_sign == right_sign else ""
        if self._is_edge(bare_left):
            self._end(bare_left, bare_right.lstrip(_EDGE + ".)]"), "")
        elif not bare_right or bare_right[0] in "\r\n":
            self._end(bare_left.rstrip(_EDGE + "(["), bare_right, "")
        elif bare_right[0] in ".;:," and bare_left[-1] in ".;:,":
            self._end(bare_left, bare_right[1:], "")
        else:
            bare_left = bare_left.rstrip(_BLANKS + _TIES)
            bare_right = bare_right.lstrip(_BLANKS + _TIES)
            self._end(bare_left, bare_right, tie or self._space(bare_left, bare_right))

    def text(self) -> str:
        return "".join(self._parts)

    def _tail(self) -> str:
        while len(self._parts) > 1 and not self._parts[-1].strip(_BLANKS + _TIES):
            last = self._parts.pop()
            self._parts[-1] += last
        return self._parts[-1]

    def _end(self, left: str, right: str, between: str) -> None:
        self._parts[-1] = left
        self._parts.append(between + right)

    @staticmethod
    def _closes(opening: str, closing: str) -> bool:
        return closing in _CLOSE and _OPEN.index(opening) == _CLOSE.index(closing)

    def _is_edge(self, left: str) -> bool:
        return not left or left[-1] in "\r\n"

    @staticmethod
    def _space(left: str, right: str) -> str:
        if not right or not left or right[0] in ".;:!?)]}\r\n" or left[-1] in "([{\r\n":
            return ""
        return " "
