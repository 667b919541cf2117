"""A walk that knows the others of a series sees what a walk sees that knows nothing."""

from __future__ import annotations

import random

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from include.imaging.dicom import elements, explicit_little, repeats
from include.imaging.dicom.elements import WalkError, file_meta, walk
from include.imaging.dicom.envelope import is_padding
from include.imaging.dicom.explicit_little import ExplicitReader
from include.imaging.dicom.parts import Bulk
from include.imaging.dicom.repeats import LatestSeries, OfSeries, Repeats
from tests.support.dicom import ct, encode, package_files, put

SYNTAXES = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian)
VARIANTS = 30


def _seen(data: bytes, others: OfSeries | None = None) -> object:
    """Return what a walk sees, or its error."""
    try:
        walked = walk(data, others)
    except WalkError as error:
        return error.code, error.cause
    return walked.preamble, walked.transfer_syntax_uid, walked.meta, walked.elements


def _slice(number: int, syntax: str = ExplicitVRLittleEndian, **attributes: object) -> bytes:
    image = ct(number)
    image.InstanceNumber = number
    for keyword, value in attributes.items():
        setattr(image, keyword, value)
    return encode(image, syntax)


def _spoilt(original: bytes, chance: random.Random) -> bytes:
    data = bytearray(original)
    for _ in range(chance.randrange(4)):
        at = chance.randrange(min(132, len(data) - 1), len(data))
        kind = chance.randrange(4)
        if kind == 0:
            data[at] = chance.randrange(256)
        elif kind == 1:
            del data[at : at + chance.choice([1, 2, 8, 12])]
        elif kind == 2:
            data[at:at] = data[at : at + chance.choice([2, 8, 16])]
        elif chance.random() < 0.3:
            del data[at:]
    return bytes(data)


def test_objects_of_one_series_are_seen_as_each_by_itself_however_spoilt() -> None:
    chance = random.Random(4)
    paths = [path for path in package_files() if 140 < path.stat().st_size < 40_000]
    assert len(paths) > 100
    with_runs = 0
    for path in paths:
        original, others = path.read_bytes(), OfSeries()
        for _ in range(VARIANTS):
            data = _spoilt(original, chance)
            assert _seen(data, others) == _seen(data), path
        try:
            with_runs += bool(walk(original, others).taken)
        except WalkError:
            continue
    assert with_runs > 50


def test_different_objects_that_share_a_series_are_seen_as_each_by_itself() -> None:
    chance = random.Random(5)
    files = [path.read_bytes() for path in package_files() if path.stat().st_size < 20_000]
    others = OfSeries()
    for data in chance.choices(files, k=600):
        assert _seen(data, others) == _seen(data)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_most_of_the_third_object_is_taken_as_runs(syntax: str) -> None:
    others = OfSeries()
    assert [walk(_slice(number, syntax), others).taken for number in (1, 2)] == [[], []]
    walked = walk(_slice(3, syntax), others)
    of_runs = sum(len(run.parts) for _, run in walked.taken)
    assert of_runs > 0.6 * len(walked.parts)
    for number, run in walked.taken:
        assert walked.parts[number : number + len(run.parts)] == run.parts


def test_a_run_that_is_otherwise_is_split_and_never_grows_again() -> None:
    others = OfSeries()
    for number in (1, 2, 3):
        walk(_slice(number), others)
    before = [run.raw for _, run in walk(_slice(4), others).taken]
    walk(_slice(5, Manufacturer="Another one"), others)
    after = [run.raw for _, run in walk(_slice(6), others).taken]
    assert len(b"".join(after)) < len(b"".join(before))
    assert all(any(raw in old for old in before) for raw in after)
    assert not any(b"Manufacturer" in raw or b"Another" in raw for raw in after)


def test_who_learns_late_does_not_undo_what_another_thread_has_learned() -> None:
    known, objects = Repeats(), [_slice(number) for number in (1, 2, 3)]
    starts = [file_meta(data)[1] for data in objects]
    late = repeats._Walk(ExplicitReader(objects[2], 10_000), objects[2], starts[2])
    late.takes_the_rest()
    for data, start in zip(objects[:2], starts, strict=False):
        known.take(ExplicitReader(data, 10_000), data, start)
    learned = known._runs
    known._learn(late, [])
    assert learned
    assert known._runs is learned


def test_an_object_may_not_have_more_parts_by_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    others = OfSeries()
    for number in (1, 2, 3):
        walk(_slice(number), others)
    monkeypatch.setattr(elements, "PARTS", len(walk(_slice(4), others).parts) - 1)
    with pytest.raises(WalkError) as caught:
        walk(_slice(4), others)
    assert caught.value.code == "TOO_MANY_ELEMENTS"


def test_a_syntax_does_not_lend_its_runs_to_another() -> None:
    others = OfSeries()
    for number in range(1, 7):
        for syntax in SYNTAXES:
            data = _slice(number, syntax)
            assert _seen(data, others) == _seen(data)


def test_runs_are_few_small_and_hold_no_long_value(monkeypatch: pytest.MonkeyPatch) -> None:
    others = OfSeries()
    for number in (1, 2, 3):
        walk(_slice(number, PixelData=bytes(20_000), ImageComments="x" * 9_000), others)
    taken = walk(_slice(4, PixelData=bytes(20_000)), others).taken
    values = [value for _, run in taken for _, value in run.parts]
    assert values
    assert not any(isinstance(value, Bulk) for value in values)
    monkeypatch.setattr(repeats, "MOST_BYTES", 300)
    small = OfSeries()
    for number in (1, 2, 3):
        walk(_slice(number), small)
    assert 0 < sum(len(run.raw) for _, run in walk(_slice(4), small).taken) <= 300
    monkeypatch.setattr(repeats, "MOST_ELEMENTS", 10)
    long = OfSeries()
    assert all(walk(_slice(number), long).taken == [] for number in range(1, 5))


def test_the_latest_series_alone_are_remembered() -> None:
    series = LatestSeries()
    first = series.of("1")
    for number in range(repeats.MOST_SERIES):
        assert series.of(str(number)) is series.of(str(number))
    assert series.of("1") is first
    for number in range(repeats.MOST_SERIES):
        series.of(f"new {number}")
    assert series.of("1") is not first


def test_of_the_first_object_no_more_is_held_than_runs_may_have() -> None:
    items = [put(Dataset(), CodeValue=str(number)) for number in range(2000)]
    data = _slice(1, DerivationCodeSequence=items)
    assert len(data) > repeats.MOST_BYTES
    first = Repeats()
    first.take(ExplicitReader(data, 10_000), data, file_meta(data)[1])
    assert first._first
    assert sum(map(len, first._first)) <= repeats.MOST_BYTES


def test_padding_is_read_once_however_many_runs_are_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def spread(number: int) -> bytes:
        """Return an object in which every fourth element is its own."""
        image = ct()
        for tag in range(0x00181400, 0x00181450):
            image.add_new(tag, "LO", str(number) if tag % 4 == 0 else "same")
        return encode(image)

    others, asked = OfSeries(), list[int]()
    for number in (1, 2):
        walk(spread(number), others)
    assert len(walk(spread(3), others).taken) > 10

    def counted(data: bytes, offset: int) -> bool:
        asked.append(offset)
        return is_padding(data, offset)

    monkeypatch.setattr(explicit_little, "is_padding", counted)
    short = spread(4)
    walk(short[: file_meta(short)[1]] + bytes(5000), others)
    assert len(asked) == 1


def test_a_walk_ends_where_there_are_too_many_parts() -> None:
    element = b"\x08\x00\x05\x00CS\x00\x00"
    reader = ExplicitReader(element * 1000, 10)
    with pytest.raises(WalkError) as caught:
        Repeats().take(reader, element * 1000, 0)
    assert caught.value.code == "TOO_MANY_ELEMENTS"
    assert len(reader.parts) == 11
