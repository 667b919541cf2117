"""The import role and the worker's policy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.infrastructure.answers import or_none
from include.infrastructure.plan import Property
from include.infrastructure.policies import Document

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_iam.type_defs import RoleTypeDef

INLINE = "import"
SESSION_SECONDS = 3600  # the least that IAM knows
VERSIONS = 5  # of a managed policy that IAM keeps


@dataclass(frozen=True, slots=True)
class ImportRole:
    """The role that HealthImaging assumes: its trust, its rights, and no others.

    `boundary` is the ARN of the permissions boundary that the account's owners ask for, if any.
    """

    iam: IAMClient
    name: str
    trust: Document
    rights: Document
    boundary: str = ""

    def properties(self) -> Iterator[Property]:
        """Yield its properties in the order in which they are brought about."""
        resource = f"role {self.name}"
        yield Property(resource, "trust policy", self.trust, self.found_trust, self.set_trust)
        yield Property(
            resource, "longest session", SESSION_SECONDS, self.found_session, self.set_session
        )
        yield Property(
            resource, "permissions boundary", self.boundary or None, self.found_boundary,
            self.set_boundary if self.boundary else None,
            advice="it can take rights from the role that an import needs: take it off, or name "
            "it as permissions_boundary once it allows what the rights of the role say",
            unsafe=lambda found: found is not None,
        )  # fmt: skip
        yield Property(resource, "rights", self.rights, self.found_rights, self.set_rights)
        yield Property(
            resource, "other policies", [], self.others,
            advice="the role may do more than an import needs: detach or delete these policies, or "
            "name a role of its own",
        )  # fmt: skip

    def found_arn(self) -> str | None:
        """Return its ARN, which holds a path where it was made with one; None without the role."""
        role = self._role()
        return role["Arn"] if role else None

    def found_trust(self) -> Document | None:
        """Return who may assume it; None when there is no such role."""
        role = self._role()
        return _parsed(role["AssumeRolePolicyDocument"]) if role else None

    def set_trust(self) -> None:
        """Make the role, or change who may assume it."""
        policy = json.dumps(self.trust)
        if self.found_trust() is None:
            more: Any = {"PermissionsBoundary": self.boundary} if self.boundary else {}
            self.iam.create_role(
                RoleName=self.name,
                AssumeRolePolicyDocument=policy,
                Description="Assumed by AWS HealthImaging for DICOM import jobs",
                **more,
            )
        else:
            self.iam.update_assume_role_policy(RoleName=self.name, PolicyDocument=policy)

    def found_session(self) -> int:
        """Return for how many seconds it may be taken; of a new one, what is wanted."""
        role = self._role()
        return role.get("MaxSessionDuration", SESSION_SECONDS) if role else SESSION_SECONDS

    def set_session(self) -> None:
        """Write for how long it may be taken."""
        self.iam.update_role(RoleName=self.name, MaxSessionDuration=SESSION_SECONDS)

    def found_boundary(self) -> str | None:
        """Return its permissions boundary, or None; of a new one, what is wanted."""
        role = self._role()
        if role is None:
            return self.boundary or None
        return role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")

    def set_boundary(self) -> None:
        """Give it the boundary."""
        self.iam.put_role_permissions_boundary(
            RoleName=self.name, PermissionsBoundary=self.boundary
        )

    def found_rights(self) -> Document | None:
        """Return its inline policy of set-up's name."""
        found = or_none(lambda: self.iam.get_role_policy(RoleName=self.name, PolicyName=INLINE))
        return _parsed(found["PolicyDocument"]) if found else None

    def set_rights(self) -> None:
        """Write that inline policy."""
        self.iam.put_role_policy(
            RoleName=self.name, PolicyName=INLINE, PolicyDocument=json.dumps(self.rights)
        )

    def others(self) -> list[str]:
        """Return the names of all other policies of the role."""
        if self.found_trust() is None:
            return []
        inline = self.iam.get_paginator("list_role_policies").paginate(RoleName=self.name)
        attached = self.iam.get_paginator("list_attached_role_policies").paginate(
            RoleName=self.name
        )
        names = {name for page in inline for name in page["PolicyNames"]} - {INLINE}
        names |= {each["PolicyName"] for page in attached for each in page["AttachedPolicies"]}
        return sorted(names)

    def _role(self) -> RoleTypeDef | None:
        found = or_none(lambda: self.iam.get_role(RoleName=self.name))
        return found["Role"] if found else None


@dataclass(frozen=True, slots=True)
class WorkerPolicy:
    """The managed policy to attach to whatever identity Airflow's workers run as."""

    iam: IAMClient
    usual_arn: str
    rights: Document

    @property
    def name(self) -> str:
        """Its name; of one name an account has one policy, whatever its path."""
        return self.usual_arn.rpartition("/")[2]

    def properties(self) -> Iterator[Property]:
        """Yield its one property."""
        yield Property(f"policy {self.name}", "rights", self.rights, self.found, self.write)

    def found_arn(self) -> str | None:
        """Return its ARN, which holds a path where it was made with one; None without it."""
        if or_none(lambda: self.iam.get_policy(PolicyArn=self.usual_arn)):
            return self.usual_arn
        for page in self.iam.get_paginator("list_policies").paginate(Scope="Local"):
            for policy in page["Policies"]:
                if policy["PolicyName"] == self.name:
                    return policy["Arn"]
        return None

    def found(self) -> Document | None:
        """Return the version of it that counts; None when there is no such policy."""
        arn = self.found_arn()
        if arn is None:
            return None
        version = self.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        told = self.iam.get_policy_version(PolicyArn=arn, VersionId=version)
        return _parsed(told["PolicyVersion"]["Document"])

    def write(self) -> None:
        """Make it, or give it a new version that counts; the oldest makes room."""
        policy = json.dumps(self.rights)
        arn = self.found_arn()
        if arn is None:
            self.iam.create_policy(PolicyName=self.name, PolicyDocument=policy)
            return
        versions = self.iam.list_policy_versions(PolicyArn=arn)["Versions"]
        idle = [each for each in versions if not each["IsDefaultVersion"]]
        if len(versions) >= VERSIONS:
            oldest = min(idle, key=lambda each: each["CreateDate"])
            self.iam.delete_policy_version(PolicyArn=arn, VersionId=oldest["VersionId"])
        self.iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy, SetAsDefault=True)


def _parsed(document: object) -> Document:
    """Return a policy as a mapping; botocore hands on some answers as text."""
    parsed: Document = json.loads(document) if isinstance(document, str) else document  # type: ignore[assignment]
    return parsed
