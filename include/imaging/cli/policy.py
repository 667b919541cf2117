"""`policy list|show|explain|diff`: what policies do to which attribute, and why."""

from __future__ import annotations

import argparse
import sys

from include.imaging.cli import policy_diff, policy_explain, policy_show
from include.imaging.cli.key import Commands
from include.imaging.deid.policy import load_policy, shipped_policies


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add `policy` to the commands."""
    parser = commands.add_parser(
        "policy",
        help="show, explain and compare de-identification policies",
        description="Tell what a policy does, to which attribute, and why. POLICY is the name of "
        "one that is shipped, or the path of a YAML file, which is checked on the way.",
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser(
        "list", help="name the shipped policies", description="Name the policies that are shipped."
    )
    listing.set_defaults(run=_list)
    for action in (policy_show, policy_explain, policy_diff):
        action.register(actions)


def _list(_options: argparse.Namespace) -> int:
    for name in shipped_policies():
        policy = load_policy(name)
        sys.stdout.write(f"{name}\n  {policy.description}\n")
        sys.stdout.write(f"  options: {', '.join(policy.options) or 'none'}\n")
    return 0
