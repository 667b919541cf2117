"""The local cloud's own work: imports of CT series, and frames over HTTP."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import imagecodecs
import pydicom

from include.localcloud.running import LocalCloud
from tests.bench.served import Served
from tests.support.cloud import Clients, Stage, make_clients, make_stage

THREADS = 4


@contextmanager
def codec(source: str, count: int) -> Iterator[Callable[[], None]]:
    """Read every slice, encode it to HTJ2K and decode it again, one after the other."""
    files = _files(source, count)

    def work() -> None:
        for path in files:
            pixels = pydicom.dcmread(path).pixel_array
            imagecodecs.htj2k_decode(imagecodecs.htj2k_encode(pixels, reversible=True))

    yield work


@contextmanager
def import_job(source: str, count: int) -> Iterator[Callable[[], None]]:
    """Run an import job over slices that lie in S3 already; raises unless all are imported."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        log = Path(folder) / "log"
        with LocalCloud(Path(folder) / "cloud", log=log) as cloud, _clients(cloud.url) as clients:
            stage = _uploaded(clients, source, count)

            def work() -> None:
                if (imported := _imported(stage)) != count:
                    raise RuntimeError(f"{imported} of {count} slices were imported")

            yield Served(cloud.pid, work)


@contextmanager
def prepared(source: str, count: int, url: str, listed: str) -> Iterator[Callable[[], None]]:
    """Import slices, put every frame into a bucket too, and write down where they are."""
    with _clients(url) as clients:
        yield lambda: _prepare(_uploaded(clients, source, count), Path(listed))


@contextmanager
def frames(url: str, pid: int, listed: str, requests: int) -> Iterator[Callable[[], None]]:
    """Get frames by GetImageFrame, in 4 threads."""
    found = json.loads(Path(listed).read_text(encoding="ascii"))
    with _clients(url) as clients:

        def get(frame: str) -> int:
            blob = clients.imaging.get_image_frame(
                datastoreId=found["datastore"],
                imageSetId=found["image_set"],
                imageFrameInformation={"imageFrameId": frame},
            )["imageFrameBlob"]
            return len(blob.read())

        yield Served(pid, lambda: _all(get, found["frames"], requests))


@contextmanager
def objects(url: str, pid: int, listed: str, requests: int) -> Iterator[Callable[[], None]]:
    """Get the same bytes from the same endpoint as objects of S3, in 4 threads."""
    found = json.loads(Path(listed).read_text(encoding="ascii"))
    with _clients(url) as clients:

        def get(frame: str) -> int:
            return len(clients.s3.get_object(Bucket=found["bucket"], Key=frame)["Body"].read())

        yield Served(pid, lambda: _all(get, found["frames"], requests))


def _all(get: Callable[[str], int], names: list[str], requests: int) -> None:
    wanted = islice((name for _round in range(requests) for name in names), requests)
    with ThreadPoolExecutor(THREADS) as pool:
        if not all(pool.map(get, wanted)):
            raise RuntimeError("a frame came without bytes")


def _files(source: str, count: int) -> list[Path]:
    return sorted(Path(source).rglob("*.dcm"))[:count]


@contextmanager
def _clients(url: str) -> Iterator[Clients]:
    clients = make_clients(url)
    yield clients
    clients.close()


def _uploaded(clients: Clients, source: str, count: int) -> Stage:
    stage = make_stage(clients)
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda path: stage.put(path.name, path.read_bytes()), _files(source, count)))
    return stage


def _imported(stage: Stage) -> int:
    job = stage.run()
    imported: int = stage.summary(job)["numberOfImportedFiles"]
    return imported


def _prepare(stage: Stage, listed: Path) -> None:
    stage.run()
    [image_set] = [found["imageSetId"] for found in stage.search()]
    [series] = stage.metadata(image_set)["Study"]["Series"].values()
    found: dict[str, Any] = {"datastore": stage.datastore_id, "image_set": image_set}
    found |= {"bucket": stage.source, "frames": []}
    for instance in series["Instances"].values():
        frame = instance["ImageFrames"][0]["ID"]
        blob = stage.clients.imaging.get_image_frame(
            datastoreId=stage.datastore_id,
            imageSetId=image_set,
            imageFrameInformation={"imageFrameId": frame},
        )["imageFrameBlob"]
        stage.put(frame, blob.read())
        found["frames"].append(frame)
    listed.write_text(json.dumps(found), encoding="ascii")
