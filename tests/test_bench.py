"""The benches run; what they measure is for people, and no test looks at a clock."""

import re

import pytest

from tests.bench.__main__ import report
from tests.bench.contest import ContenderError, Measure, run
from tests.bench.contests import BENCHES
from tests.bench.sizes import Sizes
from tests.bench.table import spread
from tests.bench.tool_environment import LOCK, TOOLS

SMALLEST = Sizes(
    corpora=("CT, 0.5 MB",),
    share=0.01,
    tools=False,
    patients=1,
    files=(2, 4),
    lines=(10, 40),
    feeds=(1, 2),
    slices=(2, 4),
    requests=8,
)
ROW = re.compile(
    r"^  \S.*?  +\d+\.\d+ \([\d.]+–[\d.]+\)  +[\d.]+  +([\d.]+|-)"
    r"(  +\d+\.\d+ \([\d.]+–[\d.]+\)){3}(  +\d+ \(\d+–\d+\)){2}$"
)
CONTENDERS = {
    "deidentify": [7],
    "main_job": [3],
    "reconcile": [3],
    "parse": [4],
    "local_cloud": [3, 2],
}


@pytest.mark.parametrize("name", CONTENDERS)
def test_a_bench_prints_a_row_of_figures_for_each_contender(name: str) -> None:
    tables = list(report(name, SMALLEST, rounds=1))
    assert [len(shown.splitlines()) - 2 for shown in tables] == CONTENDERS[name]
    for title, headings, *rows in (shown.splitlines() for shown in tables):
        assert title.endswith("1 round")
        assert "ratio (min–max)" in headings
        assert "peak MiB" in headings
        assert [row for row in rows if ROW.match(row)] == rows


def test_every_bench_has_a_test() -> None:
    assert {*CONTENDERS, "quality"} == BENCHES.keys()


def test_the_bench_of_quality_shows_the_probe_the_key_and_the_misses() -> None:
    probed, scored, misses = report("quality", SMALLEST, rounds=1)
    assert re.search(r"^  engine, basic( +0){5}$", probed, re.MULTILINE)
    assert re.search(r"^  text_removed +\d+/\d+$", scored, re.MULTILINE)
    assert misses.startswith("Misses of engine, ")


def test_every_tool_beside_the_engine_is_pinned_and_hashed() -> None:
    pins = re.findall(r"^([\w.-]+)==\S+ .*\\\n    --hash=sha256:", LOCK.read_text(), re.MULTILINE)
    assert TOOLS.keys() < set(pins)


def test_a_spread_is_the_median_between_least_and_most() -> None:
    assert spread([3.0, 1.0, 2.0], "{:.1f}") == "2.0 (1.0–3.0)"


def test_a_contender_that_fails_ends_the_bench_with_its_last_words() -> None:
    with pytest.raises(ContenderError, match="FileNotFoundError"):
        run("tests.bench.plain:json_lines", {"lines": "absent.ndjson"})


def test_a_measure_has_time_cpu_and_memory(tmp_path: object) -> None:
    (taken,) = [run("tests.bench.plain:copy", {"source": str(tmp_path), "target": f"{tmp_path}/o"})]
    assert isinstance(taken, Measure)
    assert taken.peak_mib > 1
