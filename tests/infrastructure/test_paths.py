"""A role or policy that was made below a path is the one that is meant, by the ARN IAM tells."""

from __future__ import annotations

import json

from include.infrastructure import plan, policies
from include.infrastructure.environment import Environment
from tests.support.cloud import Clients
from tests.support.environments import ACCOUNT, environment

NOTHING = json.dumps(policies.document({"Effect": "Deny", "Action": "*", "Resource": "*"}))
NOBODY = json.dumps(policies.document())


def passed(made: Environment) -> list[str]:
    """The roles that the worker's policy lets pass."""
    [entry] = plan.look(made.worker_policy())
    return next(s["Resource"] for s in entry.found["Statement"] if s["Action"] == ["iam:PassRole"])


def test_a_role_below_a_path_is_passed_and_told_by_its_own_arn(clients: Clients) -> None:
    made = environment(clients)
    clients.iam.create_role(
        RoleName=made.wanted.role, Path="/team/a/", AssumeRolePolicyDocument=NOBODY
    )
    made.run(plan.apply)
    arn = f"arn:aws:iam::{ACCOUNT}:role/team/a/{made.wanted.role}"
    assert made.settings()["import_role_arn"] == arn
    assert passed(made) == [arn]
    assert not plan.changed(made.run(plan.look))


def test_a_role_that_set_up_makes_has_no_path(clients: Clients) -> None:
    made = environment(clients)
    arn = f"arn:aws:iam::{ACCOUNT}:role/{made.wanted.role}"
    assert made.settings()["import_role_arn"] == arn
    made.run(plan.apply)
    assert made.settings()["import_role_arn"] == arn
    assert passed(made) == [arn]


def test_a_policy_below_a_path_is_changed_where_it_is(clients: Clients) -> None:
    made = environment(clients)
    arn = f"arn:aws:iam::{ACCOUNT}:policy/team/{made.wanted.worker_policy}"
    clients.iam.create_policy(
        PolicyName=made.wanted.worker_policy, Path="/team/", PolicyDocument=NOTHING
    )
    assert [e.action.value for e in plan.apply(made.worker_policy())] == ["change"]
    assert clients.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v2"
    assert [e.action.value for e in plan.look(made.worker_policy())] == ["keep"]
