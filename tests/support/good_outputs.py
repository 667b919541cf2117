"""Files of the test packages with their sound outputs, for tests that spoil the latter."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from functools import cache

from pydicom.dataset import Dataset
from pydicom.filewriter import dcmwrite

from include.imaging.deid.results import Deidentified
from include.imaging.validation.verify import Verifier
from tests.support.deidentification import deidentifier
from tests.support.dicom import decode, package_files

FILES = [
    "693_J2KI.dcm",
    "CT_small.dcm",
    "MR_small.dcm",
    "MR_small_RLE.dcm",
    "MR_small_bigendian.dcm",
    "MR_small_implicit.dcm",
    "MR_small_jp2klossless.dcm",
    "MR_small_jpeg_ls_lossless.dcm",
    "MR_small_padded.dcm",
    "6154",
    "17106",
    "2062",
    "15820",
    "4467",
    "IM000000",
    "liver_1frame.dcm",
    "liver_expb_1frame.dcm",
    "rtdose_1frame.dcm",
    "rtdose_rle_1frame.dcm",
    "rtplan.dcm",
    "chrJapMulti.dcm",
    "chrKoreanMulti.dcm",
    "emri_small_jpeg_2k_lossless.dcm",
]


@dataclass(frozen=True)
class Good:
    """A file of the packages and its sound output."""

    name: str
    original: bytes
    made: Deidentified

    @property
    def before(self) -> Dataset:
        """The file as a data set."""
        return decode(self.original)

    @property
    def after(self) -> Dataset:
        """The output as a data set."""
        return decode(self.made.data)

    def codes(self, data: bytes) -> set[str]:
        """Return the codes of what is wrong with other bytes in the output's place."""
        found = _verifier().verify(self.original, replace(self.made, data=data))
        return {each.code for each in found}


@cache
def good_outputs() -> list[Good]:
    """Return files of many kinds and encodings, each with what the engine makes of it."""
    paths = {path.name: path for path in package_files()}
    engine, found = deidentifier(), []
    for name in FILES:
        original = paths[name].read_bytes()
        made = engine.deidentify(original)
        assert isinstance(made, Deidentified), name
        found.append(Good(name, original, made))
    return found


def written(dataset: Dataset) -> bytes:
    """Return a data set as a file in the transfer syntax that its file meta group names."""
    buffer = io.BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


@cache
def _verifier() -> Verifier:
    return Verifier(conformance="off")
