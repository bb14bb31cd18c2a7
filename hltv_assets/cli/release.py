"""`hltv-assets release`: pages that wait, are held or missing become due, or the site is asked again."""

from hltv_assets.components import site_of, warehouse_of
from hltv_assets.pages import PageKind
from hltv_assets.pipeline.fetch import copy_cool_down
from hltv_assets.settings import Settings
from hltv_assets.warehouse.failures import release_pages


def release_failed_pages(settings: Settings, kind: PageKind | None, page_id: int | None) -> int:
    """Release one page, or all if none is named, and return how many there were."""
    with warehouse_of(settings).transaction() as connection:
        return release_pages(connection, kind, page_id)


def end_cool_down(settings: Settings) -> bool:
    """Let the site be asked again at once; return whether a block stood."""
    site = site_of(settings)
    had_one = site.cool_downs.end()
    with warehouse_of(settings).transaction() as connection:
        copy_cool_down(connection, site)
    return had_one
