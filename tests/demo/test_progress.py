"""The progress line says what an operator wants to know."""

from include.demo.progress import Progress, stages
from include.demo.rest import TaskState


def _task(task_id: str, state: str, map_index: int = -1) -> TaskState:
    return TaskState(task_id, map_index, state, 1, "", 0)


def test_stages_are_counted_in_their_order() -> None:
    tasks = [
        _task("import_batch.deidentify", "success", 0),
        _task("import_batch.deidentify", "running", 1),
        _task("stage", "success", 0),
        _task("take_census", "success"),
        _task("balance", "none"),
    ]
    assert stages(tasks) == "take_census 1/1 · stage 1/1 · deidentify 1/2"


def test_a_failure_shows_at_once() -> None:
    tasks = [_task("stage", "failed", 0), _task("stage", "success", 1)]
    assert stages(tasks) == "stage 2/2 (1 failed)"


def test_before_the_first_task_it_waits_for_the_scheduler() -> None:
    assert stages([_task("take_census", "none")]) == "waiting for the scheduler"


def test_an_unchanged_line_is_not_said_again(tmp_path) -> None:
    said: list[str] = []
    progress = Progress(said.append, tmp_path / "no-catalog.db", "run")
    for _ in range(3):
        progress([_task("take_census", "success")])
    assert said == ["0:00  take_census 1/1"]


def test_a_task_is_named_with_its_index() -> None:
    assert _task("stage", "failed", 3).name == "stage[3]"
    assert _task("balance", "failed").name == "balance"
