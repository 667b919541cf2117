"""Where DICOM files come from, one file a kind of archive."""
