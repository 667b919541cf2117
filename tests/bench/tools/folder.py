"""Has one tool rewrite a folder of files, in this process; runs in the tools' own environment."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def rewrite(
    source: str, target: str, tool: str, *, strict: bool = True, keep: bool = False
) -> Iterator[Callable[[], None]]:
    """Rewrite every file below `source` to one of the same name.

    `tool` is a module beside this one, whose `rewriter()` returns what rewrites one path to
    another. A file that a tool cannot rewrite is an error, or else (`strict` is false) missing.
    """
    into = Path(target)
    into.mkdir(parents=True)
    files = sorted(Path(source).rglob("*.dcm"))
    one = importlib.import_module(f"tests.bench.tools.{tool}").rewriter()

    def work() -> None:
        for path in files:
            made = into / path.name
            try:
                one(path, made)
            except Exception:
                if strict:
                    raise
                made.unlink(missing_ok=True)

    yield work
    if not keep:
        shutil.rmtree(into)
