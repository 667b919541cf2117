"""Judges whether a bucket takes S3's logs, which moto breaks at when a policy is for everybody."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from moto.s3.models import FakeBucket


def may_log(
    target_bucket: FakeBucket,
    target_prefix: str | None,
    by_services: Callable[[Any, str | None], bool] = FakeBucket._log_permissions_enabled_policy,
) -> bool:
    """Whether the bucket's policy lets S3 deliver its logs there, as moto judges it.

    Moto breaks at a principal that is no mapping; such a statement is about everybody, and none
    that a log bucket would be opened by.
    """
    if target_bucket.policy is None:
        return False
    found = json.loads(target_bucket.policy)["Statement"]
    statements = found if isinstance(found, list) else [found]
    named = [each for each in statements if isinstance(each.get("Principal"), dict)]
    document = json.dumps({"Statement": named}).encode()
    return by_services(SimpleNamespace(**vars(target_bucket) | {"policy": document}), target_prefix)


def install() -> None:
    """Let moto ask `may_log` from now on."""
    FakeBucket._log_permissions_enabled_policy = staticmethod(may_log)  # type: ignore[method-assign]
