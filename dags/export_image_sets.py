"""Exports image sets of a data store as PNG or DICOM files, every frame verified.

**What** Finds image sets by study, patient, study date or id, as the data store has them (policy
`basic` keeps no dates; primary ones, unless told otherwise), fetches their metadata and every
frame, verifies each frame against the checksum of
the metadata, decodes it independently of whatever encoded it, and writes the files.

| format | is |
|---|---|
| `png` | stored values without loss, 8 or 16 bits, a file a frame; the file tells its rule |
| `png8` | what a viewer shows: rescaled, windowed, 8 bits |
| `dicom` | a file rebuilt from metadata and frames; what the metadata leaves out is listed |
| `dicomweb` | the whole file as the service gives it: the most complete one |

**Reads / writes** Reads the data store of the Connection that `connection` names. Writes
`<study>/<series>/<image set>/<instance>…` below `destination`: `s3://bucket/prefix` (with the same
Connection, which needs GetObject, PutObject and ListBucket there), or a folder below the `path` of
Connection `imaging_export` (type fs; a folder that all workers share). Below `_export/runs/` lie
the plan, `report.ndjson` (every image set and instance: frames verified, files with SHA-256, what
is missing and why) and `summary.json`.

**Runs** By hand. What lies at the destination with the right hash is not written again, so
the same Params again complete an export.

**When it fails** Every task may be cleared at any time.

| says | means | then |
|---|---|---|
| `EXPORT_SELECTION` / `EXPORT_DESTINATION` | the Params are not usable | trigger again |
| `EXPORT_NOT_PLANNED` | "Find image sets" is red | see there |
| `EXPORT_TOO_LARGE` | more tasks than Airflow maps | more image sets a task, or a limit |
| `EXPORT_INCOMPLETE` | report.ndjson names what failed | `CHECKSUM_DIFFERS`: import it again |
| the same | `VERSION_CHANGED`: `dicomweb` gives the latest version alone | trigger a new run |
| `EXPORT_UNACCOUNTED` | an Export task is red | clear it with its downstream tasks |
| `METADATA_NOT_CONSISTENT` | the service still writes it | nothing: it is retried |

Ask the owners of the data store.
"""

from pathlib import Path

from airflow.sdk import DAG  # noqa: F401 - Airflow looks for the word in a file before it parses it

from pipeline.export_dag import export_dag

export_image_sets = export_dag(Path(__file__).stem, __doc__ or "")
