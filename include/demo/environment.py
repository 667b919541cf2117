"""What the demo's feed needs in an AWS account, made as set-up makes it for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from include.infrastructure import plan, policies
from include.infrastructure.datastores import DataStore
from include.infrastructure.environment import Environment
from include.infrastructure.roles import ImportRole
from include.infrastructure.wanted import Wanted

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_medical_imaging import HealthImagingClient

REGION = "us-east-1"
ACCESS_KEY, SECRET_KEY = "test", "test"  # the local cloud takes any
ROLE = "demo-import-role"
WORKER_POLICY = "demo-worker"
DATA_STORE = "demo"
BUCKETS = ("demo-landing", "demo-import", "demo-results")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the Connection `imaging_default` must say of an environment."""

    endpoint_url: str
    datastore_id: str
    import_role_arn: str
    landing_bucket: str
    import_bucket: str
    results_bucket: str
    region_name: str = REGION


def client(service: str, endpoint_url: str) -> Any:
    """Return a boto3 client of the cloud at `endpoint_url`; the caller's own AWS is not used."""
    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name=REGION,
        endpoint_url=endpoint_url,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(inject_host_prefix=False, s3={"addressing_style": "path"}),
    )


def wanted(account: str) -> Wanted:
    """Return what the demo's environment is to be."""
    landing, importing, results = BUCKETS
    return Wanted(
        account=account,
        region=REGION,
        landing_bucket=landing,
        import_bucket=importing,
        results_bucket=results,
        role=ROLE,
        worker_policy=WORKER_POLICY,
        datastore=DATA_STORE,
    )


def prepare(endpoint_url: str) -> Settings:
    """Make what is missing and return the settings; a second call finds it all again."""
    account = client("sts", endpoint_url).get_caller_identity()["Account"]
    services = [client(name, endpoint_url) for name in ("s3", "iam", "medical-imaging")]
    environment = Environment(wanted(account), *services)
    plan.require_none_left(environment.run(plan.apply))
    return Settings(endpoint_url, **environment.settings())


def ensure_datastore(imaging: HealthImagingClient, name: str) -> str:
    """Return the id of the active data store called `name`, creating it when there is none."""
    store = DataStore(imaging, name, poll_seconds=0.2)
    plan.apply(store.properties())
    return store.found_id() or ""


def ensure_role(iam: IAMClient, account: str, source: str, output: str) -> str:
    """Return the ARN of the demo's import role, reading `source` and writing `output`."""
    places = _places(source, output, account)
    trust, rights = policies.trust_policy(places), policies.import_policy(places)
    plan.apply(ImportRole(iam, ROLE, trust, rights).properties())
    return places.role


def permission_policy(source: str, output: str) -> dict[str, Any]:
    """Return what the import role may do: read `source`, write `output`, nothing else."""
    return policies.import_policy(_places(source, output))


def _places(source: str, output: str, account: str = "") -> policies.Places:
    return policies.Places(
        partition="aws",
        account=account,
        region=REGION,
        landing="",
        imports=f"arn:aws:s3:::{source}",
        results=f"arn:aws:s3:::{output}",
        role=f"arn:aws:iam::{account}:role/{ROLE}",
        datastore="",
    )
