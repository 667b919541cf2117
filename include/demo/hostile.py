"""The hostile neighbours of the demo's archive, and the end a DICOM engineer expects of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from include.demo.variants import with_own_uids

PREAMBLE_AND_MARK = 132
PIXEL_OFFSET = 1000
_PIXEL_DATA = b"\xe0\x7f\x10\x00OW"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One planted item: its name below the hostile folder, and what must become of it.

    `code` is the finding's code, empty where none is expected. `build` makes the bytes of a
    sound CT image.
    """

    name: str
    outcome: str
    code: str
    why: str
    build: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Trap:
    """One planted link or container: its name, and the outcome and finding of one item of it."""

    name: str
    outcome: str
    code: str
    why: str


def _other_pixels(image: bytes) -> bytes:
    place = image.rindex(_PIXEL_DATA) + PIXEL_OFFSET
    return image[:place] + bytes([image[place] ^ 0x01]) + image[place + 1 :]


NEIGHBOURS = (
    Neighbour(
        "letter.dcm",
        "quarantined",
        "NOT_DICOM",
        "a text file that is only named .dcm",
        lambda _: b"Dear colleague, the images you asked for are on the other disc.\n",
    ),
    Neighbour(
        "cut-short.dcm",
        "quarantined",
        "TRUNCATED",
        "a transfer that broke off",
        lambda image: with_own_uids(image, "cut-short")[: len(image) * 6 // 10],
    ),
    Neighbour("empty.dcm", "quarantined", "EMPTY_FILE", "a file of no bytes", lambda _: b""),
    Neighbour(
        "twice-a.dcm",
        "imported",
        "",
        "one of two equal files travels",
        lambda image: with_own_uids(image, "twice"),
    ),
    Neighbour(
        "twice-b.dcm",
        "duplicate",
        "",
        "its equal stays behind (which one is decided by item id)",
        lambda image: with_own_uids(image, "twice"),
    ),
    Neighbour(
        "pair-a.dcm",
        "quarantined",
        "CONFLICTING_CONTENT",
        "one UID with two contents",
        lambda image: with_own_uids(image, "pair"),
    ),
    Neighbour(
        "pair-b.dcm",
        "quarantined",
        "CONFLICTING_CONTENT",
        "the other content of that UID",
        lambda image: _other_pixels(with_own_uids(image, "pair")),
    ),
    Neighbour(
        "no-preamble.dcm",
        "imported",
        "NO_PREAMBLE",
        "file meta at offset 0: readable, so imported",
        lambda image: with_own_uids(image, "no-preamble")[PREAMBLE_AND_MARK:],
    ),
)

TRAPS = (
    Trap("DICOMDIR", "excluded", "MEDIA_DIRECTORY", "the table of contents of a medium"),
    Trap("link.dcm", "quarantined", "LINK_NOT_FOLLOWED", "a symbolic link"),
    Trap("climbing.zip", "quarantined", "UNSAFE_PATH", "a member named ../../escape.dcm"),
    Trap("damaged.zip", "quarantined", "CONTAINER_DAMAGED", "a zip cut off in the middle"),
    Trap("locked.zip", "quarantined", "ENCRYPTED_MEMBER", "a member that needs a password"),
    Trap("bomb.zip", "quarantined", "COMPRESSION_RATIO", "a member that expands a thousandfold"),
    Trap("nested.zip", "quarantined", "NESTED_CONTAINER", "a zip inside a zip"),
)
