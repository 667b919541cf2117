from hypothesis import given
from hypothesis import strategies as st

from include.imaging.packing import Quota, SeriesSize, batch_id, pack, slices

SIZES = st.lists(st.tuples(st.integers(1, 30), st.integers(1, 500)), max_size=60)
QUOTAS = st.builds(Quota, files=st.integers(1, 40), bytes=st.integers(1, 800))


def series_of(sizes: list[tuple[int, int]]) -> list[SeriesSize]:
    return [SeriesSize("1.5", f"1.{n}", items, size) for n, (items, size) in enumerate(sizes)]


@given(SIZES, QUOTAS)
def test_every_series_is_packed_once_in_order(sizes: list[tuple[int, int]], quota: Quota) -> None:
    series = series_of(sizes)
    assert [entry for group in pack(series, quota) for entry in group] == series


@given(SIZES, QUOTAS)
def test_a_group_exceeds_the_quota_only_alone(sizes: list[tuple[int, int]], quota: Quota) -> None:
    for group in pack(series_of(sizes), quota):
        items, size = sum(e.items for e in group), sum(e.bytes for e in group)
        assert len(group) == 1 or (items <= quota.files and size <= quota.bytes)


@given(st.lists(st.integers(1, 900), max_size=80), QUOTAS)
def test_slices_cover_a_series_within_the_quota(sizes: list[int], quota: Quota) -> None:
    counts = list(slices(sizes, quota))
    assert sum(counts) == len(sizes)
    start = 0
    for count in counts:
        part = sizes[start : start + count]
        start += count
        assert len(part) <= quota.files
        assert len(part) == 1 or sum(part) <= quota.bytes


def test_a_batch_is_named_by_content_policy_and_store() -> None:
    content = [("1.1", "a"), ("1.2", "b")]
    names = {
        batch_id(content, "policy", "store"),
        batch_id(content[:1], "policy", "store"),
        batch_id(content, "other policy", "store"),
        batch_id(content, "policy", "other store"),
    }
    assert len(names) == 4
    assert all(len(name) == 32 for name in names)
