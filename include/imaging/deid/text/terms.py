"""Says of a word in its place whether it is known: by the lexicon, or as a name that is a term."""

from __future__ import annotations

from include.imaging.deid.text.lexicon import (
    Kind,
    cues,
    is_english,
    is_known,
    is_name_word,
    kind_of,
    names_of_diseases,
)
from include.imaging.deid.text.tokens import Line

_MOST_NAMES_OF_A_TERM = 4
# What stands between the words of a term.
_TIES = " \t-'\u2019\u2010\u2013/&"
_FEWEST_WORDS = 5
_FEWEST_LETTERS = 4
_CODE_LETTERS = frozenset("tclsb")
_WEIGHTINGS = frozenset({"1", "2"})
_LONGEST_B_VALUE = 4
_NAME_GAPS = frozenset({" ", "^", ", ", "_", "-"})
_LEADS = frozenset(
    {"by", "per", "named", "name", "called", "from", "dear", "attn", "cc", "ask", "tell"}
)


def is_unknown(line: Line, at: int) -> bool:
    """Whether a token is a word of two letters or more on no list and in no dictionary."""
    token = line.tokens[at]
    if token.is_number or len(token.word) < 2 or is_known(token.text, token.word):
        return False
    return not is_eponym(line, at)


def is_unlisted(line: Line, at: int) -> bool:
    """Whether a token is a word that no list has, be it in the dictionary: Cedar, Oakwood."""
    if is_unknown(line, at):
        return True
    token = line.tokens[at]
    known = token.is_number or len(token.word) < 2 or kind_of(token.word) is not None
    return not known and token.is_upper and not is_eponym(line, at)


def is_paired(line: Line, at: int) -> bool:
    """Whether a word makes a term with the next one: low dose, long axis, white matter."""
    ahead = line.tokens[at + 1 : at + 2]
    return bool(ahead) and f"{line.tokens[at].word} {ahead[0].word}" in cues()["pairs"]


def is_clinical(line: Line, at: int) -> bool:
    """Whether a token is a clinical word."""
    return kind_of(line.tokens[at].word) is Kind.CLINICAL


def is_everyday(line: Line, at: int) -> bool:
    """Whether a token is a word of everyday language that can also be a name, unlike `with`."""
    word = line.tokens[at].word
    ruled_out = word in cues()["stop"] or word in cues()["roles"] or word in cues()["titles"]
    return kind_of(word) is Kind.GENERAL and is_english(word) and not ruled_out


def is_eponym(line: Line, at: int) -> bool:
    """Whether a name belongs to a term: Baker cyst, Osgood-Schlatter disease, Bell's palsy."""
    names = names_of_diseases()
    if not _is_name_of(line.tokens[at].word, names):
        return False
    if at > 1 and line.tokens[at - 1].word == "of" and not line.tokens[at].gap.strip(_TIES):
        noun = line.tokens[at - 2].word
        if noun in cues()["eponym_nouns"] or noun in cues()["eponym_nouns_of"]:
            return True
    for token in line.tokens[at + 1 : at + 1 + _MOST_NAMES_OF_A_TERM]:
        if token.gap.strip(_TIES):
            return False
        if token.word in cues()["eponym_nouns"]:
            return True
        if token.word != "s" and not _is_name_of(token.word, names):
            return False
    return False


def _is_name_of(word: str, names: frozenset[str]) -> bool:
    return word in names or word.removesuffix("s") in names


def is_term_code(line: Line, at: int) -> bool:
    """Whether a letter with a number names a weighting, vertebra or value: T1 FLAIR, C3, b0 DWI."""
    token = line.tokens[at]
    ahead = line.tokens[at + 1 : at + 3]
    if token.word not in _CODE_LETTERS or not ahead or not ahead[0].is_number or ahead[0].gap:
        return False
    number = ahead[0].text
    if len(number) > (_LONGEST_B_VALUE if token.word == "b" else 2):
        return False
    if len(ahead) == 1:
        return token.word == "t" and number in _WEIGHTINGS
    further = ahead[1]
    if further.gap == "" or further.is_number:
        return False
    if further.gap.strip():
        return token.word == "t" and number in _WEIGHTINGS
    return kind_of(further.word) is Kind.CLINICAL or further.text.islower()


def mark_unknown(line: Line) -> None:
    """Drop every word that is on no list, and everyday words that stand as names.

    In running text a single unlisted word in small letters stays where nothing tells of a person:
    there names have capitals. In capitals, in small letters alone and in short descriptions
    every unlisted word goes.
    """
    prose = is_prose(line)
    unknown = [is_unknown(line, at) for at in range(len(line.tokens))]
    for at, token in enumerate(line.tokens):
        if token.is_dropped:
            continue
        if unknown[at]:
            beside = any(unknown[max(at - 1, 0) : at]) or any(unknown[at + 1 : at + 2])
            token.is_dropped = not (prose and not beside and _is_small_word(line, at))
        elif _stands_as_name(line, at) or _stands_beside_name(line, at, unknown):
            token.is_dropped = True


def is_prose(line: Line) -> bool:
    """Whether the text is written in sentences: starts with a capital, most words are small."""
    words = [token for token in line.tokens if not token.is_number]
    small = sum(token.text.islower() for token in words)
    return len(words) >= _FEWEST_WORDS and words[0].is_title and small * 2 >= len(words)


def _is_small_word(line: Line, at: int) -> bool:
    """Whether an unlisted word has small letters, and does not follow a person's or a title's."""
    token, before = line.tokens[at], line.tokens[at - 1]
    if not (token.text.islower() and token.text.isascii() and len(token.word) >= _FEWEST_LETTERS):
        return False
    words = cues()
    told = before.is_dropped or before.word in words["roles"] or before.word in words["titles"]
    return at > 0 and not told and before.word not in _LEADS and not line.is_glued(at)


def _stands_as_name(line: Line, at: int) -> bool:
    """Whether an everyday word that is also a name is capitalised within a sentence."""
    token = line.tokens[at]
    if token.word not in cues()["also_names"] or not token.is_title or at == 0:
        return False
    if is_paired(line, at):
        return False
    if token.gap.strip() or "\n" in token.gap or not line.tokens[at - 1].text.islower():
        return False
    following = line.tokens[at + 1 : at + 2]
    return not following or kind_of(following[0].word) is not Kind.CLINICAL


def _stands_beside_name(line: Line, at: int, unknown: list[bool]) -> bool:
    """Whether an everyday word stands beside an unknown one as a part of its name."""
    token = line.tokens[at]
    if token.is_number or is_eponym(line, at):
        return False
    if _leads_to_town(line, at, unknown) or _joins_unknown(line, at, unknown):
        return True
    if _is_tied_small(line, at, unknown):
        return True
    return _is_named(line, at) and any(
        0 <= other < len(unknown)
        and unknown[other]
        and line.tokens[other].is_title == token.is_title
        and line.tokens[max(at, other)].gap in _NAME_GAPS
        for other in (at - 1, at + 1)
    )


def _is_tied_small(line: Line, at: int, unknown: list[bool]) -> bool:
    """Whether an underscore ties a word in small letters that is a name to an unknown one."""
    token = line.tokens[at]
    if not token.text.islower() or kind_of(token.word) is Kind.CLINICAL:
        return False
    gap, further = token.gap, line.gap_after(at)
    if gap.isspace() or further.isspace():
        return False
    before = at > 0 and gap == "_" and unknown[at - 1]
    after = at + 1 < len(unknown) and unknown[at + 1] and further == "_"
    return (before or after) and is_name_word(token.word)


def _is_named(line: Line, at: int) -> bool:
    token = line.tokens[at]
    name = is_name_word(token.word) if token.is_title else token.word in cues()["also_names"]
    named = token.is_upper and name and not is_paired(line, at)
    return named and kind_of(token.word) is not Kind.CLINICAL


def _leads_to_town(line: Line, at: int, unknown: list[bool]) -> bool:
    """Whether a word such as New or Saint stands before an unknown word written alike."""
    token = line.tokens[at]
    if token.word not in cues()["town_words"] or at + 1 >= len(unknown) or not unknown[at + 1]:
        return False
    ahead = line.tokens[at + 1]
    return token.is_upper and ahead.is_upper and ahead.gap in {" ", "-", ". "}


def _joins_unknown(line: Line, at: int, unknown: list[bool]) -> bool:
    """Whether a hyphen ties a capitalised word or a particle to an unknown one: Bad-Tarn-sur-Ox."""
    token = line.tokens[at]
    tied = (at > 0 and token.gap == "-" and line.tokens[at - 1].is_dropped) or (
        at + 1 < len(unknown) and unknown[at + 1] and line.tokens[at + 1].gap == "-"
    )
    if not tied:
        return False
    part = token.word in cues()["particles"] or token.word in cues()["place_links"]
    return part or (token.is_title and kind_of(token.word) is not Kind.CLINICAL)
