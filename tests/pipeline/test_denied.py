"""With policies enforced: what is denied is told, and what was not imported is failed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from include.demo.environment import Settings, ensure_datastore, ensure_role, permission_policy
from include.localcloud.running import LocalCloud
from tests.support.cloud import Clients, make_clients
from tests.support.dag_runs import Bench
from tests.support.dicom import ct, encode

ADMIN = ("AKIAADMINADMINADMIN1", "admin-secret")
LANDING, IMPORT, RESULTS = "denied-landing", "denied-import", "denied-results"
ROLE = "demo-import-role"


@dataclass
class Ward:
    """A bench in a cloud that enforces policies, and the admin who makes them."""

    bench: Bench
    admin: Clients

    def act_as(self, *denied: dict[str, Any]) -> None:
        """Let the pipeline be a user who may do everything but this."""
        name = f"user-{self.bench.root.name}"
        allowed = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        self.admin.iam.create_user(UserName=name)
        self.admin.iam.put_user_policy(
            UserName=name, PolicyName="rights", PolicyDocument=_policy(allowed, *denied)
        )
        key = self.admin.iam.create_access_key(UserName=name)["AccessKey"]
        self.bench.connect(
            "imaging_default",
            conn_type="aws",
            login=key["AccessKeyId"],
            password=key["SecretAccessKey"],
            extra=asdict(self.bench.settings),
        )

    def let_role(self, document: str) -> None:
        """Give the import role these rights and no others."""
        self.admin.iam.put_role_policy(RoleName=ROLE, PolicyName="import", PolicyDocument=document)


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture(scope="module")
def guarded() -> Iterator[tuple[Clients, Settings]]:
    """The admin's clients and the settings of a cloud that enforces policies."""
    with LocalCloud(None, 0, "--enforce-iam", admin=ADMIN) as cloud:
        admin = make_clients(cloud.url, *ADMIN)
        for bucket in (LANDING, IMPORT, RESULTS):
            admin.s3.create_bucket(Bucket=bucket)
        role = ensure_role(admin.iam, "123456789012", IMPORT, RESULTS)
        store = ensure_datastore(admin.imaging, "denied")
        yield admin, Settings(cloud.url, store, role, LANDING, IMPORT, RESULTS)
        admin.close()


@pytest.fixture
def ward(
    guarded: tuple[Clients, Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Ward:
    admin, settings = guarded
    made = Bench.furnished(tmp_path, settings, monkeypatch)
    (made.archive / "image.dcm").write_bytes(encode(ct()))
    return Ward(made, admin)


def test_a_landing_bucket_that_is_denied_is_told_before_anything_moves(ward: Ward) -> None:
    arns = [f"arn:aws:s3:::{LANDING}", f"arn:aws:s3:::{LANDING}/*"]
    ward.act_as({"Effect": "Deny", "Action": "s3:*", "Resource": arns})
    ran = ward.bench.run()
    assert (ran.state, ran.retried) == ("failed", [])
    said = ran.errors["take_census"]
    assert said.startswith("AWS_ACCESS_DENIED: ")
    assert "allow it to the Connection's role" in said


def test_a_job_whose_role_may_not_read_fails_its_items_and_so_the_run(ward: Ward) -> None:
    ward.act_as()
    reading = {"Effect": "Deny", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{IMPORT}*"]}
    ward.let_role(_policy(*permission_policy(IMPORT, RESULTS)["Statement"], reading))
    ran = ward.bench.run()
    assert (ran.state, ran.retried) == ("failed", [])
    assert set(ran.errors) == {"balance"}
    assert ran.errors["balance"].startswith("TOO_MANY_FAILED: 1 items failed, the feed allows 0")
    assert ward.bench.outcomes() == {"failed": 1}
    [(code, text)] = ward.bench.rows("SELECT code, text FROM findings")
    assert code == "JOB_FAILED"
    assert "AccessDenied" in text

    # as the message says: once the cause is gone, the interval is triggered again
    ward.let_role(json.dumps(permission_policy(IMPORT, RESULTS)))
    again = ward.bench.run()
    assert (again.state, again.errors) == ("success", {})
    assert again.returned("balance")["outcomes"] == {"imported": 1}
