"""Finds numbers and addresses of networks that identify without any knowledge of the patient."""

from __future__ import annotations

import re
from itertools import chain

Span = tuple[int, int]

_UNITS = (
    r"\s?-?\s?(?:mm|cm|ml|cc|mg|mcg|µg|kg|ms|msec|sec|hz|khz|mhz|kvp?|mas|hu|iu|u|units?"
    r"|cells?|counts?|kcounts|bq|mbq|kbq|gbq"
    r"|ppm|images?|slices?|copies|ie|i\.e)(?![^\W_])"
)
_EMAIL = re.compile(r"(?<![^\s,;:()<>\[\]\"])[^\s,;:()<>\[\]\"@]*@[^\s,;()<>\[\]\"]+")
_URL = re.compile(
    r"(?<![^\W_])(?:(?:https?|ftp|sftp|file|dicom|smb)://\S{1,2000}|www\.\S{1,2000}"
    r"|[a-z0-9][a-z0-9-]{0,62}(?:\.[a-z0-9-]{1,63}){0,4}\.(?:com|org|net|edu|gov|info|health"
    r"|hospital|clinic|care|eu|uk|de|fr|es|nl|ch|at|it|be|ca|au|pl|local"
    r"|lan)(?:/\S{0,2000})?(?![^\W_]))",
    re.IGNORECASE,
)
_PATH = re.compile(
    r"(?<!\S)(?:\\\\[^\s\\]{1,100}\\\S{1,500}|[A-Za-z]:\\\S{1,500}|/(?:home|users|usr|mnt"
    r"|data|var|tmp)/\S{1,500})",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<!\S)@\w{2,50}")
_UID = re.compile(r"(?<![\w.])\d{1,64}(?:\.\d{1,64}){4,60}(?![\w])")
_IP = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?![\w]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f:]{0,4}(?![\w:])", re.IGNORECASE)
_MAC = re.compile(r"(?<![\w:-])[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}(?![\w:-])", re.IGNORECASE)
_LONG = re.compile(r"(?<!\d)(?<!\d\.)\d{6,}(?:\.\d{1,9}(?!\d))?")
_FIVE = re.compile(rf"(?<!\d)(?<!\d[.,])\d{{5}}(?!\d|[.,]\d)(?!{_UNITS})", re.IGNORECASE)
_SSN = re.compile(r"(?<![\w-])\d{3}[- ]\d{2}[- ]\d{4}(?![\w-])")
_PHONE_WORLD = re.compile(r"(?<![\w+.,])(?:\+|00)[1-9]\d{0,2}(?:[ ()./-]{0,3}\d{1,8}){2,6}(?!\d)")
_PHONE_AMERICA = re.compile(
    r"(?<![\w.-])(?:1[ .-])?(?:\(\d{3}\)[ .-]{0,2}|\d{3}[ .-])\d{3}[ .-]{1,2}\d{4}"
    r"(?:\s?(?:x|ext\.?) ?\d{1,6})?(?![\w]|\.\d)"
)
_PHONE_ZERO = re.compile(
    r"(?<![\w.,+])\(?0\d{1,4}\)?[ /.()-]{1,3}\d{2,8}(?:[ ./-]{1,2}\d{2,6}){0,4}(?![\w]|\.\d)"
)
_PHONE_AREA = re.compile(r"(?<![\w.])\(\+?\d{2,4}\)[ /-]{0,2}\d[\d ./-]{4,14}\d(?![\w]|\.\d)")
_PHONE_AT = re.compile(
    rf"(?<![^\W_])(?:at|under|reach)[ :]{{1,2}}(\d{{2,4}}(?:[ ./-]{{1,2}}\d{{2,4}}){{1,4}})"
    rf"(?![\w]|[ .,]\d)(?!{_UNITS})",
    re.IGNORECASE,
)
_PHONE_SHORT = re.compile(
    rf"(?<![\w.,/-])([2-9]\d{{2}})[-.](\d{{4}})(?![\w]|[-.]\d)(?!{_UNITS})", re.IGNORECASE
)
_HYPHENATED = re.compile(
    r"(?<![^\W_])(?<!\d[.,-])\d{1,12}(?:-\d{1,12}){1,7}(?![^\W_]|[.,]\d)" rf"(?!{_UNITS})",
    re.IGNORECASE,
)
_SPACED = re.compile(r"(?<![\w.,-])\d{1,12}(?: \d{1,12}){2,7}(?![\w]|[.,]\d)")
_MIXED = re.compile(r"(?<![^\W_])(?=[A-Za-z]{0,8}\d)[A-Za-z0-9]{8,64}(?![^\W_])")
_GROUPED = re.compile(r"(?<![\w-])[A-Za-z0-9]{2,12}(?:-[A-Za-z0-9]{2,12}){2,6}(?![\w-])")
_PHONE_CUE = re.compile(
    r"(?<![^\W_])(?:tel|telephone|telefon|teléfono|telefono|téléphone|phone|ph|fax|pager"
    r"|bleep|beeper|cell|mobile|mob|handy|durchwahl"
    r"|callback|call back|ext|extension|extn|whatsapp|gsm)(?:\.|:|#|no|nr|number|at|is|-| ){0,5}"
    r"(\+?\(?\d[\d ()./-]{1,24}\d)(?![\w]|\.\d)",
    re.IGNORECASE,
)
_STRONG_CUE = (
    r"mrn|m\.r\.n\.?|mr#|mr ?no|pid|pat(?:ient)?[ ._-]{0,2}(?:id|no|nr|number|nummer|#)"
    r"|pt[ ._-]{0,2}(?:id|no|#)|hospital (?:no|number|id)"
    r"|acc(?:ession)?(?:[ ._-]{0,2}(?:no|nr|num|number|nummer|#))?|ssn|social security(?: no"
    r"| number)?|nhs(?: no| number)?|hcn|ohip|medicare|medicaid|nir|bsn|svnr|ahv"
    r"|med(?:ical)?[ ._-]{0,2}rec(?:ord)?(?:[ ._-]{0,2}(?:no|nr|number|#))?"
    r"|fall[ ._-]{0,2}(?:nr|nummer)|pat\.?-?nr|chart(?:[ ._-]{0,2}(?:no|number|#))|unit (?:no"
    r"|number)"
    r"|policy(?:[ ._-]{0,2}(?:no|number|#))?|member(?:[ ._-]{0,2}(?:id|no|number|#))"
    r"|insurance(?:[ ._-]{0,2}(?:id|no|nr|number|#))?|versicherten(?:nr|nummer)|krankenkasse"
    r"|(?:order|visit|encounter|case|account|acct|req(?:uest)?|admission|study|exam|specimen"
    r"|license|licence|serial|sn|s/n|passport|dln|npi|dea|episode|study"
    r"|subject)[ ._-]{0,2}(?:id|no|nr|num|number|#)"
    r"|n°|nhc|expediente|historia(?: clínica)?|dossier|ipp|iep|patnr|user ?id|badge"
    r"|license plate|vin|plate"
)
_CUED = re.compile(
    rf"(?<![^\W_])(?:{_STRONG_CUE})(?:[ :.#=°-]|is|no|nr|number){{0,6}}"
    r"([A-Za-z]{0,5}[-/ ]?\d[A-Za-z0-9]{0,40}(?:[-./][A-Za-z0-9]{1,20}){0,5}"
    r"(?: \d{3,12}(?![\w.])){0,4})",
    re.IGNORECASE,
)
_WEAK_CUE = re.compile(
    r"(?:(?<![^\W_])(?:id|no|nr|num|number|nummer|case|visit|order|account|acct|chart"
    r"|encounter|ref|req|mr|record|sn)[ :.#=-]{0,4}|#[ ]?)"
    rf"([A-Za-z]{{0,4}}[-/]?\d[A-Za-z0-9]{{2,40}}(?:[-./]\d{{1,12}}){{0,4}})(?!\w)(?!{_UNITS})",
    re.IGNORECASE,
)
_ROOM = re.compile(
    r"(?<![^\W_])(?:room|rm|zimmer|zi|salle|sala|kamer|chambre|ward|suite|apt|apartment"
    r"|theatre|habitación|bett|stanza|stz|unit)"
    r"(?:\.|#|:|no|nr| ){1,4}(\d{1,5}[A-Za-z]?|[A-Z]{1,2}-?\d{1,4}[A-Za-z]?"
    r"|\d{1,3}-\d{1,3})(?![^\W_]|[.,]\d)"
    rf"(?!{_UNITS})",
    re.IGNORECASE,
)
_USER = re.compile(
    r"(?<![^\W_])(?:user ?name|user ?id|user|login|logon|logged in as|operator id|username"
    r"|account name|benutzer|usuario|utilisateur)(?: ?[:=] ?| )([\w.-]{2,40})"
)
_POSTCODE = re.compile(
    r"(?<![^\W_])(?:(?:[A-PR-UWYZ][A-HK-Y]?\d[A-HJKMNPR-Y\d]?) ?\d[ABD-HJLNP-UW-Z]{2}"
    r"|(?!T\dN\dM)[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d"
    r"|[1-9]\d{3}(?!M[SLMG]|CM|HU|KV|SE|TR|TE|TI|CC|HZ|BQ|ML|UG|IE|IU|PX|MA|GY)[A-Z]{2}|[DAFBL]-\d{4,5}|CH-\d{4}|NL-\d{4})(?![^\W_])"
)
_PO_BOX = re.compile(
    r"(?<![^\W_])(?:p\.? ?o\.? ?box|post office box|postfach|apartado|postbus"
    r"|boîte postale)[ :#.]{0,3}\d{1,8}",
    re.IGNORECASE,
)
_WHOLE = (
    _EMAIL, _URL, _PATH, _HANDLE,
    _UID, _IP, _IPV6, _MAC, _LONG, _FIVE, _SSN, _PHONE_AMERICA, _PHONE_AREA, _PO_BOX
)  # fmt: skip
_WORDS = (_EMAIL, _URL, _PATH, _HANDLE, _IPV6, _MAC)
_DIGIT = re.compile(r"\d")
# What stands behind MRN or Acc where the number itself is missing: T2, L4, b1000, 3T, 3 mm.
_NO_IDENTIFIER = re.compile(
    r"(?:[tlscb]\d{1,2}|[a-z]{2,5}[234]d\d?|b ?\d{2,4}|te ?\d{1,3}|tr ?\d{2,5}|[a-z]{3,5} \d{1,2}"
    r"|[1-7]\.?\d?t"
    r"|[234]d|\d{1,3}(?:mm|cm|ml|kv|mas|%))\Z",
    re.IGNORECASE,
)
_UNIT_BEHIND = re.compile(_UNITS, re.IGNORECASE)
_GROUP = (_PHONE_CUE, _ROOM)
_WORLD_DIGITS, _ZERO_DIGITS, _HYPHEN_DIGITS, _SPACED_DIGITS, _MIXED_DIGITS = 8, 7, 7, 8, 5
_ROUND = 50


def number_spans(text: str) -> list[Span]:
    """Return where numbers, network addresses and their like stand that identify somebody."""
    if not _DIGIT.search(text):
        return _without_digits(text)
    found = [match.span() for pattern in _WHOLE for match in pattern.finditer(text)]
    found += [match.span(1) for pattern in _GROUP for match in pattern.finditer(text)]
    found += [match.span(1) for match in _CUED.finditer(text) if _is_identifier(text, match)]
    found += _of_digits(text, _PHONE_WORLD, _WORLD_DIGITS) + _of_digits(
        text, _PHONE_ZERO, _ZERO_DIGITS
    )
    found += _of_digits(text, _HYPHENATED, _HYPHEN_DIGITS)
    found += [match.span(1) for match in _PHONE_AT.finditer(text) if _is_dialled(match[1])]
    found += [match.span() for match in _PHONE_SHORT.finditer(text) if not _is_range(match)]
    found += [match.span() for match in _SPACED.finditer(text) if _is_numbered(match[0])]
    found += [match.span() for match in _MIXED.finditer(text) if _is_code(match[0])]
    found += [match.span() for match in _GROUPED.finditer(text) if _is_serial(match[0])]
    found += [match.span(1) for match in _WEAK_CUE.finditer(text) if _digits(match[1]) > 3]
    found += [match.span(1) for match in _USER.finditer(text) if _is_login(match[0], match[1])]
    found += [match.span() for match in _POSTCODE.finditer(text) if not _is_dimension(match[0])]
    return found


def _without_digits(text: str) -> list[Span]:
    found = [match.span() for pattern in _WORDS for match in pattern.finditer(text)]
    return found + [m.span(1) for m in _USER.finditer(text) if _is_login(m[0], m[1])]


def _of_digits(text: str, pattern: re.Pattern[str], least: int) -> list[Span]:
    return [match.span() for match in pattern.finditer(text) if _digits(match[0]) >= least]


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def _is_range(match: re.Match[str]) -> bool:
    """Whether two numbers are a range of round values (400-1200) and no telephone number."""
    return int(match[1]) % _ROUND == 0 and int(match[2]) % _ROUND == 0


def _is_dialled(text: str) -> bool:
    """Whether digit groups are a telephone number: seven digits, and no row of round values."""
    groups = re.findall(r"\d+", text)
    round_values = all(int(group) % _ROUND == 0 for group in groups)
    return _digits(text) >= _ZERO_DIGITS and not round_values


def _is_numbered(text: str) -> bool:
    """Whether digit groups are an identifier: many, some with a leading zero or all telling one."""
    groups = text.split(" ")
    leading = any(len(group) > 1 and group[0] == "0" for group in groups)
    return leading and _digits(text) >= _SPACED_DIGITS


def _is_code(text: str) -> bool:
    runs = re.findall(r"\d+|[A-Za-z]+", text)
    sized = any(one.lower() == "x" for one in runs)
    longest = max(len(run) for run in runs if run[0].isdigit())
    return (
        not sized and _digits(text) >= _MIXED_DIGITS and (len(runs) > 3 or longest >= _MIXED_DIGITS)
    )


def _is_serial(text: str) -> bool:
    groups = text.split("-")
    leads = any(group[0].isdigit() and not group.isdigit() for group in groups)
    return leads and _digits(text) >= _MIXED_DIGITS


def _is_login(cue: str, word: str) -> bool:
    """Whether what follows is a user's name: after a sign always, else if it holds a digit."""
    return any(sign in cue for sign in ":=") or any(map(str.isdigit, word))


def _is_identifier(text: str, match: re.Match[str]) -> bool:
    """Whether what follows MRN or Acc is its number, and no sequence, vertebra or measure."""
    if _UNIT_BEHIND.match(text, match.end(1)):
        return False
    return not _NO_IDENTIFIER.match(match[1])


def _is_dimension(text: str) -> bool:
    """Whether a postal code's form is a vertebra or weighting with a measure (T2 3DW, L4 5TH)."""
    return text[-3:].upper() in {
        "3DW",
        "3DS",
        "3DT",
        "2DT",
        "2DS",
        "2ND",
        "3RD",
        "4TH",
        "5TH",
        "1ST",
    }


def merged(*groups: list[Span]) -> list[Span]:
    """Return all spans sorted, those that overlap as one."""
    result: list[Span] = []
    for start, end in sorted(chain(*groups)):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result
