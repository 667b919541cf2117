"""De-identification of loose files, with and without verification."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from include.imaging.deid.results import Held
from include.imaging.validation.verify import Verifier
from tests.support.deidentification import deidentifier


@contextmanager
def rewrite(
    source: str, target: str, *, verify: bool, workers: int
) -> Iterator[Callable[[], None]]:
    """Rewrite every file below `source` in threads; raises when one is held back."""
    into = Path(target)
    into.mkdir(parents=True)
    files = sorted(Path(source).rglob("*.dcm"))
    engine, verifier = deidentifier(), Verifier()

    def one(path: Path) -> None:
        original = path.read_bytes()
        made = engine.deidentify(original)
        if isinstance(made, Held) or (verify and verifier.verify(original, made)):
            raise RuntimeError("an image of the bench was held back")
        (into / path.name).write_bytes(made.data)

    def work() -> None:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(one, files))

    yield work
    shutil.rmtree(into)
