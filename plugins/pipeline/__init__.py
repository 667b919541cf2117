"""What the DAGs share: from a feed to a DAG, its tasks and their defaults."""
