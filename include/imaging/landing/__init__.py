"""The landing zone: census, bundles and indexes, the only place with identity."""
