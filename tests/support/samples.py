"""Real DICOM files that pydicom ships, changed where a test needs it."""

import io
import warnings
from pathlib import Path
from typing import Any

import pydicom
from pydicom.data import get_testdata_file
from pydicom.uid import generate_uid


def sample(name: str) -> bytes:
    """The bytes of one of pydicom's files."""
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str), f"pydicom does not ship {name}"
    return Path(path).read_bytes()


def variant(name: str = "CT_small.dcm", **elements: Any) -> bytes:
    """The file with other values, by keyword; its SOPInstanceUID is new unless given."""
    dataset = pydicom.dcmread(io.BytesIO(sample(name)))
    stream = io.BytesIO()
    with warnings.catch_warnings(action="ignore"):  # tests ask for wrong values on purpose
        for keyword, value in ({"SOPInstanceUID": generate_uid()} | elements).items():
            setattr(dataset, keyword, value)
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.save_as(stream)
    return stream.getvalue()
