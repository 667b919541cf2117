"""A feed as its reviewed YAML file describes it, checked with errors that a person can act on."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator

from include.imaging.archives.limits import Limits
from include.imaging.archives.protocol import Window
from include.imaging.errors import CustomerError
from include.imaging.feed_rules import (
    require_below,
    require_cron,
    require_partition,
    require_policy,
)
from include.imaging.packing import SERVICE_BYTES, Quota
from include.imaging.subject_source import SubjectSource

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_CONNECTION = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,200}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceLimits(_Strict):
    """What a file or container of the archive may ask of the pipeline."""

    file_bytes: int = Field(
        default=Limits().file_bytes, ge=1, le=SERVICE_BYTES, description="largest item, in bytes"
    )
    members: int = Field(
        default=Limits().members, ge=1, description="most members that one container may list"
    )
    ratio: int = Field(
        default=Limits().ratio, ge=2, description="how often over a member may expand, above 16 MiB"
    )

    def limits(self) -> Limits:
        """Return them as the archive takes them, with the defaults of the rest."""
        return Limits(file_bytes=self.file_bytes, members=self.members, ratio=self.ratio)


class ArchiveSource(_Strict):
    """Where the feed's files come from."""

    kind: Literal["folder"] = Field(description="kind of archive: a folder tree on a file system")
    connection: _CONNECTION = Field(
        description="Airflow Connection (type fs) whose extra `path` is the root of the archive"
    )
    path: Annotated[str, AfterValidator(require_below)] = Field(
        default="", description="folder below the connection's path"
    )
    partition: Annotated[str, AfterValidator(require_partition)] | None = Field(
        default=None,
        description="strftime pattern of the folder of one day, such as %Y/%m/%d; "
        "without it every run takes the census of everything",
    )

    limits: SourceLimits = Field(
        default_factory=SourceLimits, description="what a file or container may ask of us"
    )


class ConflictRule(StrEnum):
    """What happens to items of one census that share a SOPInstanceUID and differ in content."""

    QUARANTINE = "quarantine"
    FIRST = "first"


class ChangeRule(StrEnum):
    """What happens to content that differs from what the data store holds."""

    HOLD = "hold"
    IMPORT = "import"


class Feed(_Strict):
    """One configured flow: archive → policy → data store, on a schedule."""

    feed: str = Field(description="name of the feed, equal to the file's name without .yaml")
    enabled: bool = Field(default=True, description="a disabled feed makes no DAG")
    description: str = Field(description="one sentence for the people who operate it")
    owner: str = Field(description="team that is called when it fails")
    archive: ArchiveSource = Field(description="where the files come from")
    schedule: Annotated[str, AfterValidator(require_cron)] | None = Field(
        default=None,
        description="cron expression; each run takes the whole days of the interval that ended",
    )
    timezone: str = Field(default="UTC", description="time zone of schedule and partitions (IANA)")
    start: date = Field(
        default=date(2020, 1, 1),
        ge=date(1970, 1, 2),
        le=date(2199, 12, 31),
        description="first day a backfill may take",
    )
    lookback_days: int = Field(
        default=3, ge=0, le=366, description="earlier days taken again, for files that come late"
    )
    policy: Annotated[str, AfterValidator(require_policy)] = Field(
        default="basic",
        description="de-identification policy: a file of include/imaging/deid/policies, without "
        ".yaml; docs/DEIDENTIFICATION.md says what those that are shipped do",
    )
    patient_namespace: str = Field(
        min_length=1, description="assigning authority of the PatientIDs; part of every pseudonym"
    )
    subjects: SubjectSource | None = Field(
        default=None,
        description="list of patients whose pseudonyms were given beforehand; its content is part "
        "of the policy fingerprint, and the policy says what becomes of others",
    )
    target: _CONNECTION = Field(
        default="imaging_default",
        description="Airflow Connection (type aws) whose extra names data store, role, buckets",
    )
    on_conflict: ConflictRule = Field(
        default=ConflictRule.QUARANTINE,
        description="one SOPInstanceUID, other content, in one census: `quarantine` holds all, "
        "`first` sends the lowest item id and excludes the rest",
    )
    on_change: ChangeRule = Field(
        default=ChangeRule.HOLD,
        description="an instance whose content is not what the data store holds: `hold` it, "
        "or `import` it as a new version",
    )
    on_policy_change: ChangeRule = Field(
        default=ChangeRule.HOLD,
        description="new slices of a series that went under another policy fingerprint: `hold` "
        "them, or `import` them (they become a non-primary image set)",
    )
    failed_items_allowed: int = Field(
        default=0, ge=0, description="a run with more failed items than this fails"
    )
    quota: Quota = Field(
        default_factory=Quota, description="most that one import job takes (files, bytes)"
    )
    poll_seconds: int = Field(
        default=30, ge=1, le=3600, description="how often an import job is looked at"
    )
    output_patience_seconds: int = Field(
        default=30,
        ge=1,
        le=900,
        description="how long the lists of an ended job are waited for, before the data store is "
        "asked what it holds",
    )
    retry_delay_seconds: int = Field(
        default=60, ge=1, le=3600, description="wait before a first retry; doubles each time"
    )
    pool: str = Field(default="default_pool", description="Airflow pool of staging and rewriting")
    import_pool: str = Field(
        default="default_pool",
        description="Airflow pool of import jobs; including deferred tasks it limits how many run",
    )

    @field_validator("feed")
    @classmethod
    def _is_a_name(cls, value: str) -> str:
        if not _NAME.fullmatch(value):
            raise ValueError("must match [a-z][a-z0-9_]*, 60 characters at most")
        return value

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("must be an IANA time zone such as Europe/Zurich")
        return value

    def day_before(self, moment: datetime) -> Window:
        """Return the day before `moment` in the feed's time zone, with the days of lookback."""
        last = moment.astimezone(ZoneInfo(self.timezone)).date() - timedelta(days=1)
        return Window(last - timedelta(days=self.lookback_days), last)

    def window(self, start: datetime, end: datetime) -> Window | None:
        """Return the partitions of the interval [start, end), with the days of lookback.

        Days are counted in the feed's time zone, from the interval's first to the one before
        its end, which may still be written: of an interval within one day it is that day.
        None where the archive has no partitions.
        """
        if self.archive.partition is None:
            return None
        zone = ZoneInfo(self.timezone)
        first = start.astimezone(zone).date()
        last = end.astimezone(zone).date() - timedelta(days=1)
        return Window(first - timedelta(days=self.lookback_days), max(first, last))


def load_feed(path: Path) -> Feed:
    """Return the feed of a YAML file; CustomerError names file, key and rule when it is wrong."""
    try:
        feed = Feed.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise _invalid(path, f"is not YAML{where}") from None
    except UnicodeDecodeError:
        raise _invalid(path, "is not UTF-8 text") from None
    except OSError as error:
        raise _invalid(path, f"cannot be read ({error.strerror})") from None
    except ValidationError as error:
        raise _invalid(path, "; ".join(_explain(error))) from None
    if feed.feed != path.stem:
        raise _invalid(path, f"feed: must be the name of its file, {path.stem!r}")
    return feed


def _explain(error: ValidationError) -> list[str]:
    return [
        f"{'.'.join(map(str, entry['loc'])) or 'the file'}: {_rule(entry['type'], entry['msg'])}"
        for entry in error.errors(include_input=False, include_url=False)
    ]


def _rule(kind: str, message: str) -> str:
    """Return what a key breaks, in words of the page of feeds and not of a library."""
    words = {"extra_forbidden": "is no key of a feed", "missing": "is missing"}
    words["model_type"] = "holds no keys: see include/feeds/example.yaml"
    return words.get(kind, message.removeprefix("Value error, "))


def _invalid(path: Path, what: str) -> CustomerError:
    return CustomerError("FEED_INVALID", f"include/feeds/{path.name}: {what}")
