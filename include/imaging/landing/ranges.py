"""Reads items of bundles back: neighbouring ranges in one request, a few in flight."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from include.imaging.model import ManifestEntry
from include.imaging.store import ObjectStore

MOST_BYTES = 16 * 1024 * 1024
GAP_BYTES = 64 * 1024
IN_FLIGHT = 2
BYTES_IN_FLIGHT = 64 * 1024 * 1024


@dataclass(slots=True)
class Span:
    """Neighbouring items of one bundle that are fetched together."""

    entries: list[ManifestEntry] = field(default_factory=list)

    @property
    def start(self) -> int:
        """First byte in the bundle."""
        return self.entries[0].offset

    @property
    def end(self) -> int:
        """The byte after the last, in the bundle."""
        return max(entry.offset + entry.length for entry in self.entries)

    def takes(self, entry: ManifestEntry) -> bool:
        """Return whether `entry` lies near enough, and the span stays small enough."""
        last = self.entries[-1]
        return (
            (entry.bundle, entry.etag) == (last.bundle, last.etag)
            and last.offset + last.length <= entry.offset <= self.end + GAP_BYTES
            and entry.offset + entry.length - self.start <= MOST_BYTES
        )


Fetched = list[tuple[ManifestEntry, bytes]]


def spans(entries: Iterable[ManifestEntry]) -> Iterator[Span]:
    """Yield spans of at most 16 MiB (more only for one larger item); entries are in order."""
    current = Span()
    for entry in entries:
        if current.entries and not current.takes(entry):
            yield current
            current = Span()
        current.entries.append(entry)
    if current.entries:
        yield current


def fetch(store: ObjectStore, entries: Iterable[ManifestEntry]) -> Iterator[Fetched]:
    """Yield the items' bytes span by span, the next spans being fetched meanwhile.

    What is fetched ahead stays below 64 MiB; a larger item is fetched alone. A list is
    emptied when the next one is asked for, so that its bytes are not held beside those.
    Raises CustomerError LANDING_OBJECT_GONE when a bundle is gone or is another one.
    """
    with ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="fetch") as pool:
        ahead: deque[tuple[int, Future[Fetched]]] = deque()
        for span in spans(entries):
            size = span.end - span.start
            while ahead and sum(each for each, _ in ahead) + size > BYTES_IN_FLIGHT:
                yield from _handed_on(ahead.popleft()[1])
            ahead.append((size, pool.submit(_fetch, store, span)))
            if len(ahead) > IN_FLIGHT:
                yield from _handed_on(ahead.popleft()[1])
        while ahead:
            yield from _handed_on(ahead.popleft()[1])


def _handed_on(future: Future[Fetched]) -> Iterator[Fetched]:
    fetched = future.result()
    del future
    yield fetched
    fetched.clear()


def _fetch(store: ObjectStore, span: Span) -> Fetched:
    first = span.entries[0]
    raw = store.get_range(first.bundle, span.start, span.end - span.start, first.etag)
    start = span.start
    return [
        (entry, raw[entry.offset - start : entry.offset - start + entry.length])
        for entry in span.entries
    ]
