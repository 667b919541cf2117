"""De-identification of loose files: what is done to a file, and how much of it is verified."""

from __future__ import annotations

import hashlib
import io
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from pydicom import dcmread, dcmwrite

from include.imaging.deid.engine import Deidentified, Deidentifier, Held
from include.imaging.deid.policy import load_policy
from include.imaging.keyring import Keyring
from include.imaging.validation import verify
from tests.support.deidentification import KEY

# what is verified of an output: nothing, all that needs no other program, everything
NOTHING, IN_PROCESS, EVERYTHING = "nothing", "in process", "everything"
CHUNK_BYTES = 2**20


def engine(policy: str) -> Deidentifier:
    """Return an engine that holds nothing back by rule, so that every corpus is rewritten."""
    return Deidentifier(
        load_policy(policy).model_copy(update={"holds": ()}), Keyring(KEY), "hospital"
    )


@contextmanager
def rewrite(
    source: str,
    target: str,
    *,
    verified: str = NOTHING,
    hashed: bool = False,
    workers: int = 1,
    policy: str = "basic",
) -> Iterator[Callable[[], None]]:
    """Rewrite every file below `source` in threads; raises when one is held back."""
    into, files = _prepared(source, target)
    made_by = engine(policy)

    def one(path: Path) -> None:
        made = rewritten(made_by, path, into / path.name)
        if hashed:
            _hash(path)
            _hash(into / path.name)
        if verified != NOTHING and _faulty(path, made, verified):
            raise RuntimeError("an image of the bench did not pass verification")

    def work() -> None:
        if workers == 1:
            for path in files:
                one(path)
            return
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(one, files))

    yield work
    shutil.rmtree(into)


def rewritten(made_by: Deidentifier, source: Path, target: Path) -> Deidentified:
    """Rewrite one file to another, as the engine's interface has it; raises when it is held."""
    made = made_by.deidentify(source.read_bytes())
    if isinstance(made, Held):
        raise RuntimeError("an image of the bench was held back")
    target.write_bytes(made.data)
    return made


def _faulty(source: Path, made: Deidentified, verified: str) -> bool:
    original = source.read_bytes()
    if verified == EVERYTHING:
        return bool(verify.verify(original, made))
    return bool(verify._seen_in_bytes(original, made))


@contextmanager
def copy_hashed(source: str, target: str) -> Iterator[Callable[[], None]]:
    """Copy every file and take its SHA-256."""
    into, files = _prepared(source, target)

    def work() -> None:
        for path in files:
            content = path.read_bytes()
            hashlib.sha256(content).digest()
            (into / path.name).write_bytes(content)

    yield work
    shutil.rmtree(into)


@contextmanager
def read_write(source: str, target: str) -> Iterator[Callable[[], None]]:
    """Read every file with pydicom and write it, with nothing changed."""
    into, files = _prepared(source, target)

    def work() -> None:
        for path in files:
            dataset = dcmread(path)
            dcmwrite(into / path.name, dataset)

    yield work
    shutil.rmtree(into)


def _prepared(source: str, target: str) -> tuple[Path, list[Path]]:
    into = Path(target)
    into.mkdir(parents=True)
    return into, sorted(Path(source).rglob("*.dcm"))


def _hash(path: Path) -> None:
    with io.FileIO(path) as file:
        hashlib.file_digest(file, "sha256")
