"""Every dependency is chosen, has its reason, and is locked with hashes."""

import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.support.source_tree import CODE, EVERYTHING, ROOT, imports, python_files

FILES = ("requirements.txt", "requirements-dev.txt")
SAMPLES = "requirements-samples.txt"
NAME = re.compile(r"^[A-Za-z0-9._-]+")
OURS = {*EVERYTHING, "include", "healthimaging", "pipeline"}
# what runs on a laptop alone, and the maker of a table
FOR_DEVELOPERS = ("include/localcloud", "include/demo", "include/imaging/deid/data")


def _direct(name: str) -> list[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert len(lines) > 2
    return lines


def _locked(name: str = "requirements.lock", fewest: int = 100) -> dict[str, str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(blocks) > fewest
    return {_normal(block): block for block in blocks}


def _normal(line: str) -> str:
    match = NAME.match(line)
    assert match
    return re.sub(r"[-_.]+", "-", match[0]).lower()


@pytest.mark.parametrize("name", [*FILES, SAMPLES])
def test_every_direct_dependency_says_why_it_is_here(name: str) -> None:
    reasons = {line: line.partition("  #")[2].strip() for line in _direct(name)}
    assert not [line for line, reason in reasons.items() if len(reason.split()) < 2]


@pytest.mark.parametrize("name", [*FILES, SAMPLES])
def test_every_direct_dependency_has_a_lower_bound(name: str) -> None:
    assert not [line for line in _direct(name) if ">=" not in line]


@pytest.mark.parametrize("name", FILES)
def test_every_direct_dependency_is_in_the_lock(name: str) -> None:
    assert {_normal(line) for line in _direct(name)} <= _locked().keys()


def test_every_locked_package_is_pinned_and_hashed() -> None:
    blocks = [*_locked().values(), *_locked(SAMPLES.replace(".txt", ".lock"), 2).values()]
    assert not [block for block in blocks if "==" not in block or "--hash=sha256:" not in block]


def _elsewhere(path: Path) -> bool:
    """Whether a file runs in an environment of its own, which tests/bench/tools.lock pins."""
    return path.parent == Path("tests/bench/tools")


def test_what_is_taken_for_its_files_alone_is_locked_and_never_imported() -> None:
    samples = {_normal(line) for line in _direct(SAMPLES)}
    assert samples == _locked(SAMPLES.replace(".txt", ".lock"), 2).keys()
    assert not samples & _locked().keys()
    tops = {name.partition(".")[0] for path in python_files(*EVERYTHING) for name in imports(path)}
    assert not {_normal(top) for top in tops} & samples


def _distributions(files: list[Path]) -> dict[str, set[str]]:
    """Every package that the files import, and the distributions it may come from."""
    installed = packages_distributions()
    tops = {name.partition(".")[0] for path in files for name in imports(path)} - OURS
    foreign = tops - sys.stdlib_module_names
    return {top: {_normal(name) for name in installed.get(top, ())} for top in foreign}


@pytest.mark.parametrize("files", [FILES[:1], FILES], ids=["pipeline", "everything"])
def test_everything_that_is_imported_is_a_direct_dependency(files: tuple[str, ...]) -> None:
    sources = [
        path
        for path in python_files(*(EVERYTHING if files == FILES else CODE))
        if not _elsewhere(path)
    ]
    if files != FILES:
        sources = [path for path in sources if not str(path).startswith(FOR_DEVELOPERS)]
    direct = {_normal(line) for name in files for line in _direct(name)}
    found = _distributions(sources)
    assert {"boto3", "airflow", "pydicom"} <= found.keys()
    assert not {top for top, makers in found.items() if not makers & direct}
