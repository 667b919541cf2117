"""Finds names of persons nobody told of: behind titles, cues and fields, and before credentials."""

from __future__ import annotations

import re

from include.imaging.deid.text.folding import UNSPACED
from include.imaging.deid.text.known import Known
from include.imaging.deid.text.lexicon import cues, is_acronym_alone, is_name_word
from include.imaging.deid.text.naming import NEXT_GAP, name_end
from include.imaging.deid.text.standing import COMMA_GAP, CUE, FIELD, ROLE, TITLE, cue_table
from include.imaging.deid.text.terms import is_clinical, is_everyday, is_paired, is_unknown
from include.imaging.deid.text.tokens import Line

_MOST_TITLES = 8
_MOST_INITIALS = 3
_LONGEST_CUE = 5
_CUE_GAP = re.compile(r"[ \t]{0,3}[-./_'\u2019,;&]{0,2}[ \t]{0,3}\Z")
_HONORIFIC = re.compile(
    f"[{UNSPACED}]{{1,6}}?(?:\u3055\u3093|\u69d8|\u5148\u751f|\u6c0f|\uc120\uc0dd\ub2d8"
    f"|\u533b\u751f|\uc528)"
)
# Titles that, in small letters before a name, are not left to point at what follows it.
_NEVER_MODALITIES = frozenset({"dr", "hr", "doctor", "miss"})
_SIDES = frozenset({"l", "r", "left", "right", "bilateral"})
_WRITTEN_GAPS = frozenset({", ", ". "})
_SIGNING = frozenset({"by", "signed", "gez", "par", "por"})


def honorific_spans(text: str) -> list[tuple[int, int]]:
    """Return where Japanese, Chinese and Korean names stand before an honorific."""
    return [] if text.isascii() else [match.span() for match in _HONORIFIC.finditer(text)]


def mark_people(line: Line, known: Known) -> None:
    """Drop the names behind titles and cues, before credentials, between carets."""
    at = 0
    while at < len(line.tokens):
        at = max(at + 1, _after_title(line, known, at), _after_cue(line, known, at))
    for at, token in enumerate(line.tokens):
        if token.word in cues()["credentials"] and token.text.isupper():
            _mark_before_credential(line, at)
        if at and token.gap == "^":
            _mark_caret(line, at)
        if at and token.gap in _WRITTEN_GAPS:
            _mark_written(line, at)


def _after_title(line: Line, known: Known, at: int) -> int:
    """Drop a title with the name behind it; return where to go on, 0 if there is none."""
    tokens = line.tokens
    if tokens[at].word not in cues()["titles"] or line.is_glued(at):
        return 0
    lookalike = _is_lookalike(line, at)
    first = at + 1
    parts = cues()["titles"] | cues()["title_parts"]
    while first < min(len(tokens), at + _MOST_TITLES) and tokens[first].word in parts:
        if not _CUE_GAP.match(tokens[first].gap):
            break
        first += 1
    end = name_end(line, known, first, CUE if lookalike else TITLE)
    if end == first:
        return 0
    small = tokens[at].text.islower() and tokens[at].word in _NEVER_MODALITIES
    line.drop(first if lookalike and not small else at, end)
    return end


def _is_lookalike(line: Line, at: int) -> bool:
    """Whether a title may be a modality or a finding: DR, MR, MS in capitals, sister in small."""
    token = line.tokens[at]
    if token.word in cues()["title_words"]:
        return True
    if token.word not in cues()["title_lookalikes"] or line.gap_after(at).startswith("."):
        return False
    return len(token.text) > 1 and (token.text.isupper() or token.text.islower())


def _after_cue(line: Line, known: Known, at: int) -> int:
    """Drop the name behind a cue that starts at a token; return where to go on, 0 if none."""
    found = _cue_at(line, at)
    if not found:
        return 0
    size, kind = found
    if size == 1 and (is_paired(line, at) or _is_projection(line, at)):
        return 0
    first = at + size
    tokens = line.tokens
    while kind != FIELD and first < min(len(tokens), at + _MOST_TITLES):
        if not _is_filler(line, first):
            break
        first += 1
    if first >= len(tokens):
        return 0
    sign = ":" in tokens[first].gap or "=" in tokens[first].gap
    if kind == ROLE and sign:
        kind = CUE
    staff = tokens[at].word in cues()["staff"] and sign
    if (staff or tokens[first - 1].word in _SIGNING) and _is_initials(line, first, staff):
        line.drop(first, first + 1)
    if kind == FIELD and not sign:
        kind = CUE
    end = name_end(line, known, first, kind)
    if end == first:
        return 0
    line.drop(first - 1 if tokens[first - 1].word in _NEVER_MODALITIES else first, end)
    return end


def _is_projection(line: Line, at: int) -> bool:
    """Whether CC behind a side is the projection of a mammogram: R CC SPOT, LEFT CC."""
    sided = at > 0 and line.tokens[at - 1].word in _SIDES
    return sided and line.tokens[at].word == "cc" and line.tokens[at].text.isupper()


def _is_filler(line: Line, at: int) -> bool:
    token = line.tokens[at]
    return token.word in cues()["fillers"] and token.text.islower() and "\n" not in token.gap


def _is_initials(line: Line, at: int, staff: bool) -> bool:
    """Whether a token is two or three letters that sign: capitals in a field of staff, or alone."""
    token = line.tokens[at]
    short = 2 <= len(token.text) <= _MOST_INITIALS and not token.is_number
    short &= not line.is_glued(at)
    alone = at + 1 == len(line.tokens) or not line.gap_after(at).isspace()
    if (is_clinical(line, at) and not alone) or ";" in token.gap:
        return False
    if token.word in cues()["modalities"]:
        return False
    signs = alone or (staff and token.text.isupper())
    return short and signs and not is_everyday(line, at) and "\n" not in token.gap


def _cue_at(line: Line, at: int) -> tuple[int, str] | None:
    choices = cue_table().get(line.tokens[at].word)
    if not choices:
        return None
    words = [line.tokens[at].word]
    for token in line.tokens[at + 1 : at + _LONGEST_CUE]:
        if not _CUE_GAP.match(token.gap):
            break
        words.append(token.word)
    for phrase, kind in choices:
        if tuple(words[: len(phrase)]) == phrase:
            return len(phrase), kind
    return None


def _mark_before_credential(line: Line, at: int) -> None:
    """Drop the unknown capitalised words right before MD, PhD, RN."""
    gap = line.tokens[at].gap
    first = at
    while first and at - first < _MOST_INITIALS + 1:
        before = line.tokens[first - 1]
        if not (NEXT_GAP.match(gap) or COMMA_GAP.match(gap)):
            break
        further = first < at and (
            len(before.word) == 1
            or (before.is_title and (is_name_word(before.word) or is_acronym_alone(before.word)))
        )
        if not before.is_dropped and not (
            before.is_upper and (further or is_unknown(line, first - 1))
        ):
            break
        first -= 1
        gap = line.tokens[first].gap
    line.drop(first, at)


def _mark_written(line: Line, at: int) -> None:
    """Drop what has the form of a name: two unknown words as Baker, Rune; J. Baker."""
    token, before = line.tokens[at], line.tokens[at - 1]
    if not token.is_title or not is_unknown(line, at):
        return
    family = token.gap == ", " and before.is_title and is_unknown(line, at - 1)
    initial = token.gap == ". " and len(before.text) == 1 and before.text.isupper()
    if family or (initial and not line.is_glued(at - 1)):
        line.drop(at - 1, at + 1)


def _mark_caret(line: Line, at: int) -> None:
    """Drop the unknown words on both sides of a caret: the form of names in PS3.5 6.2.1."""
    pair = (at - 1, at)
    if any(line.tokens[beside].is_number or line.is_glued(beside) for beside in pair):
        return
    for beside in pair:
        if is_unknown(line, beside):
            line.tokens[beside].is_dropped = True
