"""DICOMweb as AWS HealthImaging serves it: QIDO-RS and WADO-RS over the image sets."""
