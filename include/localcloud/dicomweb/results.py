"""What a search tells of each study, series or instance it found (PS3.18 10.6.3.3)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from wsgiref.types import WSGIEnvironment

from pydicom import Dataset
from pydicom.datadict import keyword_for_tag
from pydicom.tag import Tag

from include.localcloud.database import Database
from include.localcloud.dicomweb.attributes import (
    KEY_LEVELS,
    all_tags,
    is_of_level,
    number_of,
    returned_by,
)
from include.localcloud.dicomweb.findings import Finding
from include.localcloud.dicomweb.json_model import Json, describe_dataset, whole_element
from include.localcloud.dicomweb.locations import bulk_locator, location
from include.localcloud.dicomweb.query import Query
from include.localcloud.dicomweb.routes import Action
from include.localcloud.importer import load_header


class Results:
    """Describes findings as the query of a search asks for."""

    def __init__(
        self, database: Database, environ: WSGIEnvironment, action: Action, query: Query
    ) -> None:
        self._database = database
        self._environ = environ
        self._query = query
        self._level = KEY_LEVELS[action.name][-1]
        keywords = returned_by(action.name) | query.matchers.keys()
        self._given = {number_of(keyword) for keyword in keywords}
        self._fields = self._wanted_fields()

    def describe(self, findings: Iterable[Finding]) -> list[Json]:
        """The findings as DICOM JSON, in their order."""
        return [self._describe(finding) for finding in findings]

    def _wanted_fields(self) -> Mapping[str, Any]:
        if self._query.everything:
            return (
                {}
                if self._level == "instance"
                else {number: {} for number in all_tags(self._level)}
            )
        return {
            number: parts
            for number, parts in self._query.fields.items()
            if is_of_level(number, keyword_for_tag(int(number, 16)), self._level)
        }

    def _describe(self, finding: Finding) -> Json:
        known = finding.attributes | finding.counted | self._own(finding)
        told = {number: known[number] for number in self._given & known.keys()}
        more = {n: parts for n, parts in self._fields.items() if n not in told or parts}
        simple = {n for n, parts in more.items() if n in known and not parts}
        told |= {number: known[number] for number in simple}
        asked = {n: parts for n, parts in more.items() if n not in simple}
        if asked or self._query.everything or self._query.creators:
            told = self._from_header(finding, asked) | told
        return dict(sorted(told.items()))

    def _own(self, finding: Finding) -> Json:
        return {
            number_of("InstanceAvailability"): {"vr": "CS", "Value": ["ONLINE"]},
            number_of("RetrieveURL"): {
                "vr": "UR",
                "Value": [location(self._environ, finding.path)],
            },
        }

    def _from_header(self, finding: Finding, asked: Mapping[str, Any]) -> Json:
        row = self._database.one("SELECT * FROM instances WHERE id = ?", finding.instance_id)
        if row is None:
            return {}
        header = load_header(row)
        fields: dict[str, Any] = {}
        if not (self._query.everything and self._level == "instance"):
            creators = set(self._creators(header))
            fields = {n: parts for n, parts in asked.items() if _creator(n) in {"", *creators}}
            fields |= {number: {} for number in creators}
            if not fields:
                return {}
        path = {**finding.path, "series": row["series_uid"], "instance": row["sop_uid"]}
        locate = bulk_locator(self._environ, path, self._query.image_set)
        return describe_dataset(header, locate, fields)

    def _creators(self, header: Dataset) -> Iterator[str]:
        """The private creators that the query names and the data set has."""
        for number, name in self._query.creators.items():
            tag = Tag(int(number, 16))
            if tag in header and str(whole_element(header, tag).value).strip() == name.strip():
                yield number


def _creator(number: str) -> str:
    """The tag of a private element's creator; empty for other elements, and creators."""
    is_private = int(number[:4], 16) % 2 == 1 and number[4:6] != "00"
    return f"{number[:4]}00{number[4:6]}" if is_private else ""
