"""The catalog's tables: runs, items, batches, claims, jobs, instances, findings and cases."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

_UID = String(64)
_HASH = String(64)
_BATCH = String(32)


def _time(name: str) -> Column[datetime]:
    return Column(name, DateTime(timezone=True))


runs = Table(
    "runs",
    metadata,
    Column("feed", String(100), primary_key=True),
    Column("run_id", String(250), primary_key=True),
    Column("datastore_id", String(32), nullable=False),
    Column("fingerprint", _HASH, nullable=False),
    Column("census_items", BigInteger, nullable=False),
    Column("census_bytes", BigInteger, nullable=False),
    _time("packed_at"),
    _time("balanced_at"),
    comment="One run of one feed, with the size of its census.",
)

items = Table(
    "items",
    metadata,
    Column("feed", String(100), primary_key=True),
    Column("run_id", String(250), primary_key=True),
    Column("item_id", String(32), primary_key=True),
    Column("shard", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("content_hash", _HASH, nullable=False),
    Column("sop_instance_uid", _UID, nullable=False, comment="keyed, never the original"),
    Column("series_instance_uid", _UID, nullable=False, comment="keyed, never the original"),
    Column("study_instance_uid", _UID, nullable=False, comment="keyed, never the original"),
    Column("sop_class_uid", _UID, nullable=False),
    Column("modality", String(16), nullable=False),
    Column("transfer_syntax_uid", _UID, nullable=False),
    Column("bundle", Text, comment="key in the landing zone; empty when the bytes were not read"),
    Column("etag", String(100), nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("batch_id", _BATCH),
    Column("outcome", String(24)),
    Column("reason", String(64), comment="the finding's code, or what decided the outcome"),
    Index("ix_items_content", "feed", "run_id", "content_hash"),
    Index("ix_items_instance", "feed", "run_id", "sop_instance_uid"),
    Index("ix_items_series", "feed", "run_id", "series_instance_uid"),
    Index("ix_items_study", "feed", "run_id", "study_instance_uid", "series_instance_uid"),
    Index("ix_items_batch", "batch_id"),
    comment="Every item of every run's census, and its one outcome.",
)

batches = Table(
    "batches",
    metadata,
    Column("batch_id", _BATCH, primary_key=True),
    Column("datastore_id", String(32), nullable=False),
    Column("fingerprint", _HASH, nullable=False),
    Column("feed", String(100), nullable=False),
    Column("run_id", String(250), nullable=False, comment="the run that packed it last"),
    Column("items", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("series", Integer, nullable=False),
    Column("worker", Text, comment="the attempt that is rewriting it"),
    _time("worker_until"),
    _time("closed_at"),
    comment="Whole series that go to HealthImaging in one import job.",
)

run_batches = Table(
    "run_batches",
    metadata,
    Column("feed", String(100), primary_key=True),
    Column("run_id", String(250), primary_key=True),
    Column("batch_id", _BATCH, primary_key=True),
    Column("position", Integer, nullable=False, comment="map index in the run, from 0"),
    comment="Which batches a run carries through, its own and those it awaits.",
)

claims = Table(
    "claims",
    metadata,
    Column("datastore_id", String(32), primary_key=True),
    Column("sop_instance_uid", _UID, primary_key=True),
    Column("content_hash", _HASH, primary_key=True),
    Column("batch_id", _BATCH, nullable=False),
    Index("ix_claims_batch", "batch_id"),
    comment="What a live batch is about to send; gone when the batch is closed.",
)

batch_items = Table(
    "batch_items",
    metadata,
    Column("batch_id", _BATCH, primary_key=True),
    Column("sop_instance_uid", _UID, primary_key=True),
    Column("content_hash", _HASH, nullable=False),
    Column("item_id", String(32), nullable=False),
    Column("series_instance_uid", _UID, nullable=False),
    Column("study_instance_uid", _UID, nullable=False),
    Column(
        "state",
        String(16),
        nullable=False,
        comment="pending, held, imported, failed, elsewhere or abandoned",
    ),
    Column("sha256_in", _HASH),
    Column("sha256_out", _HASH),
    Column("image_set_id", String(32)),
    Column("image_set_version", Integer),
    Column("is_primary", Boolean),
    Column("generation", Integer, comment="the import job that settled it"),
    Column("reason", String(64)),
    comment="What became of each instance of a batch.",
)

jobs = Table(
    "jobs",
    metadata,
    Column("batch_id", _BATCH, primary_key=True),
    Column("generation", Integer, primary_key=True),
    Column("client_token", String(64), nullable=False),
    Column("job_name", String(64), nullable=False),
    Column("job_id", String(32)),
    Column("status", String(16), nullable=False, comment="INTENDED until a job id is known"),
    Column("lease_owner", Text, comment="the run that is starting the job"),
    _time("lease_until"),
    _time("intended_at"),
    _time("ended_at"),
    Column("reconciled", Boolean, nullable=False, default=False),
    comment="Import jobs: the intent is committed before the job is started.",
)

instances = Table(
    "instances",
    metadata,
    Column("datastore_id", String(32), primary_key=True),
    Column("sop_instance_uid", _UID, primary_key=True),
    Column("content_hash", _HASH, nullable=False),
    Column("series_instance_uid", _UID, nullable=False),
    Column("study_instance_uid", _UID, nullable=False),
    Column("fingerprint", _HASH, nullable=False),
    Column("sha256_out", _HASH, nullable=False),
    Column("image_set_id", String(32), nullable=False),
    Column("image_set_version", Integer),
    Column("is_primary", Boolean, nullable=False),
    Column("batch_id", _BATCH, nullable=False),
    _time("imported_at"),
    Index("ix_instances_series", "datastore_id", "series_instance_uid"),
    comment="What the data store holds: the catalog that everything before leads to.",
)

findings = Table(
    "findings",
    metadata,
    Column("feed", String(100), primary_key=True),
    Column("run_id", String(250), primary_key=True),
    Column("item_id", String(32), primary_key=True),
    Column("code", String(64), primary_key=True),
    Column("severity", String(16), nullable=False),
    Column("stage", String(24), nullable=False),
    Column("text", Text, nullable=False),
    ForeignKeyConstraint(
        ["feed", "run_id", "item_id"],
        ["items.feed", "items.run_id", "items.item_id"],
        ondelete="CASCADE",
    ),
    comment="What is wrong with an item of a run, without identity.",
)

batch_findings = Table(
    "batch_findings",
    metadata,
    Column("batch_id", _BATCH, primary_key=True),
    Column("sop_instance_uid", _UID, primary_key=True),
    Column("code", String(64), primary_key=True),
    Column("severity", String(16), nullable=False),
    Column("stage", String(24), nullable=False),
    Column("text", Text, nullable=False),
    comment="What was found of an instance of a batch; copied to each run that carries it.",
)

cases = Table(
    "cases",
    metadata,
    Column("content_hash", _HASH, primary_key=True),
    Column("fingerprint", _HASH, primary_key=True),
    Column("feed", String(100), nullable=False),
    Column("run_id", String(250), nullable=False, comment="the run that opened the case"),
    Column("item_id", String(32), nullable=False),
    Column("stage", String(24), nullable=False),
    Column("state", String(16), nullable=False, comment="open, released or rejected"),
    _time("opened_at"),
    _time("decided_at"),
    Column("decided_by", String(250)),
    comment="Quarantine: one case a content and policy, until a person decides.",
)

case_findings = Table(
    "case_findings",
    metadata,
    Column("content_hash", _HASH, primary_key=True),
    Column("fingerprint", _HASH, primary_key=True),
    Column("code", String(64), primary_key=True),
    Column("severity", String(16), nullable=False),
    Column("stage", String(24), nullable=False),
    Column("text", Text, nullable=False),
    comment="Why a case was opened.",
)
