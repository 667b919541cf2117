"""A patient's dates move together, by whole days that only the key tells."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydicom.datadict import dictionary_VR, tag_for_keyword

from include.imaging.deid.dates import (
    NULL_DATES,
    SHARED_DATES,
    Dates,
    DateShift,
)
from include.imaging.deid.table import row_of
from include.imaging.keyring import Keyring

KEYRING = Keyring(bytes(range(32)))
DAYS = st.dates(date(1895, 1, 1), date(2100, 12, 31)).filter(lambda day: day not in NULL_DATES)
SHIFTS = st.integers(-36500, -1)
SEPARATORS = st.sampled_from(["", ".", "-", "/", ":"])
PADDING = st.sampled_from([b"", b" ", b"\0", b"   "])


def dates(
    window_days: int = 3650, *, keep_weekday: bool = False, namespace: str = "hospital"
) -> Dates:
    shift = DateShift(window_days=window_days, keep_weekday=keep_weekday)
    return Dates(KEYRING, namespace, shift)


def moved(value: bytes, vr: str = "DA", days: int = -100) -> bytes | None:
    return dates().shifted(value, vr, days)


def encoded(day: date, separator: str = "") -> bytes:
    return day.strftime(f"%Y{separator}%m{separator}%d").encode()


def read(value: bytes | None) -> date:
    assert value is not None
    return date(int(value[:4]), int(value[4:6]), int(value[6:8]))


@pytest.mark.parametrize(
    ("window_days", "keep_weekday", "expected"),
    [
        (3650, False, [-1546, -3062, -3366]),
        (3650, True, [-3437, -819, -3444]),
        (30, False, [-16, -12, -6]),
    ],
)
def test_a_shift_is_the_same_on_every_machine_and_in_every_version(
    window_days: int, keep_weekday: bool, expected: list[int]
) -> None:
    made = dates(window_days, keep_weekday=keep_weekday)
    assert [made.days(patient) for patient in ("12345", "Ä1", "1.2.3")] == expected


def test_a_shift_is_another_one_under_another_key_or_namespace() -> None:
    other = Dates(Keyring(bytes(range(1, 33))), "hospital", DateShift())
    shifts = {dates().days("12345"), dates(namespace="clinic").days("12345"), other.days("12345")}
    assert len(shifts) == 3


@given(st.text(min_size=1), st.integers(1, 36500))
def test_a_shift_goes_into_the_past_and_stays_in_its_window(patient: str, window: int) -> None:
    assume(patient.strip(" \0"))
    assert -window <= dates(window).days(patient) <= -1


def test_every_shift_of_a_window_is_as_likely_as_any_other() -> None:
    counts = dict.fromkeys(range(-10, 0), 0)
    for number in range(10_000):
        counts[dates(10).days(str(number))] += 1
    # nine degrees of freedom: above 27.9 once in a thousand keys, and this key is fixed
    assert sum((count - 1000) ** 2 / 1000 for count in counts.values()) < 27.9


@given(st.text(min_size=1), st.integers(14, 36500), DAYS)
def test_a_date_keeps_its_weekday_when_asked(patient: str, window: int, day: date) -> None:
    assume(patient.strip(" \0"))
    days = dates(window, keep_weekday=True).days(patient)
    assert -window <= days <= -7
    assert read(moved(encoded(day), days=days)).weekday() == day.weekday()


def test_a_patient_has_one_shift_whatever_stands_around_the_identifier() -> None:
    assert len({dates().days(text) for text in ("12345", "12345 ", " 12345", "12345\0")}) == 1


@pytest.mark.parametrize("nothing", ["", " ", "\0"])
def test_patients_without_identifier_share_no_shift(nothing: str) -> None:
    with pytest.raises(ValueError, match="StudyInstanceUID"):
        dates().days(nothing)


@pytest.mark.parametrize(
    "rule",
    [{"window_days": 0}, {"window_days": 36501}, {"window_days": 13, "keep_weekday": True},
     {"window": 100}],
)  # fmt: skip
def test_a_window_that_hides_nothing_is_refused(rule: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        DateShift.model_validate(rule)


@given(DAYS, DAYS, SHIFTS)
def test_differences_between_dates_are_kept_exactly(one: date, other: date, days: int) -> None:
    new = [read(moved(encoded(day), days=days)) for day in (one, other)]
    assert new[1] - new[0] == other - one
    assert new[0] == one + timedelta(days)


@given(DAYS, SEPARATORS, PADDING, SHIFTS)
def test_a_date_keeps_its_length_and_its_layout(
    day: date, separator: str, padding: bytes, days: int
) -> None:
    value = encoded(day, separator) + padding
    assert moved(value, days=days) == encoded(day + timedelta(days), separator) + padding


def test_several_dates_move_one_by_one_and_empty_ones_stay_empty() -> None:
    assert moved(b"20240305\\\\2024.03.05 ") == b"20231126\\\\2023.11.26 "
    assert moved(b"") == b""
    assert moved(b"  ") == b"  "
    many = b"\\".join([b"20240305"] * 1000)
    assert moved(many) == b"\\".join([b"20231126"] * 1000)


@given(st.datetimes(datetime(1895, 1, 1), datetime(2100, 1, 1)), SHIFTS, st.integers(-719, 839))
def test_an_instant_is_the_same_as_date_with_time_and_as_both_in_one(
    when: datetime, days: int, minutes: int
) -> None:
    assume(when.date() not in NULL_DATES)
    zone = timezone(timedelta(minutes=minutes))
    offset = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
    stamp = when.strftime("%Y%m%d%H%M%S.%f")
    new = moved(f"{stamp}{offset}".encode(), "DT", days)
    assert new is not None
    assert new[:8] == moved(stamp[:8].encode(), "DA", days)
    assert new[8:-5] == moved(stamp[8:].encode(), "TM", days)
    there = datetime.strptime(new.decode(), "%Y%m%d%H%M%S.%f%z")
    assert there - when.replace(tzinfo=zone) == timedelta(days)


@pytest.mark.parametrize("seconds", [-1, 1])
def test_what_lies_around_midnight_stays_a_second_apart(seconds: int) -> None:
    midnight = datetime(2024, 3, 1)
    both = (midnight, midnight + timedelta(seconds=seconds))
    new = []
    for when in both:
        day, time = moved(f"{when:%Y%m%d}".encode()), moved(f"{when:%H%M%S}".encode(), "TM")
        assert day is not None
        assert time is not None
        new.append(datetime.strptime((day + time).decode(), "%Y%m%d%H%M%S"))
    assert new[1] - new[0] == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"2024", b"2023"),
        (b"202403", b"202311"),
        (b"20240305", b"20231126"),
        (b"2024030510", b"2023112610"),
        (b"202403051011", b"202311261011"),
        (b"20240305101160 ", b"20231126101160 "),
        (b"20240305101112.5-0330\0", b"20231126101112.5-0330\0"),
        (b"2024+0100", b"2023+0100"),
    ],
)
def test_a_date_time_keeps_its_precision(value: bytes, expected: bytes) -> None:
    assert moved(value, "DT") == expected


@given(DAYS, DAYS, SHIFTS, st.sampled_from([(4, 4), (4, 6), (4, 8), (6, 6), (6, 8), (8, 8)]))
@example(date(2024, 2, 29), date(2024, 3, 1), -10, (6, 8))
def test_a_date_cut_short_begins_no_later_than_what_it_began_no_later_than(
    one: date, other: date, days: int, lengths: tuple[int, int]
) -> None:
    early, late = (
        encoded(day)[:size] for day, size in zip(sorted((one, other)), lengths, strict=True)
    )
    assume(not {early, late} & {b"1900", b"1970", b"190001", b"197001"})
    new_early, new_late = moved(early, "DT", days), moved(late, "DT", days)
    assert new_early is not None
    assert new_late is not None
    assert new_early <= new_late[: len(new_early)]


@pytest.mark.parametrize(
    ("value", "vr"),
    [
        (b"20240230", "DA"), (b"20241301", "DA"), (b"2024", "DA"), (b"202403", "DA"),
        (b"2024.0305", "DA"), (b"20240305-20240307", "DA"), (b"Roe^Rich", "DA"),
        (b"00000000", "DA"), (b"2024030510", "DA"), (b"\xd9\xa2024030", "DA"),
        (b"20240305\\none", "DA"), (b"00010102", "DA"),
        (b"202413", "DT"), (b"2024030524", "DT"), (b"20240305101112.", "DT"),
        (b"20240305101112+1500", "DT"), (b"2024-03-05", "DT"), (b"20240305101112.1234567", "DT"),
        (b"24", "TM"), (b"1061", "TM"), (b"101112-1213", "TM"), (b"10:1112", "TM"),
        (b"20240305", "LO"),
    ],
)  # fmt: skip
def test_what_is_no_valid_value_is_refused(value: bytes, vr: str) -> None:
    assert moved(value, vr) is None


@pytest.mark.parametrize("value", [b"10", b"1011 ", b"101160", b"101112.123456", b"10:11:12.5\0"])
def test_a_time_stays(value: bytes) -> None:
    assert moved(value, "TM") == value


def test_years_end_where_four_digits_do() -> None:
    assert moved(b"00010405", days=-94) == b"00010101"
    assert moved(b"00010405", days=-95) is None
    assert moved(b"99991230", days=2) is None


@pytest.mark.parametrize("day", sorted(NULL_DATES))
def test_what_systems_write_for_unknown_does_not_tell_the_shift(day: date) -> None:
    value = f"{day.year:04}{day.month:02}{day.day:02}".encode()
    assert moved(value) is None
    assert moved(value + b"000000", "DT") is None


def test_dates_that_many_share_are_dates_of_the_table() -> None:
    assert len(SHARED_DATES) > 10
    for keyword in SHARED_DATES:
        tag = tag_for_keyword(keyword)
        assert tag is not None
        assert dictionary_VR(tag) in {"DA", "DT"} or keyword.startswith("Template"), keyword
        row = row_of(tag)
        assert row is None or "modified_dates" in row.options, keyword
