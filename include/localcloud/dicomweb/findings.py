"""What a search has found before it is narrowed: studies, series and instances."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from include.localcloud.database import Database
from include.localcloud.dicomweb.attributes import number_of, vr_of
from include.localcloud.dicomweb.index import Index, marks
from include.localcloud.dicomweb.json_model import Json
from include.localcloud.dicomweb.query import Query
from include.localcloud.dicomweb.resources import CURRENT, conditions

AT_ONCE = 500


@dataclass(frozen=True)
class Finding:
    """A study, a series or an instance.

    Attributes:
        image_set: The image set's id.
        instance_id: The instance that speaks for it.
        updated: When its image set was last updated, as seconds since 1970.
        path: Its UIDs, as a path has them.
        attributes: Of the instance that speaks for it, as DICOM JSON.
        counted: What is known of it by its neighbours.
    """

    image_set: str
    instance_id: int
    updated: float
    path: dict[str, str]
    attributes: Json
    counted: Json

    def values(self, keyword: str) -> list[Any]:
        """The values of an attribute; none when it is absent or empty."""
        number = number_of(keyword)
        element = self.counted.get(number) or self.attributes.get(number, {})
        found: list[Any] = element.get("Value", [])
        return found


@dataclass
class Study:
    """The series of a study, and how many instances they hold."""

    series: list[Finding] = field(default_factory=list)
    instances: int = 0

    def add(self, row: sqlite3.Row, attributes: Json, path: Mapping[str, str]) -> None:
        """Take in one of its series."""
        parts = {"study": row["study_uid"], "series": row["series_uid"]}
        keyword = "NumberOfSeriesRelatedInstances"
        self.instances += row["instances"]
        self.series.append(
            Finding(
                row["id"],
                row["instance_id"],
                row["updated_at"],
                {"datastoreId": path["datastoreId"], **parts},
                attributes,
                {number_of(keyword): _element(keyword, row["instances"])},
            )
        )

    def finding(self) -> Finding:
        """The study, for which its series that was updated last speaks."""
        latest = max(self.series, key=lambda series: series.updated)
        path = {part: latest.path[part] for part in ("datastoreId", "study")}
        return replace(latest, path=path, counted=self.counted())

    def findings(self, wanted: str | None) -> list[Finding]:
        """Its series, or the one that is wanted, each with what is told of the study."""
        counted = self.counted()
        return [
            replace(series, counted=series.counted | counted)
            for series in self.series
            if wanted in (None, series.path["series"])
        ]

    def counted(self) -> Json:
        """What can only be told of the study as a whole."""
        modalities = {str(value) for series in self.series for value in series.values("Modality")}
        told: dict[str, list[Any]] = {
            "ModalitiesInStudy": sorted(modalities),
            "NumberOfStudyRelatedSeries": [len(self.series)],
            "NumberOfStudyRelatedInstances": [self.instances],
        }
        return {number_of(keyword): _element(keyword, *values) for keyword, values in told.items()}


def find_studies(
    database: Database, index: Index, path: Mapping[str, str], query: Query
) -> list[Study]:
    """The studies, each with all its series, that a path and the UIDs of a query leave."""
    above = {k: v for k, v in query.uids.items() if k == "StudyInstanceUID"}
    whole = {part: path[part] for part in ("datastoreId", "study") if part in path}
    where, values = conditions(whole, query.image_set, above)
    rows = database.all(
        "SELECT s.id, s.updated_at, s.study_uid, s.series_uid,"  # noqa: S608 - own texts
        " max(m.instance_id) AS instance_id,"
        " count(*) AS instances FROM image_sets s"
        f" JOIN members m ON m.image_set_id = s.id AND {CURRENT}"
        f" WHERE {where} GROUP BY s.id ORDER BY s.number",
        *values,
    )
    studies: dict[str, Study] = defaultdict(Study)
    told = index.attributes_of([row["instance_id"] for row in rows])
    for row, attributes in zip(rows, told, strict=True):
        studies[row["study_uid"]].add(row, attributes, path)
    return list(studies.values())


def find_instances(
    database: Database, index: Index, series: Sequence[Finding], query: Query
) -> Iterator[Finding]:
    """The instances of these series that the UIDs of a query leave, with their numbers only."""
    wanted = query.uids.get("SOPInstanceUID", [])
    wanted = wanted if len(wanted) <= AT_ONCE else []  # more are left to the matchers
    among = f" AND m.sop_uid IN ({marks(wanted)})" if wanted else ""
    for at in range(0, len(series), AT_ONCE):
        by_id = {finding.image_set: finding for finding in series[at : at + AT_ONCE]}
        where = f"m.image_set_id IN ({marks(by_id)}) AND {CURRENT}{among}"
        values = (*by_id, *wanted)
        found = database.all(
            f"SELECT m.instance_id FROM members m WHERE {where}",  # noqa: S608 - own texts
            *values,
        )
        index.complete(row["instance_id"] for row in found)
        rows = database.all(
            "SELECT m.image_set_id, m.instance_id, m.sop_uid,"  # noqa: S608 - own texts
            " d.instance_number FROM members m LEFT JOIN dicomweb_index d"
            f" ON d.instance_id = m.instance_id WHERE {where} ORDER BY m.instance_id",
            *values,
        )
        for row in rows:
            yield _instance(by_id[row["image_set_id"]], row)


def _instance(above: Finding, row: sqlite3.Row) -> Finding:
    number = row["instance_number"]
    numbers = () if number is None else (number,)
    return Finding(
        above.image_set,
        row["instance_id"],
        above.updated,
        {**above.path, "instance": row["sop_uid"]},
        {number_of("InstanceNumber"): _element("InstanceNumber", *numbers)},
        above.counted,
    )


def with_attributes(index: Index, findings: Sequence[Finding]) -> list[Finding]:
    """The same instances with all that is indexed of them."""
    told = index.attributes_of([finding.instance_id for finding in findings])
    return [replace(f, attributes=attributes) for f, attributes in zip(findings, told, strict=True)]


def _element(keyword: str, *values: Any) -> Json:
    return {"vr": vr_of(keyword), "Value": list(values)} if values else {"vr": vr_of(keyword)}
