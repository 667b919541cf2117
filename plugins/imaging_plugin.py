"""Registers with Airflow what it must know of: the link to an import job's console page."""

from airflow.plugins_manager import AirflowPlugin

from healthimaging.links import DicomImportJobLink


class ImagingPlugin(AirflowPlugin):
    """The one plugin of the project."""

    name = "imaging"
    operator_extra_links = [DicomImportJobLink()]  # noqa: RUF012 - Airflow reads a plain list
