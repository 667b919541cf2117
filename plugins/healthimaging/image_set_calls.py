"""Calls that look at image sets: search, properties, versions, metadata, frames."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from healthimaging.base_hook import HealthImagingBaseHook
from healthimaging.errors import filled, service_errors
from healthimaging.image_frames import ImageFrame
from include.imaging.errors import TransientError

if TYPE_CHECKING:
    from mypy_boto3_medical_imaging.type_defs import (
        GetImageSetMetadataRequestTypeDef,
        GetImageSetRequestTypeDef,
        GetImageSetResponseTypeDef,
        ImageSetPropertiesTypeDef,
        ImageSetsMetadataSummaryTypeDef,
        SearchCriteriaTypeDef,
        SearchImageSetsRequestPaginateTypeDef,
    )

GZIP = b"\x1f\x8b"
BUSY = "AWS_BUSY"
METADATA_ATTEMPTS = 6
METADATA_SECONDS = 2.0


class ImageSetCalls(HealthImagingBaseHook):
    """The operations that read. SearchImageSets and GetImageSet do not count as access."""

    def search_image_sets(
        self,
        search_criteria: SearchCriteriaTypeDef | None = None,
        *,
        datastore_id: str | None = None,
    ) -> Iterator[ImageSetsMetadataSummaryTypeDef]:
        """Yield what the service says of the image sets that meet the criteria, the newest first.

        The criteria take one filter, or two where the service allows the pair; all image sets
        are found without. Errors do not repeat them: they can name patients.
        """
        request: SearchImageSetsRequestPaginateTypeDef = {
            "datastoreId": self.datastore_or_default(datastore_id)
        }
        if search_criteria:
            request["searchCriteria"] = search_criteria
        with service_errors("search image sets", private=True):
            for page in self.client.get_paginator("search_image_sets").paginate(**request):
                yield from page["imageSetsMetadataSummaries"]

    def get_image_set(
        self, image_set_id: str, *, datastore_id: str | None = None, version_id: str | None = None
    ) -> GetImageSetResponseTypeDef:
        """Return the properties of an image set, at its latest version unless one is given."""
        request: GetImageSetRequestTypeDef = {
            "datastoreId": self.datastore_or_default(datastore_id),
            "imageSetId": filled("image_set_id", image_set_id),
        }
        if version_id:
            request["versionId"] = version_id
        with service_errors(f"look at {image_set_id}", not_found=self.unknown(image_set_id)):
            return self.client.get_image_set(**request)

    def list_image_set_versions(
        self, image_set_id: str, *, datastore_id: str | None = None
    ) -> Iterator[ImageSetPropertiesTypeDef]:
        """Yield the versions of an image set, the newest first."""
        store = self.datastore_or_default(datastore_id)
        doing = f"list the versions of {image_set_id}"
        with service_errors(doing, not_found=self.unknown(image_set_id)):
            paginator = self.client.get_paginator("list_image_set_versions")
            for page in paginator.paginate(
                datastoreId=store, imageSetId=filled("image_set_id", image_set_id)
            ):
                yield from page["imageSetPropertiesList"]

    def get_image_set_metadata(
        self, image_set_id: str, *, datastore_id: str | None = None, version_id: str | None = None
    ) -> dict[str, Any]:
        """Return an image set's metadata, parsed; see `read_image_set_metadata`."""
        read = self.read_image_set_metadata
        document = json.loads(read(image_set_id, datastore_id=datastore_id, version_id=version_id))
        assert isinstance(document, dict)
        return document

    def read_image_set_metadata(
        self, image_set_id: str, *, datastore_id: str | None = None, version_id: str | None = None
    ) -> bytes:
        """Return an image set's metadata as the JSON text it is, inflated (at most 50 MB).

        After an import the service answers 409 until large metadata is consistent: it is asked
        again for about a minute, then TransientError is raised. It keeps the image set in the
        frequent access tier.
        """
        request: GetImageSetMetadataRequestTypeDef = {
            "datastoreId": self.datastore_or_default(datastore_id),
            "imageSetId": filled("image_set_id", image_set_id),
        }
        if version_id:
            request["versionId"] = version_id
        for attempt in range(METADATA_ATTEMPTS - 1):
            try:
                return self._read_metadata(request)
            except TransientError as error:
                if error.code != BUSY:
                    raise
                self.log.info("%s", error)
                time.sleep(METADATA_SECONDS * 2**attempt)
        return self._read_metadata(request)

    def get_image_frame(
        self, image_set_id: str, image_frame_id: str, *, datastore_id: str | None = None
    ) -> ImageFrame:
        """Return a frame as it is stored, not yet read: `.read()` or `.chunks()` it.

        Ids of frames are in the metadata (`ImageFrames[].ID` of an instance), and so are the
        checksums to hold the decoded pixels to.
        """
        with service_errors(
            f"get frame {image_frame_id} of {image_set_id}", not_found=self.unknown(image_set_id)
        ):
            answer = self.client.get_image_frame(
                datastoreId=self.datastore_or_default(datastore_id),
                imageSetId=filled("image_set_id", image_set_id),
                imageFrameInformation={"imageFrameId": filled("image_frame_id", image_frame_id)},
            )
        return ImageFrame(image_frame_id, answer["contentType"], answer["imageFrameBlob"])

    def unknown(self, image_set_id: str) -> str:
        """What to do when the service does not know an image set, or something of it."""
        return (
            f"the data store holds no image set {image_set_id}, or not that version or frame of "
            f"it; see whether connection {self.aws_conn_id!r} still names the data store it is in"
        )

    def _read_metadata(self, request: GetImageSetMetadataRequestTypeDef) -> bytes:
        image_set_id = request["imageSetId"]
        doing = f"get the metadata of {image_set_id}"
        with (
            service_errors(doing, not_found=self.unknown(image_set_id)),
            self.client.get_image_set_metadata(**request)["imageSetMetadataBlob"] as body,
        ):
            found = body.read()
        return gzip.decompress(found) if found.startswith(GZIP) else found
