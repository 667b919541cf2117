"""Every DICOM file that six packages ship ends as the checked-in table says."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from include.imaging.deid import slow
from include.imaging.deid.results import Deidentified
from include.imaging.findings import registry
from tests.fuzz.gate import VERIFIED
from tests.fuzz.package_table import FACTS, policies, rows, table
from tests.fuzz.sample_files import PACKAGES, SampleFile, sample_files
from tests.support.deidentification import deidentifier
from tests.support.dicom import package_files

# what dciodvfy alone can say; the rest of the verification runs on every file
CONFORMANCE = frozenset({"CONFORMANCE_FAULT", "CONFORMANCE_UNKNOWN"})
WITH_DCIODVFY, SEED = 20, 20461
LARGEST_OF_MANY = 2**20
# what names a kind of object or a defect of the file, never a defect of the output
NEVER = frozenset(
    {"REREAD_FAILED", "UID_MISMATCH", "FORBIDDEN_ELEMENT", "PIXELS_CHANGED", "RESIDUAL_UNKNOWN"}
)


def _expected() -> dict[tuple[str, str], dict[str, str]]:
    return {(row["package"], row["file"]): row for row in table()}


def _some(files: list[SampleFile]) -> list[SampleFile]:
    return random.Random(SEED).sample([file for file in files if _is_small(file)], WITH_DCIODVFY)


def _is_small(file: SampleFile) -> bool:
    return not file.member and file.place.stat().st_size <= LARGEST_OF_MANY


def test_the_table_names_every_file_once_and_no_other() -> None:
    files = [(file.package, file.name) for file in sample_files()]
    assert Counter(package for package, _ in files).keys() == set(PACKAGES)
    assert len(files) > 290
    assert files == [(row["package"], row["file"]) for row in table()]


def test_every_end_in_the_table_is_verified_or_a_finding_of_the_registry() -> None:
    ends = [row[policy].split() for row in table() for policy in policies()]
    codes = {code for end in ends for code in end} - {VERIFIED}
    assert all(ends)
    assert codes
    assert codes <= registry().keys()
    assert not codes & NEVER


@pytest.mark.parametrize("policy", policies())
def test_every_file_ends_as_the_table_says(policy: str) -> None:
    expected, seen = _expected(), 0
    # pixels cost most, and are treated alike by every policy
    files = [file for file in sample_files() if policy == "basic" or _is_small(file)]
    for row in rows((policy,), files, with_dciodvfy=False):
        wanted = expected[row["package"], row["file"]]
        end = " ".join(sorted(set(wanted[policy].split()) - CONFORMANCE)) or VERIFIED
        seen += end == VERIFIED
        assert row == {name: wanted[name] for name in FACTS} | {policy: end}
    assert seen > 100


def test_dciodvfy_finds_no_more_in_them_than_the_table_says() -> None:
    expected, seen = _expected(), 0
    for row in rows(policies(), _some(sample_files())):
        assert row == expected[row["package"], row["file"]]
        seen += VERIFIED in row.values()
    assert seen > 5


def test_what_is_verified_is_of_many_classes_and_syntaxes() -> None:
    verified = [row for row in table() if row["basic"] == VERIFIED]
    assert set(table()[0]) >= {*FACTS, "basic"}
    assert len({row["sop_class"] for row in verified}) >= 10
    assert len({row["transfer_syntax"] for row in verified}) >= 8


def test_pixels_that_are_written_piece_by_piece_are_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outputs: list[list[bytes]] = []
    files = [path for path in package_files() if path.stat().st_size <= LARGEST_OF_MANY]
    for large in (1, 2**40):
        monkeypatch.setattr(slow, "LARGE_BYTES", large)
        made = (deidentifier().careful(path.read_bytes()) for path in files)
        outputs.append([out.data for out in made if isinstance(out, Deidentified)])
    assert len(outputs[0]) >= 100
    assert outputs[0] == outputs[1]
