"""What is published for readers by itself: the snapshot soon after something was written, the export every night."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from hltv_assets.assets.published import parquet_export, warehouse_snapshot
from hltv_assets.automation.default_status import schedules_are, sensors_are
from hltv_assets.automation.run_queries import OPEN, warehouse_of_a_tick
from hltv_assets.settings import Settings
from hltv_assets.warehouse.errors import WarehouseError
from hltv_assets.warehouse.snapshot import SnapshotState, snapshot_state

_NIGHTLY = "41 4 * * *"
SNAPSHOT_SENSOR = "snapshot_sensor"


def snapshot_request(
    state: SnapshotState, open_runs: int, *, now: datetime, interval: timedelta
) -> dg.RunRequest | dg.SkipReason:
    """Return the run that publishes a snapshot, or why there is none; `interval` is the least between two."""
    if state.is_current:
        return dg.SkipReason("the snapshot is up to date")
    if open_runs:
        return dg.SkipReason("the previous run is still publishing")
    if state.published_at and now < (next_at := state.published_at + interval):
        return dg.SkipReason(f"the next snapshot is published after {next_at:%Y-%m-%d %H:%M:%S} UTC")
    return dg.RunRequest()


def snapshot_sensor(settings: Settings) -> dg.SensorDefinition:
    """Return the sensor that publishes a snapshot when something was written since the last one."""

    @dg.sensor(
        name=SNAPSHOT_SENSOR,
        target=[warehouse_snapshot],
        minimum_interval_seconds=settings.sensor_interval,
        default_status=sensors_are(settings),
        description="Publishes a copy of the warehouse for readers when something was written since the last one.",
    )
    def sensor(
        context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
    ) -> dg.RunRequest | dg.SkipReason:
        # The copy itself is made in a run: here other sensors have the warehouse open, in the same process.
        warehouse = warehouse_of_a_tick(settings)
        mine = dg.RunsFilter(statuses=OPEN, tags={"dagster/sensor_name": SNAPSHOT_SENSOR})
        answer = snapshot_request(
            snapshot_state(warehouse),
            context.instance.get_runs_count(mine),
            now=datetime.now(UTC),
            interval=timedelta(seconds=settings.snapshot_interval),
        )
        if isinstance(answer, dg.RunRequest):
            try:
                with warehouse.connect():
                    pass
            except WarehouseError as error:
                return dg.SkipReason(f"the next tick tries again: {error}")
        return answer

    return sensor


def export_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Return the schedule that exports the data once a night: for a large warehouse that takes minutes."""
    return dg.ScheduleDefinition(
        name="export_schedule",
        target=[warehouse_snapshot, parquet_export],
        cron_schedule=_NIGHTLY,
        default_status=schedules_are(settings),
        description="Exports all tables of data as Parquet once a night.",
    )
