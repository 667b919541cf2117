"""Calls on the tags of data stores and image sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from healthimaging.base_hook import HealthImagingBaseHook
from healthimaging.errors import filled, service_errors

NOT_FOUND = "there is no such data store or image set: check the ARN and the region"


class TagCalls(HealthImagingBaseHook):
    """The operations on tags. Resources are named by ARN (GetDatastore, GetImageSet)."""

    def tag_resource(self, resource_arn: str, tags: Mapping[str, str]) -> None:
        """Add tags, replacing the values of those that are there; no values of patients."""
        with service_errors("tag the resource", not_found=NOT_FOUND):
            self.client.tag_resource(resourceArn=filled("resource_arn", resource_arn), tags=tags)

    def untag_resource(self, resource_arn: str, tag_keys: Sequence[str]) -> None:
        """Take tags away; those that are not there are left out."""
        with service_errors("untag the resource", not_found=NOT_FOUND):
            self.client.untag_resource(
                resourceArn=filled("resource_arn", resource_arn), tagKeys=tag_keys
            )

    def list_tags_for_resource(self, resource_arn: str) -> dict[str, str]:
        """Return the tags of a data store or image set."""
        with service_errors("list the resource's tags", not_found=NOT_FOUND):
            return self.client.list_tags_for_resource(
                resourceArn=filled("resource_arn", resource_arn)
            )["tags"]
