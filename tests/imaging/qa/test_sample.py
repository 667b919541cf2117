"""A sample is drawn from every stratum, the same for a seed, whatever the order of the work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.results import Deidentified
from include.imaging.findings import finding
from include.imaging.model import Finding, Stage
from include.imaging.qa.sample import HELD, MASKED, UNMASKED, Stratum, looked_at, strata
from tests.support.deidentification import deidentifier
from tests.support.dicom import ct, encode

DEID = deidentifier()
FILES = [
    *(encode(ct(number)) for number in range(1, 9)),
    *(encode(ct(number, Manufacturer="Other", ManufacturerModelName="M1")) for number in (11, 12)),
    encode(ct(21, BurnedInAnnotation="YES")),
    encode(ct(22, BurnedInAnnotation="YES")),
    b"no DICOM",
]


class Masking:
    """An engine that says of some objects that it masked them."""

    def deidentify(self, original: bytes) -> Deidentified:
        made = DEID.deidentify(original)
        assert isinstance(made, Deidentified)
        masked = original == FILES[1]
        return replace(made, rules=("a-rule",), is_masked=masked)


def passes(_original: bytes, _made: Deidentified) -> tuple[Finding, ...]:
    return ()


def drawn(
    files: list[bytes], per_stratum: int = 3, seed: int = 1, engine: Deidentifier | Masking = DEID
) -> list[Stratum]:
    originals: list[Callable[[], bytes]] = [lambda body=body: body for body in files]  # type: ignore[misc]
    return strata(looked_at(originals, engine, passes, seed), per_stratum)


def test_objects_are_counted_by_modality_class_device_and_state() -> None:
    found = {(s.kind.modality, s.device, s.kind.state): s for s in drawn(FILES)}
    assert {key: stratum.objects for key, stratum in found.items()} == {
        ("CT", "Maker", UNMASKED): 8,
        ("CT", "Other M1", UNMASKED): 2,
        ("CT", "Maker", HELD): 2,
        ("", "", HELD): 1,
    }
    assert found["CT", "Maker", UNMASKED].kind.sop_class == "CT Image Storage"
    assert found["CT", "Maker", HELD].findings == {"PIXELS_MAY_HOLD_TEXT": 2}
    assert found["", "", HELD].findings == {"NOT_DICOM": 1}


def test_at_most_so_many_are_drawn_of_each_and_nothing_that_is_held() -> None:
    for stratum in drawn(FILES):
        wanted = 0 if stratum.kind.state == HELD else min(3, stratum.objects)
        assert len(stratum.drawn) == len(set(stratum.drawn)) == wanted
    assert drawn(FILES) == drawn(FILES)
    assert [stratum.drawn for stratum in drawn(FILES, 99)] == [
        [], [], [1, 2, 3, 4, 5, 6, 7, 8], [9, 10]
    ]  # fmt: skip


def test_another_seed_draws_others_in_the_end() -> None:
    choices = {tuple(drawn(FILES[:8], seed=seed)[0].drawn) for seed in range(12)}
    assert len(choices) > 6
    assert {number for choice in choices for number in choice} == set(range(1, 9))


def test_the_order_of_the_files_does_not_matter() -> None:
    forward = [FILES[n - 1] for n in drawn(FILES[:8])[0].drawn]
    turned = FILES[7::-1]
    assert sorted(forward) == sorted(turned[n - 1] for n in drawn(turned)[0].drawn)


def test_what_was_masked_is_a_stratum_of_its_own() -> None:
    found = {s.kind.state: s.drawn for s in drawn(FILES[:4], engine=Masking())}
    assert found == {MASKED: [2], UNMASKED: [1, 3, 4]}


def test_what_verification_finds_is_held() -> None:
    def fails(_original: bytes, _made: Deidentified) -> tuple[Finding, ...]:
        return (finding("RESIDUAL_IDENTITY", Stage.VALIDATE),)

    (stratum,) = strata(looked_at([lambda: FILES[0]], DEID, fails, 1), 3)
    assert (stratum.kind.state, stratum.findings) == (HELD, {"RESIDUAL_IDENTITY": 1})


def test_a_file_that_cannot_be_read_is_held() -> None:
    def unread() -> bytes:
        raise PermissionError("Roe^Richard")

    (stratum,) = strata(looked_at([unread], DEID, passes, 1), 3)
    assert (stratum.kind.state, stratum.findings) == (HELD, {"UNREADABLE": 1})


def test_a_device_that_no_output_names_is_numbered() -> None:
    held = [
        encode(ct(number, BurnedInAnnotation="YES", Manufacturer=f"SECRET{number}"))
        for number in (1, 2)
    ]
    assert [stratum.device for stratum in drawn(held)] == ["device 1", "device 2"]
    assert "SECRET" not in repr(drawn(held))
