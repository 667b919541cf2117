"""DICOM objects as bytes: header facts, content hash, UIDs."""
