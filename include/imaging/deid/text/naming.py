"""Judges where the name behind a title or cue begins and ends."""

from __future__ import annotations

import re
from functools import cache

from include.imaging.deid.text.known import Known
from include.imaging.deid.text.lexicon import (
    Kind,
    cues,
    is_acronym_alone,
    is_english,
    is_listed,
    is_name_word,
    kind_of,
)
from include.imaging.deid.text.terms import is_clinical, is_eponym, is_paired, is_unknown
from include.imaging.deid.text.tokens import Line

_MOST_NAMES = 6
_LONGEST_NAME_THAT_IS_A_TERM = 8
_LONGEST_ABBREVIATION = 5
NEXT_GAP = re.compile(r"[ \t]{0,2}[-.'\u2019^_/\u2010]{0,2}[ \t]{0,2}\Z")
COMMA_GAP = re.compile(r"[ \t]?,[ \t]{0,2}\Z")
_FIRST_GAP = re.compile(r"[ \t]{0,4}[-:.=#,(\"'/>\[\u2013]{0,3}[ \t]{0,4}\n?[ \t]{0,4}\Z")
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
        if at == first:
            found = token.is_dropped or _begins(line, known, at, kind)
        else:
            found = token.is_dropped or _goes_on(line, known, at, comma)
            found |= kind == FIELD and _ends_field(line, at)
        if found:
            names += 1
        elif not _is_between(line, known, at, names):
            break
        at += 1
    return at if names else first


def _begins(line: Line, known: Known, at: int, kind: str) -> bool:
    """Whether the first token behind a title or cue can be a name."""
    token = line.tokens[at]
    if token.is_number or len(token.word) < 2:
        return False
    if _ends_sentence(line, at, kind):
        return False
    if is_unknown(line, at):
        return _is_written_as_name(line, at, kind)
    if kind == TITLE:
        return not _is_field(token.word) and _follows_title(line, at)
    if _is_label(line, at) or is_eponym(line, at):
        return False
    if known.is_weak_name(token.word):
        return token.is_upper or not line.has_capitals
    if _is_followed(line, at):
        return True
    if _points_at_person(line, at, kind):
        if _is_rare(line, at) or (kind == ROLE and _is_relative(line, at)):
            return True
    named = token.word in cues()["also_names"] or not is_clinical(line, at)
    if named and is_name_word(token.word):
        return _stands_alone(line, at, kind)
    return kind in (FIELD, CUE) and _is_turned(line, at)


def _ends_sentence(line: Line, at: int, kind: str) -> bool:
    """Whether the dot behind a cue ends its sentence, and is not that of Dr. or attn."""
    before = line.tokens[at - 1].text
    dotted = line.tokens[at].gap.startswith(". ") and len(before) > _LONGEST_ABBREVIATION
    return dotted and kind != TITLE and line.has_small


def _is_written_as_name(line: Line, at: int, kind: str) -> bool:
    """Whether an unknown word is no verb that follows the patient in a foreign sentence."""
    token = line.tokens[at]
    if token.is_upper or not line.has_capitals or kind != ROLE:
        return True
    return line.tokens[at - 1].word not in cues()["subjects"]


def _follows_title(line: Line, at: int) -> bool:
    """Whether a known word behind a title is the name: any with a capital, else few."""
    token = line.tokens[at]
    if token.is_title:
        return True
    if is_clinical(line, at) and token.word not in cues()["also_names"]:
        return False
    rare = kind_of(token.word) is None
    return rare or is_name_word(token.word) or not line.gap_after(at).isspace()


def _points_at_person(line: Line, at: int, kind: str) -> bool:
    """Whether nobody but a person stands behind the cue: by, a relation, a telephone call."""
    before = line.tokens[at - 1].word
    if kind == ROLE:
        return before not in cues()["subjects"]
    return kind == CUE and before in cues()["agents"]


def _is_rare(line: Line, at: int) -> bool:
    """Whether a capitalised word is also a name, or of another language, and makes no term."""
    token = line.tokens[at]
    clinical = is_clinical(line, at) and token.word not in cues()["also_names"]
    if is_paired(line, at) or clinical or not token.is_upper:
        return False
    if is_name_word(token.word):
        return True
    ahead = line.tokens[at + 1 : at + 2]
    kind = kind_of(token.word)
    if kind is None and not (ahead and ahead[0].text.islower()):
        return token.is_title and line.has_small
    foreign = kind is Kind.GENERAL and not is_english(token.word) and token.word not in cue_table()
    return token.is_title and line.has_small and foreign


def _is_relative(line: Line, at: int) -> bool:
    """Whether a rare word with a capital follows a relation in a sentence: his wife Destiny."""
    token = line.tokens[at]
    rare = kind_of(token.word) is None and token.is_title and line.has_small
    return rare and bool(_SPACE_GAP.match(token.gap))


def _is_followed(line: Line, at: int) -> bool:
    """Whether a rare word is written like the unknown one behind it: caballero aldonza."""
    token = line.tokens[at]
    ahead = line.tokens[at + 1 : at + 2]
    if kind_of(token.word) is not None or not ahead or ahead[0].is_number:
        return False
    near = bool(_SPACE_GAP.match(ahead[0].gap) or COMMA_GAP.match(ahead[0].gap))
    return near and ahead[0].is_upper == token.is_upper and is_unknown(line, at + 1)


def _stands_alone(line: Line, at: int, kind: str) -> bool:
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


def _is_turned(line: Line, at: int) -> bool:
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


def _goes_on(line: Line, known: Known, at: int, comma: bool) -> bool:
    """Whether a token goes on with the name before it."""
    token, before = line.tokens[at], line.tokens[at - 1]
    if token.is_number or len(token.word) < 2:
        return False
    same = token.is_upper == before.is_upper
    if is_unknown(line, at):
        return same or token.is_upper or not line.has_capitals
    if comma and token.word in cues()["particles"]:
        return not line.gap_after(at).isspace()
    if _is_label(line, at) or is_eponym(line, at):
        return False
    if is_clinical(line, at):
        return token.is_title and before.is_title and is_acronym_alone(token.word)
    if token.gap == "-" or (comma and _closes(line, at)):
        return True
    if token.is_title and before.word in cues()["particles"]:
        return True
    if known.is_weak_name(token.word):
        return not comma and (token.is_upper or not line.has_capitals)
    named = is_name_word(token.word) and same and not is_paired(line, at)
    if named and not line.has_small and not line.gap_after(at).isspace():
        return True
    rare = token.text.islower() and kind_of(token.word) is None
    return named and (token.is_title or rare or (comma and not line.has_capitals))


def _closes(line: Line, at: int) -> bool:
    """Whether a word behind a comma ends its sentence, as the given name of Baker, Rune."""
    token = line.tokens[at]
    rare = is_name_word(token.word) or kind_of(token.word) is None
    return rare and not line.gap_after(at).isspace() and (token.is_title or not line.has_capitals)


def _ends_field(line: Line, at: int) -> bool:
    """Whether a short term closes the field of a name behind a word that is a name: Rose Head,."""
    token, before = line.tokens[at], line.tokens[at - 1]
    ahead = line.tokens[at + 1 : at + 2]
    short = token.is_title and not _is_label(line, at) and len(token.word) <= _LONGEST_NAME_THAT_IS_A_TERM
    ends = not ahead or not _SPACE_GAP.match(ahead[0].gap)
    return short and ends and before.is_title and is_name_word(before.word)


def _is_label(line: Line, at: int) -> bool:
    """Whether a word is the next field of a form, or a word such as With."""
    return _is_field(line.tokens[at].word) or ":" in line.gap_after(at)[:2]


def _is_field(word: str) -> bool:
    words = cues()
    known_word = word in words["stop"] or word in words["roles"] or word in words["titles"]
    return known_word or word in cue_table()


def _is_between(line: Line, known: Known, at: int, names: int) -> bool:
    """Whether a particle or an initial leads on to a name, or an initial follows one."""
    token = line.tokens[at]
    if token.is_number or line.is_glued(at):
        return False
    ahead = line.tokens[at + 1 : at + 2]
    leads = bool(ahead) and bool(NEXT_GAP.match(ahead[0].gap))
    alike = bool(ahead) and (ahead[0].is_upper or token.text.islower())
    follows = leads and (ahead[0].is_dropped or (is_unknown(line, at + 1) and alike))
    follows |= leads and ahead[0].is_title and kind_of(ahead[0].word) is None and len(token.word) > 1
    if token.word in cues()["particles"]:
        deeper = leads and ahead[0].word in cues()["particles"]
        return follows or deeper
    if len(token.word) != 1 or not token.is_upper:
        return False
    dotted = line.gap_after(at).startswith(".")
    return follows or dotted or (names > 0 and token.word not in {"l", "r"})
