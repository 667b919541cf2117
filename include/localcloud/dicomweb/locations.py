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
    base = f"{environ['wsgi.url_scheme']}://{_host(environ)}/datastore/{quote(path['datastoreId'])}"
    below = (f"/{plural}/{quote(path[part])}" for plural, part in PARTS if part in path)
    return base + "".join(below)


def _host(environ: WSGIEnvironment) -> str:
    """Host and port; dicomweb-client leaves the port out of its Host header."""
    host = str(environ.get("HTTP_HOST") or environ["SERVER_NAME"])
    has_port = host.rpartition("]")[2].rpartition(":")[2].isdecimal()
    return host if has_port else f"{host}:{environ['SERVER_PORT']}"


def bulk_locator(
    environ: WSGIEnvironment, path: Mapping[str, str], image_set: str | None
) -> Callable[[bytes], str]:
    """What gives the URL of a binary value of an instance."""
    suffix = f"?imageSetId={image_set}" if image_set else ""
    return lambda value: f"{location(environ, path)}/bulkdata/{bulk_name(value)}{suffix}"
