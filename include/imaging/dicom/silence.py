"""Keeps what pydicom says about an object (its warnings and log lines quote values) to itself."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_logger = logging.getLogger("pydicom")
_lock = threading.Lock()
_inside = 0
_filters = warnings.catch_warnings()


@contextmanager
def silenced() -> Iterator[None]:
    """Run third-party DICOM code without its warnings and log lines; safe among threads.

    The filters of `warnings` belong to the process, so the first thread in sets them aside
    and the last one out puts them back.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _inside, _filters
    with _lock:
        if _inside == 0:
            _filters = warnings.catch_warnings()
            _filters.__enter__()
            warnings.simplefilter("ignore")
            _logger.disabled = True
        _inside += 1


def _leave() -> None:
    global _inside
    with _lock:
        _inside -= 1
        if _inside == 0:
            _filters.__exit__(None, None, None)
            _logger.disabled = False
