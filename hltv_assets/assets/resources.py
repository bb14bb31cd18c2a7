"""The rooms' resources, made from the settings: what both Dagster and the shell need."""

from datetime import UTC, date, datetime, time
from urllib.parse import urlsplit

from hltv_assets.settings import Settings
from hltv_assets.site.client import Site
from hltv_assets.site.retrying import Patience
from hltv_assets.warehouse.discovery import Scope

# Whatever asks the site is in this pool; dagster.yaml lets one run of it be open at a time.
SITE_POOL = "site"

# CS2 was released on that day; matches before it, but for a few test events, are CS:GO.
_FIRST_DAY_OF_CS2 = date(2023, 9, 27)


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


def scope_of(settings: Settings) -> Scope:
    """Return which matches of the listing the settings ask for; days are those of UTC, the last one included."""
    first_days = [day for day in (settings.since, _FIRST_DAY_OF_CS2 if settings.cs2_only else None) if day]
    return Scope(
        since=_at(max(first_days), time.min) if first_days else None,
        until=_at(settings.until, time.max) if settings.until else None,
        events=settings.events,
        teams=settings.teams,
    )


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, UTC)
