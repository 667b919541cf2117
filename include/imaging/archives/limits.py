"""What a container may ask of us before it counts as hostile."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one archive, in bytes and counts; the defaults let every real archive pass.

    `file_bytes`: HealthImaging takes no larger P10 file (endpoints and quotas).
    `members`: a whole night of a hospital in one container; its directory then stays
    below about 100 MB of memory.
    `ratio`, `ratio_from_bytes`: deflate cannot pass 1,032 : 1 and a bomb lives near it; nearly
    empty segmentations, the most compressible real objects, stay at a few hundred, and
    below 16 MiB even a bomb does no harm.
    `name_bytes`: no file system takes longer paths (PATH_MAX).
    `tar_header_bytes`: extended headers are held in memory; real ones are a few hundred bytes.
    """

    file_bytes: int = 10 * 10**9
    members: int = 100_000
    ratio: int = 500
    ratio_from_bytes: int = 16 * MIB
    name_bytes: int = 4096
    tar_header_bytes: int = MIB

    def is_bomb(self, packed: int, unpacked: int) -> bool:
        """Whether `unpacked` bytes out of `packed` ones are what only a bomb does."""
        return unpacked > self.ratio_from_bytes and unpacked > self.ratio * packed
