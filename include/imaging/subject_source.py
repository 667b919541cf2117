"""Where a feed's subject list lies: a CSV file of the workers, or a table of a database."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


def _absolute(path: str) -> str:
    if not path.startswith("/"):
        raise ValueError("must be an absolute path, which every worker can read")
    return path


class SubjectSource(BaseModel):
    """A feed's `subjects`: either `csv`, or `connection` and `table`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    csv: Annotated[str, AfterValidator(_absolute)] | None = Field(
        default=None,
        description="absolute path of a UTF-8 file with the header `patient_id,pseudonym`",
    )
    connection: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,200}$")] | None = Field(
        default=None, description="Airflow Connection (type sqlite or postgres) of the database"
    )
    table: Annotated[str, Field(pattern=r"^(\w+\.)?\w+$", max_length=128)] | None = Field(
        default=None,
        description="table with the columns `patient_id` and `pseudonym`; `schema.table`, too",
    )

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        database = (self.connection is not None, self.table is not None)
        if database not in ((True, True), (False, False)) or any(database) == bool(self.csv):
            raise ValueError("must name either `csv`, or `connection` and `table`")
        return self
