"""`reidentify MAP`: opens a re-identification map with the private key."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import BinaryIO

from include.imaging.cli import private_files
from include.imaging.cli.key import Commands
from include.imaging.deid.reidentification import opened
from include.imaging.errors import CustomerError


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add `reidentify` to the commands."""
    parser = commands.add_parser(
        "reidentify",
        help="open a re-identification map",
        description="Print the rows of a map, one JSON object a line, or write them to a new "
        "file that only its owner reads. They identify patients. A file is written whole or not "
        "at all; what is printed before an error is genuine, but not all.",
    )
    parser.add_argument("map", metavar="MAP", type=Path, help="a map that the pipeline wrote")
    parser.add_argument(
        "--private-key", type=Path, required=True, help="PEM, of the pair it was sealed for"
    )
    parser.add_argument("--output", type=Path, help="a new file; else they are printed")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    try:
        private_key = options.private_key.read_bytes()
    except OSError:
        raise CustomerError("PRIVATE_KEY_UNREADABLE", "--private-key cannot be read") from None
    try:
        source = options.map.open("rb")
    except OSError:
        raise CustomerError("MAP_UNREADABLE", "MAP cannot be read") from None
    with source:
        if options.output is None:
            count = _copy(source, private_key, sys.stdout.buffer)
        else:
            count = _written(source, private_key, options.output)
    sys.stderr.write(f"{count} rows\n")
    return 0


def _written(source: BinaryIO, private_key: bytes, output: Path) -> int:
    """Write the rows to a new file, which is taken away again where the map does not open."""
    with private_files.create(output) as target:
        try:
            return _copy(source, private_key, target)
        except BaseException:
            output.unlink()
            raise


def _copy(source: BinaryIO, private_key: bytes, target: BinaryIO) -> int:
    count = 0
    for count, row in enumerate(opened(source, private_key), 1):  # noqa: B007 - the last counts
        target.write(json.dumps(row, sort_keys=True).encode() + b"\n")
    target.flush()
    return count
