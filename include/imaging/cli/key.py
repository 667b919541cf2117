"""`key new|check|rotate|pair`: makes and checks the secret, and the keys of re-identification."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from include.imaging.cli import private_files
from include.imaging.deid.reidentification import Map, new_pair
from include.imaging.errors import CustomerError
from include.imaging.keyring import Keyring, doubts, new_secret, secret_of

ENVIRONMENT = "IMAGING_DEID_KEY"
Commands = argparse._SubParsersAction  # argparse has no public name for it
ROTATED = """\
What changes once the new key is in use:
- Every pseudonym, UID and date: a patient of before and the same one after cannot be linked. To
  link them on purpose, give the old pseudonyms by a subject list.
- Every fingerprint: new slices of a series that went under the old key are held back as
  SERIES_POLICY_CHANGED, unless their feed says otherwise, and what was released or rejected is
  asked again.
Before it is:
- Let unfinished runs end. Those of the old key stop with SHARD_LIST_FOREIGN or POLICY_CHANGED;
  trigger their interval in a new run.
- Keep the old key for as long as anything made with it is kept. It was not touched.
"""


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add `key` to the commands."""
    parser = commands.add_parser("key", help="make and check the de-identification secret")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    _register_new(actions)
    _register_check(actions)
    _register_rotate(actions)
    _register_pair(actions)


def keyring(key_file: Path | None) -> Keyring:
    """Return the keyring of a file's secret, or of the environment's; CustomerError without."""
    return Keyring.from_hex(_text(key_file))


def _register_new(actions: Commands[argparse.ArgumentParser]) -> None:
    new = actions.add_parser(
        "new",
        help="make a secret of 32 random bytes",
        description="Print a fresh secret in hex, or write it to a new file that only its owner "
        "reads. Who holds it can link pseudonyms to patients; who loses it can never again give "
        "a patient the same pseudonym.",
    )
    new.add_argument("--key-file", type=Path, help="a new file for it; then it is not printed")
    new.set_defaults(run=_new)


def _register_check(actions: Commands[argparse.ArgumentParser]) -> None:
    check = actions.add_parser(
        "check",
        help="say what a secret is like, without showing it",
        description="Tell the id and the length of a secret, and what is wrong with it: made at "
        "random or not, readable by others, another one than expected. The exit code is 1 if "
        "anything is wrong.",
    )
    check.add_argument("--key-file", type=Path, help=f"secret in hex; else {ENVIRONMENT}")
    check.add_argument("--key-id", metavar="ID", help="the id that it should have")
    check.set_defaults(run=_check)


def _register_rotate(actions: Commands[argparse.ArgumentParser]) -> None:
    rotate = actions.add_parser(
        "rotate",
        help="make the next secret beside the one in use",
        description="Write a fresh secret to a new file and say what changes with it. The file "
        "of the old one is left as it is.",
    )
    rotate.add_argument("--key-file", type=Path, required=True, help="the secret in use")
    rotate.add_argument(
        "--new-key-file", type=Path, help="a new file for the next (that of the old, and .next)"
    )
    rotate.set_defaults(run=_rotate)


def _register_pair(actions: Commands[argparse.ArgumentParser]) -> None:
    pair = actions.add_parser(
        "pair",
        help="make the two keys of re-identification maps",
        description="Write a private key, which opens maps (see the command reidentify), and a "
        "public key, which only seals them and which a policy names.",
    )
    pair.add_argument("--private-key", type=Path, required=True, help="a new file; keep it apart")
    pair.add_argument("--public-key", type=Path, required=True, help="a new file, no secret")
    pair.set_defaults(run=_pair)


def _new(options: argparse.Namespace) -> int:
    secret = new_secret()
    if options.key_file is None:
        sys.stdout.write(f"{secret}\n")
        return 0
    private_files.write(options.key_file, f"{secret}\n".encode())
    sys.stdout.write(f"key id {Keyring.from_hex(secret).key_id}\n")
    return 0


def _check(options: argparse.Namespace) -> int:
    secret = secret_of(_text(options.key_file))
    key_id = Keyring(secret).key_id
    faults = doubts(secret)
    if options.key_file is not None and not private_files.is_private(options.key_file):
        faults.append("others than the file's owner may use it: chmod 600, and judge who read it")
    if options.key_id is not None and options.key_id.strip().lower() != key_id:
        faults.append("it is not the key of --key-id")
    sys.stdout.write(f"key id {key_id}, {len(secret)} bytes\n")
    for fault in faults:
        sys.stdout.write(f"wrong: {fault}\n")
    return 1 if faults else 0


def _rotate(options: argparse.Namespace) -> int:
    old = keyring(options.key_file)
    place = options.new_key_file or options.key_file.with_name(f"{options.key_file.name}.next")
    secret = new_secret()
    private_files.write(place, f"{secret}\n".encode())
    sys.stdout.write(f"old key id {old.key_id}\nnew key id {Keyring.from_hex(secret).key_id}\n")
    sys.stdout.write(ROTATED)
    return 0


def _pair(options: argparse.Namespace) -> int:
    private, public = new_pair()
    private_files.write(options.private_key, private)
    try:
        private_files.write(options.public_key, public, private_files.EVERYBODY_READS)
    except CustomerError:
        options.private_key.unlink()  # half a pair is of no use, and would stand in the way
        raise
    sys.stdout.write(f"map key id {Map(public).key_id}\n")
    return 0


def _text(key_file: Path | None) -> str:
    """Return the secret as it is written; CustomerError where there is none."""
    if key_file is not None:
        try:
            return key_file.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            raise CustomerError(
                "SECRET_UNREADABLE", "the key file cannot be read as hex digits"
            ) from None
    if text := os.environ.get(ENVIRONMENT):
        return text
    raise CustomerError(
        "SECRET_MISSING",
        f"set {ENVIRONMENT} to the secret in hex, or name a file of it with --key-file "
        "(make one: python -m include.imaging key new)",
    )
