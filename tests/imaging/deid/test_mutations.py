"""Mutated files end verified or held, within time and memory, and name nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from include.imaging.deid.results import Deidentified
from include.imaging.findings import finding
from include.imaging.model import Stage
from tests.fuzz import canaries, trial
from tests.fuzz.gate import VERIFIED, End, gate
from tests.fuzz.mutant import Mutants
from tests.fuzz.run import run
from tests.fuzz.seeds import made, plant
from tests.fuzz.specimen import parts, taken_apart
from tests.fuzz.trial import judged
from tests.fuzz.worker import Task
from tests.support.deidentification import made_of
from tests.support.dicom import ct, decode, encode

COUNT, SEED = 1000, 4


def _planted(syntax: str = ExplicitVRLittleEndian, **attributes: object) -> bytes:
    return encode(plant(ct(**attributes)), syntax)


def _passes(data: bytes, original: bytes) -> Callable[[bytes], End]:
    """Return an engine that makes `data` of an original, and a verification that lets it pass."""
    deidentified: Deidentified = replace(made_of(original), data=data)
    return lambda _: End(deidentified, ())


def test_a_thousand_mutants_keep_every_promise(tmp_path: Path) -> None:
    summary = run(Task(SEED, "basic", tmp_path, with_dciodvfy=False), COUNT, workers=2)
    assert [(each.number, each.mutations, each.verdict) for each in summary.broken] == []
    assert summary.tried == COUNT
    assert summary.ends[VERIFIED] > COUNT / 4
    assert len(summary.ends) > 8


def test_a_mutant_is_made_again_from_its_number() -> None:
    first, second = Mutants(3), Mutants(3)
    mutants = [first.mutant(number) for number in range(25)]
    assert mutants == [second.mutant(number) for number in range(25)]
    assert len({mutant.data for mutant in mutants}) > 20
    assert len({name for mutant in mutants for name in mutant.mutations}) > 15


def test_a_failing_mutant_is_made_smaller() -> None:
    mutants = Mutants(3)
    whole = next(m for n in range(200) if len((m := mutants.mutant(n)).mutations) > 3)
    needed = whole.mutations[1]
    least = mutants.smallest(whole, lambda each: needed in each.mutations)
    assert least.mutations == (needed,)


def test_the_parts_of_a_file_cover_its_data_set() -> None:
    for data in made():
        specimen = taken_apart(data)
        found = parts(specimen)
        assert max(part.end for part in found if part.end <= len(specimen.body)) == len(
            specimen.body
        ) or found[-1].value == len(specimen.body)
        assert any(part.depth for part in found)


def test_an_exception_is_a_broken_promise() -> None:
    def crashing(_: bytes) -> End:
        raise ZeroDivisionError(canaries.FAMILY)

    verdict = judged(b"", crashing)
    assert verdict.broken == "crash"
    assert canaries.FAMILY not in verdict.detail


def test_an_endless_loop_is_a_broken_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "CPU_SECONDS", 0.05)

    def endless(_: bytes) -> End:
        while True:
            pass

    assert judged(b"", endless).broken == "hang"


def test_memory_beyond_the_limit_is_a_broken_promise() -> None:
    def greedy(_: bytes) -> End:
        return End(None, (finding("NOT_DICOM", Stage.STAGE, str(len(bytes(2**31)))),))

    assert judged(b"", greedy).broken == "memory"


def test_a_hold_without_a_reason_is_a_broken_promise() -> None:
    assert judged(b"", lambda _: End(None, ())).broken == "silent"


def test_a_finding_that_shows_a_value_is_a_broken_promise() -> None:
    shown = finding("UNPARSABLE", Stage.DEIDENTIFY, canaries.FAMILY.lower())
    assert judged(b"", lambda _: End(None, (shown,))).broken == "told"


@pytest.mark.parametrize("word", [canaries.FAMILY.upper(), canaries.GIVEN, "1947-03-13"])
def test_identity_that_comes_out_is_a_broken_promise(word: str) -> None:
    original = _planted()
    data = gate("basic").end_of(original).made.data
    assert judged(original, _passes(data, original)).broken == ""
    assert judged(original, _passes(data + word.encode(), original)).broken == "leak"


def test_identity_in_a_deflated_output_is_seen() -> None:
    original = _planted()
    deflated = _planted(DeflatedExplicitVRLittleEndian)
    assert canaries.FAMILY.encode() not in deflated
    assert judged(original, _passes(deflated, original)).broken == "leak"


def test_a_text_that_the_policy_keeps_is_no_leak_unless_it_is_a_known_name() -> None:
    remark = encode(ct(Manufacturer=canaries.REMARK))
    assert canaries.leaks(remark, remark) == set()
    name = encode(ct(Manufacturer=canaries.FAMILY))
    assert canaries.leaks(name, name) == set()
    assert canaries.leaks(_planted(), name) == {canaries.FAMILY}


def _pictured(word: str) -> bytes:
    image = plant(ct())
    image.PixelData = word.encode().ljust(512, b"\0")
    return encode(image)


@pytest.mark.parametrize("word", [canaries.FAMILY, canaries.PATIENT_ID, canaries.STUDY_DATE])
def test_a_value_of_the_header_within_frames_is_no_leak_if_a_search_of_pixels_finds_it(
    word: str,
) -> None:
    def another(_original: bytes, _made: Deidentified) -> set[str]:
        return {"StudyDescription"}

    original, engine = _pictured(word), gate("basic", with_dciodvfy=False)
    assert judged(original, engine.end_of, found_in_pixels=engine.found_in_pixels).broken == ""
    assert judged(original, engine.end_of, found_in_pixels=another).broken == "leak"
    assert judged(original, engine.end_of).broken == "leak"


def test_a_word_of_no_header_within_frames_is_no_leak() -> None:
    assert judged(_pictured(canaries.HIDDEN), gate("basic").end_of).broken == ""


def test_a_value_of_the_header_within_frames_and_in_a_text_is_a_leak() -> None:
    original, engine = _pictured(canaries.FAMILY), gate("basic", with_dciodvfy=False)
    spoilt = decode(engine.end_of(original).made.data)
    spoilt.Manufacturer = canaries.FAMILY
    passes = _passes(encode(spoilt), original)
    assert judged(original, passes, found_in_pixels=engine.found_in_pixels).broken == "leak"


def test_what_the_verification_stops_is_counted_and_named() -> None:
    original = _planted()
    stopped = replace(
        _passes(b"", original)(b""), findings=(finding("PIXELS_CHANGED", Stage.VALIDATE),)
    )
    assert judged(original, lambda _: stopped).saved == ("PIXELS_CHANGED",)


@pytest.mark.parametrize("number", [3958, 13322])
def test_what_a_parser_calls_an_error_of_the_system_is_a_finding(number: int) -> None:
    mutant = Mutants(2).mutant(number)
    end = gate("basic", with_dciodvfy=False).end_of(mutant.data)
    assert end.made is None
    assert end.findings
