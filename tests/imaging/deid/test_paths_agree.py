"""The fast path writes what the careful path writes, wherever it writes at all."""

from __future__ import annotations

import io
from dataclasses import replace
from difflib import ndiff
from functools import cache

import pytest
from hypothesis import given, settings
from pydicom import dcmread
from pydicom.dataset import Dataset

from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.policy import shipped_policies
from include.imaging.deid.results import Deidentified
from include.imaging.dicom.silence import silenced
from tests.support.deidentification import deidentifier
from tests.support.dicom import package_files
from tests.support.encodings import files


@cache
def engine(policy: str) -> Deidentifier:
    return deidentifier(policy=policy)


def read(data: bytes) -> Dataset:
    return dcmread(io.BytesIO(data), force=True)


def require_agreement(policy: str, original: bytes) -> bool:
    """Whether the fast path took the object; then it agrees with the careful one."""
    fast = engine(policy).fast(original)
    if fast is None:
        return False
    careful = engine(policy).careful(original)
    assert isinstance(careful, Deidentified), careful
    assert replace(fast, data=b"") == replace(careful, data=b"")
    with silenced():
        one, other = read(fast.data), read(careful.data)
        assert one.file_meta == other.file_meta
        assert one == other, "\n".join(ndiff(str(one).splitlines(), str(other).splitlines()))
        if fast.is_masked:
            assert fast.data == careful.data
            return True
        for word in ("PixelData", "FloatPixelData"):
            assert one.get(word) == read(original).get(word)
    return True


@pytest.mark.parametrize("policy", shipped_policies())
def test_both_paths_agree_on_every_file_of_the_packages(policy: str) -> None:
    taken = [require_agreement(policy, path.read_bytes()) for path in package_files()]
    assert len(taken) > 250
    assert sum(taken) > 100


@pytest.mark.parametrize("policy", ["basic", "research"])
def test_both_paths_agree_on_generated_objects(policy: str) -> None:
    taken: list[bool] = []

    @settings(max_examples=300, deadline=None, database=None, derandomize=True)
    @given(files())
    def agree(original: bytes) -> None:
        taken.append(require_agreement(policy, original))

    agree()
    assert sum(taken) > len(taken) / 4
