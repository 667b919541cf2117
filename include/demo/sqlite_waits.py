"""How long Airflow waits for its SQLite file: its 5 seconds end a scheduler on a busy disk."""

SECONDS = 60
# Airflow adds to the dictionary of the blocking engine, so each engine has its own
BLOCKING = {"timeout": SECONDS}
ASYNCHRONOUS = {"timeout": SECONDS}
