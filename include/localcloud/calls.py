"""What a handler of an operation gets, and what it gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from include.localcloud.accounts import ACCOUNT, PARTITION


@dataclass(frozen=True)
class Call:
    """One validated call of an operation.

    Attributes:
        operation: The operation's name.
        parameters: Its members by name; those not given are absent.
        region: Where the caller thinks the service is.
    """

    operation: str
    parameters: Mapping[str, Any]
    region: str

    def __getitem__(self, name: str) -> Any:
        return self.parameters[name]

    def get(self, name: str, default: Any = None) -> Any:
        """A member that need not be given."""
        return self.parameters.get(name, default)

    def arn(self, *parts: str) -> str:
        """The ARN of a data store (its id) or of an image set (data store id, own id)."""
        kinds = ("datastore", "imageset")
        path = "/".join(f"{kind}/{part}" for kind, part in zip(kinds, parts, strict=False))
        return f"arn:{PARTITION}:medical-imaging:{self.region}:{ACCOUNT}:{path}"


Handler = Callable[[Call], Mapping[str, Any]]
