"""`hltv-assets release`: pages that wait, are held or missing become due."""

from hltv_assets.pages import PageKind
from hltv_assets.settings import Settings
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.failures import release_pages


def release_failed_pages(settings: Settings, kind: PageKind | None, page_id: int | None) -> int:
    """Release one page, or all if none is named, and return how many there were."""
    with Warehouse(settings.warehouse, wait=settings.lock_wait).transaction() as connection:
        return release_pages(connection, kind, page_id)
