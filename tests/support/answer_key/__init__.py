"""An answer key in the manner of MIDI-B: planted identity, and what must become of each plant.

How it was kept apart from the rules: the lists of names, places and clinical sentences here and
the rules and vocabulary of the engine's text cleaning were written by different people at the
same time, who did not see each other's lists. What is expected follows from DICOM PS3.15 Table
E.1-1 and its options alone, read as data, and never from what the engine does. The seed of the
published figure was drawn after the rules were frozen (docs/benchmarks.md).
"""
