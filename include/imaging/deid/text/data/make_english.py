"""Makes english.txt and name_words.txt from the word lists of SCOWL and WordNet."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from include.imaging.deid.text.folding import fold
from include.imaging.deid.text.lexicon import HEAD_LETTERS, NO_TAIL

HERE = Path(__file__).parent
ENGLISH = HERE / "english.txt"
NAME_WORDS = HERE / "name_words.txt"
LEFT_OUT = HERE / "left_out.txt"
GENERAL = HERE / "general.txt"
CLINICAL = HERE / "clinical.txt"
NO_NAMES = HERE / "no_names.txt"
# A short rare word is often a name: the rarest level of SCOWL (10 common, 70 rare) by length.
LEVELS = {3: 40, 4: 50, 5: 55, 6: 60}
RAREST = 70
RAREST_NAME_WORD = 55
COMMON_NAMES = 50
LONGEST_NAME = 8
SHORTEST_OF_WORDNET = 7
_WORD = re.compile(r"[a-z]{3,48}")
_PROPER = ("proper-names", "upper")
LICENCE = "made by make_english.py from SCOWL and WordNet 3.0, see README.md\n"


def main(scowl: Path, wordnet: Path) -> None:
    """Write both files; `scowl` is the folder of its lists, `wordnet` of its data files."""
    words, names = chosen(scowl, wordnet)
    heads: dict[str, list[str]] = defaultdict(list)
    for word in sorted(words):
        heads[word[:HEAD_LETTERS]].append(word[HEAD_LETTERS:] or NO_TAIL)
    lines = [f"{head} {' '.join(tails)}\n" for head, tails in sorted(heads.items())]
    first = "# Lower-case English: the first three letters of words, then their endings; "
    ENGLISH.write_text(first + LICENCE + "".join(lines), encoding="ascii")
    page = "# Words of english.txt and general.txt that are also names of people, places or firms; "
    NAME_WORDS.write_text(page + LICENCE + "\n".join(sorted(names)) + "\n", encoding="ascii")


def chosen(scowl: Path, wordnet: Path) -> tuple[set[str], set[str]]:
    """Return the folded words, and those among them that are also names."""
    levels = _levels(scowl, ("words",))
    common = {word.lower() for word in _within(_levels(scowl, _PROPER), COMMON_NAMES)}
    small, capital = _wordnet(wordnet)
    proper = {word.lower() for word in _levels(scowl, _PROPER)}
    rare = proper | capital
    words = {word for word, level in levels.items() if level <= LEVELS.get(len(word), RAREST)}
    words |= {word for word in small - rare if len(word) >= SHORTEST_OF_WORDNET}
    no_names, left_out = _listed(NO_NAMES), _listed(LEFT_OUT)
    kept = {
        word
        for word in words
        if word in no_names
        or not (
            word in left_out
            or word in common
            or (len(word) == HEAD_LETTERS and word in rare)
            or (
                word in rare
                and len(word) < LONGEST_NAME
                and levels.get(word, RAREST) > RAREST_NAME_WORD
            )
        )
    }
    everyday = _listed(GENERAL) | _listed(CLINICAL)
    return _folded(kept), _folded((kept & rare) | (everyday & common))


def _levels(scowl: Path, kinds: Iterable[str]) -> dict[str, int]:
    """Return the lowest level of every word in the lists of some kinds, none of them a variant."""
    found: dict[str, int] = {}
    for kind in kinds:
        for path in sorted(scowl.glob(f"*-{kind}.*")):
            level = int(path.suffix[1:])
            for word in path.read_text(encoding="latin-1").split():
                found[word] = min(level, found.get(word, level))
    if kinds == ("words",):
        return {word: level for word, level in found.items() if _WORD.fullmatch(word)}
    return found


def _within(levels: dict[str, int], rarest: int) -> set[str]:
    return {word for word, level in levels.items() if level <= rarest}


def _wordnet(folder: Path) -> tuple[set[str], set[str]]:
    """Return the words that WordNet writes small, and in lower case those with a capital."""
    small: set[str] = set()
    capital: set[str] = set()
    for part in ("noun", "adj", "verb", "adv"):
        for line in (folder / f"data.{part}").read_text(encoding="latin-1").splitlines():
            if line.startswith("  "):
                continue
            fields = line.split()
            for lemma in fields[4 : 4 + 2 * int(fields[3], 16) : 2]:
                pieces = re.split(r"[_\-'.()]", lemma)
                small.update(piece for piece in pieces if _WORD.fullmatch(piece))
                capital.update(piece.lower() for piece in pieces if piece[:1].isupper())
    return small, capital


def _listed(path: Path) -> set[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return {word for line in lines if not line.startswith("#") for word in line.split()}


def _folded(words: set[str]) -> set[str]:
    return {word for word in map(fold, words) if len(word) >= HEAD_LETTERS}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
