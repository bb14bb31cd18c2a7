"""Everything put together for Dagster; nothing else belongs here."""

import dagster as dg

from hltv_assets.archive.io_manager import ManifestIOManager
from hltv_assets.archive.places import place_of
from hltv_assets.archive.store import PageStore
from hltv_assets.assets.batch_lock import BatchLocks
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
from hltv_assets.settings import Settings, read_settings
from hltv_assets.site.client import Site
from hltv_assets.warehouse.connection import Warehouse


def build_definitions(settings: Settings) -> dg.Definitions:
    """Return the code location for these settings."""
    archive = PageStore(settings.archive)
    return dg.Definitions(
        assets=[map_batches, pending_maps, raw_map_html, parsed_map_stats, map_stats_tables],
        resources={
            "settings": settings,
            "warehouse": Warehouse(settings.warehouse, wait=settings.lock_wait),
            "site": Site(
                base_url=settings.base_url,
                user_agent=settings.user_agent,
                concurrency=settings.concurrency,
                connect_timeout=settings.connect_timeout,
                read_timeout=settings.read_timeout,
                page_timeout=settings.page_timeout,
                max_page_bytes=settings.max_page_bytes,
                min_delay=settings.min_delay or 0.0,
                state_folder=settings.data_dir / "site",
            ),
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
