"""Runs one contender in this fresh process, and writes down what it took.

`python -m tests.bench.measured MODULE:FUNCTION ARGUMENTS FILE`: the function is a context
manager that prepares, yields the work to be measured, and tidies up.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
from pathlib import Path

from tests.bench.served import Served

PROCESSES = Path("/proc")
MIB = 1024 * 1024


def measure(entry: str, arguments: dict[str, object]) -> dict[str, float]:
    """Return seconds on the clock and of CPU (own and children's), and peak memory in MiB.

    `base_mib` is the peak before the work began.
    """
    module, _, name = entry.partition(":")
    with getattr(importlib.import_module(module), name)(**arguments) as work:
        server = work.pid if isinstance(work, Served) else None
        base = peak_bytes(server)
        cpu, start = cpu_seconds(server), time.perf_counter()
        work()
        taken = {"seconds": time.perf_counter() - start, "cpu_seconds": cpu_seconds(server) - cpu}
        peak = peak_bytes(server)
    return {**taken, "peak_mib": peak / MIB, "base_mib": base / MIB}


def cpu_seconds(server: int | None = None) -> float:
    """Return the CPU time of this process, of its children that have ended, and of the server."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used) + _cpu_seconds_of(server)


def _cpu_seconds_of(pid: int | None) -> float:
    if pid is None or not PROCESSES.exists():
        return 0.0
    fields = (PROCESSES / str(pid) / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_bytes(server: int | None = None) -> float:
    """Return the most resident memory that the server, or else this process, ever had."""
    status = PROCESSES / str(server or "self") / "status"
    if status.exists():
        # Linux counts what the parent held at the fork into ru_maxrss, but not into this
        lines = status.read_text(encoding="ascii").splitlines()
        return 1024.0 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    made = measure(sys.argv[1], json.loads(sys.argv[2]))
    Path(sys.argv[3]).write_text(json.dumps(made), encoding="ascii")
