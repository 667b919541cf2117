"""Judges where the name behind a title or cue begins and ends."""

from __future__ import annotations

import re

from include.imaging.deid.text.known import Known
from include.imaging.deid.text.lexicon import cues, is_acronym_alone, is_name_word, kind_of
from include.imaging.deid.text.meant import is_meant, is_short_name
from include.imaging.deid.text.standing import (
    COMMA_GAP,
    CUE,
    FIELD,
    ROLE,
    TITLE,
    closes,
    ends_field,
    follows_title,
    is_field,
    is_followed,
    is_foreign_behind,
    is_given,
    is_label,
    is_rare,
    is_relative,
    is_turned,
    points_at_person,
    stands_alone,
)
from include.imaging.deid.text.terms import is_clinical, is_eponym, is_paired, is_unknown
from include.imaging.deid.text.tokens import APOSTROPHES, Line

_MOST_NAMES = 6
_MOST_INITIALS = 3
_DOTS = frozenset({". ", "."})
_SIDES = frozenset({"l", "r"})
_LONGEST_ABBREVIATION = 5
_PREPOSITIONS = frozenset({"by", "of", "to", "with", "from", "at", "in", "von", "par", "por"})
NEXT_GAP = re.compile(r"[ \t]{0,2}[-.'\u2019^_/\u2010]{0,2}[ \t]{0,2}\Z")
_FIRST_GAP = re.compile(r"[ \t]{0,4}[-:.=#,(\"'/>\[\u2013]{0,3}[ \t]{0,4}\n?[ \t]{0,4}\Z")


def name_end(line: Line, known: Known, first: int, kind: str) -> int:
    """Return the index behind the name that starts at `first`; `first` if none starts there."""
    tokens = line.tokens
    at, names = first, 0
    while at < len(tokens) and at - first < _MOST_NAMES:
        token = tokens[at]
        gap = _FIRST_GAP if at == first else NEXT_GAP
        comma = at > first and bool(COMMA_GAP.match(token.gap))
        if not comma and not gap.match(token.gap):
            break
        if at > first and _ends_name(line, at):
            break
        if is_cued_initial(line, first, at, kind):
            at += 1
            continue
        if at > first and _is_behind_initial(line, first, at):
            found = True
        elif at == first:
            found = token.is_dropped or _begins(line, known, at, kind)
        else:
            found = token.is_dropped or _goes_on(line, known, at, comma)
            found |= kind == FIELD and ends_field(line, at)
        if found:
            names += 1
        elif not _is_between(line, known, at, names):
            break
        at += 1
    return at if names else first


def is_cued_initial(line: Line, first: int, at: int, kind: str) -> bool:
    """Whether initials with dots and a word begin a name right behind a cue: by m. stone."""
    tokens = line.tokens
    if any(len(tokens[other].text) != 1 for other in range(first, at + 1)) or line.is_glued(at):
        return False
    behind = at + 1
    while behind < len(tokens) and len(tokens[behind].text) == 1:
        behind += 1
    letters = behind
    if letters - first > _MOST_INITIALS:
        return False
    while behind < len(tokens) and tokens[behind].word in cues()["particles"]:
        behind += 1
    if behind >= len(tokens) or tokens[behind].is_number or tokens[at].is_number:
        return False
    if line.gap_after(at) == " ":
        return behind == at + 1 and is_unknown(line, behind) and tokens[behind].text.islower()
    if line.gap_after(at) not in _DOTS:
        return False
    if any(line.gap_after(other) not in _DOTS for other in range(at, letters - 1)):
        return line.gap_after(letters - 1) in APOSTROPHES and is_unknown(line, behind)
    return is_unknown(line, behind) or _is_named_by(line, first, behind, kind)


def _is_named_by(line: Line, first: int, behind: int, kind: str) -> bool:
    """Whether a known word behind initials is a name: behind a cue other than the patient."""
    token = line.tokens[behind]
    if kind == ROLE and line.tokens[first - 1].word in cues()["patients"]:
        return False
    side = line.tokens[behind - 1].word in _SIDES and is_clinical(line, behind)
    return not side or token.word in cues()["also_names"]


def _is_behind_initial(line: Line, first: int, at: int) -> bool:
    """Whether only initials with dots stand between the cue and a word."""
    between = line.tokens[first:at]
    led = line.tokens[at].gap in _DOTS or between[-1].word in cues()["particles"]
    told = len(between[0].text) == 1 and between[0].is_number is False
    return (
        led
        and told
        and all(len(token.text) == 1 or token.word in cues()["particles"] for token in between)
    )


def _ends_name(line: Line, at: int) -> bool:
    """Whether a dot before a token ends a sentence: it stands behind more than an initial."""
    before = line.tokens[at - 1]
    longer = len(before.text) > _LONGEST_ABBREVIATION // 2 and before.word not in cues()["titles"]
    return longer and line.tokens[at].gap.startswith(". ")


def _begins(line: Line, known: Known, at: int, kind: str) -> bool:
    """Whether the first token behind a title or cue can be a name."""
    token = line.tokens[at]
    if token.is_number or len(token.word) < 2:
        return False
    if _ends_sentence(line, at, kind):
        return False
    if is_unknown(line, at):
        return _is_written_as_name(line, at, kind)
    if line.tokens[at - 1].word == "the" and token.text.islower():
        return False
    if kind == TITLE and not is_short_name(line, at, kind):
        return not is_field(token.word) and follows_title(line, at)
    if kind == CUE and is_given(line, at):
        return True
    if is_meant(line, at, kind):
        return True
    if is_field(token.word) or is_eponym(line, at):
        return False
    rare = is_rare(line, at) or (kind == ROLE and is_relative(line, at))
    if rare and points_at_person(line, at, kind):
        return True
    if is_label(line, at):
        return False
    if known.is_weak_name(token.word):
        return token.is_upper or not line.has_capitals or kind == FIELD
    if is_followed(line, at) or is_foreign_behind(line, at, kind):
        return True
    named = token.word in cues()["also_names"] or not is_clinical(line, at)
    if named and is_name_word(token.word):
        return stands_alone(line, at, kind)
    return kind in (FIELD, CUE) and is_turned(line, at)


def _ends_sentence(line: Line, at: int, kind: str) -> bool:
    """Whether the dot behind a cue ends its sentence, and is not that of Dr. or attn."""
    before = line.tokens[at - 1]
    whole = len(before.text) > _LONGEST_ABBREVIATION or before.word in _PREPOSITIONS
    dotted = line.tokens[at].gap.startswith(". ") and whole
    return dotted and kind != TITLE and line.has_small


def _is_written_as_name(line: Line, at: int, kind: str) -> bool:
    """Whether an unknown word is no verb that follows the patient in a foreign sentence."""
    token = line.tokens[at]
    if token.is_upper or not line.has_capitals or kind != ROLE:
        return True
    return line.tokens[at - 1].word not in cues()["subjects"]


def _goes_on(line: Line, known: Known, at: int, comma: bool) -> bool:
    """Whether a token goes on with the name before it."""
    token, before = line.tokens[at], line.tokens[at - 1]
    if token.is_number or len(token.word) < 2:
        return False
    if token.word in cues()["credentials"] and token.text.isupper() and line.has_small:
        return False
    same = token.is_upper == before.is_upper
    if is_unknown(line, at):
        return same or token.is_upper or not line.has_capitals
    if comma and token.word in cues()["particles"]:
        return not line.gap_after(at).isspace()
    if is_eponym(line, at):
        return False
    if token.is_title and before.word in cues()["particles"] and not is_field(token.word):
        return True
    if is_label(line, at):
        return False
    if is_clinical(line, at):
        return token.is_title and before.is_title and is_acronym_alone(token.word)
    if token.gap == "-" or (comma and closes(line, at)):
        return True
    if known.is_weak_name(token.word):
        return not comma and (token.is_upper or not line.has_capitals)
    named = is_name_word(token.word) and same and not is_paired(line, at)
    if named and not line.has_small and not line.gap_after(at).isspace():
        return True
    rare = token.text.islower() and kind_of(token.word) is None
    return named and (token.is_title or rare or (comma and not line.has_capitals))


def _is_between(line: Line, known: Known, at: int, names: int) -> bool:
    """Whether a particle or an initial leads on to a name, or an initial follows one."""
    token = line.tokens[at]
    if token.is_number or line.is_glued(at):
        return False
    ahead = line.tokens[at + 1 : at + 2]
    leads = bool(ahead) and bool(NEXT_GAP.match(ahead[0].gap))
    alike = bool(ahead) and (ahead[0].is_upper or token.text.islower())
    follows = leads and (ahead[0].is_dropped or (is_unknown(line, at + 1) and alike))
    follows |= (
        leads
        and ahead[0].is_title
        and len(token.word) > 1
        and (kind_of(ahead[0].word) is None or is_name_word(ahead[0].word))
        and not is_eponym(line, at + 1)
        and not ahead[0].gap.startswith(".")
    )
    if token.word in cues()["particles"]:
        deeper = leads and ahead[0].word in cues()["particles"]
        return follows or deeper
    if len(token.word) != 1:
        return False
    dotted = line.gap_after(at).startswith(".")
    if not token.is_upper:
        return dotted and names > 0 and token.gap == ", " and line.tokens[at - 1].text.islower()
    return follows or dotted or (names > 0 and token.word not in _SIDES)
