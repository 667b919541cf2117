"""WADO-RS: instances, frames, metadata and bulk data, in the forms that a request accepts."""

import io
from collections.abc import Iterator
from typing import Any

import pydicom
import pytest
from dicomweb_client import DICOMwebClient
from openjpeg import decode
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from include.localcloud.running import LocalCloud
from tests.support.cloud import Clients, make_stage
from tests.support.dicomweb import Web, make_web
from tests.support.samples import sample, variant

STUDY = {
    "StudyInstanceUID": "1.2.1",
    "StudyDate": "20200101",
    "StudyID": "1",
    "AccessionNumber": "1",
    "PatientID": "1",
}
HTJ2K = "1.2.840.10008.1.2.4.202"
ELE = "1.2.840.10008.1.2.1"
JPEG = "1.2.840.10008.1.2.4.50"
MPEG = "1.2.840.10008.1.2.4.100"
AS_HTJ2K, AS_JPEG, AS_MPEG = (
    f"application/dicom; transfer-syntax={s}" for s in (HTJ2K, JPEG, MPEG)
)
CT, COLOUR, VIDEO, FRAMES = "1.2.1.1", "1.2.1.2", "1.2.1.3", "1.2.1.4"
BULK = bytes(range(256)) * 4_000


def path_of(series: str) -> str:
    return f"/studies/1.2.1/series/{series}/instances/{series}.1"


def file_of(name: str, series: str, **elements: Any) -> bytes:
    given = {**STUDY, "SeriesInstanceUID": series, "SOPInstanceUID": f"{series}.1", **elements}
    return variant(name, **given)


def video() -> bytes:
    dataset = pydicom.dcmread(io.BytesIO(file_of("SC_rgb_small_odd.dcm", VIDEO)))
    dataset.PixelData = encapsulate([b"not really MPEG"])
    dataset["PixelData"].VR = "OB"
    dataset.file_meta.TransferSyntaxUID = UID(MPEG)
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def with_bulk() -> bytes:
    item = Dataset()
    item.add_new(0x00420011, "OB", BULK[::-1])
    dataset = pydicom.dcmread(io.BytesIO(file_of("CT_small.dcm", CT)))
    dataset.add_new(0x00470010, "LO", "A CREATOR")
    dataset.add_new(0x00471029, "OB", BULK)
    dataset.add_new(0x0040A730, "SQ", [item])
    stream = io.BytesIO()
    dataset.save_as(stream)
    return stream.getvalue()


@pytest.fixture(scope="module")
def web(local_cloud: LocalCloud, clients: Clients) -> Iterator[Web]:
    """A study of a CT slice, a lossy picture in colour, a video and fifteen frames."""
    stage = make_stage(clients)
    stage.put("in/ct.dcm", with_bulk())
    stage.put("in/colour.dcm", file_of("SC_rgb_jpeg_dcmtk.dcm", COLOUR))
    stage.put("in/video.dcm", video())
    stage.put("in/frames.dcm", file_of("rtdose.dcm", FRAMES))
    assert stage.summary(stage.run("in/"))["numberOfImportedFiles"] == 4
    made = make_web(local_cloud.url, stage.datastore_id)
    yield made
    made.session.close()


@pytest.mark.parametrize(
    ("series", "accept", "kind"),
    [
        (CT, "", f"application/dicom; transfer-syntax={ELE}"),
        (CT, "application/dicom", f"application/dicom; transfer-syntax={ELE}"),
        (CT, "application/*;q=0.5", f"application/dicom; transfer-syntax={ELE}"),
        (CT, AS_HTJ2K, AS_HTJ2K),
        (COLOUR, "application/dicom; transfer-syntax=*", AS_JPEG),
        (VIDEO, AS_MPEG, AS_MPEG),
        (
            COLOUR,
            f"application/dicom; transfer-syntax={HTJ2K}, application/dicom; q=0.1",
            f"application/dicom; transfer-syntax={ELE}",
        ),
    ],
)
def test_an_instance_comes_as_it_is_accepted(web: Web, series: str, accept: str, kind: str) -> None:
    answer = web.get(path_of(series), accept)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)
    dataset = pydicom.dcmread(io.BytesIO(answer.content))
    assert kind.endswith(str(dataset.file_meta.TransferSyntaxUID))
    assert dataset.file_meta.MediaStorageSOPInstanceUID == dataset.SOPInstanceUID
    assert int(answer.headers["Content-Length"]) == len(answer.content)


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        (path_of(CT), "image/jpeg"),
        (path_of(CT), f"application/dicom; transfer-syntax={JPEG}"),
        (path_of(CT), "application/dicom;q=0"),
        (path_of(VIDEO), "application/dicom"),
        (f"{path_of(CT)}/frames/1", "image/jpeg"),
        (f"{path_of(VIDEO)}/frames/1", f"application/octet-stream; transfer-syntax={ELE}"),
        (f"{path_of(FRAMES)}/frames/1,2", "application/octet-stream"),
        (f"{path_of(CT)}/metadata", "application/dicom+xml"),
        ("/studies/1.2.1/series/1.2.1.1/metadata", "multipart/related; type=x/y"),
    ],
)
def test_what_cannot_be_given_is_not_acceptable(web: Web, path: str, accept: str) -> None:
    answer = web.get(path, accept)
    assert answer.status_code == 406
    assert answer.headers["x-amzn-ErrorType"] == "NotAcceptableException"


@pytest.mark.parametrize(
    "path",
    [
        "/studies/1.2.1/series/1.2.1.1/instances/1.9",
        "/studies/1.9/series/1.2.1.1/instances/1.2.1.1.1",
        "/studies/1.2.1/series/1.9/metadata",
        f"{path_of(CT)}/frames/2",
        f"{path_of(CT)}/bulkdata/unknown",
        f"{path_of(CT)}?imageSetId={'0' * 32}",
    ],
)
def test_what_does_not_exist_is_not_found(web: Web, path: str) -> None:
    answer = web.get(path)
    assert answer.status_code == 404
    assert answer.headers["x-amzn-ErrorType"] == "ResourceNotFoundException"


@pytest.mark.parametrize("listed", ["0", "1,1", "x", "1,", "-1", "1-2", "%31%2C"])
def test_a_wrong_list_of_frames_is_refused(web: Web, listed: str) -> None:
    assert web.get(f"{path_of(FRAMES)}/frames/{listed}").status_code == 400


def test_one_frame_may_come_without_parts(web: Web) -> None:
    answer = web.get(f"{path_of(CT)}/frames/1", "application/octet-stream")
    assert answer.content == pydicom.dcmread(io.BytesIO(sample("CT_small.dcm"))).PixelData
    answer = web.get(f"{path_of(CT)}/frames/1", "image/jph")
    assert answer.headers["Content-Type"] == f"image/jph; transfer-syntax={HTJ2K}"
    original = pydicom.dcmread(io.BytesIO(sample("CT_small.dcm"))).pixel_array
    assert (decode(answer.content) == original).all()


def test_frames_that_cannot_be_decoded_come_as_they_are_stored(web: Web) -> None:
    answer = web.get(f"{path_of(VIDEO)}/frames/1")
    assert f"video/mpeg; transfer-syntax={MPEG}".encode() in answer.content
    assert b"not really MPEG" in answer.content


def uids_of(series: str) -> tuple[str, str, str]:
    return "1.2.1", series, f"{series}.1"


@pytest.fixture
def client(web: Web) -> DICOMwebClient:
    return web.client


def test_dicomweb_client_searches(client: DICOMwebClient) -> None:
    assert [study["0020000D"]["Value"] for study in client.search_for_studies()] == [["1.2.1"]]
    filters = {"Modality": "CT"}
    [series] = client.search_for_series("1.2.1", search_filters=filters)
    assert Dataset.from_json(series).SeriesInstanceUID == CT
    assert len(client.search_for_instances("1.2.1", fields=["Rows"], limit=3)) == 3
    assert len(client.search_for_instances("1.2.1", limit=3, get_remaining=True)) == 4


@pytest.mark.filterwarnings("ignore:Invalid value for VR UI")  # the file's own
def test_dicomweb_client_retrieves_metadata(client: DICOMwebClient) -> None:
    [series] = client.retrieve_series_metadata("1.2.1", FRAMES)
    instance = client.retrieve_instance_metadata(*uids_of(FRAMES))
    assert instance == series
    dataset = Dataset.from_json(series)
    assert (dataset.NumberOfFrames, dataset.Rows) == (15, 10)
    assert "PixelData" not in dataset
    [told] = client.retrieve_series_metadata("1.2.1", CT)
    assert told["00083002"] == told["00020010"] == {"vr": "UI", "Value": [HTJ2K]}


def test_dicomweb_client_retrieves_instances(client: DICOMwebClient) -> None:
    stored = client.retrieve_instance(*uids_of(CT))
    assert stored.file_meta.TransferSyntaxUID == HTJ2K
    media_types = (("application/dicom", ELE),)
    native = client.retrieve_instance(*uids_of(CT), media_types=media_types)
    assert (native.pixel_array == stored.pixel_array).all()


def test_dicomweb_client_retrieves_frames(client: DICOMwebClient) -> None:
    native = client.retrieve_instance_frames(*uids_of(FRAMES), [15, 1])
    original = pydicom.dcmread(io.BytesIO(sample("rtdose.dcm"))).PixelData
    size = len(original) // 15
    assert native == [original[-size:], original[:size]]
    stored = client.retrieve_instance_frames(
        *uids_of(COLOUR), [1], media_types=(("image/jpeg", JPEG),)
    )
    assert stored[0].startswith(b"\xff\xd8")


def test_dicomweb_client_retrieves_bulk_data(client: DICOMwebClient) -> None:
    [told] = client.retrieve_series_metadata("1.2.1", CT)
    assert told["00471029"]["vr"] == "OB"
    assert client.retrieve_bulkdata(told["00471029"]["BulkDataURI"]) == [BULK]
    [item] = told["0040A730"]["Value"]
    assert client.retrieve_bulkdata(item["00420011"]["BulkDataURI"]) == [BULK[::-1]]


def test_bulk_data_comes_without_parts_too(web: Web) -> None:
    [told] = web.get(f"{path_of(CT)}/metadata").json()
    path = told["00471029"]["BulkDataURI"].removeprefix(web.url)
    assert web.get(path, "application/octet-stream").content == BULK
    assert web.get(path, "image/png").status_code == 406


def test_a_search_gives_bulk_data_by_uri(web: Web) -> None:
    query = f"SOPInstanceUID={CT}.1&includefield=00471029&00470010=A%20CREATOR"
    [found] = web.get(f"/instances?{query}").json()
    path = found["00471029"]["BulkDataURI"].removeprefix(web.url)
    assert web.get(path).content == BULK
