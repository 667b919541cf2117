"""One endpoint on loopback for S3, STS, IAM and a stand-in for AWS HealthImaging."""
