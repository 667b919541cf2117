"""A small Airflow provider for AWS HealthImaging, in the Amazon provider's shape."""
