"""Generated documents say what the code says."""

from pathlib import Path

import pytest

from docs.generate import HERE, pages


@pytest.mark.parametrize("name", ["findings.md", "feeds.md", "catalog.md", "DEIDENTIFICATION.md"])
def test_a_generated_document_is_up_to_date(name: str) -> None:
    text = pages()[name]
    assert text.count("\n| `") > 10
    assert Path(HERE / name).read_text(encoding="utf-8") == text
