"""Step deidentify seals one map a batch, where the policy asks for it, and leaks nothing else."""

from __future__ import annotations

import hashlib
import io
import logging
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from include.imaging import manifest
from include.imaging.catalog.tables import metadata
from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.policy import Policy, load_policy
from include.imaging.deid.reidentification import Map, map_of, new_pair, opened
from include.imaging.deid.results import Deidentified
from include.imaging.errors import CustomerError
from include.imaging.keyring import Keyring
from include.imaging.keys import BatchKeys
from include.imaging.model import Finding, OutputEntry, Provenance
from include.imaging.steps import deidentify
from include.imaging.steps.zones import Zones
from include.imaging.validation.verify import verify
from tests.support.canaries import Canary
from tests.support.deidentification import KEY
from tests.support.dicom import ROOT, ct, encode
from tests.support.landing import RUN, packed

PRIVATE, PUBLIC = new_pair()
REWRITER = Deidentifier(load_policy("basic"), Keyring(KEY), "hospital")


def asking(folder: Path) -> Policy:
    """The basic policy with a map, as a file beside its public key."""
    shipped = Path(load_policy.__code__.co_filename).parent / "policies" / "basic.yaml"
    rule = "reidentification: {public_key_file: key.pem}\n"
    (folder / "asking.yaml").write_text(shipped.read_text() + rule)
    (folder / "key.pem").write_bytes(PUBLIC)
    return load_policy(str(folder / "asking.yaml"))


def planned(zones: Zones, engine: Engine, source: Path) -> BatchKeys:
    (batch,) = packed(zones, engine, source, REWRITER).batches
    return BatchKeys(batch.batch_id)


def passes(_original: bytes, _made: Deidentified) -> tuple[Finding, ...]:
    """A verification of which nothing is asked."""
    return ()


def work(
    batch: BatchKeys,
    zones: Zones,
    engine: Engine,
    seal: Map | None,
    verify: deidentify.Verify = passes,
) -> deidentify.Worked:
    return deidentify.run(
        batch_id=batch.batch_id,
        owner=RUN.run_id,
        zones=zones,
        engine=engine,
        rewriter=REWRITER,
        verify=verify,
        reidentification=seal,
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    for number in (1, 2):
        (folder / f"{number}.dcm").write_bytes(encode(ct(number)))
    return folder


def provenance(batch: BatchKeys, zones: Zones) -> Provenance:
    (record,) = manifest.load(Provenance, zones.results.get(batch.provenance) or b"")
    return record


def rows(batch: BatchKeys, zones: Zones) -> list[dict[str, str]]:
    sealed = zones.results.get(batch.reidentification)
    assert sealed is not None
    return list(opened(io.BytesIO(sealed), PRIVATE))


def test_the_map_opens_with_the_private_key_and_holds_each_original_once(
    zones: Zones, engine: Engine, source: Path, tmp_path: Path
) -> None:
    policy = asking(tmp_path)
    batch = planned(zones, engine, source)
    assert work(batch, zones, engine, map_of(policy.reidentification)).verified == 2
    outputs = list(manifest.load(OutputEntry, zones.results.get(batch.outputs) or b""))
    told = {(row["attribute"], row["original"]): row["stand_in"] for row in rows(batch, zones)}
    assert len(told) == len(rows(batch, zones)) == 5
    assert {told["SOPInstanceUID", f"{ROOT}.3.{n}"] for n in (1, 2)} == {
        entry.sop_instance_uid for entry in outputs
    }
    assert told["PatientID", "PID-20461"] == outputs[0].patient_id
    assert told["StudyInstanceUID", f"{ROOT}.1.1"] == outputs[0].study_instance_uid
    assert told["SeriesInstanceUID", f"{ROOT}.2.1"] == outputs[0].series_instance_uid


def test_the_record_of_the_batch_names_the_map_by_its_hash_and_its_key(
    zones: Zones, engine: Engine, source: Path
) -> None:
    batch = planned(zones, engine, source)
    work(batch, zones, engine, Map(PUBLIC))
    made_by = provenance(batch, zones)
    sealed = zones.results.get(batch.reidentification) or b""
    assert made_by.map_sha256 == hashlib.sha256(sealed).hexdigest()
    assert made_by.map_key_id == Map(PUBLIC).key_id
    assert (made_by.policy, made_by.key_id) == ("basic", Keyring(KEY).key_id)
    assert made_by.fingerprint == REWRITER.fingerprint


def test_without_a_rule_there_is_no_map(zones: Zones, engine: Engine, source: Path) -> None:
    assert map_of(load_policy("basic").reidentification) is None
    batch = planned(zones, engine, source)
    work(batch, zones, engine, None)
    assert zones.results.get(batch.reidentification) is None
    assert provenance(batch, zones).map_sha256 == ""


def test_a_batch_that_was_done_without_its_map_is_done_again(
    zones: Zones, engine: Engine, source: Path
) -> None:
    batch = planned(zones, engine, source)
    work(batch, zones, engine, None)
    first = zones.results.get(batch.outputs)
    work(batch, zones, engine, Map(PUBLIC))
    sealed = zones.results.get(batch.reidentification)
    assert len(rows(batch, zones)) == 5
    assert zones.results.get(batch.outputs) == first
    work(batch, zones, engine, Map(PUBLIC))
    assert zones.results.get(batch.reidentification) == sealed


def test_what_is_held_back_is_not_in_the_map(zones: Zones, engine: Engine, source: Path) -> None:
    (source / "3.dcm").write_bytes(encode(ct(3, BurnedInAnnotation="YES")))
    batch = planned(zones, engine, source)
    assert work(batch, zones, engine, Map(PUBLIC)).held == 1
    assert f"{ROOT}.3.3" not in {row["original"] for row in rows(batch, zones)}


def test_a_canary_sings_nowhere_but_in_the_opened_map(
    zones: Zones,
    engine: Engine,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    canary = Canary.new()
    canary.plant(tmp_path / "archive")
    caplog.set_level(logging.DEBUG, logger="include")
    for planned_batch in packed(zones, engine, tmp_path / "archive", REWRITER).batches:
        batch = BatchKeys(planned_batch.batch_id)
        assert work(batch, zones, engine, Map(PUBLIC), verify).verified
        told = {(row["attribute"], row["original"]) for row in rows(batch, zones)}
        assert ("PatientID", canary.word) in told
    left = [*zones.results.listing(""), *zones.imports.listing("")]
    assert len(left) > 5
    for entry in left:
        stored = zones.results.get(entry.key) or zones.imports.get(entry.key) or b""
        assert not canary.sings(stored), entry.key
        assert not canary.sings(entry.key.encode())
    with engine.connect() as connection:
        dump = [
            row for table in metadata.sorted_tables for row in connection.execute(select(table))
        ]
    assert dump
    assert not canary.sings(repr((dump, caplog.text, capfd.readouterr())).encode())


def test_a_public_key_that_is_none_is_told_before_anything_is_done(tmp_path: Path) -> None:
    policy = asking(tmp_path)
    (tmp_path / "key.pem").write_bytes(PRIVATE)
    with pytest.raises(CustomerError, match="PUBLIC_KEY_INVALID"):
        map_of(policy.reidentification)
    (tmp_path / "key.pem").unlink()
    with pytest.raises(CustomerError, match=r"PUBLIC_KEY_UNREADABLE.*FileNotFoundError.*key pair"):
        map_of(policy.reidentification)


def test_the_path_of_the_public_key_starts_at_the_policy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    seal = map_of(load_policy("../asking.yaml").reidentification)
    assert seal is not None
    assert seal.key_id == Map(PUBLIC).key_id


def test_a_map_does_not_change_the_fingerprint(tmp_path: Path) -> None:
    made = Deidentifier(asking(tmp_path), Keyring(KEY), "hospital")
    assert made.fingerprint == REWRITER.fingerprint
