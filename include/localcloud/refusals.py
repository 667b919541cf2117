"""What the local cloud itself answers to S3, STS, IAM and SQS where moto is not asked."""

from include.localcloud.errors import ServiceError


class RefusedError(ServiceError):
    """A request that is not handed to moto, with the status and code of its answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.name = code
