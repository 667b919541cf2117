"""Keyed date shifts: whole days, one number a patient, and ages above 89 as one."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from pydantic import BaseModel, ConfigDict, Field, model_validator

from include.imaging.keyring import Keyring, Purpose

DAYS_A_WEEK = 7
OLDEST_AGE = 89
OLDEST = b"090Y"
REMEMBERED = 8192
LONGEST_REMEMBERED = 64  # bytes; a frame's list of times is not asked for twice
# What systems write for "unknown". Whoever sees one moved knows by how many days it was.
NULL_DATES = frozenset(
    [
        *(date(1, 1, 1), date(1111, 11, 11), date(1582, 10, 15), date(1601, 1, 1)),
        *(date(1753, 1, 1), date(1800, 1, 1), date(1858, 11, 17), date(1899, 12, 30)),
        *(date(1900, 1, 1), date(1970, 1, 1), date(9999, 12, 31)),
    ]
)
# Dates that are published, or the same for many patients. Moved, they would tell the patient's
# shift to whoever knows them, so Modified Dates must not keep them (PS3.15 E.3.6 leaves it open).
SHARED_DATES = frozenset(
    [
        *("ContextGroupVersion", "ContextGroupLocalVersion"),
        *("TemplateVersion", "TemplateLocalVersion", "HangingProtocolCreationDateTime"),
        *("DateOfManufacture", "DateOfInstallation", "DateOfLastCalibration"),
        *("DateTimeOfLastCalibration", "CalibrationDate", "CalibrationDateTime"),
        *("DateOfLastDetectorCalibration", "ProductExpirationDateTime"),
        *("EffectiveDateTime", "InformationIssueDateTime"),
        "EthicsCommitteeApprovalEffectivenessStartDate",
        "EthicsCommitteeApprovalEffectivenessEndDate",
    ]
)
_DAYS_OF_YEARS = 365.2425
_A_YEAR = {b"D": _DAYS_OF_YEARS, b"W": _DAYS_OF_YEARS / DAYS_A_WEEK, b"M": 12, b"Y": 1, b"": 1}
_CLOCK = rb"([01][0-9]|2[0-3])(%s[0-5][0-9](%s([0-5][0-9]|60)(\.[0-9]{1,6})?)?)?"
_PADDING = rb"[ \0]*"
# PS3.5 6.2, with the separators of ACR-NEMA and of many who wrote after it.
_DATE = re.compile(
    rb"(?P<y>[0-9]{4})(?P<s>[.\-/:]?)(?P<m>[0-9]{2})(?P=s)(?P<d>[0-9]{2})" + _PADDING
)
_DATE_TIME = re.compile(
    rb"(?P<y>[0-9]{4})((?P<m>[0-9]{2})((?P<d>[0-9]{2})(" + _CLOCK % (b"", b"") + rb")?)?)?"
    rb"([+\-](0[0-9]|1[0-4])[0-5][0-9])?" + _PADDING
)
_TIME = re.compile(rb"(" + _CLOCK % (b"", b"") + rb"|" + _CLOCK % (b":", b":") + rb")" + _PADDING)
_AGE = re.compile(rb"(?P<number>[0-9]{1,6})(?P<unit>[DWMYdwmy]?)" + _PADDING)


class DateShift(BaseModel):
    """A policy's `dates`: how far a patient's dates may move, and whether weekdays stay."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    window_days: int = Field(default=3650, ge=1, le=36500)
    keep_weekday: bool = False

    @model_validator(mode="after")
    def _holds_a_week(self) -> DateShift:
        if self.keep_weekday and self.window_days < 2 * DAYS_A_WEEK:
            raise ValueError("`window_days` must be 14 or more with `keep_weekday`")
        return self


class Dates:
    """The shifts of one key, namespace and window; safe among threads."""

    def __init__(self, keyring: Keyring, patient_namespace: str, shift: DateShift) -> None:
        self._keyring = keyring
        self._namespace = patient_namespace
        self._shift = shift

    def days(self, patient_id: str) -> int:
        """Return the days to add to every date of a patient, from -window_days to -1.

        The past only, so that no output comes from tomorrow. Every number is as likely as any
        other; those of `keep_weekday` are multiples of 7. The same on every machine, whatever
        blanks or NULs stand around the PatientID. A patient without one is not known again:
        give the StudyInstanceUID. Raises ValueError for nothing at all, for all who have none
        would share one shift.
        """
        known = patient_id.strip(" \0")
        if not known:
            raise ValueError("a date shift needs a PatientID or a StudyInstanceUID")
        number = int.from_bytes(self._keyring.digest(Purpose.DATE, self._namespace, known))
        step = DAYS_A_WEEK if self._shift.keep_weekday else 1
        return -step * (1 + number % (self._shift.window_days // step))

    def shifted(self, value: bytes, vr: str, days: int) -> bytes | None:
        """Return an encoded DA, DT or TM moved by `days`: as long as it was, laid out as it was.

        None where a value of it is not valid, is one of `NULL_DATES`, or would leave the years
        1 to 9999. Times and offsets from UTC stay, so a date and its time agree across midnight.
        A DT of a year or a month is read as its first day, moved, and cut again: it still begins
        no later than what it began no later than, and is off by less than its own length. Of a
        DA that is cut short nobody can tell which digits it has. PS3.5 6.2, 6.4.
        """
        if len(value) <= LONGEST_REMEMBERED:
            return _remembered(value, vr, days)
        return _moved(value, vr, days)


def capped_age(value: bytes) -> bytes:
    """Return an encoded AS with every age above 89 years as 090Y (45 CFR 164.514(b)(2)(i)(C)).

    Whatever unit it has; a number without one is of years. A value that is no age is emptied.
    Other values are as they were; the length is even where a value changed.
    """
    capped = b"\\".join(map(_capped, value.split(b"\\")))
    return capped if capped == value or not len(capped) % 2 else capped + b" "


@lru_cache(REMEMBERED)
def _remembered(value: bytes, vr: str, days: int) -> bytes | None:
    return _moved(value, vr, days)


def _moved(value: bytes, vr: str, days: int) -> bytes | None:
    moved = []
    for each in value.split(b"\\"):
        new = _one(each, vr, days) if each.strip(b" \0") else each
        if new is None:
            return None
        moved.append(new)
    return b"\\".join(moved)


def _one(value: bytes, vr: str, days: int) -> bytes | None:
    if vr == "TM":
        return value if _TIME.fullmatch(value) else None
    found = (_DATE if vr == "DA" else _DATE_TIME).fullmatch(value)
    if found is None or vr not in {"DA", "DT"}:
        return None
    try:
        day = date(int(found["y"]), int(found["m"] or 1), int(found["d"] or 1))
        if day in NULL_DATES:
            return None
        day = date.fromordinal(day.toordinal() + days)
    except (ValueError, OverflowError):
        return None
    new = bytearray(value)
    new[:4] = b"%04d" % day.year
    for name, number in (("m", day.month), ("d", day.day)):
        if found[name]:
            new[found.start(name) : found.end(name)] = b"%02d" % number
    return bytes(new)


def _capped(value: bytes) -> bytes:
    if not value.strip(b" \0"):
        return value
    found = _AGE.fullmatch(value)
    if found is None:
        return b""
    years = int(found["number"]) / _A_YEAR[found["unit"].upper()]
    return OLDEST if years >= OLDEST_AGE + 1 and value != OLDEST else value
