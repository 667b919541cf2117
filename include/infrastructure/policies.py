"""Every policy of an environment, for boto3 and for the template alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SERVICE = "medical-imaging.amazonaws.com"
TLS_ONLY = "TlsOnly"

Statement = dict[str, Any]
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Places:
    """The ARNs that policies name; in the template they hold its `${…}`."""

    partition: str
    account: str
    region: str
    landing: str
    imports: str
    results: str
    role: str
    datastore: str
    kms_key: str = ""


def trust_policy(places: Places) -> Document:
    """Return who may assume the import role: HealthImaging, for data stores of this account.

    Developer guide, "Cross-service confused deputy prevention".
    """
    stores = f"arn:{places.partition}:medical-imaging:{places.region}:{places.account}:datastore/*"
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Service": SERVICE},
            "Action": "sts:AssumeRole",
            "Condition": {
                "ArnLike": {"aws:SourceArn": stores},
                "StringEquals": {"aws:SourceAccount": places.account},
            },
        }
    )


def import_policy(places: Places) -> Document:
    """Return what the import role may do: read the import zone, write the results, nothing else.

    Developer guide, "Setting up". With a key: what S3 asks for objects encrypted with it.
    """
    return document(
        _allow(["s3:ListBucket"], [places.imports, places.results]),
        _allow(["s3:GetObject"], [f"{places.imports}/*"]),
        _allow(["s3:PutObject"], [f"{places.results}/*"]),
        *_key_use(places),
    )


def worker_policy(places: Places) -> Document:
    """Return what an Airflow worker may do: what the DAGs call, and nothing else.

    Deleting: parts of an index and withheld objects, below the results' `batches/` the list
    of verified objects. Nothing of evidence or of a job's output can be deleted.
    """
    return document(
        _allow(["s3:ListBucket"], [places.landing, places.imports, places.results]),
        _allow(
            ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"],
            [f"{places.landing}/*", f"{places.imports}/*", f"{places.results}/*"],
        ),
        _allow(
            ["s3:DeleteObject"],
            [
                f"{places.landing}/runs/*",
                f"{places.imports}/batches/*",
                f"{places.results}/batches/*",
            ],
        ),
        _allow(
            [
                "medical-imaging:GetDatastore",
                "medical-imaging:StartDICOMImportJob",
                "medical-imaging:GetDICOMImportJob",
                "medical-imaging:ListDICOMImportJobs",
            ],
            [places.datastore],
        ),
        _allow(_READING, [places.datastore, f"{places.datastore}/imageset/*"]),
        {
            **_allow(["iam:PassRole"], [places.role]),
            "Condition": {"StringEquals": {"iam:PassedToService": SERVICE}},
        },
        *_key_use(places),
    )


# what export_image_sets calls, and reconcile of what a job's output does not name
_READING = [
    "medical-imaging:SearchImageSets",
    "medical-imaging:GetImageSet",
    "medical-imaging:ListImageSetVersions",
    "medical-imaging:GetImageSetMetadata",
    "medical-imaging:GetImageFrame",
    "medical-imaging:GetDICOMInstance",
]


def tls_only(bucket_arn: str) -> Statement:
    """Return the statement of a bucket's policy that refuses every request without TLS.

    Amazon S3 User Guide, "Security best practices": enforce encryption of data in transit.
    """
    return {
        "Sid": TLS_ONLY,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def on_bucket(places: Places, bucket_arn: str) -> list[Statement]:
    """Return what import role and worker may do with one bucket."""
    statements = [
        *import_policy(places)["Statement"],
        *worker_policy(places)["Statement"],
    ]
    found = []
    for statement in statements:
        resources = [each for each in statement["Resource"] if each.partition("/")[0] == bucket_arn]
        if resources:
            found.append(statement | {"Resource": resources})
    return found


def document(*statements: Statement) -> Document:
    """Return a policy of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _allow(actions: list[str], resources: list[str]) -> Statement:
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def _key_use(places: Places) -> list[Statement]:
    """Return the use of the key by way of S3 (S3 User Guide, "Using SSE-KMS": permissions)."""
    if not places.kms_key:
        return []
    statement = _allow(["kms:Decrypt", "kms:GenerateDataKey"], [places.kms_key])
    via = {"StringEquals": {"kms:ViaService": f"s3.{places.region}.amazonaws.com"}}
    return [{**statement, "Condition": via}]
