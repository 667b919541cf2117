"""Finds dates, times of day and ages above 89 in text, in every layout (PS3.15 E.3.6, HIPAA)."""

from __future__ import annotations

import re

Span = tuple[int, int]

_MONTHS = (
    "jan(?:uary|uar|vier|uari)?|feb(?:ruary|ruar|ruari)?|février|fevrier|mar(?:ch|s|zo|ço)?"
    "|märz|maerz|mrz|maart|mrt"
    "|apr(?:il|ile)?|avril|may|mai|mei|maj|june?|juni|juin|junio|july?|juli|juillet|julio"
    "|luglio|giugno|maggio"
    "|aug(?:ust|ustus)?|août|aout|agosto|sept?(?:ember|embre|iembre)?|settembre|oct(?:ober"
    "|obre|ubre)?|okt(?:ober)?"
    "|ottobre|outubro|nov(?:ember|embre|iembre)?|novembro|dec(?:ember)?|dez(?:ember)?"
    "|déc(?:embre)?|decembre|dic(?:iembre|embre)?"
    "|enero|gennaio|janeiro|febrero|febbraio|fevereiro|marzo|março|abril|aprile|mayo|maio"
    "|setembro|dezembro"
)
# Short months that are also words or sequences: only with a capital, or with a year.
_WORDLIKE = frozenset(
    {"may", "mar", "march", "dec", "sep", "oct", "mai", "mars", "set", "jan", "nov"}
)
_UNIT = (
    r"(?!\s?-?\s?(?:mm|cm|ml|cc|mg|mcg|µg|g|kg|ms|msec|s|sec|min|mins|hz|khz|mhz|kvp?|mas?|hu"
    r"|t|tesla|x|°|degrees?"
    r"|percent|deg|slices?|images?|views?|weeks?|days?|months?|years?|iu|units?)(?![^\W_])|\s?%)"
)
_START = r"(?<![^\W_])(?<!\d[.,/:-])"
_CLOCK = (
    r"(?:(?:[ T,]{1,3}(?:at )?[0-2]?\d:[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?"
    r"|T[0-2]\d[0-5]\d(?:[0-5]\d)?)"
    r"(?:Z|[+-]\d\d:?\d\d)?(?!\d))?"
)
_YEAR = r"(?:19|20)\d\d"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"

_YEAR_FIRST = re.compile(rf"{_START}{_YEAR}([-./_ ])(?:0?[1-9]|1[0-2])\1{_DAY}(?!\d){_CLOCK}")
_NUMERIC = re.compile(
    rf"(?<![^\W_])(?<!\d[.,/-])(\d{{1,2}}) ?([-./]) ?(\d{{1,2}}) ?\2 ?({_YEAR}(?![^\W_])"
    rf"|'?\d\d(?![^\W_]){_UNIT})(?![./-]\d){_CLOCK}"
)
_MONTH_YEAR = re.compile(
    rf"{_START}(?:(?:0?[1-9]|1[0-2])[/.-]{_YEAR}|{_YEAR}[-/](?:0[1-9]"
    rf"|1[0-2]))(?![^\W_])(?![./-]\d){_UNIT}"
)
_ORDINAL = r"(?:\.|st|nd|rd|th|er|e|º)?"
_OF = r"(?:[ ._,/-]{0,2}(?:of |de |di |den )?)"
_DAY_MONTH = re.compile(
    rf"{_START}({_DAY}){_ORDINAL}{_OF}({_MONTHS})(?![^\W\d_])\.?"
    rf"(?:[ ._,/'-]{{0,3}}(?:of |de |del )?({_YEAR}"
    rf"|\d\d(?!\d)(?![.,]\d){_UNIT}))?(?![^\W_]){_CLOCK}",
    re.IGNORECASE,
)
_MONTH_DAY = re.compile(
    rf"(?<![^\W_])({_MONTHS})\.?[ ._/-]{{1,2}}({_DAY})(?:st|nd|rd|th)?(?![^\W_])(?![.,]\d"
    rf"|[-/x]\d){_UNIT}"
    rf"(?:[ ,._/'-]{{1,3}}({_YEAR}|\d\d(?![^\W_])(?![.,]\d){_UNIT}))?{_CLOCK}",
    re.IGNORECASE,
)
_MONTH_THEN_YEAR = re.compile(
    rf"(?<![^\W_])(?:{_MONTHS})\.?[ ,._/'-]{{0,3}}(?:of |de |del )?{_YEAR}(?![^\W_])", re.IGNORECASE
)
_DAY_DOT_MONTH = re.compile(
    r"(?:(?<![^\W_])(?<!\d[.,])(?:0[1-9]|[12]\d|3[01])\.0[1-9]\.(?!\d)"
    r"|(?<![^\W_])(?<!\d[.,])0[1-9]\.1[0-2]\.(?!\d))"
)
_CUED = re.compile(
    r"(?<![^\W_])(?:on|dated?|from|since|until|dob|d\.o\.b\.?|born|birth ?date|am|vom|bis"
    r"|seit|geb\.?|geboren|le|el|vom)"
    rf"[ :.]{{1,3}}((?:0?[1-9]|[12]\d|3[01])[./](?:0?[1-9]|[12]\d"
    rf"|3[01])\.?)(?![^\W_])(?![./-]\d){_UNIT}",
    re.IGNORECASE,
)
_BORN = re.compile(
    rf"(?<![^\W_])(?:dob|d\.o\.b\.?|born|b\.|geb\.?|geboren|\*|née?|nacid[oa]|nato"
    rf"|nata)[ :.]{{0,3}}(?:in |en |im |year )?({_YEAR})(?!\d)",
    re.IGNORECASE,
)
_NOT_A_TIME = (
    r"(?!\s?(?:o.?clock|position|pos\b|clock|dilution|ratio|radian|axis|mins?\b|minutes|sec|min\b"
    r"|cm|mm))"
)
_TIME = re.compile(
    r"(?<![\d:.,/])(?<![^\W_])(?:[01]?\d|2[0-4])[:h][0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?"
    rf"(?:\s?[ap]\.?m\.?(?![^\W_])|\s?(?:uhr|hrs?|h)(?![^\W_]))?(?![\d:]|\s?o.?clock){_NOT_A_TIME}",
    re.IGNORECASE,
)
_HOUR = re.compile(
    r"(?<![\d:.,/])(?<![^\W_])(?:(?:0?[1-9]|1[0-2])\s?(?:a\.m\.|p\.m\.|am|pm)(?![^\W_])"
    r"|(?:[01]?\d|2[0-4])(?:[.:][0-5]\d)?\s?uhr(?![^\W_])|(?:[01]\d|2[0-3])[0-5]\d\s?(?:h|hrs"
    r"|hours)(?![^\W_]))",
    re.IGNORECASE,
)
_AGE_UNIT = (
    r"(?:years?|yrs?|y|yo|yom|yof|y/o|y\.o\.?|jahre?n?|jährige?r?|j\.|ans|años|anos|anni|jaar)"
    r"(?![^\W_])"
)
_OLD_AGE = re.compile(
    rf"(?<![\d.,])(?<![^\W_])0?(?:9\d|1[0-3]\d)[ -]{{0,2}}{_AGE_UNIT}(?:[ -]{{1,2}}(?:old"
    rf"|alte?r?)(?![^\W_]))?"
    r"|(?<![^\W_])(?:aged?|alter|âge|edad|leeftijd)[ :]{1,3}((?:9\d|1[0-3]\d))(?![\d.,]|\s?%)",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_MAX_DAY, _MAX_MONTH = 31, 12


def date_spans(text: str, known: frozenset[str]) -> list[Span]:
    """Return where dates, times and ages above 89 stand; `known` dates also as day and month."""
    if not _DIGIT.search(text):
        return []
    spans = [match.span() for match in _YEAR_FIRST.finditer(text)]
    spans += [match.span() for match in _NUMERIC.finditer(text) if _is_date(match)]
    for pattern in (_MONTH_YEAR, _MONTH_THEN_YEAR, _DAY_DOT_MONTH, _TIME, _HOUR):
        spans += [match.span() for match in pattern.finditer(text)]
    spans += [match.span() for match in _DAY_MONTH.finditer(text) if _is_month(match[2], match[3])]
    spans += [match.span() for match in _MONTH_DAY.finditer(text) if _is_month(match[1], match[3])]
    for pattern in (_CUED, _BORN, _OLD_AGE):
        spans += [match.span(1 if match[1] else 0) for match in _groups(pattern, text)]
    return spans + _known_days(text, known)


def _groups(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    return list(pattern.finditer(text))


def _is_date(match: re.Match[str]) -> bool:
    first, second = int(match[1]), int(match[3])
    last = int(match[4].lstrip("'"))
    day_month = 1 <= first <= _MAX_DAY and 1 <= second <= _MAX_DAY
    if day_month and min(first, second) <= _MAX_MONTH:
        return True
    return 1 <= second <= _MAX_MONTH and 1 <= last <= _MAX_DAY


def _is_month(month: str, year: str | None) -> bool:
    return bool(year) or month.lower() not in _WORDLIKE or month[0].isupper()


_SHORT_DATE = re.compile(r"(?<![^\W_])(?<!\d[./-])(\d\d?)[./-](\d\d?)(?![^\W_])(?![./-]\d)")


def _known_days(text: str, known: frozenset[str]) -> list[Span]:
    """Return where day and month of a known date stand without a year, two digits each."""
    days = {(date[4:6], date[6:8]) for date in known}
    return [
        match.span()
        for match in _SHORT_DATE.finditer(text)
        if (match[1], match[2]) in days or (match[2], match[1]) in days
    ]
