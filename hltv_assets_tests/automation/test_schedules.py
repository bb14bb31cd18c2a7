"""What the clock starts, and that all of it is off until somebody switches it on."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from hltv_assets.automation.schedules import listing_request, results_schedule
from hltv_assets.components import site_of
from hltv_assets.definitions import build_definitions
from testkit.plans import plan
from testkit.synced import publish_matches
from testkit.world import World

NOON = datetime(2026, 11, 24, 12, 7, tzinfo=UTC)


@pytest.fixture
def world(world: World, tmp_path: Path) -> Iterator[World]:
    """A world with an instance on the disk: a schedule's context takes no other."""
    (tmp_path / "home").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "home")) as instance:
        yield replace(world, instance=instance)


def tick(world: World) -> dg.RunRequest | dg.SkipReason:
    definitions = build_definitions(world.settings)
    context = dg.build_schedule_context(
        instance=world.instance, resources=definitions.resources, scheduled_execution_time=NOON
    )
    answer = results_schedule(world.settings)(context)
    assert isinstance(answer, dg.RunRequest | dg.SkipReason)
    return answer


def reason(world: World) -> str:
    answer = tick(world)
    assert isinstance(answer, dg.SkipReason)
    return answer.skip_message or ""


def test_everything_that_runs_by_itself_is_off_until_it_is_switched_on(world: World) -> None:
    definitions = build_definitions(world.settings)
    sensors, schedules = list(definitions.sensors or []), list(definitions.schedules or [])
    names = {one.name for one in [*sensors, *schedules]}
    assert names >= {"map_batches_sensor", "match_batches_sensor", "inbox_sensor", "stale_parser_sensor"}
    assert names >= {"results_schedule", "sweep_schedule", "snapshot_sensor", "export_schedule"}
    for sensor in sensors:
        assert isinstance(sensor, dg.SensorDefinition)
        assert sensor.default_status is dg.DefaultSensorStatus.STOPPED
    for schedule in schedules:
        assert isinstance(schedule, dg.ScheduleDefinition)
        assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED


def test_one_setting_switches_all_of_it_on(world: World) -> None:
    definitions = build_definitions(replace(world, knobs={"automation": True}).settings)
    for sensor in definitions.sensors or []:
        assert isinstance(sensor, dg.SensorDefinition)
        assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
    for schedule in definitions.schedules or []:
        assert isinstance(schedule, dg.ScheduleDefinition)
        assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING


def test_the_listing_is_read_once_an_hour_unless_a_run_still_reads_it(world: World) -> None:
    assert results_schedule(world.settings).cron_schedule == "7 * * * *"
    often = replace(world, knobs={"results_cron": "*/10 * * * *"}).settings
    assert results_schedule(often).cron_schedule == "*/10 * * * *"
    assert isinstance(listing_request(site_of(world.settings), 0), dg.RunRequest)
    assert isinstance(tick(world), dg.RunRequest)
    world.instance.create_run_for_job(
        dg.job(name="open")(lambda: None),
        status=dg.DagsterRunStatus.STARTED,
        tags={"dagster/schedule_name": "results_schedule"},
    )
    assert reason(world) == "the previous run still reads the listing"


def test_in_a_cool_down_or_without_leave_the_listing_is_left_alone(world: World) -> None:
    site_of(world.settings).cool_downs.begin("blocked: a challenge")
    assert "cooling down until" in reason(world)
    world.release_site()
    world.knobs |= {"base_url": "https://hltv.example.invalid"}
    assert "HLTV_LIVE" in reason(world)


def test_the_schedule_targets_the_listing_alone(world: World) -> None:
    publish_matches(world.site, [plan(0)])
    definitions = build_definitions(world.settings)
    job = definitions.resolve_job_def(results_schedule(world.settings).job_name)
    assert job.execute_in_process(instance=world.instance).success
    assert world.site.requested == ["/results?offset=0"]
    assert len(world.rows("discovered_matches")) == 1
