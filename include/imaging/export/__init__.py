"""The way out of HealthImaging: image sets as PNG and DICOM files, every frame verified."""
