"""The page of an import DAG in the Airflow UI, for the person on call."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.imaging.errors import CustomerError
    from include.imaging.feed import Feed

_PAGE = """
### Import {feed}

{description}

**What** Takes the census of the archive `{archive}`, stages its files in the landing zone,
removes identity under policy `{policy}`, verifies every object, imports the verified ones into
the data store of Connection `{target}`, and ends with a balance: every item of the census has
exactly one outcome, or the run fails.

**Reads / writes** Reads the archive of Connection `{archive}`, the secret of `imaging_deid` and
the catalog of `imaging_catalog`. Writes the three buckets of `{target}`, the catalog, and
evidence below `runs/{feed}/<run>/evidence/` in the results bucket.

**Runs** {schedule}. `first` and `last` take the days they name; `limit` takes the first items
alone; `dry_run` stops after the plan. Two runs may overlap: what one has claimed, the other
awaits.

**When it fails** Every task may be cleared at any time, with its downstream tasks: what is done
stays done, and nothing is imported twice.

| task | look at | then |
|---|---|---|
| Take the census | its error names a Connection, data store, bucket or folder | mend it, clear |
| Stage | the shard's error; files that cannot be read are findings, not errors | clear it |
| Pack batches | `INDEX_MISSING`: a shard was not staged | clear that shard's Stage |
| De-identify | `LANDING_OBJECT_GONE`: the landing zone expired | trigger the interval again |
| Validate | `OUTPUT_GONE`: someone deleted below `batches/` | clear De-identify of the batch |
| Start import | `PREFIX_NOT_MANIFEST`: someone else writes to the import zone | find out who |
| Await import | it timed out: there is no cancel, the job goes on | clear it: same job |
| Reconcile | `OUTPUT_INCOMPLETE`: the service's lists lag | clear it later |
| Balance | `UNACCOUNTED`: a task above is red; `TOO_MANY_FAILED`: see report.md | clear it |

Why it is so: `docs/decisions/` of the project. Ask {owner}.
"""

_INVALID = """
### This feed is invalid

`{text}`

**What** Nothing: the feed's file cannot be used, so this DAG has no schedule and its only task
fails with the same words. Other feeds are not touched.

**Reads / writes** Nothing.

**Runs** Never by itself.

**When it fails** Mend the file as the message says; the DAG turns into the feed's own.
"""


def feed_page(feed: Feed) -> str:
    """Return the Markdown page of a feed's DAG."""
    schedule = (
        f"By `{feed.schedule}` ({feed.timezone}), each run for the whole days of "
        f"the interval that ended, with {feed.lookback_days} days of lookback; no catch-up, use a "
        "backfill"
        if feed.schedule
        else "When it is triggered, for everything the archive holds"
    )
    return _PAGE.format(
        feed=feed.feed,
        description=feed.description,
        archive=feed.archive.connection,
        policy=feed.policy,
        target=feed.target,
        schedule=schedule,
        owner=feed.owner,
    )


def invalid_page(error: CustomerError) -> str:
    """Return the Markdown page of the DAG that stands in for an invalid feed."""
    return _INVALID.format(text=str(error).replace("`", "'"))
