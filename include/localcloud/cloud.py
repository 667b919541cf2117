"""Puts the local cloud together and runs it."""

import logging
import warnings
from collections.abc import Callable, Mapping
from contextlib import ExitStack

from include.localcloud.accounts import Accounts
from include.localcloud.admin import Admin
from include.localcloud.calls import Handler
from include.localcloud.copying import Copying
from include.localcloud.datastores import Datastores
from include.localcloud.dialect import Dialect
from include.localcloud.dicomweb.service import DicomWeb
from include.localcloud.endpoint import Endpoint, Service
from include.localcloud.events import Events, note_nothing
from include.localcloud.faults import Faults
from include.localcloud.forwarding import Forwarding
from include.localcloud.image_sets import ImageSets
from include.localcloud.in_process import InProcess
from include.localcloud.job_rules import OPERATION, JobRules
from include.localcloud.job_runner import JobRunner
from include.localcloud.jobs import Jobs
from include.localcloud.moto_app import SERVICES, MotoApp
from include.localcloud.options import Options
from include.localcloud.permissions import Permissions
from include.localcloud.quotas import read_quotas
from include.localcloud.request_faults import RequestFaults
from include.localcloud.role_sessions import RoleSessions
from include.localcloud.search import Search
from include.localcloud.server import listen, serve, url_of
from include.localcloud.service import HealthImaging
from include.localcloud.service_model import SIGNING_NAME
from include.localcloud.state import State
from include.localcloud.tags import Tags
from include.localcloud.throttling import Throttle
from include.localcloud.updating import Updating


def run(options: Options) -> None:
    """Serve until told to stop.

    Raises:
        StateInUseError: Another process holds the state folder.
        OSError: The port is taken.
    """
    _silence()
    with ExitStack() as stack:
        state = stack.enter_context(State(options.state))
        accounts = _accounts(state, options)
        permissions = Permissions(state.database) if options.enforce_iam else None
        services: dict[str, Service] = dict.fromkeys(
            SERVICES, MotoApp(state, accounts, enforce_iam=options.enforce_iam)
        )
        services |= _elsewhere(options)
        faults, dialect = _faults(options), Dialect(options.dialect)
        admin = Admin(faults, dialect, services)
        endpoint = Endpoint(services, admin, RequestFaults(faults))
        server = listen(options.host, options.port, endpoint)
        stack.callback(server.server_close)
        own_s3 = None if options.s3_endpoint else InProcess(endpoint)
        s3 = options.s3_endpoint or url_of(server)
        sessions = RoleSessions(accounts, permissions, s3, options.sts_endpoint, own_s3)
        quotas = options.quotas or read_quotas()
        rules = JobRules(quotas.job, quotas.image_set, dialect, faults)
        runner = JobRunner(state, sessions, rules, options.job_seconds)
        throttle = Throttle(options.quotas, state.database) if options.quotas else None
        native = HealthImaging(_handlers(state, runner, dialect, options), permissions, throttle)
        services[SIGNING_NAME] = DicomWeb(state, native, permissions, throttle)
        stack.callback(runner.stop)
        stack.callback(_tell(state, options, dialect, faults))

        def when_ready() -> None:
            runner.resume()
            admin.ready.set()

        serve(server, when_ready)


def _accounts(state: State, options: Options) -> Accounts:
    accounts = Accounts(state.database)
    accounts.restore()
    if options.admin:
        accounts.ensure_admin(*options.admin)
    return accounts


def _faults(options: Options) -> Faults:
    faults = Faults()
    faults.add(options.faults)
    return faults


def _tell(state: State, options: Options, dialect: Dialect, faults: Faults) -> Callable[[], object]:
    """What ends the telling of events."""
    if options.events:
        return Events(state.database, options.events, dialect, faults).stop
    note_nothing(state.database)
    return lambda: None


def _elsewhere(options: Options) -> dict[str, Service]:
    found: dict[str, Service] = {}
    if options.s3_endpoint:
        found["s3"] = Forwarding(options.s3_endpoint)
    if options.sts_endpoint:
        found["sts"] = found["iam"] = Forwarding(options.sts_endpoint)
    return found


def _handlers(
    state: State, runner: JobRunner, dialect: Dialect, options: Options
) -> Mapping[str, Handler]:
    seconds, quotas = options.operation_seconds, options.quotas
    most = quotas.concurrent.get(OPERATION) if quotas else None
    stores = quotas.datastores if quotas else None
    limits = quotas.image_set if quotas else None
    parts = (
        Datastores(state.database, dialect, seconds=seconds, most=stores),
        Tags(state.database),
        Jobs(state.database, runner.submit, most_running=most, dialect=dialect),
        ImageSets(
            state.database,
            state.frames,
            dialect,
            seconds=seconds,
            metadata_seconds=options.metadata_seconds,
        ),
        Copying(state.database, seconds=seconds, limits=limits),
        Updating(state.database, seconds=seconds, limits=limits),
        Search(state.database, dialect),
    )
    return {name: handler for part in parts for name, handler in part.handlers().items()}


def _silence() -> None:
    """Keep values out of the log: pydicom's warnings quote them."""
    warnings.simplefilter("ignore")
    for name in ("pydicom", "pylibjpeg", "werkzeug"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
