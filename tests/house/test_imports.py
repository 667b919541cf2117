"""Who may import whom: arrows run dags → plugins → include, and never back."""

import ast
import sys
from graphlib import TopologicalSorter

import pytest

from tests.support.source_tree import CODE, imports, module_name, python_files, tree

PLUGINS = ("healthimaging", "pipeline", "console", "imaging_plugin")
FORBIDDEN = {
    "include/imaging": (
        "airflow", "boto3", "include.localcloud", "include.demo", "dags", "tests", "moto", *PLUGINS
    ),
    "include/localcloud": ("airflow", "include.imaging", "include.demo", "dags", "tests", *PLUGINS),
    "include/infrastructure": (
        "airflow", "include.localcloud", "include.demo", "dags", "tests", "moto", *PLUGINS
    ),
    "include/demo": ("airflow", "dags", "tests", *PLUGINS),
    "plugins": ("include.localcloud", "include.demo", "dags", "tests"),
    "plugins/healthimaging": ("pipeline", "console"),
    "dags": (
        "boto3", "botocore", "pydicom", "numpy", "include.localcloud", "include.demo", "tests"
    ),
}  # fmt: skip
STANDARD_LIBRARY_ONLY = ("include/imaging/model.py", "include/imaging/errors.py")


def _below(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_a_folder_imports_nothing_it_must_not_know(folder: str) -> None:
    files = [path for path in python_files(folder) if path.name != "__init__.py"]
    assert files
    wrong = {
        f"{path} imports {name}"
        for path in files
        for name in imports(path)
        if any(_below(name, package) for package in FORBIDDEN[folder])
    }
    assert not wrong


def test_the_nouns_and_the_errors_need_the_standard_library_alone() -> None:
    files = [path for path in python_files("include") if str(path) in STANDARD_LIBRARY_ONLY]
    assert len(files) == len(STANDARD_LIBRARY_ONLY)
    for path in files:
        foreign = {n for n in imports(path) if n.partition(".")[0] not in sys.stdlib_module_names}
        assert not foreign


def test_the_modules_import_each_other_without_a_circle() -> None:
    files = python_files(*CODE)
    known = {module_name(path) for path in files}
    graph = {module_name(path): _own(imports(path), known) for path in files}
    assert sum(len(targets) for targets in graph.values()) > 60
    assert list(TopologicalSorter(graph).static_order())


def test_only_task_bodies_import_late() -> None:
    late = {}
    for path in python_files(*CODE):
        inside = [
            node
            for function in ast.walk(tree(path))
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
            for node in ast.walk(function)
            if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        if inside and path.parts[:2] != ("plugins", "pipeline"):
            late[str(path)] = sorted({node.lineno for node in inside})
    assert not late


def _own(names: set[str], known: set[str]) -> set[str]:
    return {
        next(part for part in (name, name.rpartition(".")[0]) if part in known)
        for name in names
        if name in known or name.rpartition(".")[0] in known
    }
