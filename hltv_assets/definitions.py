"""Everything put together for Dagster; nothing else belongs here."""

import dagster as dg

from hltv_assets.archive.io_manager import ManifestIOManager
from hltv_assets.archive.places import place_of
from hltv_assets.archive.store import PageStore
from hltv_assets.assets.batch_lock import BatchLocks
from hltv_assets.assets.inbox import imported_pages
from hltv_assets.assets.map_chain import (
    PARSED_PAGES_IO,
    RAW_PAGES_IO,
    map_stats_tables,
    parsed_map_stats,
    pending_maps,
    raw_map_html,
)
from hltv_assets.assets.parsed_io import ParsedBatchIOManager
from hltv_assets.assets.planning import map_batches
from hltv_assets.assets.resources import site_of
from hltv_assets.automation import inbox_sensor, map_batches_sensor
from hltv_assets.settings import Settings, read_settings
from hltv_assets.warehouse.connection import Warehouse


def build_definitions(settings: Settings) -> dg.Definitions:
    """Return the code location for these settings."""
    archive = PageStore(settings.archive)
    return dg.Definitions(
        assets=[map_batches, imported_pages, pending_maps, raw_map_html, parsed_map_stats, map_stats_tables],
        sensors=[inbox_sensor, map_batches_sensor],
        resources={
            "settings": settings,
            "warehouse": Warehouse(settings.warehouse, wait=settings.lock_wait),
            "site": site_of(settings),
            "archive": archive,
            "batch_locks": BatchLocks(settings.data_dir / "locks", wait=settings.lock_wait),
            RAW_PAGES_IO: ManifestIOManager(archive),
            PARSED_PAGES_IO: ParsedBatchIOManager(base_path=place_of(str(settings.data_dir / "parsed"))),
        },
        # One process a run: the steps of a batch are short, and starting a process for each takes seconds.
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Load the code location, with the settings of the environment."""
    return build_definitions(read_settings())
