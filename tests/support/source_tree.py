"""The project's own sources as the house rules look at them: files, functions, imports."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("dags", "plugins", "include")
EVERYTHING = (*CODE, "tests", "docs")
DATA = ("migrations", "versions")  # a migration is a table written down, not a program
_SKIPPED = {
    "__pycache__",
    ".hypothesis",
    ".venv",
    ".git",
    ".demo",
    ".mypy_cache",
    ".ruff_cache",
    ".cache",
}


def python_files(*folders: str) -> list[Path]:
    """Return every Python file below the folders, sorted; relative to the project's root."""
    found = {path for folder in folders for path in (ROOT / folder).rglob("*.py")}
    return sorted(path.relative_to(ROOT) for path in found if not _SKIPPED & set(path.parts))


def text_files() -> Iterator[tuple[Path, str]]:
    """Yield every text file of the project with its text; the lock and data files too."""
    for folder, below, names in os.walk(ROOT):
        below[:] = sorted(set(below) - _SKIPPED)
        for name in sorted(names):
            path = Path(folder, name)
            try:
                yield path.relative_to(ROOT), path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


@cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a file, given relative to the root."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function and method of a file, nested ones too."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def module_name(path: Path) -> str:
    """Return the name under which the project imports a file."""
    parts = list(path.with_suffix("").parts)
    if parts[0] == "plugins":
        parts = parts[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> set[str]:
    """Return the names a file imports when it runs: `from a import b` counts as `a.b`.

    Imports for the type checker alone do not run and do not count; those inside functions do.
    """
    finder = _Imports()
    finder.visit(tree(path))
    return finder.names


class _Imports(ast.NodeVisitor):
    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_If(self, node: ast.If) -> None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for other in node.orelse:
                self.visit(other)
        else:
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        self.names |= {alias.name for alias in node.names}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        assert node.level == 0, "imports are absolute"
        self.names |= {f"{node.module}.{alias.name}" for alias in node.names}
