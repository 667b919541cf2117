"""Environments of the tests' own in the shared local cloud."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from include.infrastructure import plan
from include.infrastructure.environment import Environment, Kind
from include.infrastructure.plan import Action, Entry
from include.infrastructure.wanted import Wanted
from tests.support.cloud import REGION, Clients

ACCOUNT = "123456789012"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0f0f0f0f-0f0f-0f0f-0f0f-0f0f0f0f0f0f"


def wanted(name: str = "", **more: Any) -> Wanted:
    """What an environment of this name, or of one of its own, is to be."""
    name = name or uuid.uuid4().hex[:12]
    return Wanted(
        **{
            "account": ACCOUNT,
            "region": REGION,
            "landing_bucket": f"landing-{name}",
            "import_bucket": f"import-{name}",
            "results_bucket": f"results-{name}",
            "role": f"importer-{name}",
            "worker_policy": f"worker-{name}",
            "datastore": f"store-{name}",
            "tags": {"owner": "radiology"},
        }
        | more
    )


def environment(clients: Clients, name: str = "", **more: Any) -> Environment:
    """An environment that is wanted, and not there yet."""
    return Environment(wanted(name, **more), clients.s3, clients.iam, clients.imaging)


def changed(environment: Environment, **more: Any) -> Environment:
    """The same environment, of which something else is wanted."""
    return replace(environment, wanted=replace(environment.wanted, **more))


def told(kind: Kind, name: str) -> list[Entry]:
    """What is told of a property, and that set-up does not touch it."""
    looked, applied = (
        [e for e in do(kind()) if e.action is Action.TELL and e.property == name]
        for do in (plan.look, plan.apply)
    )
    assert looked == applied
    return looked
