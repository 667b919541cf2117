"""The benches: what each sets up, and who is compared with whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from include.localcloud.running import LocalCloud
from tests.bench.contest import Contender, Contest, run
from tests.bench.deidentification_contests import deidentify
from tests.bench.parsing import write_feeds
from tests.bench.quality import quality
from tests.bench.sizes import Sizes
from tests.support.airflow import environment

Bench = Callable[[Path, Sizes], Iterator[Contest | str]]


def main_job(place: Path, sizes: Sizes) -> Iterator[Contest]:
    """Census, staging, packing, de-identification and upload, next to an upload alone."""
    few, many = sizes.files
    for count in sizes.files:
        _series(place / str(count), count)
    with LocalCloud(place / "cloud", log=place / "cloud.log") as cloud:

        def pipeline(count: int) -> Contender:
            arguments = {"source": str(place / str(count)), "url": cloud.url, "count": count}
            return Contender(
                f"main job, {count} files", "tests.bench.main_job:pipeline", arguments, count
            )

        upload = {"source": str(place / str(many)), "url": cloud.url}
        yield Contest(
            f"Census, staging, de-identification and upload · {many} files of 0.5 MB",
            "files",
            (
                Contender("boto3 upload, 8 threads", "tests.bench.plain:upload", upload, many),
                pipeline(many),
                pipeline(few),
            ),
        )


def reconcile(place: Path, sizes: Sizes) -> Iterator[Contest]:
    """Reconciliation of a success list, next to parsing its lines."""
    few, many = sizes.lines
    with LocalCloud(place / "cloud", log=place / "cloud.log") as cloud:

        def contender(count: int) -> Contender:
            folder = place / str(count)
            arguments = {"folder": str(folder), "url": cloud.url, "bucket": f"bench-{count}"}
            arguments |= {"count": count}
            run("tests.bench.reconciliation:prepared", arguments)
            entry = "tests.bench.reconciliation:reconcile"
            return Contender(f"reconcile, {count} lines", entry, arguments, count)

        large, small = contender(many), contender(few)
        lines = {"lines": str(place / str(many) / "success.ndjson")}
        yield Contest(
            f"Reconciliation of a success list · {many} lines",
            "lines",
            (Contender("json.loads", "tests.bench.plain:json_lines", lines, many), large, small),
        )


def parse(place: Path, sizes: Sizes) -> Iterator[Contest]:
    """Parsing of the DAG file, next to importing Airflow's own authoring interface."""
    contenders = [
        Contender("import airflow.sdk", "tests.bench.parsing:authoring"),
        Contender("dags/import_feeds.py", "tests.bench.parsing:dag_file"),
    ]
    for count in sizes.feeds:
        folder = place / str(count)
        write_feeds(folder, count)
        arguments = {"folder": str(folder), "count": count}
        name = f"import_dags, {count} feed{'s' if count > 1 else ''}"
        contenders.append(Contender(name, "tests.bench.parsing:feeds", arguments))
    yield Contest(
        "Parsing of DAG files in a fresh interpreter",
        "parses",
        tuple(contenders),
        environment(place / "airflow"),
    )


def local_cloud(place: Path, sizes: Sizes) -> Iterator[Contest]:
    """Import by the local cloud next to the codec, and its frames next to objects of S3."""
    few, many = sizes.slices
    source = place / "series"
    _series(source, many)
    yield Contest(
        f"Import of CT series by the local cloud · {many} files of 0.5 MB",
        "files",
        (
            _importing("read, HTJ2K encode + decode", "codec", source, many),
            _importing(f"import job, {many} files", "import_job", source, many),
            _importing(f"import job, {few} files", "import_job", source, few),
        ),
    )
    with LocalCloud(place / "cloud", log=place / "cloud.log") as cloud:
        arguments: dict[str, object] = {"url": cloud.url, "listed": str(place / "frames.json")}
        run("tests.bench.local_cloud:prepared", {**arguments, "source": str(source), "count": few})
        arguments |= {"pid": cloud.pid, "requests": sizes.requests}
        entries = {"S3 GetObject, 4 threads": "objects", "GetImageFrame, 4 threads": "frames"}
        yield Contest(
            f"Frames of the local cloud · {sizes.requests} requests",
            "frames",
            tuple(
                Contender(name, f"tests.bench.local_cloud:{entry}", arguments, sizes.requests)
                for name, entry in entries.items()
            ),
        )


def _importing(name: str, entry: str, source: Path, count: int) -> Contender:
    arguments = {"source": str(source), "count": count}
    return Contender(name, f"tests.bench.local_cloud:{entry}", arguments, count)


def _series(target: Path, count: int) -> None:
    run("tests.bench.corpus:series", {"target": str(target), "count": count})


BENCHES: dict[str, Bench] = {
    "quality": quality,
    "deidentify": deidentify,
    "main_job": main_job,
    "reconcile": reconcile,
    "parse": parse,
    "local_cloud": local_cloud,
}
