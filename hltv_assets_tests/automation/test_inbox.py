"""The inbox: what lies in it is imported once, and tried again only if the run failed, not if pages were refused."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from hltv_assets.assets.inbox import inbox_files
from hltv_assets.automation.inbox import inbox_request, inbox_sensor
from testkit.world import World


def _put(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "page.html"
    file.write_text(text)
    return file


def _tick(world: World) -> dg.RunRequest | dg.SkipReason:
    context = dg.build_sensor_context(instance=world.instance, resources=world.definitions.resources)
    request = inbox_sensor(world.settings)(context)
    assert isinstance(request, dg.RunRequest | dg.SkipReason)
    return request


def _end_a_run(world: World, run_key: str | None, status: dg.DagsterRunStatus) -> dg.RunRecord:
    """Let a run that the sensor asked for have ended now."""
    tags = {"dagster/sensor_name": "inbox_sensor", "dagster/run_key": run_key or ""}
    run = world.instance.create_run_for_job(
        dg.job(name="imports")(lambda: None), status=dg.DagsterRunStatus.STARTED, tags=tags
    )
    event = {
        dg.DagsterRunStatus.SUCCESS: dg.DagsterEventType.RUN_SUCCESS,
        dg.DagsterRunStatus.FAILURE: dg.DagsterEventType.RUN_FAILURE,
        dg.DagsterRunStatus.CANCELED: dg.DagsterEventType.RUN_CANCELED,
    }[status]
    world.instance.report_dagster_event(dg.DagsterEvent(event.value, job_name=run.job_name), run.run_id)
    return world.instance.get_run_records(dg.RunsFilter(run_ids=[run.run_id]))[0]


def test_an_empty_inbox_asks_for_nothing() -> None:
    assert inbox_request([], None, datetime.now(UTC)) == dg.SkipReason("the inbox is empty")


def test_the_same_files_ask_for_one_run_and_a_change_for_another(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    file = _put(tmp_path, "a")
    first, again = inbox_request([file], None, now), inbox_request([file], None, now)
    file.write_text("changed")
    changed = inbox_request([file], None, now)
    assert isinstance(first, dg.RunRequest)
    assert isinstance(again, dg.RunRequest)
    assert isinstance(changed, dg.RunRequest)
    assert first.run_key == again.run_key != changed.run_key


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED])
def test_files_whose_run_failed_are_tried_again_a_quarter_of_an_hour_later_each_time(
    world: World, status: dg.DagsterRunStatus
) -> None:
    file = _put(world.data_dir / "inbox", "a")
    keys = set()
    ended: dg.RunRecord | None = None
    for _ in range(3):
        request = inbox_request([file], ended, datetime.now(UTC) + timedelta(minutes=16))
        assert isinstance(request, dg.RunRequest)
        keys.add(request.run_key)
        ended = _end_a_run(world, request.run_key, status)
        tick = _tick(world)
        assert isinstance(tick, dg.SkipReason)
        assert "failed; they are tried again at 20" in (tick.skip_message or "")
    assert len(keys) == 3


def test_files_that_were_refused_are_not_tried_again(world: World) -> None:
    _put(world.data_dir / "inbox", "a")
    first = _tick(world)
    assert isinstance(first, dg.RunRequest)
    ended = _end_a_run(world, first.run_key, dg.DagsterRunStatus.SUCCESS)
    files = inbox_files(world.data_dir)
    assert inbox_request(files, ended, datetime.now(UTC) + timedelta(days=1)) == first


def test_a_file_that_changes_after_a_failed_run_does_not_wait(world: World) -> None:
    file = _put(world.data_dir / "inbox", "a")
    first = _tick(world)
    assert isinstance(first, dg.RunRequest)
    _end_a_run(world, first.run_key, dg.DagsterRunStatus.FAILURE)
    file.write_text("changed")
    changed = _tick(world)
    assert isinstance(changed, dg.RunRequest)
    assert changed.run_key != first.run_key


def test_the_sensor_looks_into_the_inbox_of_the_data_folder(world: World) -> None:
    assert isinstance(_tick(world), dg.SkipReason)
    _put(world.data_dir / "inbox", "a")
    assert isinstance(_tick(world), dg.RunRequest)
