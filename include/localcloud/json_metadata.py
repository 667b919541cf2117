"""DICOM JSON files whose attributes replace those of the files that a job imports.

The documentation tells their place (StartDICOMImportJob, DicomMetadataMapping) and no more. Here
one holds a DICOM JSON object (PS3.18 F.2), or a list of them: an object with a SOPInstanceUID is
that instance's, another is for all instances of the mapped study or series.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydicom import Dataset

from include.localcloud.attribute_values import VRS, require_encodable
from include.localcloud.errors import ValidationError
from include.localcloud.job_input import JobInputError
from include.localcloud.metadata import PIXEL_TAGS
from include.localcloud.reading import CustomerFileError
from include.localcloud.revising import encodings_of
from include.localcloud.s3_uris import split_uri

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# what a file is found by stays as the file has it
KEPT = frozenset({0x00080016, 0x00080018, 0x0020000D, 0x0020000E}) | PIXEL_TAGS
CHARACTER_SET = 0x00080005
NOT_JSON = "METADATA_FILE_INVALID: a metadata file is not DICOM JSON"


@dataclass(frozen=True)
class Mapping:
    """What a metadata file says, and of which study or series."""

    study_uid: str
    series_uid: str | None
    objects: Sequence[Dataset]

    def of(self, dataset: Dataset) -> Iterator[Dataset]:
        """The objects that are for an instance."""
        if self.study_uid != dataset.StudyInstanceUID:
            return
        if self.series_uid not in (None, dataset.SeriesInstanceUID):
            return
        uid = dataset.SOPInstanceUID
        yield from (found for found in self.objects if found.get("SOPInstanceUID", uid) == uid)


@dataclass(frozen=True)
class JsonMetadata:
    """All metadata files of a job.

    Attributes:
        keys: Where they lie; they are not imported themselves.
        mappings: What they say; those of studies before those of series.
    """

    keys: frozenset[str] = frozenset()
    mappings: Sequence[Mapping] = field(default_factory=tuple)

    def amend(self, dataset: Dataset) -> None:
        """Replace the attributes of an instance that the metadata files tell.

        Raises:
            CustomerFileError: The instance's character set cannot hold them.
        """
        for mapping in self.mappings:
            for found in mapping.of(dataset):
                _replace(dataset, found)


def read_metadata(s3: "S3Client", job: sqlite3.Row) -> JsonMetadata:
    """The metadata files that a job's configuration names.

    Raises:
        JobInputError: One of them is not DICOM JSON.
        ClientError: S3 refused the role one of them, or it does not exist.
    """
    if not job["import_configuration"]:
        return JsonMetadata()
    configuration = json.loads(job["import_configuration"])
    wanted = configuration["dicomJsonMetadataImportConfiguration"]["dicomMetadataMappings"]
    bucket, prefix = split_uri(job["input_uri"])
    folder = f"{prefix.rstrip('/')}/" if prefix else ""
    keys = {entry["metadataFilePath"]: folder + entry["metadataFilePath"] for entry in wanted}
    read = {
        path: _objects(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        for path, key in keys.items()
    }
    mappings = [
        Mapping(
            entry["studyInstanceUID"],
            entry.get("seriesInstanceUID"),
            read[entry["metadataFilePath"]],
        )
        for entry in wanted
    ]
    mappings.sort(key=lambda mapping: mapping.series_uid is not None)
    return JsonMetadata(frozenset(keys.values()), mappings)


def _objects(text: bytes) -> list[Dataset]:
    try:
        found = json.loads(text)
        return [_dataset(item) for item in (found if isinstance(found, list) else [found])]
    except Exception:  # noqa: BLE001 - pydicom raises many kinds, whose texts can quote values
        raise JobInputError(NOT_JSON) from None


def _dataset(item: dict[str, Any]) -> Dataset:
    """An object as a data set; bulk data that lies elsewhere is left out."""
    if any(value["vr"] not in VRS for value in item.values()):
        raise ValueError
    dataset = Dataset.from_json({n: v for n, v in item.items() if "BulkDataURI" not in v})
    for _ in dataset.iterall():
        pass  # a value that its VR cannot hold raises now
    return dataset


def _replace(dataset: Dataset, found: Dataset) -> None:
    try:
        if CHARACTER_SET in found:
            dataset.decode()
            dataset[CHARACTER_SET] = found[CHARACTER_SET]
        for element in found:
            if element.tag not in KEPT and element.tag.group > 2:
                require_encodable(element, encodings_of(dataset))
                dataset[element.tag] = element
    except ValidationError:
        message = "DICOM JSON metadata does not fit the file's SpecificCharacterSet"
        raise CustomerFileError(message) from None
