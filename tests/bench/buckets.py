"""Buckets of the local cloud that live as long as one measurement."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3

from include.imaging.store import S3Store

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@contextmanager
def new_bucket(url: str) -> Iterator[tuple[S3Client, str]]:
    """Yield a client and the name of a bucket that is emptied and deleted in the end."""
    client = boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    name = f"bench-{uuid.uuid4().hex[:16]}"
    client.create_bucket(Bucket=name)
    yield client, name
    store = S3Store(client, name)
    store.delete(entry.key for entry in store.listing(""))
    client.delete_bucket(Bucket=name)
    client.close()


@contextmanager
def new_store(url: str) -> Iterator[S3Store]:
    """Yield a store on a bucket of its own."""
    with new_bucket(url) as (client, name):
        yield S3Store(client, name)
