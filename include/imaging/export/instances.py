"""Exports one instance: its frames once, into every format that is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass

from include.imaging.dicom.silence import silenced
from include.imaging.export.destination import Destination, uid_part
from include.imaging.export.dicomweb import DicomWeb, retrieve
from include.imaging.export.frames import Frame, FrameFault, Frames
from include.imaging.export.metadata import Instance
from include.imaging.export.outcomes import Format, FormatOutcome, InstanceOutcome
from include.imaging.export.rebuilding import rebuild
from include.imaging.export.selection import ImageSet
from include.imaging.export.sinks import DicomSink, PngSink, Sink
from include.imaging.export.versions import VersionWatch

# part of every digest: raise it when the same instance would become other files
EDITION = "2"


@dataclass(frozen=True, slots=True)
class Task:
    """What every instance of an image set shares."""

    image_set: ImageSet
    watch: VersionWatch
    frames: Frames
    formats: tuple[Format, ...]
    place: Destination
    dicomweb: DicomWeb | None = None


def export_instance(task: Task, instance: Instance) -> InstanceOutcome:
    """Return what became of an instance; its files lie below study, series and image set."""
    made: dict[Format, FormatOutcome] = {}
    verified = 0
    with silenced():
        if set(task.formats) - {Format.DICOMWEB}:
            verified = _from_frames(task, instance, made)
        if Format.DICOMWEB in task.formats and task.dicomweb:
            path = f"{_path(task, instance)}.original.dcm"
            got = retrieve(task.dicomweb, task.watch, instance, path, task.place)
            made[Format.DICOMWEB] = got.outcome
            verified = max(verified, got.frames_verified)
    return InstanceOutcome(
        image_set_id=task.image_set.image_set_id,
        version=task.image_set.version,
        series_uid=instance.series_uid,
        sop_uid=instance.sop_uid,
        digest=f"{EDITION}-{instance.digest}",
        frames=len(instance.frames),
        frames_verified=verified,
        formats=tuple(made[wanted] for wanted in task.formats),
    )


def _from_frames(task: Task, instance: Instance, made: dict[Format, FormatOutcome]) -> int:
    """Make the formats that are made of frames; returns how many frames were verified."""
    verified, fault = 0, ""
    with ExitStack() as stack:
        sinks = {kind: stack.enter_context(closing(sink)) for kind, sink in _sinks(task, instance)}
        for number, frame in enumerate(task.frames.of(instance), start=1):
            if isinstance(frame, FrameFault):
                fault = fault or frame.code
                continue
            verified += 1
            _give(frame, number, sinks)
        made.update({kind: sink.end(fault) for kind, sink in sinks.items()})
    return verified


def _give(frame: Frame, number: int, sinks: dict[Format, Sink]) -> None:
    for sink in sinks.values():
        sink.add(number, frame)


def _sinks(task: Task, instance: Instance) -> Iterator[tuple[Format, Sink]]:
    path = _path(task, instance)
    rebuilt = rebuild(instance)
    for kind in task.formats:
        if kind is Format.DICOM:
            yield kind, DicomSink(instance, rebuilt, path, task.place)
        elif kind in (Format.PNG, Format.PNG8):
            yield kind, PngSink(instance, rebuilt.elements, kind, path, task.place)


def _path(task: Task, instance: Instance) -> str:
    """Return where the instance lies; the image set keeps non-primary twins apart."""
    uids = (instance.study_uid, instance.series_uid, instance.sop_uid)
    study, series, sop = (uid_part(uid) for uid in uids)
    return f"{study}/{series}/{task.image_set.image_set_id}/{sop}"
