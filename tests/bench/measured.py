"""Runs one contender in this fresh process, and writes down what it took.

`python -m tests.bench.measured MODULE:FUNCTION ARGUMENTS FILE`: the function is a context
manager that prepares, yields the work to be measured, and tidies up.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from pathlib import Path

STATUS = Path("/proc/self/status")
MIB = 1024 * 1024


def measure(entry: str, arguments: dict[str, object]) -> dict[str, float]:
    """Return seconds on the clock and of CPU (own and children's), and peak memory in MiB."""
    module, _, name = entry.partition(":")
    with getattr(importlib.import_module(module), name)(**arguments) as work:
        cpu, start = cpu_seconds(), time.perf_counter()
        work()
        taken = {"seconds": time.perf_counter() - start, "cpu_seconds": cpu_seconds() - cpu}
    return {**taken, "peak_mib": peak_bytes() / MIB}


def cpu_seconds() -> float:
    """Return the CPU time of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def peak_bytes() -> float:
    """Return the most resident memory this process ever had, its imports included."""
    if STATUS.exists():
        # Linux counts what the parent held at the fork into ru_maxrss, but not into this
        lines = STATUS.read_text(encoding="ascii").splitlines()
        return 1024.0 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    made = measure(sys.argv[1], json.loads(sys.argv[2]))
    Path(sys.argv[3]).write_text(json.dumps(made), encoding="ascii")
