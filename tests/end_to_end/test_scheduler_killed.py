"""SIGKILL of the whole Airflow in the middle of a run, and a new start."""

from __future__ import annotations

import pytest

from tests.support.end_to_end import World
from tests.support.tripwire import Wire

pytestmark = pytest.mark.scheduler


def test_a_run_survives_the_death_of_the_scheduler(world: World) -> None:
    fallen = Wire("airflow", r"PUT /demo-import/", world.kill_airflow, nth=3)
    world.wires.wires[:] = [fallen]
    run_id = world.trigger("restarted")
    world.await_fall(fallen)
    world.airflow.start()
    assert world.wait("restarted", run_id) == "success", world.explain("restarted", run_id)
    assert world.outcomes("restarted", run_id)["imported"] == 15
    assert len(world.jobs("restarted")) == 2
    assert {entry["version"] for entry in world.image_sets("restarted")} == {1}
