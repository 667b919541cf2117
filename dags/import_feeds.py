"""One DAG `import_<feed>` for each file in include/feeds: archive → HealthImaging, balanced.

**What** Builds the graph take_census → stage → pack_batches → [deidentify → validate →
start_import → await_import → reconcile] per batch → balance for every feed.

**Reads / writes** Reads include/feeds/*.yaml while it is parsed; nothing else.

**Runs** As each feed's `schedule` says.

**When it fails** A feed that is not valid becomes a DAG with the tag `invalid-feed` that says
file, key and rule.
"""

from airflow.sdk import DAG  # noqa: F401 - Airflow looks for the word in a file before it parses it

from pipeline.feeds import import_dags

globals().update(import_dags())
