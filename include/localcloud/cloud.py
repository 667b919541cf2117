"""Puts the local cloud together."""

from include.localcloud.accounts import Accounts
from include.localcloud.endpoint import Endpoint
from include.localcloud.moto_app import SERVICES, MotoApp
from include.localcloud.options import Options
from include.localcloud.server import listen, serve
from include.localcloud.state import State


def run(options: Options) -> None:
    """Serve until told to stop.

    Raises:
        StateInUseError: Another process holds the state folder.
        OSError: The port is taken.
    """
    with State(options.state) as state:
        accounts = Accounts(state.database)
        accounts.restore()
        if options.admin:
            accounts.ensure_admin(*options.admin)
        moto = MotoApp(state, accounts, enforce_iam=options.enforce_iam)
        server = listen(options.host, options.port, Endpoint(dict.fromkeys(SERVICES, moto)))
        serve(server)
