"""Cuts text into words and numbers, and remembers what stands between them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from include.imaging.deid.text.folding import UNSPACED, fold, is_unspaced

# What UTF-8 read as Latin-1 makes of one letter: \u00c3 and a sign of the upper half.
_UPPER_HALF = (
    "\u0080-\u00bf\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u017d"
    "\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u017e\u0178"
)
_MISREAD = (
    f"\u00c3[{_UPPER_HALF}]|(?<=[^\\W\\d_])[\u00c4\u00c5][{_UPPER_HALF}]"
    f"|[\u00c4\u00c5][{_UPPER_HALF}](?=[^\\W\\d_])"
)
_HAS_MISREAD = re.compile(_MISREAD)
_LETTERS = f"(?:{_MISREAD}|[^\\W\\d_])"
_RUN_MISREAD = re.compile(rf"\d+|{_LETTERS}++")
# Letters with the marks that follow them, or digits.
_RUN = re.compile(r"\d+|[^\W\d_][^\W\d_\u0300-\u036f]*(?:[\u0300-\u036f]+[^\W\d_]*)*")
_BY_SCRIPT = re.compile(f"[{UNSPACED}]+|[^{UNSPACED}]+")
APOSTROPHES = "'\u2019\u02bc`\u00b4"


@dataclass(slots=True)
class Token:
    """A run of letters or digits: where it stands, its folded form, and what comes before it.

    `is_place` says of one that is dropped that it belongs to an address or institution.
    """

    start: int
    end: int
    text: str
    word: str
    gap: str
    is_number: bool
    is_dropped: bool = False
    is_place: bool = False

    @property
    def is_upper(self) -> bool:
        """Whether its first letter is a capital, or of a script without capitals."""
        first = self.text[0]
        return first.isupper() or (first.isalpha() and not first.islower())

    @property
    def is_title(self) -> bool:
        """Whether it is written like a name: Capital, then small letters."""
        return self.text[0].isupper() and self.text[1:].islower()


@dataclass(slots=True)
class Line:
    """The tokens of a text; `has_small` and `has_capitals` say in which cases it is written."""

    text: str
    tokens: list[Token] = field(default_factory=list)
    has_small: bool = False
    has_capitals: bool = False

    def gap_after(self, at: int) -> str:
        """Return what stands between a token and the next, or the end of the text."""
        tokens = self.tokens
        return tokens[at + 1].gap if at + 1 < len(tokens) else self.text[tokens[at].end :]

    def is_glued(self, at: int) -> bool:
        """Whether a number stands right before or after the token."""
        tokens = self.tokens
        after = at + 1 < len(tokens) and not tokens[at + 1].gap and tokens[at + 1].is_number
        return after or (at > 0 and not tokens[at].gap and tokens[at - 1].is_number)

    def drop(self, first: int, end: int) -> None:
        """Mark the tokens from `first` up to before `end` as identity."""
        for token in self.tokens[first:end]:
            token.is_dropped = True

    def drop_place(self, first: int, end: int) -> None:
        """Mark the tokens from `first` up to before `end` as the name of a place."""
        self.drop(first, end)
        for token in self.tokens[first:end]:
            token.is_place = True

    def drop_spans(self, spans: list[tuple[int, int]]) -> None:
        """Mark every token that one of the spans (sorted by their start) touches."""
        at = 0
        for start, end in spans:
            while at < len(self.tokens) and self.tokens[at].end <= start:
                at += 1
            follower = at
            while follower < len(self.tokens) and self.tokens[follower].start < end:
                self.tokens[follower].is_dropped = True
                follower += 1


def tokenize(text: str) -> Line:
    """Return the line of a text; letters and digits that touch are two tokens."""
    line = Line(text)
    end = 0
    misread = not text.isascii() and _HAS_MISREAD.search(text) is not None
    for match in (_RUN_MISREAD if misread else _RUN).finditer(text):
        for start, run in _by_script(match.start(), match[0]):
            number = run[0].isdigit()
            line.tokens.append(
                Token(
                    start,
                    start + len(run),
                    run,
                    fold(_reread(run) if misread else run),
                    text[end:start],
                    number,
                )
            )
            end = start + len(run)
    line.has_small = text != text.upper()
    line.has_capitals = text != text.lower()
    return line


def _reread(run: str) -> str:
    """Return the word that UTF-8 read as Latin-1 or Windows-1252 was, or the run as it is."""
    for encoding in ("cp1252", "latin-1"):
        try:
            return run.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return run


def _by_script(start: int, run: str) -> list[tuple[int, str]]:
    if run.isascii() or not is_unspaced(run):
        return [(start, run)]
    return [(start + part.start(), part[0]) for part in _BY_SCRIPT.finditer(run)]
