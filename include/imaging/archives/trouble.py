"""What an operating system's error means: one file cannot be read, or the share is away."""

from __future__ import annotations

import errno

from include.imaging.errors import TransientError

_AWAY = {errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENOTCONN}


def cause(error: OSError) -> str:
    """Return the error's symbol (`EIO`); TransientError when the file system is away."""
    if error.errno in _AWAY:
        raise TransientError(
            "ARCHIVE_AWAY", "the archive's file system does not answer; the task is retried"
        ) from None
    return errno.errorcode.get(error.errno or 0, "I/O error")
