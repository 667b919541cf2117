"""Operators on the tags of data stores and image sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.utils.mixins import aws_template_fields

from healthimaging.state_operators import HealthImagingOperator

if TYPE_CHECKING:
    from airflow.sdk import Context


class TagsOperator(HealthImagingOperator):
    """Looks at, adds or takes away tags, and returns the tags that are there in the end.

    Args:
        resource_arn: ARN of the data store or image set (templated).
        add: tags to add or replace (templated).
        remove: keys of the tags to take away (templated).
    """

    template_fields: Sequence[str] = aws_template_fields("resource_arn", "add", "remove")

    def __init__(
        self,
        *,
        resource_arn: str,
        add: Mapping[str, str] | None = None,
        remove: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.resource_arn = resource_arn
        self.add = add
        self.remove = remove

    def execute(self, context: Context) -> dict[str, str]:
        """Take away, add, list; done twice it is the same."""
        if self.remove:
            self.hook.untag_resource(self.resource_arn, list(self.remove))
        if self.add:
            self.hook.tag_resource(self.resource_arn, self.add)
        return self.hook.list_tags_for_resource(self.resource_arn)
