"""The form of an export: what to take, as what, and where to."""

from __future__ import annotations

from airflow.sdk import Param

# as Format in include/imaging/export/outcomes.py
FORMATS = ["png", "png8", "dicom", "dicomweb"]


def export_params() -> dict[str, Param]:
    """Return the Params, in the order of the form."""
    return _target() | _criteria()


def _target() -> dict[str, Param]:
    return {
        "destination": Param(
            "exports",
            type="string",
            minLength=1,
            title="Destination",
            description="s3://bucket/prefix, or a folder below the path of imaging_export.",
        ),
        "formats": Param(
            ["dicom"],
            type="array",
            items={"type": "string", "enum": FORMATS},
            examples=FORMATS,
            minItems=1,
            title="Formats",
            description="What each instance becomes; the page of the DAG tells of each.",
        ),
    }


def _criteria() -> dict[str, Param]:
    return {
        "study": _text("Study", "StudyInstanceUID."),
        "patient": _text("Patient", "PatientID as the data store has it: a pseudonym."),
        "first": _day("First study date", "Studies of this day and later."),
        "last": _day("Last study date", "Studies of this day and earlier."),
        "image_set_ids": Param(
            None,
            type=["null", "array"],
            items={"type": "string", "pattern": "^[0-9a-z]{32}$"},
            title="Image set ids",
            description="One a line, instead of the criteria above; non-primary ones too.",
        ),
        "include_non_primary": Param(
            False,
            type="boolean",
            title="Include non-primary",
            description="Take image sets that conflict with a primary one as well.",
        ),
        "limit": _count(None, "Limit", "Most image sets, the one created first to begin with."),
        "image_sets_per_task": _count(20, "Image sets a task", "How many one task exports."),
        "connection": Param(
            "imaging_default",
            type="string",
            pattern="^[A-Za-z0-9_.-]{1,200}$",
            title="Connection",
            description="Connection (type aws) whose extra names the data store.",
        ),
    }


def _text(title: str, description: str) -> Param:
    return Param(None, type=["null", "string"], title=title, description=description)


def _day(title: str, description: str) -> Param:
    return Param(None, type=["null", "string"], format="date", title=title, description=description)


def _count(value: int | None, title: str, description: str) -> Param:
    kinds = ["integer"] if value else ["null", "integer"]
    return Param(value, type=kinds, minimum=1, title=title, description=description)
