"""The sensor that imports what somebody puts into the inbox."""

from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from hltv_assets.assets.inbox import fingerprint, imported_pages, inbox_files
from hltv_assets.automation.switch import sensors_are
from hltv_assets.settings import Settings


def inbox_request(files: Sequence[Path]) -> dg.RunRequest | dg.SkipReason:
    """Return the run for what lies in the inbox, or why there is none.

    The run's key is the state of the files, so that the same refused files are not tried again until one changes.
    """
    if not files:
        return dg.SkipReason("the inbox is empty")
    return dg.RunRequest(run_key=f"inbox-{fingerprint(files)}")


def inbox_sensor(settings: Settings) -> dg.SensorDefinition:
    """Return the sensor that asks for an import when there is something new in the inbox."""

    @dg.sensor(
        name="inbox_sensor",
        target=[imported_pages],
        minimum_interval_seconds=settings.sensor_interval,
        default_status=sensors_are(settings),
        description="Imports pages that somebody puts into the folder inbox of the data folder.",
    )
    def sensor(settings: dg.ResourceParam[Settings]) -> dg.RunRequest | dg.SkipReason:
        return inbox_request(inbox_files(settings.data_dir))

    return sensor
