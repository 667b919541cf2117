"""What pixels may show of a patient: rules as data, masks that hide it, and a second look."""
