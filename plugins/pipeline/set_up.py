"""From a Connection and the Params of a run to the environment that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from healthimaging.errors import service_errors
from healthimaging.hook import HealthImagingHook
from include.imaging.errors import CustomerError

if TYPE_CHECKING:
    from include.infrastructure.environment import Environment
    from include.infrastructure.wanted import Wanted

# what a Connection's extra may name already
_BUCKETS = ("landing_bucket", "import_bucket", "results_bucket")


def environment(params: Mapping[str, Any]) -> Environment:
    """Return the environment that the Params want, in the account of the Connection they name.

    A name that no Param gives is the Connection's, and where that has none the usual one.
    """
    from include.infrastructure.environment import Environment

    hook = HealthImagingHook(aws_conn_id=params["connection"])
    if not hook.conn_config:
        raise CustomerError(
            "CONNECTION_MISSING",
            f"there is no Connection {params['connection']!r} (type aws, with region_name in its "
            "extra): create it under Admin → Connections, or name another as `connection`",
        )
    with service_errors("look at the account"):
        # one session for all clients: each of its own would read the services' models anew
        client = _clients(hook)
        wanted = _wanted(hook, client("sts"), params)
        wanted.check()
        return Environment(wanted, client("s3"), client("iam"), client("medical-imaging"))


def _wanted(hook: HealthImagingHook, sts: Any, params: Mapping[str, Any]) -> Wanted:
    from include.infrastructure.wanted import Days, Wanted, usual_names

    account, region = sts.get_caller_identity()["Account"], sts.meta.region_name
    extra = hook.conn_config.extra_config
    names = usual_names(account, region) | _named_by(hook, extra)
    names |= {name: params[name] for name in names if params[name]}
    return Wanted(
        account=account,
        region=region,
        datastore_id=str(extra.get("datastore_id") or ""),
        kms_key_arn=params["kms_key_arn"] or "",
        permissions_boundary=params["permissions_boundary"] or "",
        storage_format=params["storage_format"],
        tags={str(name): str(value) for name, value in params["tags"].items()},
        days=Days(**{name: params[f"{name}_days"] for name in Days.__slots__}),
        **names,
    )


def _named_by(hook: HealthImagingHook, extra: Mapping[str, Any]) -> dict[str, str]:
    """Return the names that the Connection's extra holds."""
    names = {name: str(extra[name]) for name in _BUCKETS if extra.get(name)}
    if extra.get("import_role_arn"):
        names["role"] = str(extra["import_role_arn"]).rpartition("/")[2]
    store = _store_name(hook) if extra.get("datastore_id") else None
    return names | ({"datastore": store} if store else {})


def _store_name(hook: HealthImagingHook) -> str | None:
    try:
        return hook.get_datastore(str(hook.conn_config.extra_config["datastore_id"]))[
            "datastoreName"
        ]
    except CustomerError as error:
        if error.code == "AWS_NOT_FOUND":
            return None
        raise


def _clients(hook: HealthImagingHook) -> Callable[[str], Any]:
    """Return what makes a client of a service, by the Connection's credentials and endpoints."""
    session: Any = hook.get_session()

    def client(service: str) -> Any:
        return session.client(
            service,
            endpoint_url=hook.conn_config.get_service_endpoint_url(service),
            config=hook.config,
            verify=hook.verify,
        )

    return client
