"""QIDO-RS: searches for studies, series and instances (DG/dicomweb-search, PS3.18 10.6)."""

from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import WSGIEnvironment

from include.localcloud.database import Database
from include.localcloud.dicomweb.attributes import keys_of
from include.localcloud.dicomweb.findings import (
    Finding,
    find_instances,
    find_studies,
    with_attributes,
)
from include.localcloud.dicomweb.index import Index
from include.localcloud.dicomweb.query import Query, read_query
from include.localcloud.dicomweb.results import Results
from include.localcloud.dicomweb.routes import Action

SERIES_KEYS = keys_of("SearchDICOMAllSeries")
INSTANCE_KEYS = keys_of("SearchDICOMInstances")
OF_INSTANCES = ("SearchDICOMInstances", "SearchDICOMStudyInstances", "SearchDICOMAllInstances")


class Searches:
    """The six searches over a data store's primary image sets, or over one that is named."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._index = Index(database)

    def answer(self, action: Action, environ: WSGIEnvironment) -> list[dict[str, Any]]:
        """The results of a search, one page of them."""
        query = read_query(environ, action.name)
        found = self._found(action, query)
        page = found[query.offset : query.offset + query.limit]
        if action.name in OF_INSTANCES:
            page = with_attributes(self._index, page)
        return Results(self._database, environ, action, query).describe(page)

    def _found(self, action: Action, query: Query) -> list[Finding]:
        studies = find_studies(self._database, self._index, action.path, query)
        if action.name == "SearchDICOMStudies":
            each = (study.finding() for study in studies)
            return _newest_first(finding for finding in each if _matches(finding, query))
        wanted = action.path.get("series")
        series = [finding for study in studies for finding in study.findings(wanted)]
        series = [finding for finding in series if _matches(finding, query, SERIES_KEYS)]
        if action.name in ("SearchDICOMSeries", "SearchDICOMAllSeries"):
            return sorted(series, key=_number("SeriesNumber"))
        found = list(find_instances(self._database, self._index, series, query))
        if query.matchers.keys() & INSTANCE_KEYS:
            whole = with_attributes(self._index, found)
            found = [finding for finding in whole if _matches(finding, query, INSTANCE_KEYS)]
        if action.name == "SearchDICOMStudyInstances":
            return _newest_first(found)
        return sorted(found, key=_number("InstanceNumber"))


def _matches(finding: Finding, query: Query, among: Iterable[str] | None = None) -> bool:
    return all(
        matches(finding.values(keyword))
        for keyword, matches in query.matchers.items()
        if among is None or keyword in among
    )


def _newest_first(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: finding.updated, reverse=True)


def _number(keyword: str) -> Callable[[Finding], tuple[bool, int]]:
    """Ascending by a number; those without one come last."""

    def key(finding: Finding) -> tuple[bool, int]:
        number = next(iter(finding.values(keyword)), None)
        return (not isinstance(number, int), number if isinstance(number, int) else 0)

    return key
