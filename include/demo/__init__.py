"""The demo: a source archive, a local cloud and a real Airflow, started, watched and stopped."""
