"""What the local cloud can be told when it is started."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from include.localcloud.dialect import CHOICES, Dialect, DialectError
from include.localcloud.faults import FaultError, Faults, read_faults
from include.localcloud.quotas import DEFAULTS, Quotas, QuotasError, read_quotas

KEY_ID_VARIABLE = "LOCALCLOUD_ADMIN_ACCESS_KEY_ID"
SECRET_VARIABLE = "LOCALCLOUD_ADMIN_SECRET_ACCESS_KEY"  # noqa: S105 - a variable's name

ABOUT = """\
One endpoint on loopback for S3, STS, IAM and SQS (moto) and for AWS HealthImaging (a stand-in).

Point boto3, the AWS CLI or Airflow at it:
  AWS_ENDPOINT_URL=http://127.0.0.1:4566  AWS_DISABLE_HOST_PREFIX_INJECTION=true
  AWS_ACCESS_KEY_ID=local  AWS_SECRET_ACCESS_KEY=local  AWS_DEFAULT_REGION=us-east-1
The account is 123456789012. When it is ready it prints one line, "ready on <url>", and
GET /_local/health answers 200. SIGTERM or Ctrl-C stops it.
"""
NOTES = f"""\
With --state everything acknowledged survives a restart, also after a kill: buckets, objects,
users, roles, data stores, jobs and image sets; jobs that were running go on. Uploads in parts
count from their completion. One process serves from a state folder at a time. The folder is
read back with pickle: serve only folders that you made.

With --enforce-iam signatures and policies count. The first user comes from the environment:
{KEY_ID_VARIABLE} and {SECRET_VARIABLE} become
the credentials of the user "local-admin", who may do everything; make other users and roles
with them. An import then needs a role whose trust policy lets medical-imaging.amazonaws.com
in, a caller who may pass it (iam:PassRole), and the role's own rights on both buckets.
"""


SIDES = "take the other side where the documentation is unclear: " + "; ".join(
    f"{name} {' or '.join(choice['values'])}" for name, choice in CHOICES.items()
)


@dataclass(frozen=True)
class Options:
    """How to serve. URLs are given when S3 or STS are not the local cloud's own."""

    host: str = "127.0.0.1"
    port: int = 4566
    state: Path | None = None
    s3_endpoint: str | None = None
    sts_endpoint: str | None = None
    enforce_iam: bool = False
    job_seconds: float = 0.0
    operation_seconds: float = 0.0
    metadata_seconds: float = 0.0
    events: str | None = None
    quotas: Quotas | None = None
    faults: Sequence[Mapping[str, Any]] = ()
    dialect: Mapping[str, str] = field(default_factory=dict)
    verbose: bool = False
    admin: tuple[str, str] | None = None


def parse(arguments: list[str] | None = None) -> Options:
    """The options of a command line; ends the process with a message when they are wrong."""
    parser = _parser()
    given = vars(parser.parse_args(arguments))
    given["dialect"] = dict(given["dialect"])
    key_id, secret = os.environ.get(KEY_ID_VARIABLE), os.environ.get(SECRET_VARIABLE)
    if given["enforce_iam"] and not (key_id and secret):
        parser.error(
            f"--enforce-iam needs {KEY_ID_VARIABLE} and {SECRET_VARIABLE} in the environment"
        )
    return Options(**given, admin=(key_id, secret) if key_id and secret else None)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m include.localcloud",
        description=ABOUT,
        epilog=NOTES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--port", type=int, default=4566, help="port to serve on; 0 takes a free one (4566)")
    add("--host", default="127.0.0.1", help="address to serve on (127.0.0.1)")
    add("--state", type=Path, metavar="DIR", help="folder to keep everything in (default: none)")
    add("--s3-endpoint", metavar="URL", help="S3 elsewhere; requests are handed on")
    add("--sts-endpoint", metavar="URL", help="STS and IAM elsewhere; requests are handed on")
    add("--enforce-iam", action="store_true", help="check signatures and policies; see below")
    add("--events", metavar="QUEUE", help="SQS queue that gets HealthImaging's events")
    duration: dict[str, Any] = {"type": float, "default": 0.0, "metavar": "N"}
    add("--job-seconds", **duration, help="least duration of a job (0)")
    add(
        "--operation-seconds", **duration,
        help="duration of creating and deleting a data store, copying, updating and deleting an"
        " image set (0)",
    )  # fmt: skip
    add(
        "--metadata-seconds", **duration,
        help="how long metadata answers 409 after a new version (0)",
    )  # fmt: skip
    add(
        "--quotas", type=_quotas, nargs="?", const=str(DEFAULTS), metavar="FILE",
        help="throttle and limit as the service does, or as a file of the form of quotas.json says",
    )  # fmt: skip
    add("--faults", type=_faults, default=(), metavar="FILE", help="JSON list of faults")
    add("--dialect", type=_choice, action="append", default=[], metavar="NAME=VALUE", help=SIDES)
    add("--verbose", action="store_true", help="log every request's service and status")
    return parser


def _quotas(path: str | Path) -> Quotas:
    try:
        return read_quotas(Path(path))
    except (QuotasError, OSError) as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _faults(path: str) -> Sequence[Mapping[str, Any]]:
    try:
        asked = read_faults(Path(path))
        Faults().add(asked)
    except (FaultError, OSError) as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return asked


def _choice(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    try:
        Dialect({name: value})
    except DialectError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return name, value
