"""A small Airflow provider for AWS HealthImaging."""
