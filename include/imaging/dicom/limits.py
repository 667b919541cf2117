"""What one object may cost: the bounds that everything keeps which reads its bytes."""

from __future__ import annotations

# Of a deflated data set. It is read as a whole, so that its size is memory.
INFLATED_BYTES = 512 * 2**20
INFLATION_RATIO = 500
# The ratio says nothing about less than this: a blank image deflates to next to nothing.
RATIO_FROM_BYTES = 16 * 2**20
# Elements, items, fragments and delimiters together. Per-frame functional groups are some 20 a
# frame, so that 7,500 frames pass. More would take some reader here longer than 5 seconds.
PARTS = 150_000
DEPTH = 64
