"""Whether sensors and schedules are on before anybody has touched their switch in the UI, which counts more."""

import dagster as dg

from hltv_assets.settings import Settings


def sensors_are(settings: Settings) -> dg.DefaultSensorStatus:
    """Return the state of a sensor that nobody switched on or off."""
    return dg.DefaultSensorStatus.RUNNING if settings.automation else dg.DefaultSensorStatus.STOPPED


def schedules_are(settings: Settings) -> dg.DefaultScheduleStatus:
    """Return the state of a schedule that nobody switched on or off."""
    return dg.DefaultScheduleStatus.RUNNING if settings.automation else dg.DefaultScheduleStatus.STOPPED
