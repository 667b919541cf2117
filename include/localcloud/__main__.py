"""Starts the local cloud from the command line."""

import logging
import sys

from include.localcloud.cloud import run
from include.localcloud.database import StateVersionError
from include.localcloud.options import parse
from include.localcloud.state import StateInUseError


def main() -> int:
    """Serve until told to stop; 0 after a clean stop, 1 with a message if it cannot start."""
    options = parse()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    level = logging.DEBUG if options.verbose else logging.INFO
    logging.getLogger("include.localcloud").setLevel(level)
    try:
        run(options)
    except (StateInUseError, StateVersionError, OSError) as error:
        sys.stderr.write(f"localcloud: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
