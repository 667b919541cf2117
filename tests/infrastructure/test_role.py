"""What others did to the import role is told; what set-up wrote of it is repaired."""

from __future__ import annotations

import json

import pytest

from include.imaging.errors import CustomerError
from include.infrastructure import plan, policies
from include.infrastructure.environment import Environment
from include.infrastructure.plan import Action
from tests.support.cloud import Clients
from tests.support.environments import environment, told

ADMINISTRATION = "arn:aws:iam::aws:policy/AdministratorAccess"
NOTHING = json.dumps(policies.document({"Effect": "Deny", "Action": "*", "Resource": "*"}))


@pytest.fixture
def made(clients: Clients) -> Environment:
    """An environment that is all there."""
    made = environment(clients)
    made.run(plan.apply)
    return made


def test_a_boundary_that_nobody_asked_for_is_told_and_stays(made: Environment) -> None:
    role = made.wanted.role
    made.iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=ADMINISTRATION)
    [entry] = told(made.import_role, "permissions boundary")
    assert (entry.found, entry.wanted) == (ADMINISTRATION, None)
    made.iam.delete_role_permissions_boundary(RoleName=role)
    assert not told(made.import_role, "permissions boundary")


def test_a_boundary_that_is_asked_for_is_there_and_given_back(clients: Clients) -> None:
    bounded = environment(clients, permissions_boundary=ADMINISTRATION)
    bounded.run(plan.apply)
    role = clients.iam.get_role(RoleName=bounded.wanted.role)["Role"]
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == ADMINISTRATION
    assert {e.action for e in bounded.run(plan.look)} == {Action.KEEP}
    clients.iam.delete_role_permissions_boundary(RoleName=bounded.wanted.role)
    [entry] = plan.changed(bounded.run(plan.apply))
    assert (entry.property, entry.action) == ("permissions boundary", Action.MAKE)
    assert {e.action for e in bounded.run(plan.look)} == {Action.KEEP}


def test_longer_sessions_are_shortened(made: Environment) -> None:
    made.iam.update_role(RoleName=made.wanted.role, MaxSessionDuration=43200)
    [entry] = plan.changed(made.run(plan.apply))
    assert (entry.property, entry.found, entry.wanted) == ("longest session", 43200, 3600)
    assert not plan.changed(made.run(plan.look))


def test_rights_that_others_gave_the_role_are_told(made: Environment) -> None:
    role, policy = made.wanted.role, made.wanted.worker_policy
    made.iam.put_role_policy(RoleName=role, PolicyName="more", PolicyDocument=NOTHING)
    made.iam.attach_role_policy(RoleName=role, PolicyArn=made.wanted.worker_policy_arn)
    [entry] = told(made.import_role, "other policies")
    assert entry.found == ["more", policy]
    with pytest.raises(CustomerError, match="detach or delete"):
        plan.require_none_left([entry])
