"""The sensor that has pages read again when their parser has a newer version: out of the archive, never fetched."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import dagster as dg

from hltv_assets.automation.default_status import sensors_are
from hltv_assets.automation.run_queries import (
    ended_at,
    keys_of_open_runs,
    newest_run,
    run_key_after,
    warehouse_of_a_tick,
)
from hltv_assets.pages.kinds import PageGroup
from hltv_assets.pipeline.chain import CHAINS
from hltv_assets.settings import Settings
from hltv_assets.warehouse.batches import stale_batch_keys
from hltv_assets.warehouse.errors import WarehouseError

if TYPE_CHECKING:
    # What `define_asset_job` returns; Dagster has no public name for it.
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

GROUPS: tuple[PageGroup, ...] = ("match", "map")
_MOST_OPEN_BATCHES = 2
_PAUSE = timedelta(hours=1)  # before a batch is read again that is stale even so


def batches_to_read_again(
    stale: Mapping[PageGroup, Sequence[str]],
    open_batches: Collection[str],
    newest: Callable[[str], dg.RunRecord | None],
    now: datetime,
) -> list[dg.RunRequest] | dg.SkipReason:
    """Return the runs to ask for: stale batches that have no open run, as long as few enough are open.

    A batch that is stale though it was just read again (its manifest is gone, say) waits, and the others go on.
    `newest` gives the newest run of a batch; it is asked of no more batches than it takes.
    """
    batches = [(group, key) for group, keys in stale.items() for key in keys]
    if not batches:
        return dg.SkipReason("every page was read by the parser of today")
    free = _MOST_OPEN_BATCHES - len(open_batches)
    if free <= 0:
        return dg.SkipReason(f"{len(open_batches)} batches are open, {len(batches)} have pages of an older parser")
    wanted = ((group, key, newest(key)) for group, key in batches if key not in open_batches)
    ready = ((group, key, run) for group, key, run in wanted if not _was_just_read_again(run, now))
    requests = [
        dg.RunRequest(job_name=_job_name(group), partition_key=key, run_key=run_key_after(f"{key}-again", run))
        for group, key, run in islice(ready, free)
    ]
    return requests or dg.SkipReason(
        f"{len(batches)} batches have pages of an older parser; those that are not open were read again within the "
        f"last {_PAUSE.total_seconds() / 60:.0f} minutes, and their runs tell why that did not help"
    )


def _was_just_read_again(newest: dg.RunRecord | None, now: datetime) -> bool:
    return (
        newest is not None
        and newest.dagster_run.job_name in map(_job_name, GROUPS)
        and newest.dagster_run.is_finished
        and now - ended_at(newest) < _PAUSE
    )


def reading_job(group: PageGroup) -> "UnresolvedAssetJobDefinition":
    """Return the job that reads a batch again: there is no raw asset in it, so that nothing is fetched."""
    parsed = dg.AssetSelection.assets(*(chain.parsed_asset for chain in CHAINS if chain.group == group))
    return dg.define_asset_job(
        _job_name(group),
        selection=parsed.downstream(),
        description=f"Reads the archived pages of each {group} of a batch again, as far as their parser got better.",
    )


def stale_parser_sensor(jobs: "Sequence[UnresolvedAssetJobDefinition]", settings: Settings) -> dg.SensorDefinition:
    """Return the sensor that asks for batches to be read again; `jobs` are the `reading_job` of each group."""

    @dg.sensor(
        name="stale_parser_sensor",
        jobs=jobs,
        minimum_interval_seconds=settings.sensor_interval,
        default_status=sensors_are(settings),
        description="Has pages read again out of the archive when their parser got better.",
    )
    def sensor(
        context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
    ) -> list[dg.RunRequest] | dg.SkipReason:
        warehouse = warehouse_of_a_tick(settings)
        try:
            with warehouse.connect() as connection:
                stale = {group: stale_batch_keys(connection, group) for group in GROUPS}
        except WarehouseError as error:
            return dg.SkipReason(f"the next tick tries again: {error}")
        return batches_to_read_again(
            stale, keys_of_open_runs(context.instance), partial(newest_run, context.instance), datetime.now(UTC)
        )

    return sensor


def _job_name(group: PageGroup) -> str:
    return {"match": "read_matches_again", "map": "read_maps_again"}[group]
