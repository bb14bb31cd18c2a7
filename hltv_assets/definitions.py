"""Everything put together for Dagster; nothing else belongs here."""

from functools import lru_cache

import dagster as dg

from hltv_assets.archive.storage import place_of
from hltv_assets.archive.store import PageStore
from hltv_assets.assets.chain_assets import (
    PARSED_PAGES_IO,
    PENDING_BATCH_IO,
    RAW_PAGES_IO,
    parsed_asset,
    pending_asset,
    raw_asset,
    tables_asset,
)
from hltv_assets.assets.checks import all_checks, sweep
from hltv_assets.assets.discovered import discovered_matches
from hltv_assets.assets.inbox import imported_pages
from hltv_assets.assets.io_managers import ManifestIOManager, ParsedBatchIOManager, PendingBatchIOManager
from hltv_assets.assets.lake_upkeep import lake_upkeep
from hltv_assets.assets.planning import batches_asset
from hltv_assets.assets.published import parquet_export, warehouse_snapshot
from hltv_assets.automation.alerts import alerts_sensor
from hltv_assets.automation.batches import batches_sensor
from hltv_assets.automation.executor import executor_of
from hltv_assets.automation.freshness import with_freshness
from hltv_assets.automation.inbox import inbox_sensor
from hltv_assets.automation.old_logs import old_logs_sensor
from hltv_assets.automation.publishing import export_schedule, snapshot_sensor
from hltv_assets.automation.reparse import reparse_job, stale_parser_sensor
from hltv_assets.automation.schedules import results_schedule, sweep_schedule, upkeep_schedule
from hltv_assets.components import batch_locks_of, is_lake, site_of, warehouse_of
from hltv_assets.pipeline.chain import CHAINS
from hltv_assets.settings import Settings, read_settings
from hltv_assets.site.client import Site


def build_definitions(settings: Settings, site: Site | None = None) -> dg.Definitions:
    """Return the code location for these settings, and for another site than theirs if it is given."""
    archive = PageStore(settings.archive)
    checks = all_checks()
    sweep_job = dg.define_asset_job("sweep", selection=sweep(checks), description="Checks the whole warehouse.")
    return dg.Definitions(
        assets=[
            discovered_matches,
            imported_pages,
            batches_asset("match"),
            batches_asset("map"),
            pending_asset("match"),
            pending_asset("map"),
            *(make(chain) for chain in CHAINS for make in (raw_asset, parsed_asset)),
            *(with_freshness(tables_asset(chain), settings) for chain in CHAINS),
            warehouse_snapshot,
            parquet_export,
            *([lake_upkeep] if is_lake(settings) else []),
        ],
        asset_checks=checks,
        jobs=[sweep_job, reparse_job],
        schedules=[
            results_schedule(settings),
            sweep_schedule(sweep_job, settings),
            export_schedule(settings),
            *([upkeep_schedule(settings)] if is_lake(settings) else []),
        ],
        sensors=[
            inbox_sensor(settings),
            batches_sensor("match", settings),
            batches_sensor("map", settings),
            stale_parser_sensor(settings),
            old_logs_sensor(settings),
            alerts_sensor(settings),
            # Readers of a lake need no copy.
            *([] if is_lake(settings) else [snapshot_sensor(settings)]),
        ],
        resources={
            "settings": settings,
            "warehouse": warehouse_of(settings),
            "site": site or site_of(settings),
            "archive": archive,
            "batch_locks": batch_locks_of(settings),
            PENDING_BATCH_IO: PendingBatchIOManager(place_of(settings.parsed)),
            RAW_PAGES_IO: ManifestIOManager(archive),
            PARSED_PAGES_IO: ParsedBatchIOManager(place_of(settings.parsed)),
        },
        executor=executor_of(settings),
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Load the code location, with the settings of the environment."""
    return _built(read_settings())


# A process that executes a run asks for its code location half a dozen times.
_built = lru_cache(maxsize=1)(build_definitions)
