"""Work that another process does its part of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Served:
    """Work whose CPU and memory are also those of the process that serves it."""

    pid: int
    work: Callable[[], None]

    def __call__(self) -> None:
        """Do the work."""
        self.work()
