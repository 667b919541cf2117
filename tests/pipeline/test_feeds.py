"""A folder of feeds as DAGs: whatever one file does, the others' DAGs stand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import tests.support.airflow  # noqa: F401  # before airflow: it gives Airflow its home

# isort: split
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization

import pipeline.feeds as factory
from pipeline.feeds import FEEDS, import_dags

GOOD = (FEEDS / "demo.yaml").read_text("utf-8")
BROKEN = {
    "cron": GOOD.replace("feed: demo", "feed: cron") + "schedule: '61 25 * * *'\n",
    "never": GOOD.replace("feed: demo", "feed: never") + "schedule: '0 0 30 2 *'\n",
    "ancient": GOOD.replace("feed: demo", "feed: ancient") + "start: 0001-01-01\n",
    "zone": GOOD.replace("feed: demo", "feed: zone") + "timezone: Mars/Olympus\n",
    "empty": "",
    "binary": "\0",
    "list": "[1, 2]",
    "a name": GOOD,
    "demo~": GOOD,
}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "demo.yaml").write_text(GOOD)
    for name, text in BROKEN.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    (tmp_path / "dangling.yaml").symlink_to(tmp_path / "nothing")
    (tmp_path / "folder.yaml").mkdir()
    return tmp_path


def invalid(dags: dict[str, DAG]) -> set[str]:
    return {name for name, dag in dags.items() if "invalid-feed" in dag.tags}


def test_every_broken_feed_is_a_dag_that_says_so_beside_the_sound_one(folder: Path) -> None:
    dags = import_dags(folder)
    assert len(dags) == len(BROKEN) + 3
    assert dags.keys() - invalid(dags) == {"import_demo"}
    for name in invalid(dags):
        assert "include/feeds/" in (dags[name].doc_md or "")
        assert dags[name].task_ids == ["explain"]


def test_each_of_them_can_be_serialised(folder: Path) -> None:
    dags = import_dags(folder)
    assert len(dags) > 3
    for name, dag in dags.items():
        assert DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag)).dag_id == name


def test_a_feed_that_no_check_foresaw_harms_itself_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = factory.import_dag

    def fails(feed: object) -> DAG:
        if getattr(feed, "owner", "") == "trouble":
            raise RuntimeError("nobody thought of this")
        return made(feed)  # type: ignore[arg-type]

    monkeypatch.setattr(factory, "import_dag", fails)
    text = GOOD.replace("feed: demo", "feed: odd")
    lines = [line for line in text.splitlines() if not line.startswith("owner:")]
    (folder / "odd.yaml").write_text("\n".join([*lines, "owner: trouble"]))
    dags = import_dags(folder)
    assert "nobody thought of this" in (dags["import_odd"].doc_md or "")
    assert "import_demo" in dags.keys() - invalid(dags)
