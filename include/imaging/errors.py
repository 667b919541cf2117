"""What can go wrong, as one tree ordered by what should happen next."""

from __future__ import annotations


class ImagingError(Exception):
    """Something stopped a step. `code` is stable; `text` says what to do, without identity."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        """Pickle by code and text, so that the error survives a process boundary."""
        return type(self), (self.code, self.text)


class CustomerError(ImagingError):
    """Set-up or input must be changed by a person; never retried."""


class TransientError(ImagingError):
    """The same call may succeed later (throttling, quota, 5xx, connection); retried."""


class IntegrityError(ImagingError):
    """Our own promise is broken: stop and touch nothing; never retried."""
