"""The file of a re-identification map: written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from include.imaging.cli import private_files
from include.imaging.deid.links import Links
from include.imaging.deid.reidentification import Map
from include.imaging.errors import CustomerError


@contextmanager
def map_file(seal: Map | None, path: Path | None) -> Iterator[Links | None]:
    """Give what collects the rows of a map; they are sealed in a new file when the block ends.

    Gives None where the policy asks for no map. Raises CustomerError, before anything is done,
    where the policy asks for a map and there is no path or the other way round, and where a file
    lies at the path. A block that fails leaves no file.
    """
    if seal is None:
        if path is not None:
            raise CustomerError(
                "MAP_NOT_ASKED_FOR",
                "the policy asks for no map: give it `reidentification`, or leave --map away",
            )
        yield None
        return
    if path is None:
        raise CustomerError(
            "MAP_FILE_MISSING",
            "the policy asks for a re-identification map: name a new file for it with --map",
        )
    links = Links()
    with private_files.create(path) as file:
        try:
            yield links
            file.writelines(seal.sealed(links.rows()))
        except BaseException:
            path.unlink()
            raise
