"""`python -m include.imaging`: de-identify, explain policies, review, export, verify, keys."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from include.imaging.cli import (
    deidentify,
    evidence,
    export,
    inspect,
    key,
    policy,
    qa,
    reidentify,
)
from include.imaging.errors import ImagingError

EXIT_ERROR = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns 0, 1 when something was held back or differs, 2 for an error."""
    parser = argparse.ArgumentParser(
        prog="python -m include.imaging",
        description="De-identify DICOM files, explain policies, export image sets, and verify "
        "evidence.",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in (deidentify, inspect, policy, export, evidence, qa, key, reidentify):
        command.register(commands)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except ImagingError as error:
        sys.stderr.write(f"error: {error}\n")
    except OSError as error:
        sys.stderr.write(f"error: {error.strerror or type(error).__name__}\n")
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
    return EXIT_ERROR


if __name__ == "__main__":
    sys.exit(main())
