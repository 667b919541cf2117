"""Silence of the libraries while a step runs: their warnings and records quote values."""

from __future__ import annotations

import logging
import threading
import warnings
from contextlib import ExitStack

LIBRARIES = ("pydicom", "PIL", "fsspec", "urllib3", "botocore", "boto3", "s3transfer", "highdicom")

_lock = threading.Lock()
_depth = 0
_kept = ExitStack()


class Silence:
    """While any Silence is entered, libraries warn and log to nobody, in all threads."""

    def __enter__(self) -> None:
        global _depth
        with _lock:
            _depth += 1
            if _depth == 1:
                _silence()

    def __exit__(self, *raised: object) -> None:
        global _depth
        with _lock:
            _depth -= 1
            if _depth == 0:
                _kept.close()


def _silence() -> None:
    _kept.enter_context(warnings.catch_warnings())
    warnings.simplefilter("ignore")
    for name in LIBRARIES:
        logger = logging.getLogger(name)
        _kept.callback(_restore, logger, logger.handlers, logger.propagate)
        # without a handler of its own the logger would fall back to standard error
        logger.handlers, logger.propagate = [logging.NullHandler()], False


def _restore(logger: logging.Logger, handlers: list[logging.Handler], propagate: bool) -> None:
    logger.handlers, logger.propagate = handlers, propagate
