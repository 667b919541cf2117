"""What the DAGs stand on: the domain, the local cloud, the feeds and the demo."""
