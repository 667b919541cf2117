"""HealthImaging's quotas, as quotas.json or a file of the same form has them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEFAULTS = Path(__file__).with_name("quotas.json")


class QuotasError(ValueError):
    """The file does not hold quotas."""


@dataclass(frozen=True)
class JobLimits:
    """What one import job may hold (DG/endpoints-quotas). These hold always."""

    files: int
    bytes: int
    file_bytes: int
    folders: int


@dataclass(frozen=True)
class ImageSetLimits:
    """What one request may do to an image set, and what it may come to. These hold always."""

    update_bytes: int
    copy_frames: int
    metadata_bytes: int


@dataclass(frozen=True)
class Quotas:
    """Rates and limits.

    Attributes:
        job: Of one import job.
        image_set: Of one image set.
        rates: Calls a second, and the most at once, by operation (DG/throttling-limits).
        concurrent: Of one data store, by operation.
        datastores: Of the account.
    """

    job: JobLimits
    image_set: ImageSetLimits
    rates: Mapping[str, tuple[float, float]]
    concurrent: Mapping[str, int]
    datastores: int


def read_quotas(path: Path = DEFAULTS) -> Quotas:
    """The quotas of a file; what it does not name is as quotas.json has it.

    Raises:
        QuotasError: It is not JSON of this form.
        OSError: It cannot be read.
    """
    found = json.loads(DEFAULTS.read_text())
    try:
        for name, value in json.loads(path.read_text()).items():
            found[name] = {**found[name], **value} if isinstance(value, dict) else value
        return _quotas(found)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise QuotasError("the file of quotas does not have the form of quotas.json") from None


def _quotas(found: Mapping[str, Any]) -> Quotas:
    return Quotas(
        job=JobLimits(**{name: int(value) for name, value in found["job"].items()}),
        image_set=ImageSetLimits(**{n: int(value) for n, value in found["image_set"].items()}),
        rates={n: (float(r["rate"]), float(r["burst"])) for n, r in found["rates"].items()},
        concurrent={name: int(value) for name, value in found["concurrent"].items()},
        datastores=int(found["datastores"]),
    )
