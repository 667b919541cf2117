"""The relational tables that hold the truth about every item."""
