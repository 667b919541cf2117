"""`key new`: a fresh de-identification secret."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from include.imaging.errors import CustomerError
from include.imaging.keyring import Keyring, new_secret

ENVIRONMENT = "IMAGING_DEID_KEY"
Commands = argparse._SubParsersAction  # argparse has no public name for it


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add `key` to the commands."""
    parser = commands.add_parser("key", help="make a de-identification secret")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    new = actions.add_parser(
        "new",
        help="print 32 random bytes as hex",
        description="Print a fresh secret. Who holds it can link pseudonyms to patients; "
        "who loses it can never again give a patient the same pseudonym.",
    )
    new.set_defaults(run=_new)


def keyring(key_file: Path | None) -> Keyring:
    """Return the keyring of a file's secret, or of the environment's; CustomerError without."""
    if key_file is not None:
        try:
            return Keyring.from_hex(key_file.read_text(encoding="ascii"))
        except (OSError, UnicodeDecodeError):
            raise CustomerError(
                "SECRET_UNREADABLE", "the key file cannot be read as hex digits"
            ) from None
    if text := os.environ.get(ENVIRONMENT):
        return Keyring.from_hex(text)
    raise CustomerError(
        "SECRET_MISSING",
        f"set {ENVIRONMENT} to the secret in hex, or name a file of it with --key-file "
        "(make one: python -m include.imaging key new)",
    )


def _new(_: argparse.Namespace) -> int:
    sys.stdout.write(f"{new_secret()}\n")
    return 0
