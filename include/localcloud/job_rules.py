"""What holds for import jobs: limits, the chosen dialect, the faults that strike them."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from include.localcloud.dialect import Dialect
from include.localcloud.faults import Fault, Faults
from include.localcloud.quotas import ImageSetLimits, JobLimits

OPERATION = "StartDICOMImportJob"


@dataclass(frozen=True)
class JobRules:
    """The rules of all jobs of this process."""

    limits: JobLimits
    image_sets: ImageSetLimits
    dialect: Dialect
    faults: Faults

    def faults_of(self, job: sqlite3.Row) -> Mapping[str, Fault]:
        """The faults that strike this job; they match by its name or input."""
        return self.faults.fire("job", OPERATION, f"{job['name']} {job['input_uri']}")

    def faults_of_file(self, key: str) -> Mapping[str, Fault]:
        """The faults that strike the file of this key."""
        return self.faults.fire("file", OPERATION, key)
