"""Judges whether a word of the lexicon stands as a person's name where it is written."""

from __future__ import annotations

import re
from functools import cache

from include.imaging.deid.text.lexicon import (
    Kind,
    cues,
    is_core,
    is_english,
    is_listed,
    is_name_word,
    kind_of,
)
from include.imaging.deid.text.terms import is_clinical, is_paired, is_unknown
from include.imaging.deid.text.tokens import Line

_LONGEST_NAME_THAT_IS_A_TERM = 8
COMMA_GAP = re.compile(r"[ \t]?,[ \t]{0,2}\Z")
_SPACE_GAP = re.compile(r"[ \t]{1,3}\Z")
TITLE, FIELD, CUE, ROLE = "title", "field", "cue", "role"
_CUES_BY_LIST = {
    "name_fields": FIELD,
    "person_cues": CUE,
    "closings": CUE,
    "salutations": CUE,
    "roles": ROLE,
    "staff": ROLE,
}


@cache
def cue_table() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """Return the cues, as words with their kind, by their first word, the longest first."""
    table: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for name, kind in _CUES_BY_LIST.items():
        for entry in sorted(cues()[name]):
            words = tuple(entry.split())
            table.setdefault(words[0], []).append((words, kind))
    for choices in table.values():
        choices.sort(key=lambda choice: -len(choice[0]))
    return table


def points_at_person(line: Line, at: int, kind: str) -> bool:
    """Whether nobody but a person stands behind the cue: by, a relation, a telephone call."""
    before = line.tokens[at - 1].word
    if kind == ROLE:
        return before not in cues()["subjects"]
    return kind == CUE and before in cues()["agents"]


def is_rare(line: Line, at: int) -> bool:
    """Whether a capitalised word is also a name, or of another language, and makes no term."""
    token = line.tokens[at]
    clinical = is_clinical(line, at) and token.word not in cues()["also_names"]
    if is_paired(line, at) or clinical or not token.is_upper:
        return False
    if is_name_word(token.word):
        return True
    ahead = line.tokens[at + 1 : at + 2]
    if kind_of(token.word) is None and not (ahead and ahead[0].text.islower()):
        return token.is_title and line.has_small
    return token.is_title and line.has_small and is_foreign(token.word)


def is_foreign(word: str) -> bool:
    """Whether a word is everyday language, but not English, and begins no cue."""
    return kind_of(word) is Kind.GENERAL and not is_english(word) and word not in cue_table()


def is_foreign_behind(line: Line, at: int, kind: str) -> bool:
    """Whether a word of another language stands behind an English cue: the son daan."""
    cue = line.tokens[at - 1].word
    told = kind == FIELD or points_at_person(line, at, kind)
    return told and is_english(cue) and is_foreign(line.tokens[at].word)


def is_relative(line: Line, at: int) -> bool:
    """Whether a rare word with a capital follows a relation in a sentence: his wife Destiny."""
    token = line.tokens[at]
    rare = kind_of(token.word) is None and token.is_title and line.has_small
    related = line.tokens[at - 1].word in cues()["roles"]
    return rare and related and bool(_SPACE_GAP.match(token.gap))


def is_followed(line: Line, at: int) -> bool:
    """Whether a rare word is written like the unknown one behind it: caballero aldonza."""
    token = line.tokens[at]
    ahead = line.tokens[at + 1 : at + 2]
    if kind_of(token.word) is not None or not ahead or ahead[0].is_number:
        return False
    near = bool(_SPACE_GAP.match(ahead[0].gap) or COMMA_GAP.match(ahead[0].gap))
    return near and ahead[0].is_upper == token.is_upper and is_unknown(line, at + 1)


def is_given(line: Line, at: int) -> bool:
    """Whether a word written Like This leads on to an unknown one: read by Carina Ostrov."""
    token = line.tokens[at]
    ahead = line.tokens[at + 1 : at + 2]
    if not token.is_title or not ahead or ahead[0].gap != " " or is_field(token.word):
        return False
    return line.has_small and ahead[0].is_title and is_unknown(line, at + 1)


def follows_title(line: Line, at: int) -> bool:
    """Whether a known word behind a title is the name: any with a capital, else few."""
    token = line.tokens[at]
    if token.is_title:
        return True
    dotted = token.gap.startswith(".") and token.word not in cues()["modalities"]
    spaced = line.gap_after(at).isspace()
    if dotted and is_person_word(token.word) and not (spaced and is_english(token.word)):
        return True
    if is_clinical(line, at) and token.word not in cues()["also_names"]:
        return False
    rare = kind_of(token.word) is None
    return rare or is_name_word(token.word) or not line.gap_after(at).isspace()


def stands_alone(line: Line, at: int, kind: str) -> bool:
    """Whether a word that is also a name belongs to no term or noun behind it."""
    token = line.tokens[at]
    if is_paired(line, at):
        return False
    gap = line.gap_after(at)
    ahead = line.tokens[at + 1 : at + 2]
    ends = not ahead or not _SPACE_GAP.match(gap) or ahead[0].is_dropped
    ends |= bool(ahead) and not ahead[0].is_number and is_unknown(line, at + 1)
    written = token.is_title and line.has_small and token.start > 0
    if kind == ROLE:
        return written and (ends or not is_clinical(line, at + 1))
    return ends or kind == FIELD or written


def is_turned(line: Line, at: int) -> bool:
    """Whether a short word is a family name before a comma and a given name, or a credential."""
    token = line.tokens[at]
    ahead = line.tokens[at + 1 : at + 2]
    if not ahead or not token.is_upper or len(token.word) > _LONGEST_NAME_THAT_IS_A_TERM:
        return False
    if ahead[0].word in cues()["credentials"] and ahead[0].text.isupper():
        return True
    if not COMMA_GAP.match(ahead[0].gap) or not is_listed(token.word):
        return False
    given = ahead[0].is_dropped and not ahead[0].is_number
    return given or (ahead[0].is_upper and not ahead[0].is_number and is_unknown(line, at + 1))


def closes(line: Line, at: int) -> bool:
    """Whether a word behind a comma ends its sentence, as the given name of Baker, Rune."""
    token = line.tokens[at]
    rare = is_name_word(token.word) or kind_of(token.word) is None
    return rare and not line.gap_after(at).isspace() and (token.is_title or not line.has_capitals)


def ends_field(line: Line, at: int) -> bool:
    """Whether a short term closes the field of a name behind a word that is a name: Rose Head,."""
    token, before = line.tokens[at], line.tokens[at - 1]
    ahead = line.tokens[at + 1 : at + 2]
    short = (
        token.is_title
        and not is_label(line, at)
        and len(token.word) <= _LONGEST_NAME_THAT_IS_A_TERM
    )
    ends = not ahead or not _SPACE_GAP.match(ahead[0].gap)
    return short and ends and before.is_title and is_name_word(before.word)


def is_label(line: Line, at: int) -> bool:
    """Whether a word is the next field of a form, or a word such as With."""
    return is_field(line.tokens[at].word) or ":" in line.gap_after(at)[:2]


def is_person_word(word: str) -> bool:
    """Whether a known word may be meant as a name: no reviewed clinical word, field or adverb."""
    ruled_out = is_field(word) or word in cues()["modalities"] or word in cues()["not_persons"]
    return not ruled_out and not is_core(word) and not word.endswith("ly") and len(word) > 1


def is_field(word: str) -> bool:
    """Whether a word begins the next field of a form, or is as common as With."""
    words = cues()
    known_word = word in words["stop"] or word in words["roles"] or word in words["titles"]
    return known_word or word in cue_table()
