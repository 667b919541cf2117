"""What zip and tar readers have in common: members, the end of trust, names that lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from include.imaging.archives.limits import Limits
from include.imaging.archives.protocol import ByteStream
from include.imaging.archives.trouble import cause


class ContainerError(Exception):
    """The container cannot be read on; `in_member` says that the last member is cut too.

    `code` is the finding's code, `detail` its detail (no name, no value).
    """

    def __init__(self, code: str, detail: str = "", *, in_member: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.in_member = in_member


@dataclass(frozen=True, slots=True)
class Member:
    """One member as its container lists it; `open` is valid until the next member.

    `code` is the finding in the place of its bytes, or empty.
    """

    name: str
    ordinal: int
    size: int
    open: Callable[[], ByteStream]
    code: str = ""


class Container(Protocol):
    """An opened container."""

    def members(self) -> Iterator[Member]:
        """Yield the members, directories left out; ContainerError where it is damaged."""


def damage(error: Exception, detail: str) -> ContainerError:
    """Return what a reader's error says of its container: damaged, or not readable at all."""
    if isinstance(error, OSError) and error.errno:
        return ContainerError("UNREADABLE", cause(error))
    return ContainerError("CONTAINER_DAMAGED", detail)


def shown(name: str, limits: Limits) -> str:
    """Return a member's name, cut to the longest that a census keeps."""
    return name[: limits.name_bytes]


def is_unsafe(name: str, limits: Limits) -> bool:
    """Whether a member's name is absolute, climbs out, or is none at all.

    Backslashes and drive letters count, for they are paths on other systems.
    """
    return (
        not name.strip("./ ")
        or name.startswith("/")
        or name.endswith("/")
        or name[1:2] == ":"
        or "\\" in name
        or "\0" in name
        or ".." in name.split("/")
        or len(name) > limits.name_bytes
    )
