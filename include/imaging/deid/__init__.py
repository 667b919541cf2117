"""De-identification by PS3.15 Annex E, as data and two engines."""
