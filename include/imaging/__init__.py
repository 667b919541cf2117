"""The domain: from an archive of DICOM files to rows of a catalog; never imports Airflow."""
