"""The paths of DICOMweb, each with the action of the service that it calls (DG/using-dicomweb)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote
from wsgiref.types import WSGIEnvironment

ROOT = r"/datastore/(?P<datastoreId>[^/]+)"
STUDY = rf"{ROOT}/studies/(?P<study>[^/]+)"
SERIES = rf"{STUDY}/series/(?P<series>[^/]+)"
INSTANCE = rf"{SERIES}/instances/(?P<instance>[^/]+)"
PATHS = {
    rf"{ROOT}/studies": "SearchDICOMStudies",
    rf"{ROOT}/series": "SearchDICOMAllSeries",
    rf"{ROOT}/instances": "SearchDICOMAllInstances",
    rf"{STUDY}/series": "SearchDICOMSeries",
    rf"{STUDY}/instances": "SearchDICOMStudyInstances",
    rf"{SERIES}/instances": "SearchDICOMInstances",
    rf"{SERIES}/metadata": "GetDICOMSeriesMetadata",
    INSTANCE: "GetDICOMInstance",
    rf"{INSTANCE}/metadata": "GetDICOMInstanceMetadata",
    rf"{INSTANCE}/frames/(?P<frames>[^/]+)": "GetDICOMInstanceFrames",
    rf"{INSTANCE}/bulkdata/(?P<bulkdata>[^/]+)": "GetDICOMBulkdata",
}
ROUTES = tuple((re.compile(pattern), action) for pattern, action in PATHS.items())


@dataclass(frozen=True)
class Action:
    """An action of DICOMweb that a request calls.

    Attributes:
        name: As policies name it, without "medical-imaging:".
        path: The parts of the path: datastoreId, study, series, instance, frames, bulkdata.
    """

    name: str
    path: Mapping[str, str]


def find_action(environ: WSGIEnvironment) -> Action | None:
    """The action that a request calls; None if it is no request of DICOMweb."""
    if environ["REQUEST_METHOD"] != "GET":
        return None
    path = environ["REQUEST_URI"].partition("?")[0]
    for pattern, name in ROUTES:
        match = pattern.fullmatch(path)
        if match:
            return Action(name, {k: unquote(v) for k, v in match.groupdict().items()})
    return None
