"""What is checked of a de-identified object before it may leave."""
