"""Bucket and key of an S3 URI."""


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key or prefix of "s3://bucket/prefix"; the prefix may be empty."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def folder_uri(uri: str, folder: str) -> str:
    """The URI of a folder below another URI, which may or may not end with a slash."""
    return f"{uri.rstrip('/')}/{folder}/"


def parent_uri(uri: str) -> str:
    """The URI that a folder's URI lies below, with a slash at its end."""
    return f"{uri.rstrip('/').rpartition('/')[0]}/"
