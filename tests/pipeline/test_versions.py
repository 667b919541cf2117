"""A file whose content changes and comes back, night after night, through the whole DAG."""

from __future__ import annotations

from pathlib import Path

from include.demo.environment import client
from tests.support.dag_runs import Bench
from tests.support.dicom import ct, encode


def write(archive: Path, version: str) -> None:
    (archive / "image.dcm").write_bytes(encode(ct(ImageType=["ORIGINAL", "PRIMARY", version])))


def test_a_file_that_gets_its_old_content_back_is_imported_once_a_change(bench: Bench) -> None:
    for version in ("AXIAL", "LOCALIZER", "AXIAL"):
        write(bench.archive, version)
        ran = bench.run(on_change="import")
        assert (ran.state, ran.errors) == ("success", {})
    assert bench.outcomes() == {"imported": 3}
    # the third night sent the batch of the first one again, by a job of its own
    jobs = bench.rows("SELECT generation, status FROM jobs ORDER BY intended_at")
    assert jobs == [(1, "COMPLETED"), (1, "COMPLETED"), (2, "COMPLETED")]
    assert bench.rows("SELECT count(*) FROM claims") == [(0,)]
    ((image_set, batch),) = bench.rows("SELECT image_set_id, batch_id FROM instances")
    assert bench.rows("SELECT count(*) FROM jobs WHERE batch_id = '" + batch + "'") == [(2,)]
    imaging = client("medical-imaging", bench.settings.endpoint_url)
    found = imaging.get_image_set(datastoreId=bench.settings.datastore_id, imageSetId=image_set)
    imaging.close()
    assert found["versionId"] == "3"
    # and a quiet night sends nothing
    assert bench.run(on_change="import").state == "success"
    assert bench.outcomes() == {"imported": 3, "unchanged": 1}
