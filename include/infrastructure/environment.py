"""The whole environment: its resources in order, and what a Connection must say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from include.infrastructure import lifecycle, policies
from include.infrastructure.buckets import Bucket
from include.infrastructure.datastores import DataStore
from include.infrastructure.lifecycle import Rule
from include.infrastructure.others import Needs
from include.infrastructure.plan import Entry, Property
from include.infrastructure.roles import ImportRole, WorkerPolicy
from include.infrastructure.wanted import Wanted

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_medical_imaging import HealthImagingClient
    from mypy_boto3_s3 import S3Client

UNMADE = "<id of the data store>"  # stands in a plan for what is not there yet
Kind = Callable[[], Iterator[Property]]


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment as it is wanted, and the account's services to bring it about with.

    Everything may be done twice and at any time; no object, image set, bucket, role or data
    store is ever deleted.
    """

    wanted: Wanted
    s3: S3Client
    iam: IAMClient
    imaging: HealthImagingClient

    def kinds(self) -> dict[str, Kind]:
        """Return the kinds of resources, in the order in which they are brought about."""
        return {
            "buckets": self.buckets,
            "import_role": self.import_role,
            "data_store": self.data_store,
            "worker_policy": self.worker_policy,
        }

    def run(self, do: Callable[[Iterator[Property]], list[Entry]]) -> list[Entry]:
        """Return what `plan.look` or `plan.apply` says of all of it."""
        self.wanted.check()
        return [entry for kind in self.kinds().values() for entry in do(kind())]

    def buckets(self) -> Iterator[Property]:
        """Yield the properties of the three buckets.

        Only the results keep versions: an auditor reads them, and a mistake must be undone.
        In the other two what is deleted must be gone: identity, and what failed verification.
        """
        days = self.wanted.days
        yield from self._bucket(self.wanted.landing_bucket, lifecycle.landing_rules(days))
        yield from self._bucket(self.wanted.import_bucket, lifecycle.import_rules(days))
        yield from self._bucket(
            self.wanted.results_bucket, lifecycle.results_rules(days), versioned=True
        )

    def import_role(self) -> Iterator[Property]:
        """Yield the properties of the role that import jobs take."""
        yield from self._import_role().properties()

    def data_store(self) -> Iterator[Property]:
        """Yield the properties of the data store."""
        yield from self._data_store().properties()

    def worker_policy(self) -> Iterator[Property]:
        """Yield the property of the worker's policy; the data store comes first."""
        store = self._data_store().found_id() or UNMADE
        places = replace(self.places(store), role=self._role_arn())
        rights = policies.worker_policy(places)
        yield from WorkerPolicy(self.iam, self.wanted.worker_policy_arn, rights).properties()

    def settings(self) -> dict[str, str]:
        """Return what the extra of the Connection must hold; no secret is among it."""
        return {
            "region_name": self.wanted.region,
            "datastore_id": self._data_store().found_id() or UNMADE,
            "import_role_arn": self._role_arn(),
            "landing_bucket": self.wanted.landing_bucket,
            "import_bucket": self.wanted.import_bucket,
            "results_bucket": self.wanted.results_bucket,
        }

    def _bucket(
        self, name: str, rules: list[Rule], *, versioned: bool = False
    ) -> Iterator[Property]:
        wanted = self.wanted
        needs = Needs(wanted.account, policies.on_bucket(self.places(), f"arn:aws:s3:::{name}"))
        made = Bucket(
            self.s3,
            name,
            wanted.region,
            wanted.account,
            wanted.kms_key_arn,
            versioned,
            rules,
            needs,
        )
        yield from made.properties()

    def _import_role(self) -> ImportRole:
        places = self.places()
        trust, rights = policies.trust_policy(places), policies.import_policy(places)
        boundary = self.wanted.permissions_boundary
        return ImportRole(self.iam, self.wanted.role, trust, rights, boundary)

    def _role_arn(self) -> str:
        """Return the ARN as IAM tells it; of a role that is to be made, the one it will have."""
        return self._import_role().found_arn() or self.wanted.role_arn

    def _data_store(self) -> DataStore:
        wanted = self.wanted
        return DataStore(
            self.imaging,
            wanted.datastore,
            wanted.datastore_id,
            wanted.kms_key_arn,
            wanted.storage_format,
            wanted.tags,
        )

    def places(self, datastore_id: str = "*") -> policies.Places:
        """Return the ARNs that the policies name; of any data store, where none is given."""
        wanted = self.wanted
        store = f"arn:aws:medical-imaging:{wanted.region}:{wanted.account}:datastore"
        return policies.Places(
            partition="aws",
            account=wanted.account,
            region=wanted.region,
            landing=f"arn:aws:s3:::{wanted.landing_bucket}",
            imports=f"arn:aws:s3:::{wanted.import_bucket}",
            results=f"arn:aws:s3:::{wanted.results_bucket}",
            role=wanted.role_arn,
            datastore=f"{store}/{datastore_id}",
            kms_key=wanted.kms_key_arn,
        )
