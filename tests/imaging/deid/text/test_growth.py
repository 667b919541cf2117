"""Hostile text costs in proportion to its length: steps are counted, no clock is read."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from include.imaging.deid import text as package
from include.imaging.deid.text.cleaner import TextCleaner
from include.imaging.deid.text.identity import Identity, identity_of

UNITS = """7|12 |Smith John |Kowalczyk |1.2.|a@|1-2-|(|A^B |Dr. |referred by |Hospital Of |+1 2
may 5 |'s|山田|rue de la |address: 12 34 |lives at 5 Tarn |contact at 12 34
12 345-67 |Tarnwick 4711 """.replace("\n", "|").split("|")
SIZE = 1600
# A little more than twice for twice the length; a quadratic step would give four times.
MOST_GROWTH = 2.4


def _steps(text: str, known: Identity) -> int:
    steps = 0

    def count(*_: Any) -> None:
        nonlocal steps
        steps += 1

    cleaner = TextCleaner(vocabulary=True)
    sys.setprofile(count)
    try:
        cleaner.clean(text, known)
    finally:
        sys.setprofile(None)
    return steps


@pytest.mark.parametrize("unit", UNITS)
def test_twice_the_text_takes_twice_the_steps(unit: str) -> None:
    known = identity_of([("PatientName", "PN", "Smith^John")])
    _steps(unit * (SIZE // len(unit)), known)
    half = _steps(unit * (SIZE // len(unit)), known)
    whole = _steps(unit * (2 * SIZE // len(unit)), known)
    assert half > 0
    assert whole <= half * MOST_GROWTH + 200


def _name(number: int) -> str:
    """Return a name of its own: letters for the digits of a number."""
    return "ond" + "".join("bcdfghjklm"[int(digit)] + "a" for digit in str(number))


def _crowd(count: int) -> Identity:
    return identity_of(
        ("OtherPatientNames", "PN", f"{_name(number)}^pavel") for number in range(count)
    )


def test_twice_the_names_take_twice_the_steps() -> None:
    assert len(_crowd(400).persons) == 400
    _steps("knee", _crowd(10))
    half, whole = _steps("knee left", _crowd(200)), _steps("knee left", _crowd(400))
    assert half > 200
    assert whole <= half * MOST_GROWTH + 200


def _patterns() -> dict[str, re.Pattern[str]]:
    modules = [
        importlib.import_module(f"{package.__name__}.{found.name}")
        for found in pkgutil.iter_modules(package.__path__)
    ]
    return {
        f"{module.__name__}.{name}": value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, re.Pattern)
    }


def _unbounded(parsed: Any) -> list[Any]:
    """Return what is repeated without a bound and is more than one character."""
    found = []
    for code, value in parsed:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            _, most, inner = value
            if most is codes.MAXREPEAT and (len(inner) != 1 or inner[0][0] not in _SINGLE):
                found.append(inner)
            found += _unbounded(inner)
        elif code is codes.BRANCH:
            found += [part for branch in value[1] for part in _unbounded(branch)]
        elif code is codes.SUBPATTERN:
            found += _unbounded(value[3])
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            found += _unbounded(value[1])
    return found


_SINGLE = (codes.IN, codes.LITERAL, codes.NOT_LITERAL, codes.ANY)
# Runs of letters with marks: the two parts of the repeated group share no character.
_DISJOINT = {"_RUN", "_LETTERS"}


def test_no_pattern_repeats_a_group_without_bound() -> None:
    patterns = _patterns()
    assert len(patterns) > 40
    loose = {
        name
        for name, pattern in patterns.items()
        if _unbounded(parser.parse(pattern.pattern, pattern.flags))
    }
    assert {name.rpartition(".")[2] for name in loose} <= _DISJOINT
