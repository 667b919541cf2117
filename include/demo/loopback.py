"""The one address that everything of the demo listens on."""

HOST = "127.0.0.1"


def host_name() -> str:
    """Return what Airflow calls this machine, so that its log servers are asked on loopback."""
    return HOST
