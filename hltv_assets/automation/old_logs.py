"""The sensor that removes what old runs printed: Dagster keeps that for ever.

The runs themselves stay, with their events: they hold which partitions are materialized.
"""

from datetime import UTC, datetime, timedelta

import dagster as dg

from hltv_assets.automation.default_status import sensors_are
from hltv_assets.automation.run_queries import ended_runs
from hltv_assets.settings import Settings

_MAX_RUNS = 500  # a tick
_EVERY = timedelta(hours=1)


def remove_old_logs(instance: dg.DagsterInstance, *, after: datetime | None, before: datetime) -> list[datetime]:
    """Remove what runs printed that ended between two times, the oldest first, and return when those runs ended.

    Ends after a bounded number of runs; to go on, call it again with the last time that it returned.
    """
    records = ended_runs(instance, after=after, before=before, most=_MAX_RUNS)
    for record in records:
        instance.compute_log_manager.delete_logs(prefix=[record.dagster_run.run_id])
    return [record.update_timestamp for record in records]


def old_logs_sensor(settings: Settings) -> dg.SensorDefinition:
    """Return the sensor that removes the logs of runs which ended more than `HLTV_KEEP_LOGS` days ago."""

    @dg.sensor(
        name="old_logs_sensor",
        minimum_interval_seconds=int(_EVERY.total_seconds()),
        default_status=sensors_are(settings),
        description=f"Removes the output of runs that ended more than {settings.keep_logs} days ago. Starts no run.",
    )
    def sensor(context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]) -> dg.SensorResult:
        removed = remove_old_logs(
            context.instance,
            after=datetime.fromisoformat(context.cursor) if context.cursor else None,
            before=datetime.now(UTC) - timedelta(days=settings.keep_logs),
        )
        return dg.SensorResult(
            skip_reason=f"removed the logs of {len(removed)} runs",
            cursor=removed[-1].isoformat() if removed else context.cursor,
        )

    return sensor
