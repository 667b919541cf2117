"""What every file must and must not say."""

import ast
import re
from functools import cache

from tests.support.source_tree import CODE, EVERYTHING, ROOT, python_files, text_files, tree

UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
REGISTRY = re.compile(r"pypi\.org|pythonhosted|--(extra-)?index-url|--find-links|registry\.npmjs")
MACHINE = re.compile(r"(?<![\w.:/-])/(work|root|home)/\w")
VAGUE = {"utils", "helpers", "common", "misc", "manager"}


@cache
def _texts() -> dict[str, str]:
    texts = {str(path): text for path, text in text_files()}
    assert len(texts) > 50
    return texts


def test_every_module_has_a_caption_of_one_sentence() -> None:
    files = python_files(*CODE, "docs")
    assert len(files) > 40
    captions = {str(path): ast.get_docstring(tree(path)) or "" for path in files}
    assert not [path for path, caption in captions.items() if not caption]
    first_lines = {path: caption.splitlines()[0] for path, caption in captions.items()}
    assert not [path for path, line in first_lines.items() if not line.endswith((".", "**"))]


def test_nothing_is_left_for_later() -> None:
    assert not [path for path, text in _texts().items() if UNFINISHED.search(text)]


def test_no_file_names_a_package_registry() -> None:
    here = "tests/house/test_texts.py"
    assert not [p for p, text in _texts().items() if p != here and REGISTRY.search(text)]


def test_no_file_names_a_path_of_one_machine() -> None:
    assert not [path for path, text in _texts().items() if MACHINE.search(text)]


def test_modules_are_named_for_what_they_are() -> None:
    names = {path.stem for path in python_files(*EVERYTHING)}
    assert len(names) > 40
    assert not names & VAGUE


def test_the_documents_of_the_project_are_there() -> None:
    for name in ("README.md", "CHANGELOG.md", "LICENSE", "CONTRIBUTING.md", "SECURITY.md"):
        assert (ROOT / name).read_text(encoding="utf-8").strip()
