"""The sensors that cut what is due into batches, and run them."""

from collections.abc import Collection, Sequence
from datetime import timedelta

import dagster as dg

from hltv_assets.assets.chain_assets import pending_asset_name
from hltv_assets.assets.planning import plan_batches
from hltv_assets.automation.default_status import sensors_are
from hltv_assets.automation.run_queries import (
    keys_of_open_runs,
    newest_run,
    run_key_after,
    warehouse_of_a_tick,
    why_not_to_fetch,
)
from hltv_assets.pages.kinds import PageGroup
from hltv_assets.settings import Settings
from hltv_assets.site.client import Site
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.errors import WarehouseError
from hltv_assets.warehouse.overview import PendingPages, pending_pages

_MAX_NEW_BATCHES = 20  # a tick: a backlog of thousands neither fills the time of a tick nor the list of partitions


def batches_to_run(due: Sequence[str], open_batches: Collection[str], most: int) -> list[str]:
    """Return the batches to run: due ones that have no open run, the first first, so that at most so many are open."""
    free = max(0, most - len(open_batches))
    return [key for key in due if key not in open_batches][:free]


def batches_sensor(group: PageGroup, settings: Settings) -> dg.SensorDefinition:
    """Return the sensor that cuts batches of matches or of maps, and runs those of which a page due."""

    @dg.sensor(
        name=f"{group}_batches_sensor",
        target=dg.AssetSelection.assets(pending_asset_name(group)).downstream(),
        minimum_interval_seconds=settings.sensor_interval,
        default_status=sensors_are(settings),
        description=f"Groups each {group} that is due into batches, full ones at once, and runs batches that have a "
        "page due.",
    )
    def sensor(
        context: dg.SensorEvaluationContext,
        settings: dg.ResourceParam[Settings],
        site: dg.ResourceParam[Site],
    ) -> list[dg.RunRequest] | dg.SkipReason:
        if reason := why_not_to_fetch(site):
            return dg.SkipReason(reason)
        warehouse = warehouse_of_a_tick(settings)
        try:
            due = plan_batches(
                context.instance,
                group,
                warehouse=warehouse,
                settings=settings,
                max_wait=timedelta(seconds=settings.batch_max_wait),
                most=_MAX_NEW_BATCHES,
            ).due
            # Counting looks at all maps once more, and is for the words of a tick that runs nothing only.
            pending = None if due else _pending_pages(warehouse)
        except WarehouseError as error:
            return dg.SkipReason(f"the next tick tries again: {error}")
        open_batches = keys_of_open_runs(context.instance)
        if keys := batches_to_run(due, open_batches, settings.open_batches):
            return [
                dg.RunRequest(partition_key=key, run_key=run_key_after(key, newest_run(context.instance, key)))
                for key in keys
            ]
        if pending is None:
            return dg.SkipReason(f"{len(open_batches)} batches are open, {len(due)} have pages due")
        return dg.SkipReason(_nothing_due(pending))

    return sensor


def _pending_pages(warehouse: Warehouse) -> PendingPages:
    with warehouse.connect() as connection:
        return pending_pages(connection)


def _nothing_due(pages: PendingPages) -> str:
    if pages.due:
        return f"{pages.due} due pages wait for their batch to become full"
    if pages.next_due_at:
        return f"nothing is due; {pages.waiting} pages wait, the first until {pages.next_due_at:%Y-%m-%d %H:%M:%S %Z}"
    return "nothing pending can be done now"
