"""Operators that look at image sets: search, properties, versions, metadata, frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from airflow.providers.amazon.aws.utils.mixins import aws_template_fields

from healthimaging.destination import write
from healthimaging.state_operators import HealthImagingOperator, plain
from include.imaging.errors import CustomerError

if TYPE_CHECKING:
    from airflow.sdk import Context
    from mypy_boto3_medical_imaging.type_defs import SearchCriteriaTypeDef

METADATA_TYPE = "application/json"


class SearchImageSetsOperator(HealthImagingOperator):
    """Returns the ids of the image sets that meet the criteria, the newest first.

    Everybody who may see the task sees its criteria: search by what is de-identified.

    Args:
        search_criteria: filters and sort as SearchImageSets has them (templated).
        limit: fail when more are found, rather than hand on a part of them.
    """

    template_fields: Sequence[str] = aws_template_fields("datastore_id", "search_criteria")

    def __init__(
        self,
        *,
        search_criteria: Mapping[str, Any] | None = None,
        limit: int = 1000,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.search_criteria = search_criteria
        self.limit = limit

    def execute(self, context: Context) -> list[str]:
        """Search all pages (SearchImageSets)."""
        criteria = cast("SearchCriteriaTypeDef | None", self.search_criteria)
        found = self.hook.search_image_sets(criteria, datastore_id=self.target_datastore)
        ids = [summary["imageSetId"] for summary in islice(found, self.limit + 1)]
        if len(ids) > self.limit:
            raise CustomerError(
                "SEARCH_TOO_WIDE",
                f"more than {self.limit} image sets were found: narrow search_criteria, or raise "
                "limit",
            )
        return ids


class ImageSetOperator(HealthImagingOperator):
    """Looks at one image set.

    Args:
        image_set_id: the image set (templated).
        version_id: one of its versions; the latest when not given (templated).
    """

    template_fields: Sequence[str] = aws_template_fields(
        "datastore_id", "image_set_id", "version_id"
    )

    def __init__(self, *, image_set_id: str, version_id: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.image_set_id = image_set_id
        self.version_id = version_id


class GetImageSetOperator(ImageSetOperator):
    """Returns the properties of an image set: version, state, workflow status, times."""

    def execute(self, context: Context) -> dict[str, Any]:
        """Ask for the properties (GetImageSet)."""
        found = self.hook.get_image_set(
            self.image_set_id, datastore_id=self.target_datastore, version_id=self.version_id
        )
        return plain(found)


class ListImageSetVersionsOperator(HealthImagingOperator):
    """Returns the versions of an image set, the newest first: id, state and times each.

    Args:
        image_set_id: the image set (templated).
    """

    template_fields: Sequence[str] = aws_template_fields("datastore_id", "image_set_id")

    def __init__(self, *, image_set_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.image_set_id = image_set_id

    def execute(self, context: Context) -> list[dict[str, Any]]:
        """Ask for all pages (ListImageSetVersions)."""
        store = self.target_datastore
        found = self.hook.list_image_set_versions(self.image_set_id, datastore_id=store)
        return [plain(version) for version in found]


class GetImageSetMetadataOperator(ImageSetOperator):
    """Writes the metadata of an image set as JSON text and returns where it lies.

    Args:
        destination: `s3://bucket/key`, or a file; what lies there is replaced (templated).
    """

    template_fields: Sequence[str] = (*ImageSetOperator.template_fields, "destination")

    def __init__(self, *, destination: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.destination = destination

    def execute(self, context: Context) -> str:
        """Fetch, inflate, write (GetImageSetMetadata), and return the destination."""
        document = self.hook.read_image_set_metadata(
            self.image_set_id, datastore_id=self.target_datastore, version_id=self.version_id
        )
        write(self, self.destination, document, METADATA_TYPE)
        return self.destination


class GetImageFrameOperator(HealthImagingOperator):
    """Writes one frame as it is stored; returns `{"uri", "content_type", "bytes"}`.

    Map over image sets, not over frames: a task costs more than a frame.

    Args:
        image_set_id: the image set (templated).
        image_frame_id: the frame, an `ImageFrames[].ID` of the metadata (templated).
        destination: `s3://bucket/key`, or a file; what lies there is replaced (templated).
    """

    template_fields: Sequence[str] = aws_template_fields(
        "datastore_id", "image_set_id", "image_frame_id", "destination"
    )

    def __init__(
        self, *, image_set_id: str, image_frame_id: str, destination: str, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.image_set_id = image_set_id
        self.image_frame_id = image_frame_id
        self.destination = destination

    def execute(self, context: Context) -> dict[str, Any]:
        """Fetch and write (GetImageFrame)."""
        frame = self.hook.get_image_frame(
            self.image_set_id, self.image_frame_id, datastore_id=self.target_datastore
        )
        data = frame.read()
        write(self, self.destination, data, frame.content_type)
        return {
            "uri": self.destination,
            "content_type": frame.content_type,
            "bytes": len(data),
        }
