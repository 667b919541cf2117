"""Every package file that imports comes back as the same data set and the same pixels."""

import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom import Dataset
from pydicom.data import get_testdata_file
from pydicom.uid import generate_uid

from include.localcloud.running import LocalCloud
from tests.support.cloud import Clients, make_stage
from tests.support.dicomweb import Web, make_web

PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
ENCODING = ("PhotometricInterpretation", "PlanarConfiguration", "BitsAllocated")
# pydicom cannot write these two, or not without what makes them special
LEFT_OUT = ("JPEGLSNearLossless_16.dcm", "bad_sequence.dcm")
LARGEST = 300_000
ELE = "1.2.840.10008.1.2.1"


def package_files() -> Iterator[Path]:
    for known in ("CT_small.dcm", "emri_small.dcm"):
        found = get_testdata_file(known, download=False)
        assert isinstance(found, str)
        for path in sorted(Path(found).parent.glob("*.dcm")):
            if path.name not in LEFT_OUT and path.stat().st_size < LARGEST:
                yield path


def with_new_uids(path: Path) -> tuple[bytes, str] | None:
    """The file under UIDs of its own, and its path; None if pydicom cannot read or write it."""
    stream = io.BytesIO()
    try:
        dataset = pydicom.dcmread(path)
        for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
            setattr(dataset, keyword, generate_uid())
        dataset.save_as(stream)
    except Exception:  # noqa: BLE001 - files that are broken on purpose
        return None
    return stream.getvalue(), (
        f"/studies/{dataset.StudyInstanceUID}/series/{dataset.SeriesInstanceUID}"
        f"/instances/{dataset.SOPInstanceUID}"
    )


@pytest.fixture(scope="module")
def imported(
    local_cloud: LocalCloud, clients: Clients
) -> Iterator[tuple[Web, dict[str, tuple[bytes, str]]]]:
    """DICOMweb of a data store, and the files it holds: name, bytes and path."""
    stage = make_stage(clients)
    with warnings.catch_warnings(action="ignore"):
        made = {path.name: with_new_uids(path) for path in package_files()}
    files = {name: found for name, found in made.items() if found}
    for name, (data, _) in files.items():
        stage.put(f"in/{name}", data)
    job = stage.run("in/")
    held = {Path(line["inputFile"]).name for line in stage.lines(job, "SUCCESS/success.ndjson")}
    assert len(held) > 90
    web = make_web(local_cloud.url, stage.datastore_id)
    yield web, {name: found for name, found in files.items() if name in held}
    web.session.close()


def read(data: bytes) -> Dataset:
    return pydicom.dcmread(io.BytesIO(data))


def differences(original: Dataset, returned: Dataset) -> list[str]:
    """Keywords of elements that are not the same; pixel data and its encoding are apart."""
    tags = {e for e in (*original.keys(), *returned.keys()) if e.element}
    apart = {pydicom.datadict.tag_for_keyword(k) for k in (*PIXELS, *ENCODING)}
    return [str(tag) for tag in sorted(tags - apart) if not same(original, returned, tag)]


def same(original: Dataset, returned: Dataset, tag: Any) -> bool:
    if tag not in original or tag not in returned:
        return False
    try:
        return bool(original[tag].value == returned[tag].value)
    except ValueError:  # a value its VR cannot hold, on purpose
        return bool(original.get_item(tag).value == returned.get_item(tag).value)


def pixels(dataset: Dataset) -> Any:
    try:
        return dataset.pixel_array
    except (AttributeError, ValueError, RuntimeError, NotImplementedError):
        return None


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("syntax", [ELE, "*"])
def test_what_was_imported_is_retrieved(imported: Any, syntax: str) -> None:
    web, files = imported
    compared = 0
    for name, (data, path) in files.items():
        answer = web.get(path, f"application/dicom; transfer-syntax={syntax}")
        original = read(data)
        if answer.status_code == 406:
            assert pixels(original) is None, name
            continue
        returned = read(answer.content)
        assert differences(original, returned) == [], name
        before, after = pixels(original), pixels(returned)
        if before is not None:
            np.testing.assert_array_equal(after, before, err_msg=name)
            compared += 1
    assert compared > 50


@pytest.mark.filterwarnings("ignore")
def test_frames_are_the_values_of_the_pixel_data(imported: Any) -> None:
    web, files = imported
    data, path = files["emri_small.dcm"]
    original = read(data)
    frames = web.client.retrieve_instance_frames(*path.split("/")[2::2], [3, 1])
    size = len(original.PixelData) // 10
    assert frames == [original.PixelData[2 * size : 3 * size], original.PixelData[:size]]


@pytest.mark.filterwarnings("ignore")
def test_all_metadata_is_a_data_set_again(imported: Any) -> None:
    web, files = imported
    for name, (data, path) in files.items():
        [told] = web.get(f"{path}/metadata", "application/dicom+json").json()
        found = Dataset.from_json(told)
        expected = {e for e in [*read(data).keys()] if e.element and e.group != 0x7FE0}
        assert expected <= set(found.keys()), name
