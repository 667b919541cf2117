"""One run() a step of the pipeline: the only place where adapters meet decisions."""
