"""The URLs of resources, as the caller reaches the local cloud."""

from collections.abc import Callable, Mapping
from urllib.parse import quote
from wsgiref.types import WSGIEnvironment

from include.localcloud.dicomweb.json_model import bulk_name

PARTS = (("studies", "study"), ("series", "series"), ("instances", "instance"))


def location(environ: WSGIEnvironment, path: Mapping[str, str]) -> str:
    """The URL of a study, series or instance.

    Args:
        environ: Of the request that is answered.
        path: Its parts: datastoreId, study, and for those below series and instance.
    """
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    base = f"{environ['wsgi.url_scheme']}://{host}/datastore/{quote(path['datastoreId'])}"
    below = (f"/{plural}/{quote(path[part])}" for plural, part in PARTS if part in path)
    return base + "".join(below)


def bulk_locator(
    environ: WSGIEnvironment, path: Mapping[str, str], image_set: str | None
) -> Callable[[bytes], str]:
    """What gives the URL of a binary value of an instance."""
    suffix = f"?imageSetId={image_set}" if image_set else ""
    return lambda value: f"{location(environ, path)}/bulkdata/{bulk_name(value)}{suffix}"
