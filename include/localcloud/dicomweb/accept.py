"""Chooses a representation by the Accept header (PS3.18 8.7, RFC 9110 12.5.1)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from wsgiref.types import WSGIEnvironment

from include.localcloud.errors import ServiceError

MULTIPART = "multipart/related"
JSON = "application/dicom+json"
JSON_TYPES = (JSON, "application/json")


class NotAcceptableError(ServiceError):
    """What is stored cannot be given in any form that the request accepts."""

    status, name = 406, "NotAcceptableException"


@dataclass(frozen=True)
class MediaRange:
    """One alternative of an Accept header.

    Attributes:
        name: The media type, for multipart that of the parts; may hold wildcards.
        is_multipart: Whether the answer is to be in parts.
        syntax: The value of `transfer-syntax`; nothing when it is not given.
        quality: Its weight, 0 to 1.
    """

    name: str
    is_multipart: bool = False
    syntax: str = ""
    quality: float = field(default=1.0)

    def covers(self, *names: str) -> bool:
        """Whether one of these media types is in the range."""
        kind = self.name.partition("/")[0]
        return self.name == "*/*" or any(
            self.name == name or (self.name == f"{kind}/*" and name.startswith(f"{kind}/"))
            for name in names
        )


def accepted(environ: WSGIEnvironment) -> list[MediaRange]:
    """The alternatives of the request's Accept header, the best first; anything without one."""
    header = environ.get("HTTP_ACCEPT", "").strip() or "*/*"
    ranges = [_media_range(part) for part in _split(header, ",") if part.strip()]
    wanted = [given for given in ranges if given.quality > 0]
    return sorted(wanted, key=lambda given: -given.quality)


def require_json(environ: WSGIEnvironment) -> None:
    """Pass if the request accepts DICOM JSON.

    Raises:
        NotAcceptableError: It does not.
    """
    if not any(not given.is_multipart and given.covers(*JSON_TYPES) for given in accepted(environ)):
        raise NotAcceptableError(f"this resource is served as {JSON}")


def _media_range(text: str) -> MediaRange:
    name, *rest = (part.strip() for part in _split(text, ";"))
    given = {}
    for part in rest:
        key, _, value = part.partition("=")
        given[key.strip().lower()] = value.strip().strip('"')
    is_multipart = name.lower() == MULTIPART
    return MediaRange(
        name=(given.get("type", "*/*") if is_multipart else name).lower(),
        is_multipart=is_multipart,
        syntax=given.get("transfer-syntax", ""),
        quality=_quality(given.get("q", "1")),
    )


def _quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0


def _split(text: str, separator: str) -> Iterator[str]:
    """The parts between separators that are not within quotes."""
    part, quoted = "", False
    for letter in text:
        quoted ^= letter == '"'
        if letter == separator and not quoted:
            yield part
            part = ""
        else:
            part += letter
    yield part
