"""What every kind of archive can do: say what it holds, and hand the bytes over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from include.imaging.model import CensusItem, Finding


@dataclass(frozen=True, slots=True)
class Window:
    """Partitions a census takes: days from `first` to `last`, both included; None takes all."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Sighting:
    """One item as the archive shows it, before it has an id; `CensusItem` says the fields.

    Sightings of one container follow each other; `container` is its kind (`zip`, `tar`,
    `tar.gz`, …) and the ordinals of its members begin at 1. `seekable` is False for a
    container that must be read from its start (tar.gz): its items stay in one shard.
    """

    path: str
    size: int
    stamp: str
    member: str | None = None
    ordinal: int = 0
    container: str | None = None
    seekable: bool = True
    finding: Finding | None = None


class ByteStream(Protocol):
    """Bytes to be read once and in order; raises ItemReadError where they end too early."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""


class ItemReadError(Exception):
    """The bytes of one item broke their promise while they were read; `finding` says how."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class Opened:
    """The bytes of one item, to be read once and in order; or the finding in their place."""

    item: CensusItem
    stream: ByteStream | None
    finding: Finding | None = None


class Archive(Protocol):
    """A source archive. Nothing is ever written to it."""

    def sightings(self, window: Window | None) -> Iterator[Sighting]:
        """Yield everything the archive holds in the window, in a stable order."""

    def read(self, items: Iterable[CensusItem]) -> AbstractContextManager[Iterator[Opened]]:
        """Open items of one shard in the order given; each stream is valid until the next."""
