"""The benches run; what they measure is for people, and no test looks at a clock."""

import re

import pytest

from tests.bench.__main__ import report
from tests.bench.contest import ContenderError, Measure, run
from tests.bench.contests import BENCHES, Sizes
from tests.bench.table import spread

SMALLEST = Sizes(images=2, files=(2, 4), lines=(10, 40), feeds=(1, 2), slices=(2, 4), requests=8)
ROW = re.compile(
    r"^  \S.*?  +\d+\.\d+ \([\d.]+–[\d.]+\)  +[\d.]+"
    r"(  +\d+\.\d+ \([\d.]+–[\d.]+\)){3}  +\d+ \(\d+–\d+\)$"
)
CONTENDERS = {
    "deidentify": [4],
    "main_job": [3],
    "reconcile": [3],
    "parse": [4],
    "local_cloud": [3, 2],
}


@pytest.mark.parametrize("name", BENCHES)
def test_a_bench_prints_a_row_of_figures_for_each_contender(name: str) -> None:
    tables = report(name, SMALLEST, rounds=1).split("\n\n")
    assert [len(shown.splitlines()) - 2 for shown in tables] == CONTENDERS[name]
    for title, headings, *rows in (shown.splitlines() for shown in tables):
        assert title.endswith("1 round")
        assert "ratio (min–max)" in headings
        assert "peak MiB" in headings
        assert [row for row in rows if ROW.match(row)] == rows


def test_a_spread_is_the_median_between_least_and_most() -> None:
    assert spread([3.0, 1.0, 2.0], "{:.1f}") == "2.0 (1.0–3.0)"


def test_a_contender_that_fails_ends_the_bench_with_its_last_words() -> None:
    with pytest.raises(ContenderError, match="FileNotFoundError"):
        run("tests.bench.plain:json_lines", {"lines": "absent.ndjson"})


def test_a_measure_has_time_cpu_and_memory(tmp_path: object) -> None:
    (taken,) = [run("tests.bench.plain:copy", {"source": str(tmp_path), "target": f"{tmp_path}/o"})]
    assert isinstance(taken, Measure)
    assert taken.peak_mib > 1
