"""The command line: what an account lacks (plan), make it so (apply), the template."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from include.imaging.errors import ImagingError
from include.infrastructure import plan, template
from include.infrastructure.environment import Environment
from include.infrastructure.wanted import Days, Wanted, usual_names

ABOUT = """\
Looks at what the imaging pipeline needs of an AWS account: landing, import and results
buckets, the role of HealthImaging's import jobs, the data store, and the policy of Airflow's
workers.

  plan      say what is there and what would be made or changed; changes nothing
  apply     make and change it, and print the extra of the Connection imaging_default;
            a second time changes nothing, and nothing is ever deleted
  template  print the same as a CloudFormation template

Credentials, Region and endpoint come from boto3's own chain (AWS_PROFILE, AWS_DEFAULT_REGION,
AWS_ENDPOINT_URL, …). Exit codes: 0 as wanted, 1 it failed or a person must do something
(lines with "tell"), 2 wrong arguments; plan ends with 3 when apply would change something.
"""
NAMES = ("landing-bucket", "import-bucket", "results-bucket", "role", "worker-policy", "datastore")
WOULD_CHANGE = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says and return the exit code."""
    given = _parser().parse_args(arguments)
    if given.command == "template":
        sys.stdout.write(template.text())
        return 0
    try:
        return _run(given)
    except (ImagingError, ClientError, BotoCoreError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _run(given: argparse.Namespace) -> int:
    session = boto3.Session(region_name=given.region)
    environment = _environment(session, given)
    applying = given.command == "apply"
    entries = environment.run(plan.apply if applying else plan.look)
    for entry in entries:
        sys.stdout.write(f"{entry.line()}\n")
    if applying:
        extra = json.dumps(environment.settings(), indent=2)
        sys.stdout.write(f"extra of the Connection imaging_default:\n{extra}\n")
    if any(entry.action is plan.Action.TELL for entry in entries):
        return 1
    return WOULD_CHANGE if plan.changed(entries) and not applying else 0


def _environment(session: boto3.Session, given: argparse.Namespace) -> Environment:
    wanted = _wanted(session.client("sts").get_caller_identity()["Account"], session, vars(given))
    wanted.check()  # before a client is made of a Region that does not exist
    return Environment(
        wanted, session.client("s3"), session.client("iam"), session.client("medical-imaging")
    )


def _wanted(account: str, session: boto3.Session, given: Mapping[str, Any]) -> Wanted:
    region = session.region_name or ""
    names = usual_names(account, region)
    names |= {name: given[name] for name in names if given[name]}
    return Wanted(
        account=account,
        region=region,
        datastore_id=given["datastore_id"],
        kms_key_arn=given["kms_key_arn"],
        permissions_boundary=given["permissions_boundary"],
        storage_format=given["storage_format"],
        tags=dict(given["tag"]),
        days=Days(**{name: given[f"{name}_days"] for name in Days.__slots__}),
        **names,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m include.infrastructure",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("command", choices=("plan", "apply", "template"))
    add("--region", help="Region, where it is not boto3's own")
    for name in NAMES:
        add(f"--{name}", metavar="NAME", default="", help=f"name of the {name.replace('-', ' ')}")
    add("--datastore-id", metavar="ID", default="", help="where several data stores have its name")
    add("--kms-key-arn", metavar="ARN", default="", help="key for buckets and data store")
    add("--permissions-boundary", metavar="ARN", default="", help="policy that bounds the role")
    add("--storage-format", default="HTJ2K", choices=("HTJ2K", "JPEG_2000_LOSSLESS"))
    add("--tag", metavar="KEY=VALUE", type=_tag, action="append", default=[], help="of the store")
    for name in Days.__slots__:
        usual = getattr(Days(), name)
        add(f"--{name}-days", metavar="N", type=int, default=usual, help=f"days kept ({usual})")
    return parser


def _tag(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not (name and separator):
        raise argparse.ArgumentTypeError("KEY=VALUE is needed")
    return name, value


if __name__ == "__main__":
    raise SystemExit(main())
