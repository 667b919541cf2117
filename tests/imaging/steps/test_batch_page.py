"""The page of a batch is made of what lies in its buckets, by who has its policy and key."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.imaging.__main__ import main
from include.imaging.keys import BatchKeys
from include.imaging.steps import deidentify
from include.imaging.steps.zones import Zones
from include.localcloud.running import LocalCloud
from tests.support.cloud import REGION
from tests.support.deidentification import KEY, deidentifier
from tests.support.dicom import ct, encode
from tests.support.landing import RUN, packed


@pytest.fixture
def batch(
    zones: Zones,
    engine: Engine,
    tmp_path: Path,
    local_cloud: LocalCloud,
    monkeypatch: pytest.MonkeyPatch,
) -> BatchKeys:
    """A batch of two objects that was de-identified, and the variables a shell would have."""
    for name, value in {
        "AWS_ENDPOINT_URL": local_cloud.url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
        "IMAGING_DEID_KEY": KEY.hex(),
    }.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "source").mkdir()
    for number in (1, 2):
        (tmp_path / "source" / f"{number}.dcm").write_bytes(encode(ct(number)))
    rewriter = deidentifier()
    (planned,) = packed(zones, engine, tmp_path / "source", rewriter).batches
    deidentify.run(
        batch_id=planned.batch_id,
        owner=RUN.run_id,
        zones=zones,
        engine=engine,
        rewriter=rewriter,
        verify=lambda _original, _made: (),
    )
    monkeypatch.chdir(tmp_path)
    return BatchKeys(planned.batch_id)


def qa(zones: Zones, batch: str, *more: str, namespace: str = "hospital") -> int:
    buckets = ",".join((zones.landing.name, zones.imports.name, zones.results.name))
    place = ["--out", "page.html", "--batch", batch, "--buckets", buckets]
    return main(["qa", *place, "--patient-namespace", namespace, *more])


def test_a_batch_is_shown_as_it_lies_in_its_buckets(zones: Zones, batch: BatchKeys) -> None:
    assert qa(zones, batch.batch_id) == 0
    page = Path("page.html").read_text()
    assert page.count("<article") == 2
    assert "<dt>Note</dt>" not in page
    assert "PID-20461" not in page


def test_an_output_that_is_gone_or_another_is_told(zones: Zones, batch: BatchKeys) -> None:
    one, other = (entry.key for entry in zones.imports.listing(batch.prefix))
    zones.imports.delete([one])
    zones.imports.put(other, deidentifier("elsewhere").deidentify(encode(ct(9))).data)  # type: ignore[union-attr]
    assert qa(zones, batch.batch_id) == 0
    page = Path("page.html").read_text()
    assert page.count("No output of it is there") == 1
    assert page.count("is not what the engine makes of it") == 1


def test_who_has_another_policy_key_or_batch_is_told(
    zones: Zones, batch: BatchKeys, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, code in (
        ((batch.batch_id, "--policy", "research"), "POLICY_CHANGED"),
        (("0" * 32,), "BATCH_UNKNOWN"),
        ((batch.batch_id, "--buckets", "one,two"), "BUCKETS_MISSING"),
        ((batch.batch_id, "--buckets", "no-such-bucket,x-y-z,no-such-bucket"), "AWS_NOT_FOUND"),
        ((batch.batch_id, "--profile", "nobody"), "AWS_CONFIGURATION"),
    ):
        assert qa(zones, *arguments) == 2
        assert code in capsys.readouterr().err
    assert qa(zones, batch.batch_id, namespace="elsewhere") == 2
    assert "POLICY_CHANGED" in capsys.readouterr().err
    assert not Path("page.html").exists()
