"""The codecs of stored frames give the same frames to every thread, from the first call on."""

import subprocess
import sys

FIRST_CALLS = """
import threading

import numpy

from include.localcloud.codecs import CODECS

generator = numpy.random.default_rng(7)
frames = [generator.integers(0, 4000, (64, 64)).astype(numpy.uint16) for _ in range(8)]
together = threading.Barrier(len(frames))
equal = []

def once(frame):
    together.wait()
    for codec in CODECS.values():
        equal.append(numpy.array_equal(codec.decode(codec.encode(frame)), frame))

threads = [threading.Thread(target=once, args=(frame,)) for frame in frames]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(len(equal), all(equal))
"""


def test_first_calls_at_the_same_time_give_whole_frames() -> None:
    for _ in range(3):  # the tables of a process are filled once only
        done = subprocess.run(
            [sys.executable, "-c", FIRST_CALLS], capture_output=True, text=True, check=True
        )
        assert (done.stdout.split(), done.stderr) == (["16", "True"], "")
