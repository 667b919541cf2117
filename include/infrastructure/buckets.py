"""The properties of a bucket, each with how to look at it and how to repair it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from include.imaging.errors import CustomerError
from include.infrastructure import bucket_documents
from include.infrastructure.answers import code, or_none
from include.infrastructure.lifecycle import Rule
from include.infrastructure.others import Needs
from include.infrastructure.plan import Property

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

OLDEST_REGION = "us-east-1"  # the one Region that CreateBucket must not be told
BLOCKED = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
OWNED = "BucketOwnerEnforced"
REPLICATED = (
    "copies of what must expire, identity among it, go to other buckets: end the replication, and "
    "delete what was copied"
)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket as it is to be. `versioned`: what is overwritten or deleted can be brought back."""

    s3: S3Client
    name: str
    region: str
    account: str
    kms_key_arn: str
    versioned: bool
    rules: list[Rule]
    needs: Needs

    def properties(self) -> Iterator[Property]:
        """Yield its properties in the order in which they are brought about."""
        yield self._property(
            "region", self.region, self.found_region, self.make,
            advice="a bucket cannot be moved: name another one, or set the Region to the bucket's",
            unsafe=lambda found: found is not None,
        )  # fmt: skip
        if self.found_region() not in (self.region, None):
            return  # another one is meant: what lies in this one must not expire
        yield self._property("public access", BLOCKED, self.public_access, self.block)
        yield self._property("ownership", OWNED, self.ownership, self.own)
        yield self._property(
            "encryption", bucket_documents.encryption(self.kms_key_arn), self.encryption,
            self.encrypt,
            advice="the bucket has a KMS key and none is wanted: give that key as kms_key_arn, or "
            "take it off the bucket by hand",
            unsafe=lambda found: bool(found and found.get("key") and not self.kms_key_arn),
        )  # fmt: skip
        documents = bucket_documents.BucketDocuments(self.s3, self.name, self.needs)
        yield documents.tls_only()
        yield documents.others_statements()
        yield from self._copies()
        yield documents.lifecycle(self.rules)
        yield documents.others_rules(self.rules)

    def _copies(self) -> Iterator[Property]:
        """Yield what keeps or makes copies of its objects.

        Where no versions are kept what is deleted must be gone, so nothing may be replicated.
        """
        if not self.versioned:
            yield self._property("replication", [], self.replication, None, advice=REPLICATED)
        yield self._property(
            "versioning", self.versioned, self.versioning, self.set_versioning,
            advice="S3 keeps versions where it replicates: end the replication first",
            unsafe=lambda found: not self.versioned and bool(self.replication()),
        )  # fmt: skip

    def _property(self, name: str, wanted: Any, read: Any, write: Any, **more: Any) -> Property:
        return Property(f"bucket {self.name}", name, wanted, read, write, **more)

    def found_region(self) -> str | None:
        """Return the Region it is in, or None; CustomerError when it is another account's."""
        try:
            found = self.s3.head_bucket(Bucket=self.name, ExpectedBucketOwner=self.account)
        except ClientError as error:
            if code(error) == "403":
                raise self._foreign() from None
            if code(error) in ("404", "NoSuchBucket"):
                return None
            raise
        return found.get("BucketRegion", self.region)

    def make(self) -> None:
        """Create it; CustomerError when the name is taken in another account."""
        more: Any = {}
        if self.region != OLDEST_REGION:
            more = {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        try:
            self.s3.create_bucket(Bucket=self.name, **more)
        except ClientError as error:
            if code(error) == "BucketAlreadyExists":
                raise self._foreign() from None
            if code(error) != "BucketAlreadyOwnedByYou":
                raise

    def public_access(self) -> dict[str, bool] | None:
        """Return its block of public access."""
        found = or_none(lambda: self.s3.get_public_access_block(Bucket=self.name))
        return dict(found["PublicAccessBlockConfiguration"]) if found else None  # type: ignore[arg-type]

    def block(self) -> None:
        """Block public access in all four ways."""
        blocked: Any = BLOCKED
        self.s3.put_public_access_block(Bucket=self.name, PublicAccessBlockConfiguration=blocked)

    def ownership(self) -> str | None:
        """Return who owns its objects."""
        found = or_none(lambda: self.s3.get_bucket_ownership_controls(Bucket=self.name))
        rules = found["OwnershipControls"]["Rules"] if found else []
        return rules[0]["ObjectOwnership"] if rules else None

    def own(self) -> None:
        """Make its owner the owner of all objects; access lists then mean nothing."""
        self.s3.put_bucket_ownership_controls(
            Bucket=self.name,
            OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        )

    def encryption(self) -> dict[str, Any] | None:
        """Return its default encryption."""
        found = or_none(lambda: self.s3.get_bucket_encryption(Bucket=self.name))
        rules = found["ServerSideEncryptionConfiguration"]["Rules"] if found else []
        return bucket_documents.encryption_of(rules[0]) if rules else None

    def encrypt(self) -> None:
        """Set its default encryption; objects that lie there keep theirs."""
        rule: Any = bucket_documents.encryption_rule(self.kms_key_arn)
        self.s3.put_bucket_encryption(
            Bucket=self.name, ServerSideEncryptionConfiguration={"Rules": [rule]}
        )

    def versioning(self) -> bool | None:
        """Return whether it keeps versions."""
        found = or_none(lambda: self.s3.get_bucket_versioning(Bucket=self.name))
        if found is None:
            return None if self.versioned else False
        return found.get("Status") == "Enabled"

    def set_versioning(self) -> None:
        """Turn versioning on or off; versions that are there stay until they expire."""
        status: Any = {"Status": "Enabled" if self.versioned else "Suspended"}
        self.s3.put_bucket_versioning(Bucket=self.name, VersioningConfiguration=status)

    def replication(self) -> list[str]:
        """Return the buckets that its objects are replicated to."""
        found = or_none(lambda: self.s3.get_bucket_replication(Bucket=self.name))
        rules = found["ReplicationConfiguration"]["Rules"] if found else []
        return sorted({rule["Destination"]["Bucket"] for rule in rules})

    def _foreign(self) -> CustomerError:
        return CustomerError(
            "BUCKET_NOT_OURS",
            f"bucket {self.name} belongs to another account than {self.account}, or these "
            "credentials may not look at it (s3:ListBucket): bucket names are the whole world's; "
            "choose another name, or allow it",
        )
