"""Sets up what the pipeline needs of an AWS account, or says what is missing.

**What** Looks at what the pipeline needs of an AWS account and makes or repairs what is not as it
should be: three buckets (closed to the public, encrypted, TLS only, with lifecycle), the role of
HealthImaging's import jobs, the data store, and the policy of Airflow's workers. A second run
changes nothing; nothing is ever deleted. What others added to a bucket's policy or lifecycle
stays, and is told where it opens the bucket or takes what is needed.

**Reads / writes** Reads the Connection that the Param `connection` names: its credentials must
be allowed to make buckets, roles, policies and data stores; the workers' own need not. Writes
the account. The report is the XCom `report` of the last task (properties by `keep`, `make`,
`change`, `tell`); its return value is the extra to paste into the Connection `imaging_default`.

**Runs** By hand, one at a time. `dry_run` says what would be done and changes nothing. Names not
given are the Connection's, or else the usual ones. Landing: what a run staged is kept for
`landing_days`, quarantine for `quarantine_days`. Attach the worker policy to the workers yourself.

**When it fails** Every task may be cleared at any time.

| says | means | then |
|---|---|---|
| `SET_UP_INCOMPLETE` | only a person can change it | as it says; the rest is done |
| `SET_UP_INVALID` | a Param is not as AWS takes it | trigger again with another |
| `BUCKET_NOT_OURS` | another account's, or looking is denied | another name, or allow it |
| `DATA_STORE_AMBIGUOUS` | several data stores have the name | put the id into the Connection |
| `DATA_STORE_SLOW` | not ACTIVE yet | nothing: the task is retried |
| `AWS_ACCESS_DENIED` | the Connection lacks the permission that it names | allow it, clear |

A new role may take some seconds until HealthImaging can assume it. Ask the owners of the account.
"""

from pathlib import Path

from airflow.sdk import DAG  # noqa: F401 - Airflow looks for the word in a file before it parses it

from pipeline.set_up_dag import set_up_dag

set_up_environment = set_up_dag(Path(__file__).stem, __doc__ or "")
