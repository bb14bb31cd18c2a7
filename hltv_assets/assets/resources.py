"""The rooms' resources, made from the settings: what both Dagster and the shell need."""

from urllib.parse import urlsplit

from hltv_assets.settings import Settings
from hltv_assets.site.client import Site
from hltv_assets.site.retrying import Patience


def site_of(settings: Settings) -> Site:
    """Return the site that the settings name; its state lies in a folder of its own, by host."""
    host = urlsplit(settings.base_url).hostname or ""
    return Site(
        base_url=settings.base_url,
        user_agent=settings.user_agent,
        live=settings.live,
        concurrency=settings.concurrency or 1,
        connect_timeout=settings.connect_timeout,
        read_timeout=settings.read_timeout,
        page_timeout=settings.page_timeout,
        max_page_bytes=settings.max_page_bytes,
        min_delay=settings.min_delay or 0.0,
        first_cool_down=settings.cool_down,
        patience=Patience(
            tries=settings.tries,
            first_wait=settings.retry_wait,
            longest=settings.retry_time,
            longest_pause=settings.max_retry_after,
        ),
        state_folder=settings.data_dir / "site" / host,
    )
