"""The documents of a bucket of which only a part is set-up's own: policy and lifecycle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.infrastructure import policies
from include.infrastructure.answers import or_none
from include.infrastructure.lifecycle import OURS, Rule
from include.infrastructure.others import Needs, harmful_rules, harmful_statements
from include.infrastructure.plan import Property

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


OPENED = (
    "what others wrote into the bucket's policy stays, but this opens the bucket or keeps the "
    "pipeline from its work: take it away, or narrow it"
)
TAKEN = (
    "what others wrote into the bucket's lifecycle stays, but this takes objects that the "
    "pipeline or an auditor needs: take it away, or give it another prefix"
)


@dataclass(frozen=True, slots=True)
class BucketDocuments:
    """Keeps the statements and rules of others, and has set-up's own beside them."""

    s3: S3Client
    name: str
    needs: Needs

    def tls_only(self) -> Property:
        """Return the statement of the bucket's policy that refuses requests without TLS."""
        wanted = policies.tls_only(f"arn:aws:s3:::{self.name}")

        def write() -> None:
            others = [each for each in self._statements() if each.get("Sid") != policies.TLS_ONLY]
            self.s3.put_bucket_policy(
                Bucket=self.name, Policy=json.dumps(policies.document(*others, wanted))
            )

        return self._property("TLS only", wanted, self._tls_statement, write)

    def others_statements(self) -> Property:
        """Return what others wrote into the policy that does harm; it is only told."""

        def read() -> list[str]:
            others = [each for each in self._statements() if each.get("Sid") != policies.TLS_ONLY]
            return harmful_statements(others, self.needs)

        return self._property("statements of others", [], read, advice=OPENED)

    def others_rules(self, rules: list[Rule]) -> Property:
        """Return what others wrote into the lifecycle that does harm; it is only told."""

        def read() -> list[str]:
            others = [each for each in self._rules() if not each.get("ID", "").startswith(OURS)]
            return harmful_rules(others, rules)

        return self._property("rules of others", [], read, advice=TAKEN)

    def lifecycle(self, rules: list[Rule]) -> Property:
        """Return the rules by which objects expire."""

        def read() -> dict[str, Rule] | None:
            return {r["ID"]: r for r in self._rules() if r.get("ID", "").startswith(OURS)} or None

        def write() -> None:
            others = [each for each in self._rules() if not each.get("ID", "").startswith(OURS)]
            merged: Any = {"Rules": [*others, *rules]}
            self.s3.put_bucket_lifecycle_configuration(
                Bucket=self.name, LifecycleConfiguration=merged
            )

        return self._property("lifecycle", {rule["ID"]: rule for rule in rules}, read, write)

    def _property(
        self, name: str, wanted: Any, read: Any, write: Any = None, advice: str = ""
    ) -> Property:
        return Property(f"bucket {self.name}", name, wanted, read, write, advice)

    def _tls_statement(self) -> Any:
        ours = [each for each in self._statements() if each.get("Sid") == policies.TLS_ONLY]
        return ours[0] if len(ours) == 1 else ours or None

    def _statements(self) -> list[dict[str, Any]]:
        found = or_none(lambda: self.s3.get_bucket_policy(Bucket=self.name))
        statements = json.loads(found["Policy"])["Statement"] if found else []
        return statements if isinstance(statements, list) else [statements]

    def _rules(self) -> list[Any]:
        found = or_none(lambda: self.s3.get_bucket_lifecycle_configuration(Bucket=self.name))
        return list(found["Rules"]) if found else []


def encryption(kms_key_arn: str) -> dict[str, Any]:
    """Return the default encryption that is wanted: SSE-KMS with this key, or SSE-S3 without."""
    if kms_key_arn:
        return {"algorithm": "aws:kms", "key": kms_key_arn, "bucket_key": True}
    return {"algorithm": "AES256"}


def encryption_rule(kms_key_arn: str) -> dict[str, Any]:
    """Return it as S3 takes it. A bucket key asks KMS once for many objects, not once each."""
    if not kms_key_arn:
        return {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": kms_key_arn}
    return {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}


def encryption_of(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `encryption` would say of a rule that was found."""
    default = rule.get("ApplyServerSideEncryptionByDefault", {})
    if default.get("SSEAlgorithm") == "AES256":
        return {"algorithm": "AES256"}
    return {
        "algorithm": default.get("SSEAlgorithm"),
        "key": default.get("KMSMasterKeyID", "aws/s3"),
        "bucket_key": bool(rule.get("BucketKeyEnabled")),
    }
