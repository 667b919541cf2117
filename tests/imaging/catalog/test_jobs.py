import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select, update

from include.imaging.catalog import jobs, settle
from include.imaging.catalog.engine import open_catalog, writing
from include.imaging.catalog.results import (
    InstanceResult,
    count_imported,
    pending_instances,
    record_results,
    settled_instances,
)
from include.imaging.catalog.run_items import RunRef
from include.imaging.catalog.tables import claims, findings, instances
from include.imaging.errors import CustomerError, IntegrityError, TransientError
from include.imaging.feed import ChangeRule
from include.imaging.findings import finding
from include.imaging.model import OutputEntry, Stage
from tests.support.catalog import ends, entry, finish, pack_run, rules

RUN = RunRef("feed", "run 1")


def packed(engine: Engine, *names: str) -> str:
    (batch,) = pack_run(engine, RUN, [entry(name) for name in names], rules())
    return batch


def fail_job(engine: Engine, batch: str, imported: list[str], status: str = "FAILED") -> None:
    intent = jobs.intend(engine, batch, "run")
    jobs.mark_started(engine, intent, f"job{intent.generation}", "SUBMITTED")
    with writing(engine, "test") as connection:
        known = [f"1.{name}" for name in "abc"]
        made = [OutputEntry("i", uid, "", "", "", key="k", sha256_out="0" * 64) for uid in known]
        settle.record_outputs(connection, batch, made)
        done = [InstanceResult(uid, "a" * 32, 1, is_primary=True) for uid in imported]
        record_results(connection, batch, intent.generation, done)
        why = finding("JOB_FAILED", Stage.RECONCILE)
        settle.fail_pending(connection, batch, intent.generation, why)
        jobs.mark_ended(connection, intent, status)
        settle.close(connection, batch)
        settle.settle_run(connection, RUN, batch)


def test_the_first_intent_is_new_and_a_retry_finds_it(engine: Engine) -> None:
    batch = packed(engine, "a")
    first = jobs.intend(engine, batch, "run")
    again = jobs.intend(engine, batch, "run")
    assert first.is_new
    assert not again.is_new
    assert first.client_token == again.client_token == f"{batch}-g1"


def test_a_known_job_is_adopted(engine: Engine) -> None:
    batch = packed(engine, "a")
    jobs.mark_started(engine, jobs.intend(engine, batch, "run"), "job1", "SUBMITTED")
    assert jobs.intend(engine, batch, "other run").job_id == "job1"


def test_another_run_waits_while_one_is_starting_the_job(engine: Engine) -> None:
    batch = packed(engine, "a")
    jobs.intend(engine, batch, "run")
    with pytest.raises(TransientError, match="JOB_BEING_STARTED"):
        jobs.intend(engine, batch, "other run")


def test_a_dead_run_s_lease_ends(engine: Engine) -> None:
    batch = packed(engine, "a")
    jobs.intend(engine, batch, "run")
    with writing(engine, "test") as connection:
        past = datetime.now(UTC) - timedelta(seconds=1)
        connection.execute(update(jobs.jobs).values(lease_until=past))
    assert jobs.intend(engine, batch, "other run").generation == 1


def test_after_a_failed_job_the_next_generation_takes_what_failed(engine: Engine) -> None:
    batch = packed(engine, "a", "b")
    fail_job(engine, batch, imported=["1.a"])
    assert ends(engine, RUN) == {"a": ("imported", None), "b": ("failed", "JOB_FAILED")}
    intent = jobs.intend(engine, batch, "run")
    assert (intent.generation, intent.is_new, intent.job_id) == (2, True, None)
    with engine.connect() as connection:
        assert settled_instances(connection, batch) == ["1.a"]
        assert connection.execute(select(claims.c.sop_instance_uid)).scalars().all() == ["1.b"]


def test_a_failed_job_that_imported_everything_is_not_repeated(engine: Engine) -> None:
    batch = packed(engine, "a")
    fail_job(engine, batch, imported=["1.a"])
    assert jobs.intend(engine, batch, "run").job_id == "job1"


def test_a_failed_batch_that_is_packed_again_gets_a_new_job(engine: Engine) -> None:
    batch = packed(engine, "a", "b")
    fail_job(engine, batch, imported=[])
    later = RunRef("feed", "run 2")
    assert pack_run(engine, later, [entry("a"), entry("b")], rules()) == [batch]
    with engine.connect() as connection:
        assert not jobs.is_underway(connection, batch)
    intent = jobs.intend(engine, batch, "run 2")
    assert (intent.generation, intent.job_id) == (2, None)
    assert ends(engine, later) == {"a": (None, None), "b": (None, None)}


def test_what_another_batch_imported_meanwhile_is_not_sent_again(engine: Engine) -> None:
    batch = packed(engine, "a", "b")
    fail_job(engine, batch, imported=["1.a"])
    later = RunRef("feed", "run 2")
    (other,) = pack_run(engine, later, [entry("a"), entry("b")], rules())
    assert finish(engine, later, other, ["1.b"]) == {"imported": 1}
    assert jobs.intend(engine, batch, "run").job_id == "job1"
    with writing(engine, "test") as connection:
        settle.settle_run(connection, RUN, batch)
    assert ends(engine, RUN)["b"] == ("unchanged", "IN_DATA_STORE")


def test_a_completed_job_that_rejected_all_is_followed_by_another(engine: Engine) -> None:
    batch = packed(engine, "a")
    fail_job(engine, batch, imported=[], status="COMPLETED")
    later = RunRef("feed", "run 2")
    assert pack_run(engine, later, [entry("a")], rules()) == [batch]
    assert jobs.intend(engine, batch, "run 2").generation == 2


def test_closing_an_old_job_leaves_a_newer_run_its_claims(engine: Engine) -> None:
    batch = packed(engine, "a")
    fail_job(engine, batch, imported=[])
    pack_run(engine, RunRef("feed", "run 2"), [entry("a")], rules())
    with writing(engine, "test") as connection:
        settle.close(connection, batch)
        claimed = connection.execute(select(func.count()).select_from(claims)).scalar_one()
    assert claimed == 1


def test_the_findings_of_a_failed_job_go_when_the_next_one_imports(engine: Engine) -> None:
    batch = packed(engine, "a")
    fail_job(engine, batch, imported=[])
    assert findings_of(engine) == ["JOB_FAILED"]
    intent = jobs.intend(engine, batch, "run")
    jobs.mark_started(engine, intent, "job2", "SUBMITTED")
    with writing(engine, "test") as connection:
        done = [InstanceResult("1.a", "a" * 32, 1, is_primary=True)]
        record_results(connection, batch, 2, done)
        jobs.mark_ended(connection, intent, "COMPLETED")
        settle.close(connection, batch)
        assert settle.settle_run(connection, RUN, batch) == {"imported": 1}
    assert findings_of(engine) == []


def findings_of(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(select(findings.c.code)).scalars())


def test_instances_that_went_elsewhere_are_not_sent_again(engine: Engine) -> None:
    batch = packed(engine, "a", "b")
    fail_job(engine, batch, imported=[])
    later = RunRef("feed", "run 2")
    assert pack_run(engine, later, [entry("a")], rules()) != [batch]
    with pytest.raises(CustomerError, match="CLAIMED_ELSEWHERE"):
        jobs.intend(engine, batch, "run")


def test_an_instance_that_was_not_sent_stops_everything(engine: Engine) -> None:
    batch = packed(engine, "a")
    foreign = [InstanceResult("1.other", "a" * 32, 1, is_primary=True)]
    with (
        writing(engine, "test") as connection,
        pytest.raises(IntegrityError, match="FOREIGN_INSTANCE"),
    ):
        record_results(connection, batch, 1, foreign)
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(instances)).scalar_one() == 0


def test_packing_the_same_items_at_once_gives_one_batch(catalog_url: str) -> None:
    open_catalog(catalog_url)
    entries = [entry(f"{n:03d}") for n in range(50)]
    found: list[list[str]] = []

    def pack(number: int) -> None:
        run = RunRef("feed", f"run {number}")
        found.append(pack_run(open_catalog(catalog_url), run, entries, rules()))

    threads = [threading.Thread(target=pack, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len({tuple(batches) for batches in found}) == 1
    with open_catalog(catalog_url).connect() as connection:
        claimed = connection.execute(select(func.count()).select_from(claims)).scalar_one()
    assert claimed == 50


def test_many_processes_may_open_a_new_catalog_at_once(catalog_url: str) -> None:
    errors: list[Exception] = []

    def open_it() -> None:
        try:
            open_catalog(catalog_url).connect().close()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must show it
            errors.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_a_withdrawn_intent_leaves_nothing_to_look_for(engine: Engine) -> None:
    batch = packed(engine, "a")
    jobs.withdraw(engine, jobs.intend(engine, batch, "run"))
    again = jobs.intend(engine, batch, "other run")
    assert (again.is_new, again.generation) == (True, 1)


def test_an_intent_with_a_job_is_not_withdrawn(engine: Engine) -> None:
    batch = packed(engine, "a")
    intent = jobs.intend(engine, batch, "run")
    jobs.mark_started(engine, intent, "job1", "SUBMITTED")
    jobs.withdraw(engine, intent)
    assert jobs.intend(engine, batch, "run").job_id == "job1"


def test_what_no_list_names_is_pending_and_what_was_there_before_is_told(engine: Engine) -> None:
    batch = packed(engine, "a", "b")
    finish(engine, RUN, batch, ["1.a", "1.b"])
    changed = pack_run(
        engine,
        RunRef("feed", "run 2"),
        [entry("a", content="new"), entry("c")],
        rules(on_change=ChangeRule.IMPORT),
    )
    with engine.connect() as connection:
        pending = [each for name in changed for each in pending_instances(connection, name)]
        assert {(each.sop_instance_uid, each.was_held) for each in pending} == {
            ("1.a", True),
            ("1.c", False),
        }
        assert count_imported(connection, batch, 1) == 2
