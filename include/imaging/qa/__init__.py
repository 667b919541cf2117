"""A sample of what de-identification changed, as a page that a person reviews."""
