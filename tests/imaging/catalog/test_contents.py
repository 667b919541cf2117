"""One instance with several contents, night after night: verdicts stay, nothing travels twice."""

from collections.abc import Sequence

import pytest
from sqlalchemy import Engine, select, update

from include.imaging.catalog import jobs, run_items, settle
from include.imaging.catalog.decisions import Rules
from include.imaging.catalog.engine import writing
from include.imaging.catalog.results import InstanceResult, record_results
from include.imaging.catalog.run_items import RunRef
from include.imaging.catalog.tables import batch_items, instances
from include.imaging.errors import CustomerError
from include.imaging.feed import ChangeRule, ConflictRule
from include.imaging.findings import finding
from include.imaging.model import IndexEntry, OutputEntry, Stage
from tests.support.catalog import ends, entry, finish, pack_run, rules

IMPORTING = rules(on_change=ChangeRule.IMPORT)
A = entry("a", uid="1.1", content="A")
B = entry("b", uid="1.1", content="B")
UNCHANGED = ("unchanged", "IN_DATA_STORE")
SUPERSEDED = ("excluded", "SUPERSEDED")
CONFLICT = ("quarantined", "CONFLICTING_CONTENT")


def night(number: int) -> RunRef:
    return RunRef("feed", f"night {number}")


def pass_night(
    engine: Engine, number: int, entries: Sequence[IndexEntry], by: Rules = IMPORTING
) -> dict[str, tuple[str | None, str | None]]:
    """Pack, import and settle one night; returns the outcomes."""
    uids = [each.facts.sop_instance_uid for each in entries if each.facts]
    for batch in pack_run(engine, night(number), entries, by):
        finish(engine, night(number), batch, sorted(set(uids) & in_batch(engine, batch)))
    return ends(engine, night(number))


def in_batch(engine: Engine, batch: str) -> set[str]:
    query = select(batch_items.c.sop_instance_uid)
    with engine.connect() as connection:
        return set(connection.execute(query.where(batch_items.c.batch_id == batch)).scalars())


def stored(engine: Engine) -> dict[str, str]:
    """The contents in the data store, by instance."""
    with engine.connect() as connection:
        query = select(instances.c.sop_instance_uid, instances.c.content_hash)
        return {str(uid): str(content) for uid, content in connection.execute(query)}


@pytest.mark.parametrize("on_change", list(ChangeRule))
def test_the_first_of_two_contents_wins_every_night(engine: Engine, on_change: ChangeRule) -> None:
    first = rules(on_conflict=ConflictRule.FIRST, on_change=on_change)
    assert pass_night(engine, 1, [A, B], first) == {"a": ("imported", None), "b": SUPERSEDED}
    for number in (2, 3):
        assert pass_night(engine, number, [A, B], first) == {"a": UNCHANGED, "b": SUPERSEDED}


@pytest.mark.parametrize("on_change", list(ChangeRule))
def test_a_content_in_the_data_store_comes_before_the_first(
    engine: Engine, on_change: ChangeRule
) -> None:
    first = rules(on_conflict=ConflictRule.FIRST, on_change=on_change)
    pass_night(engine, 1, [B], first)
    for number in (2, 3):
        assert pass_night(engine, number, [A, B], first) == {"a": SUPERSEDED, "b": UNCHANGED}


def test_a_conflict_with_a_stored_content_is_one_every_night(engine: Engine) -> None:
    pass_night(engine, 1, [A], rules())
    for number in (2, 3):
        assert pass_night(engine, number, [A, B], rules()) == {"a": UNCHANGED, "b": CONFLICT}


def test_a_conflict_of_new_contents_is_one_every_night(engine: Engine) -> None:
    for number in (1, 2, 3):
        assert pass_night(engine, number, [A, B], rules()) == {"a": CONFLICT, "b": CONFLICT}


def test_of_two_versions_in_every_census_the_newer_one_stays(engine: Engine) -> None:
    pass_night(engine, 1, [A])
    assert pass_night(engine, 2, [A, B]) == {"a": UNCHANGED, "b": ("imported", None)}
    for number in (3, 4):
        assert pass_night(engine, number, [A, B]) == {"a": SUPERSEDED, "b": UNCHANGED}
    assert stored(engine) == {"1.1": B.content_hash}


def test_a_file_that_gets_its_old_content_back_is_imported_again(engine: Engine) -> None:
    batches = [pack_run(engine, night(1), [A], IMPORTING)]
    finish(engine, night(1), batches[0][0], ["1.1"])
    for number, version in ((2, B), (3, A), (4, B), (5, A)):
        batches.append(pack_run(engine, night(number), [version], IMPORTING))
        assert finish(engine, night(number), batches[-1][0], ["1.1"]) == {"imported": 1}
        assert stored(engine) == {"1.1": version.content_hash}
    assert batches[0] == batches[2] == batches[4]
    again = jobs.intend(engine, batches[0][0], "night 5")
    assert (again.generation, again.job_id) == (3, "job")
    assert pass_night(engine, 6, [A]) == {"a": UNCHANGED}


def test_of_several_instances_only_what_changed_travels(engine: Engine) -> None:
    quiet = entry("c")
    (first,) = pack_run(engine, night(1), [A, quiet], IMPORTING)
    finish(engine, night(1), first, ["1.1", "1.c"])
    assert pass_night(engine, 2, [B, quiet]) == {"b": ("imported", None), "c": UNCHANGED}
    assert pass_night(engine, 3, [A, quiet]) == {"a": ("imported", None), "c": UNCHANGED}
    # the first batch has nothing left to send, whoever clears its tasks
    assert jobs.intend(engine, first, "night 1").job_id == "job"
    with writing(engine, "test") as connection:
        settle.close(connection, first)
    assert stored(engine) == {"1.1": A.content_hash, "1.c": quiet.content_hash}


def test_a_batch_whose_instances_all_changed_back_travels_as_a_whole(engine: Engine) -> None:
    old = [A, entry("c", content="C")]
    new = [B, entry("c", content="D")]
    pass_night(engine, 1, old)
    pass_night(engine, 2, new)
    assert pass_night(engine, 3, old) == {"a": ("imported", None), "c": ("imported", None)}
    assert stored(engine) == {"1.1": A.content_hash, "1.c": old[1].content_hash}


def test_a_run_that_joins_a_batch_packed_anew_records_it_as_unchanged(engine: Engine) -> None:
    pass_night(engine, 1, [A])
    pass_night(engine, 2, [B])
    (batch,) = pack_run(engine, night(3), [A], IMPORTING)
    assert pack_run(engine, night(4), [A], IMPORTING) == [batch]
    assert finish(engine, night(3), batch, ["1.1"]) == {"imported": 1}
    with writing(engine, "test") as connection:
        assert settle.settle_run(connection, night(4), batch) == {"unchanged": 1}


def test_what_a_run_imported_stays_imported_when_its_batch_is_packed_anew(engine: Engine) -> None:
    pass_night(engine, 1, [A])
    pass_night(engine, 2, [B])
    (batch,) = pack_run(engine, night(3), [A], IMPORTING)
    for after in ([], ["1.1"]):
        if after:
            finish(engine, night(3), batch, after)
        with writing(engine, "test") as connection:
            assert settle.settle_run(connection, night(1), batch) == {"imported": 1}


def failed(engine: Engine, run: RunRef, batch: str, imported: Sequence[str] = ()) -> dict[str, int]:
    """Let a batch's job fail, but for the instances that it had imported, and settle the run."""
    intent = jobs.intend(engine, batch, "test")
    jobs.mark_started(engine, intent, "job", "SUBMITTED")
    why = finding("JOB_FAILED", Stage.RECONCILE)
    verified = [
        OutputEntry("i", uid, "", "", "", key="k", sha256_out="0" * 64)
        for uid in sorted(in_batch(engine, batch))
    ]
    done = [InstanceResult(uid, "a" * 32, 1, is_primary=True) for uid in imported]
    with writing(engine, "test") as connection:
        settle.record_outputs(connection, batch, verified)
        record_results(connection, batch, intent.generation, done)
        settle.fail_pending(connection, batch, intent.generation, why)
        jobs.mark_ended(connection, intent, "FAILED")
        settle.close(connection, batch)
        return settle.settle_run(connection, run, batch)


def settled_again(engine: Engine, run: RunRef, batch: str) -> dict[str, int]:
    with writing(engine, "test") as connection:
        return settle.settle_run(connection, run, batch)


def test_what_a_run_awaited_stays_unchanged_when_the_batch_fails_in_a_later_run(
    engine: Engine,
) -> None:
    pass_night(engine, 1, [A])
    pass_night(engine, 2, [B])
    (batch,) = pack_run(engine, night(3), [A], IMPORTING)
    assert pack_run(engine, night(4), [A], IMPORTING) == [batch]
    assert finish(engine, night(3), batch, ["1.1"]) == {"imported": 1}
    assert settled_again(engine, night(4), batch) == {"unchanged": 1}
    pass_night(engine, 5, [B])
    assert pack_run(engine, night(6), [A], IMPORTING) == [batch]
    assert failed(engine, night(6), batch) == {"failed": 1}
    assert settled_again(engine, night(4), batch) == {"unchanged": 1}
    assert ends(engine, night(4)) == {"a": ("unchanged", None)}
    with engine.connect() as connection:
        assert run_items.findings_by_code(connection, night(4)) == {}
        assert run_items.findings_by_code(connection, night(6)) == {"JOB_FAILED": 1}


def test_what_an_earlier_job_imported_is_not_published_again_over_newer_content(
    engine: Engine,
) -> None:
    other = entry("c")
    (batch,) = pack_run(engine, night(1), [A, other], IMPORTING)
    assert failed(engine, night(1), batch, ["1.1"]) == {"failed": 1, "imported": 1}
    assert pass_night(engine, 2, [B]) == {"b": ("imported", None)}
    # the first night's task is cleared, and its second job brings what the first one left
    assert finish(engine, night(1), batch, ["1.c"]) == {"imported": 2}
    assert stored(engine) == {"1.1": B.content_hash, "1.c": other.content_hash}


def test_a_batch_packed_anew_is_given_up_when_its_bytes_expire_before_its_start(
    engine: Engine,
) -> None:
    pass_night(engine, 1, [A])
    pass_night(engine, 2, [B])
    (batch,) = pack_run(engine, night(3), [A], IMPORTING)
    assert pack_run(engine, night(4), [A], IMPORTING, is_staged=False) == [batch]
    assert finish(engine, night(4), batch, ["1.1"]) == {"imported": 1}
    assert stored(engine) == {"1.1": A.content_hash}


def test_a_batch_whose_end_was_not_published_is_joined_and_not_sent_again(engine: Engine) -> None:
    (batch,) = pack_run(engine, night(1), [A], rules())
    intent = jobs.intend(engine, batch, "night 1")
    jobs.mark_started(engine, intent, "job", "SUBMITTED")
    with writing(engine, "test") as connection:
        state = {"state": "imported", "image_set_id": "i", "sha256_out": "0", "is_primary": True}
        values = {**state, "generation": 1}
        connection.execute(update(batch_items).values(**values))
        jobs.mark_ended(connection, intent, "COMPLETED")
    assert pack_run(engine, night(2), [A], rules(), is_staged=False) == [batch]
    assert jobs.intend(engine, batch, "night 2").job_id == "job"


def test_an_old_batch_that_failed_does_not_replace_newer_content(engine: Engine) -> None:
    (old,) = pack_run(engine, night(1), [A], IMPORTING)
    jobs.mark_started(engine, jobs.intend(engine, old, "night 1"), "job", "SUBMITTED")
    with writing(engine, "test") as connection:
        connection.execute(update(batch_items).values(state="failed"))
        known = jobs.newest(connection, old)
        assert known is not None
        jobs.mark_ended(connection, known, "FAILED")
        settle.close(connection, old)
    pass_night(engine, 2, [B])
    with pytest.raises(CustomerError, match="CONTENT_CHANGED"):
        jobs.intend(engine, old, "night 1")
    assert stored(engine) == {"1.1": B.content_hash}
