"""Whether a value matches a key of a query (PS3.4 C.2.2.2, PS3.18 8.3.4)."""

import fnmatch
import re
from collections.abc import Callable, Iterable
from typing import Any

from include.localcloud.errors import ValidationError

Matcher = Callable[[list[Any]], bool]

DATE = re.compile(r"[0-9]{8}", re.ASCII)
TIME = re.compile(r"[0-9]{2}([0-9]{2}([0-9]{2}(\.[0-9]{1,6})?)?)?", re.ASCII)
LATEST = "235959999999"
SEPARATORS = re.compile(r"[\s^,=]+")


def matcher(vr: str, text: str, *, fuzzy: bool) -> Matcher:
    """What tells whether an attribute's values, as DICOM JSON has them, match a key's text.

    An attribute matches when one of its values does; empty text and `*` match everything.

    Raises:
        ValidationError: A date, a time or a range of them is not well-formed.
    """
    text = text.strip()
    if text in ("", "*"):
        return lambda _: True
    if vr == "DA":
        return _any(_within(*_range(text, _date_bounds)), _plain_date)
    if vr == "TM":
        return _any(_within(*_range(text, _time_bounds)), lambda value: _plain_time(str(value)))
    if vr == "UI":
        wanted = {uid.strip() for uid in re.split(r"[,\\]", text)}
        return lambda values: any(str(value) in wanted for value in values)
    if vr == "PN":
        return _name_matcher(text.strip('"'), fuzzy=fuzzy)
    pattern = _wildcards(text)
    return lambda values: any(pattern(str(value)) for value in values)


def _any(fits: Callable[[str], bool], plain: Callable[[Any], str]) -> Matcher:
    return lambda values: any(fits(plain(value)) for value in values)


def _within(lowest: str, highest: str) -> Callable[[str], bool]:
    return lambda value: bool(value) and lowest <= value <= highest


def _range(text: str, bounds: Callable[[str], tuple[str, str]]) -> tuple[str, str]:
    first, dash, last = (part.strip() for part in text.partition("-"))
    if not dash:
        return bounds(first)
    if not (first or last):
        raise ValidationError("a range needs at least one end")
    return bounds(first)[0] if first else "", bounds(last)[1] if last else "9" * 12


def _date_bounds(text: str) -> tuple[str, str]:
    if not DATE.fullmatch(text):
        raise ValidationError("a date must be YYYYMMDD, a range of dates two of them with a hyphen")
    return text, text


def _time_bounds(text: str) -> tuple[str, str]:
    if not TIME.fullmatch(text):
        raise ValidationError("a time must be HHMMSS.FFFFFF or its beginning")
    digits = text.replace(".", "")
    return f"{digits:0<12}", digits + LATEST[len(digits) :]


def _plain_date(value: Any) -> str:
    return str(value).replace(".", "").replace("-", "").strip()


def _plain_time(value: str) -> str:
    return f"{value.replace(':', '').replace('.', '').strip():0<12}"


def _name_matcher(text: str, *, fuzzy: bool) -> Matcher:
    fits = _fuzzy_name(text) if fuzzy else _name(text)
    return lambda values: any(fits(group) for value in values for group in _groups(value))


def _groups(value: Any) -> Iterable[str]:
    return value.values() if isinstance(value, dict) else (str(value),)


def _name(text: str) -> Callable[[str], bool]:
    pattern = _wildcards(text.rstrip("^ ").lower())
    return lambda group: pattern(group.rstrip("^ ").lower())


def _fuzzy_name(text: str) -> Callable[[str], bool]:
    """Whether a word of the name begins with a word of the text (DG/dicomweb-search)."""
    wanted = tuple(word for word in SEPARATORS.split(text.lower().replace("*", " ")) if word)
    return lambda group: any(
        word.startswith(wanted) for word in SEPARATORS.split(group.lower()) if word
    )


def _wildcards(text: str) -> Callable[[str], bool]:
    """Whether a value fits text with * and ?, in time that does not explode."""
    if "*" not in text and "?" not in text:
        return lambda value: value.strip() == text
    # fnmatch writes atomic groups, so that no pattern backtracks; its brackets are not DICOM's
    compiled = re.compile(fnmatch.translate(text.replace("[", "[[]")))
    return lambda value: compiled.match(value.strip()) is not None
