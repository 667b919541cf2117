"""Tables of the standard as data, and how they are made."""
