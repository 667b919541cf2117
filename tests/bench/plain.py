"""The same bytes without any work: what each bench is compared with."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

THREADS = 8


@contextmanager
def copy(source: str, target: str) -> Iterator[Callable[[], None]]:
    """Copy every file below `source`, one after the other."""
    into = Path(target)
    into.mkdir(parents=True)
    files = sorted(Path(source).rglob("*.dcm"))

    def work() -> None:
        for path in files:
            (into / path.name).write_bytes(path.read_bytes())

    yield work
    shutil.rmtree(into)


@contextmanager
def copy_hashed(source: str, target: str) -> Iterator[Callable[[], None]]:
    """Copy every file and take its SHA-256."""
    into = Path(target)
    into.mkdir(parents=True)
    files = sorted(Path(source).rglob("*.dcm"))

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
    from pydicom import dcmread, dcmwrite

    into = Path(target)
    into.mkdir(parents=True)
    files = sorted(Path(source).rglob("*.dcm"))

    def work() -> None:
        for path in files:
            dataset = dcmread(path)
            dcmwrite(into / path.name, dataset)

    yield work
    shutil.rmtree(into)


@contextmanager
def json_lines(lines: str) -> Iterator[Callable[[], None]]:
    """Parse every line of an NDJSON and keep none."""

    def work() -> None:
        with Path(lines).open("rb") as file:
            for line in file:
                json.loads(line)

    yield work


@contextmanager
def upload(source: str, url: str) -> Iterator[Callable[[], None]]:
    """Put every file below `source` into a new bucket by boto3, in 8 threads."""
    from tests.bench.buckets import new_bucket

    files = sorted(Path(source).rglob("*.dcm"))
    with new_bucket(url) as (client, bucket):

        def put(path: Path) -> None:
            client.put_object(Bucket=bucket, Key=path.name, Body=path.read_bytes())

        def work() -> None:
            with ThreadPoolExecutor(THREADS) as pool:
                list(pool.map(put, files))

        yield work
