"""What the pipeline needs of an AWS account: looked at, made, repaired, and as a template."""
