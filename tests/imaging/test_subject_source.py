"""A feed names its subject list, once and in one place."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.imaging.errors import CustomerError
from include.imaging.feed import Feed, load_feed

SMALL = """
feed: small
description: A small feed.
owner: tests
archive: {kind: folder, connection: somewhere}
patient_namespace: tests
"""


def load(tmp_path: Path, line: str) -> Feed:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL + line)
    return load_feed(path)


def test_a_feed_without_a_list_has_none(tmp_path: Path) -> None:
    assert load(tmp_path, "").subjects is None
    assert load(tmp_path, "subjects: null").subjects is None


def test_a_list_is_a_file_or_a_table_and_is_not_read_with_the_feed(tmp_path: Path) -> None:
    file = load(tmp_path, "subjects: {csv: /nowhere/list.csv}").subjects
    assert file is not None
    assert (file.csv, file.connection, file.table) == ("/nowhere/list.csv", None, None)
    table = load(tmp_path, "subjects: {connection: study, table: trial.subjects}").subjects
    assert table is not None
    assert (table.csv, table.connection, table.table) == (None, "study", "trial.subjects")


@pytest.mark.parametrize(
    "wrong",
    [
        "{}",
        "{csv: list.csv}",
        "{csv: ''}",
        "{connection: study}",
        "{table: subjects}",
        "{csv: /list.csv, connection: study, table: subjects}",
        "{csv: /list.csv, table: subjects}",
        "{connection: study, table: 'subjects; drop table x'}",
        "{connection: study, table: a.b.c}",
        "{file: /list.csv}",
        "/list.csv",
    ],
)
def test_anything_else_is_refused_by_its_key(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(CustomerError, match=r"small\.yaml: subjects"):
        load(tmp_path, f"subjects: {wrong}")
