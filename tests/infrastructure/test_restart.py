"""An environment is kept by the local cloud when its process is killed."""

from __future__ import annotations

from pathlib import Path

from include.infrastructure import plan
from include.localcloud.running import LocalCloud
from tests.support.cloud import make_clients
from tests.support.environments import KEY, environment


def test_an_environment_survives_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with LocalCloud(state) as cloud:
        clients = make_clients(cloud.url)
        made = environment(clients, "kept", kms_key_arn=KEY)
        assert plan.changed(made.run(plan.apply))
        before = made.settings()
        cloud.kill()
        clients.close()
    with LocalCloud(state) as cloud:
        clients = make_clients(cloud.url)
        again = environment(clients, "kept", kms_key_arn=KEY)
        assert not plan.changed(again.run(plan.apply))
        assert again.settings() == before
        clients.close()
