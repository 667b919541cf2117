"""Takes identity out of text and keeps its clinical words (PS3.15 E.3.5, Clean Descriptors)."""
