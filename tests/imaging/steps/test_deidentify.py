"""Step deidentify: one attempt at a time, however slow, and nothing written by one that lost."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine

from include.imaging import manifest
from include.imaging.catalog import leases
from include.imaging.catalog.leases import WorkLease
from include.imaging.deid.originals import Identifiers
from include.imaging.deid.results import Deidentified
from include.imaging.errors import TransientError
from include.imaging.findings import finding
from include.imaging.keys import BatchKeys
from include.imaging.model import Finding, OutputEntry, Provenance, Stage
from include.imaging.steps import deidentify
from include.imaging.steps.zones import Zones
from tests.support.catalog import FINGERPRINT
from tests.support.landing import RUN, index, packed, sample


class Slow:
    """A rewriter that does something else first, and then hands back what it got."""

    provenance = Provenance("basic", FINGERPRINT, "key", "1", "2026d")
    findings: tuple[Finding, ...] = ()

    def __init__(self, zones: Zones, first: Callable[[], None]) -> None:
        facts = next(entry.facts for entry in index(zones.landing) if entry.facts)
        self._uids = (facts.sop_instance_uid, facts.series_instance_uid, facts.study_instance_uid)
        self._first = first

    def originals(self, original: bytes) -> Identifiers:
        raise AssertionError("no map was asked for")

    def deidentify(self, original: bytes) -> Deidentified:
        self._first()
        return Deidentified(original, *self._uids, "p", "CT", "1.2", {}, findings=self.findings)


@pytest.fixture
def batch(
    zones: Zones, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> BatchKeys:
    monkeypatch.setattr(leases, "RENEWED_EVERY", timedelta(milliseconds=1))
    (tmp_path / "image").write_bytes(sample())
    (planned,) = packed(zones, engine, tmp_path).batches
    return BatchKeys(planned.batch_id)


def work(
    batch: BatchKeys, zones: Zones, engine: Engine, first: Callable[[], None]
) -> deidentify.Worked:
    return deidentify.run(
        batch_id=batch.batch_id,
        owner=RUN.run_id,
        zones=zones,
        engine=engine,
        rewriter=Slow(zones, first),
        verify=lambda _original, _made: (),
    )


def spy(monkeypatch: pytest.MonkeyPatch) -> tuple[Event, Event]:
    """Events of the next renewal that succeeds, and of the next that is refused."""
    renewed, refused = Event(), Event()
    original = WorkLease.renew

    def renew(lease: WorkLease) -> None:
        try:
            original(lease)
        except TransientError:
            refused.set()
            raise
        renewed.set()

    monkeypatch.setattr(WorkLease, "renew", renew)
    return renewed, refused


def test_a_batch_is_held_while_one_item_takes_its_time(
    zones: Zones, engine: Engine, batch: BatchKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed, _refused = spy(monkeypatch)
    seen: list[bool] = []

    def wait() -> None:
        seen.append(renewed.wait(60))
        seen.append(WorkLease(engine, batch.batch_id, "another run").take())

    assert work(batch, zones, engine, wait) == deidentify.Worked(1, 0)
    assert seen == [True, False]
    assert zones.results.get(batch.outputs) is not None


def test_an_attempt_that_lost_its_batch_writes_nothing_more(
    zones: Zones, engine: Engine, batch: BatchKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    _renewed, refused = spy(monkeypatch)

    def lose() -> None:
        assert WorkLease(engine, batch.batch_id, RUN.run_id).take()
        assert refused.wait(60)

    with pytest.raises(TransientError, match="BATCH_TAKEN_OVER"):
        work(batch, zones, engine, lose)
    assert list(zones.imports.listing("")) == []
    assert zones.results.get(batch.outputs) is None


def test_a_warning_travels_with_its_object_and_does_not_stop_it(
    zones: Zones, engine: Engine, batch: BatchKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    warning = finding("VALUE_UNFIT", Stage.DEIDENTIFY, "TableHeight")
    monkeypatch.setattr(Slow, "findings", (warning,))
    assert work(batch, zones, engine, lambda: None) == deidentify.Worked(1, 0)
    (entry,) = manifest.load(OutputEntry, zones.results.get(batch.outputs) or b"")
    assert entry.findings == (warning,)
    assert [stored.key for stored in zones.imports.listing("")] == [entry.key]
