from dataclasses import replace

import pytest
from sqlalchemy import Engine, func, select, update

from include.imaging.catalog import jobs
from include.imaging.catalog.engine import writing
from include.imaging.catalog.leases import WorkLease
from include.imaging.catalog.run_items import RunRef
from include.imaging.catalog.tables import cases
from include.imaging.errors import CustomerError, TransientError
from include.imaging.feed import ChangeRule, ConflictRule
from include.imaging.model import IndexEntry
from include.imaging.packing import Quota
from tests.support.catalog import ends, entry, finish, pack_run, rules

FIRST = RunRef("feed", "run 1")
SECOND = RunRef("feed", "run 2")


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("NOT_DICOM", "quarantined"),
        ("TRUNCATED", "quarantined"),
        ("UNSAFE_PATH", "quarantined"),
        ("SOURCE_VANISHED", "failed"),
        ("SOURCE_CHANGED", "failed"),
        ("MEDIA_DIRECTORY", "excluded"),
        ("BEYOND_LIMIT", "excluded"),
        ("NO_PREAMBLE", None),
    ],
)
def test_a_finding_of_staging_decides_the_outcome(
    engine: Engine, code: str, outcome: str | None
) -> None:
    pack_run(engine, FIRST, [entry("a", codes=[code])], rules())
    assert ends(engine, FIRST)["a"][0] == outcome


def test_of_equal_content_the_lowest_item_id_travels(engine: Engine) -> None:
    twins = [entry(name, uid="1.1", content="same") for name in ("c", "a", "b")]
    batches = pack_run(engine, FIRST, twins, rules())
    assert len(batches) == 1
    assert ends(engine, FIRST) == {
        "a": (None, None),
        "b": ("duplicate", "SAME_CONTENT"),
        "c": ("duplicate", "SAME_CONTENT"),
    }


def test_one_instance_with_two_contents_is_held_as_a_whole(engine: Engine) -> None:
    entries = [entry("a", uid="1.1"), entry("b", uid="1.1"), entry("c")]
    pack_run(engine, FIRST, entries, rules())
    found = ends(engine, FIRST)
    assert found["a"] == found["b"] == ("quarantined", "CONFLICTING_CONTENT")
    assert found["c"] == (None, None)


def test_the_feed_may_let_the_first_of_two_contents_win(engine: Engine) -> None:
    entries = [entry(name, uid="1.1") for name in ("a", "b", "c")]
    pack_run(engine, FIRST, entries, rules(on_conflict=ConflictRule.FIRST))
    assert ends(engine, FIRST) == {
        "a": (None, None),
        "b": ("excluded", "SUPERSEDED"),
        "c": ("excluded", "SUPERSEDED"),
    }


def test_content_in_the_data_store_does_not_travel_again(engine: Engine) -> None:
    (batch,) = pack_run(engine, FIRST, [entry("a")], rules())
    assert finish(engine, FIRST, batch, ["1.a"]) == {"imported": 1}
    assert pack_run(engine, SECOND, [entry("z", uid="1.a", content="a")], rules()) == []
    assert ends(engine, SECOND)["z"] == ("unchanged", "IN_DATA_STORE")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (ChangeRule.HOLD, ("quarantined", "INSTANCE_CHANGED")),
        (ChangeRule.IMPORT, (None, None)),
    ],
)
def test_changed_content_is_held_or_sent_as_the_feed_says(
    engine: Engine, rule: ChangeRule, expected: tuple[str | None, str | None]
) -> None:
    (batch,) = pack_run(engine, FIRST, [entry("a")], rules())
    finish(engine, FIRST, batch, ["1.a"])
    pack_run(engine, SECOND, [entry("a", content="other")], rules(on_change=rule))
    assert ends(engine, SECOND)["a"] == expected


def test_a_series_under_another_fingerprint_is_held(engine: Engine) -> None:
    (batch,) = pack_run(engine, FIRST, [entry("a")], rules())
    finish(engine, FIRST, batch, ["1.a"])
    pack_run(engine, SECOND, [entry("b")], rules(fingerprint="e" * 64))
    assert ends(engine, SECOND)["b"] == ("quarantined", "SERIES_POLICY_CHANGED")


def test_a_case_is_opened_once_and_decides_the_next_night(engine: Engine) -> None:
    (batch,) = pack_run(engine, FIRST, [entry("a"), entry("n", codes=["NOT_DICOM"])], rules())
    assert finish(engine, FIRST, batch, [], held=["1.a"]) == {"quarantined": 1}
    assert pack_run(engine, SECOND, [entry("a"), entry("n", codes=["NOT_DICOM"])], rules()) == []
    assert ends(engine, SECOND) == {
        "a": ("quarantined", "PRIOR_CASE"),
        "n": ("quarantined", "NOT_DICOM"),
    }
    with engine.connect() as connection:
        opened = connection.execute(select(func.count()).select_from(cases)).scalar_one()
    assert opened == 2


def test_series_stay_whole_within_the_quota(engine: Engine) -> None:
    entries = [entry(f"{s}{n}", series=f"1.{s}") for s in range(4) for n in range(3)]
    batches = pack_run(engine, FIRST, entries, rules(), Quota(files=7))
    assert len(batches) == 2


def test_a_series_above_the_quota_is_split(engine: Engine) -> None:
    entries = [entry(f"{n:02d}") for n in range(10)]
    batches = pack_run(engine, FIRST, entries, rules(), Quota(files=4))
    assert len(batches) == 3


def test_a_second_run_awaits_what_a_live_batch_has_claimed(engine: Engine) -> None:
    entries = [entry("a"), entry("b")]
    (batch,) = pack_run(engine, FIRST, entries, rules())
    second = pack_run(engine, SECOND, [*entries, entry("c")], rules())
    assert batch in second
    assert len(second) == 2
    assert finish(engine, FIRST, batch, ["1.a", "1.b"]) == {"imported": 2}
    assert finish(engine, SECOND, batch, ["1.a", "1.b"]) == {"unchanged": 2}


def test_a_dead_batch_whose_staged_bytes_are_gone_is_packed_anew(engine: Engine) -> None:
    pack_run(engine, FIRST, [entry("a")], rules())
    (batch,) = pack_run(engine, SECOND, [entry("a")], rules(), is_staged=False)
    assert finish(engine, SECOND, batch, ["1.a"]) == {"imported": 1}


def test_a_dead_batch_of_another_policy_is_packed_anew_and_cannot_start(engine: Engine) -> None:
    (old,) = pack_run(engine, FIRST, [entry("a")], rules())
    (new,) = pack_run(engine, SECOND, [entry("a")], rules(fingerprint="e" * 64))
    assert new != old
    with pytest.raises(CustomerError, match="CLAIMED_ELSEWHERE"):
        jobs.intend(engine, old, "run 1")


@pytest.mark.parametrize("later", [RunRef("other feed", "run"), RunRef("feed", "run 2")])
def test_a_batch_that_was_packed_otherwise_is_never_joined(engine: Engine, later: RunRef) -> None:
    (batch,) = pack_run(engine, FIRST, [entry("a")], rules())
    jobs.intend(engine, batch, "run 1")
    with pytest.raises(TransientError, match="PACKED_ELSEWHERE"):
        pack_run(engine, later, [entry("a")], rules(fingerprint="e" * 64))


def test_an_old_file_beside_its_changed_version_is_unchanged(engine: Engine) -> None:
    (batch,) = pack_run(engine, FIRST, [entry("m", uid="1.1")], rules())
    finish(engine, FIRST, batch, ["1.1"])
    both = [entry("m", uid="1.1"), entry("n", uid="1.1")]
    pack_run(engine, SECOND, both, rules(on_change=ChangeRule.IMPORT))
    assert ends(engine, SECOND) == {"m": ("unchanged", "IN_DATA_STORE"), "n": (None, None)}


def test_a_rejected_case_stays_rejected(engine: Engine) -> None:
    bad = [entry("n", codes=["NOT_DICOM"]), entry("a", uid="1.1"), entry("b", uid="1.1")]
    pack_run(engine, FIRST, bad, rules())
    with writing(engine, "test") as connection:
        rejected = cases.c.item_id.in_(["n", "a"])
        connection.execute(update(cases).where(rejected).values(state="rejected"))
    pack_run(engine, SECOND, bad, rules())
    assert ends(engine, SECOND) == {
        "n": ("excluded", "REJECTED"),
        "a": ("excluded", "REJECTED"),
        "b": (None, None),
    }


def test_a_series_that_names_two_studies_is_held_whatever_the_batches(engine: Engine) -> None:
    one, two = entry("a"), entry("b")
    assert two.facts is not None
    two = replace(two, facts=replace(two.facts, study_instance_uid="1.6"))
    assert pack_run(engine, FIRST, [one, two], rules()) == []
    assert set(ends(engine, FIRST).values()) == {("quarantined", "SERIES_INCONSISTENT")}


def moved(name: str) -> IndexEntry:
    """A slice of the same series under another study."""
    slice_ = entry(name)
    assert slice_.facts is not None
    return replace(slice_, facts=replace(slice_.facts, study_instance_uid="1.6"))


def test_a_new_slice_of_a_stored_series_is_held_when_it_names_another_study(
    engine: Engine,
) -> None:
    (batch,) = pack_run(engine, FIRST, [entry("a")], rules())
    finish(engine, FIRST, batch, ["1.a"])
    pack_run(engine, SECOND, [entry("a"), entry("b"), moved("c")], rules())
    assert ends(engine, SECOND) == {
        "a": ("unchanged", "IN_DATA_STORE"),
        "b": ("quarantined", "SERIES_INCONSISTENT"),
        "c": ("quarantined", "SERIES_INCONSISTENT"),
    }
    third = RunRef("feed", "run 3")
    assert len(pack_run(engine, third, [entry("b")], rules())) == 1
    fourth = RunRef("feed", "run 4")
    assert pack_run(engine, fourth, [moved("c")], rules()) == []
    assert ends(engine, fourth) == {"c": ("quarantined", "SERIES_INCONSISTENT")}


def test_a_new_slice_of_a_series_on_its_way_is_held_when_it_names_another_study(
    engine: Engine,
) -> None:
    (batch,) = pack_run(engine, FIRST, [entry("a")], rules())
    assert pack_run(engine, SECOND, [entry("a"), moved("c")], rules()) == []
    third = RunRef("feed", "run 3")
    assert set(ends(engine, SECOND).values()) == {("quarantined", "SERIES_INCONSISTENT")}
    assert pack_run(engine, third, [moved("c")], rules()) == []
    assert ends(engine, third) == {"c": ("quarantined", "SERIES_INCONSISTENT")}
    # those that agree with it still travel
    fourth = RunRef("feed", "run 4")
    assert batch in pack_run(engine, fourth, [entry("a"), entry("b")], rules())
    assert ends(engine, fourth) == {"a": (None, None), "b": (None, None)}


def test_a_dead_batch_above_a_lowered_quota_is_packed_anew_in_smaller_ones(engine: Engine) -> None:
    entries = [entry(name, series=f"1.{place // 2}") for place, name in enumerate("abcd")]
    (large,) = pack_run(engine, FIRST, entries, rules())
    small = pack_run(engine, SECOND, entries, rules(), Quota(files=2))
    assert len(small) == 2
    assert large not in small
    with pytest.raises(CustomerError, match="CLAIMED_ELSEWHERE"):
        jobs.intend(engine, large, "run 1")
    for batch, uids in zip(small, (["1.a", "1.b"], ["1.c", "1.d"]), strict=True):
        assert finish(engine, SECOND, batch, uids) == {"imported": 2}


@pytest.mark.parametrize("state", ["intended", "worked on", "one item"])
def test_a_batch_above_a_lowered_quota_is_joined_when_it_goes_anyway(
    engine: Engine, state: str
) -> None:
    entries = [entry("a", size=30)] if state == "one item" else [entry("a"), entry("b")]
    (batch,) = pack_run(engine, FIRST, entries, rules())
    if state == "intended":
        jobs.intend(engine, batch, "run 1")
    if state == "worked on":
        assert WorkLease(engine, batch, "run 1").take()
    assert pack_run(engine, SECOND, entries, rules(), Quota(files=1, bytes=20)) == [batch]
