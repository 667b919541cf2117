"""What a caller must be allowed for a request to S3 (Service Authorization Reference)."""

from collections.abc import Mapping
from urllib.parse import parse_qs
from wsgiref.types import WSGIEnvironment

READS_OF_BUCKETS = {
    "accelerate": "GetAccelerateConfiguration",
    "acl": "GetBucketAcl",
    "cors": "GetBucketCORS",
    "encryption": "GetEncryptionConfiguration",
    "inventory": "GetInventoryConfiguration",
    "lifecycle": "GetLifecycleConfiguration",
    "location": "GetBucketLocation",
    "logging": "GetBucketLogging",
    "notification": "GetBucketNotification",
    "object-lock": "GetBucketObjectLockConfiguration",
    "ownershipControls": "GetBucketOwnershipControls",
    "policy": "GetBucketPolicy",
    "policyStatus": "GetBucketPolicyStatus",
    "publicAccessBlock": "GetBucketPublicAccessBlock",
    "replication": "GetReplicationConfiguration",
    "tagging": "GetBucketTagging",
    "uploads": "ListBucketMultipartUploads",
    "versioning": "GetBucketVersioning",
    "versions": "ListBucketVersions",
    "website": "GetBucketWebsite",
}
WRITES_OF_BUCKETS = {
    name: action.replace("Get", "Put")
    for name, action in READS_OF_BUCKETS.items()
    if name not in ("location", "policyStatus", "uploads", "versions")
}
OF_BUCKETS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "GET": ("ListBucket", READS_OF_BUCKETS),
    "HEAD": ("ListBucket", {}),
    "PUT": ("CreateBucket", WRITES_OF_BUCKETS),
    "POST": ("", {"delete": "DeleteObject"}),
    "DELETE": (
        "DeleteBucket",
        WRITES_OF_BUCKETS | {"policy": "DeleteBucketPolicy", "website": "DeleteBucketWebsite"},
    ),
}
OF_KEYS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "GET": (
        "GetObject",
        {
            "acl": "GetObjectAcl",
            "attributes": "GetObjectAttributes",
            "legal-hold": "GetObjectLegalHold",
            "retention": "GetObjectRetention",
            "tagging": "GetObjectTagging",
            "uploadId": "ListMultipartUploadParts",
        },
    ),
    "HEAD": ("GetObject", {}),
    "PUT": (
        "PutObject",
        {
            "acl": "PutObjectAcl",
            "legal-hold": "PutObjectLegalHold",
            "retention": "PutObjectRetention",
            "tagging": "PutObjectTagging",
        },
    ),
    "POST": ("PutObject", {"restore": "RestoreObject", "select": "GetObject"}),
    "DELETE": (
        "DeleteObject",
        {"tagging": "DeleteObjectTagging", "uploadId": "AbortMultipartUpload"},
    ),
}
ACL_HEADERS = (
    "HTTP_X_AMZ_ACL",
    "HTTP_X_AMZ_GRANT_FULL_CONTROL",
    "HTTP_X_AMZ_GRANT_READ",
    "HTTP_X_AMZ_GRANT_READ_ACP",
    "HTTP_X_AMZ_GRANT_WRITE",
    "HTTP_X_AMZ_GRANT_WRITE_ACP",
)
# what a header asks for beside the operation itself
OF_HEADERS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "CreateBucket": {
        **dict.fromkeys(ACL_HEADERS, ("PutBucketAcl",)),
        "HTTP_X_AMZ_BUCKET_OBJECT_LOCK_ENABLED": (
            "PutBucketObjectLockConfiguration",
            "PutBucketVersioning",
        ),
        "HTTP_X_AMZ_OBJECT_OWNERSHIP": ("PutBucketOwnershipControls",),
    },
    "PutObject": {
        **dict.fromkeys(ACL_HEADERS, ("PutObjectAcl",)),
        "HTTP_X_AMZ_OBJECT_LOCK_LEGAL_HOLD": ("PutObjectLegalHold",),
        "HTTP_X_AMZ_OBJECT_LOCK_MODE": ("PutObjectRetention",),
        "HTTP_X_AMZ_OBJECT_LOCK_RETAIN_UNTIL_DATE": ("PutObjectRetention",),
        "HTTP_X_AMZ_TAGGING": ("PutObjectTagging",),
    },
}
OF_VERSIONS = frozenset(
    {
        "DeleteObject",
        "DeleteObjectTagging",
        "GetObject",
        "GetObjectAcl",
        "GetObjectAttributes",
        "GetObjectTagging",
        "PutObjectAcl",
        "PutObjectTagging",
    }
)


def actions_of(environ: WSGIEnvironment) -> list[str]:
    """The actions of a request, such as "s3:GetObject"; several if it asks for several things."""
    bucket, _, key = environ["PATH_INFO"].lstrip("/").partition("/")
    if not bucket:
        return ["s3:ListAllMyBuckets"]
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    plain, named = (OF_KEYS if key else OF_BUCKETS).get(environ["REQUEST_METHOD"], ("", {}))
    found = [named[name] for name in query if name in named] or [plain]
    found += _of_headers(found[0], environ)
    if key and "versionId" in query:
        found = [_of_version(action) for action in found]
    return [f"s3:{action}" for action in found]


def _of_headers(asked: str, environ: WSGIEnvironment) -> list[str]:
    named = OF_HEADERS.get(asked, {})
    found = [action for header in named if header in environ for action in named[header]]
    return list(dict.fromkeys(found))


def _of_version(action: str) -> str:
    return action.replace("Object", "ObjectVersion") if action in OF_VERSIONS else action
