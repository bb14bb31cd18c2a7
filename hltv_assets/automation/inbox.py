"""The sensor that imports what somebody puts into the inbox."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from hltv_assets.assets.inbox import fingerprint, imported_pages, inbox_files
from hltv_assets.automation.default_status import sensors_are
from hltv_assets.automation.run_queries import ended_at, run_key_after
from hltv_assets.settings import Settings

_SENSOR = "inbox_sensor"
_FAILED = (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
_WAIT_AFTER_A_FAILED_RUN = timedelta(minutes=15)


def inbox_request(files: Sequence[Path], newest: dg.RunRecord | None, now: datetime) -> dg.RunRequest | dg.SkipReason:
    """Return the run for what lies in the inbox, or why there is none; `newest` is the newest run for any files.

    The run's key is the state of the files, so that the same refused files are not tried again until one changes. A run
    for just these files that failed, or was killed, refused none of them: the next one follows after a wait.
    """
    if not files:
        return dg.SkipReason("the inbox is empty")
    name = f"inbox-{fingerprint(files)}"
    if newest is None or not _failed_for(newest, name):
        return dg.RunRequest(run_key=name)
    due_at = ended_at(newest) + _WAIT_AFTER_A_FAILED_RUN
    if now < due_at:
        return dg.SkipReason(f"the run for these files failed; they are tried again at {due_at:%Y-%m-%d %H:%M:%S %Z}")
    return dg.RunRequest(run_key=run_key_after(name, newest))


def inbox_sensor(settings: Settings) -> dg.SensorDefinition:
    """Return the sensor that asks for an import when there is something new in the inbox."""

    @dg.sensor(
        name=_SENSOR,
        target=[imported_pages],
        minimum_interval_seconds=settings.sensor_interval,
        default_status=sensors_are(settings),
        description="Imports pages from the folder `inbox` of the data folder.",
    )
    def sensor(
        context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
    ) -> dg.RunRequest | dg.SkipReason:
        return inbox_request(inbox_files(settings.data_dir), _newest_run(context.instance), datetime.now(UTC))

    return sensor


def _newest_run(instance: dg.DagsterInstance) -> dg.RunRecord | None:
    records = instance.get_run_records(dg.RunsFilter(tags={"dagster/sensor_name": _SENSOR}), limit=1)
    return records[0] if records else None


def _failed_for(record: dg.RunRecord, name: str) -> bool:
    """Whether a run failed, and was asked for under this name, whichever try it was."""
    run = record.dagster_run
    return run.status in _FAILED and run.tags.get("dagster/run_key", "").startswith(name)
