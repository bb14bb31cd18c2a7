"""The rooms' resources, made from the settings: what both Dagster and the shell need."""

from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit

from filelock import FileLock

from hltv_assets.settings import POSTGRES_LAKE, Settings
from hltv_assets.site.client import Site
from hltv_assets.site.retrying import Patience
from hltv_assets.site.state_store import FolderStateStore, States
from hltv_assets.warehouse.batch_lock import BatchLocks, FileBatchLocks
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.failures import RetryPolicy
from hltv_assets.warehouse.file_warehouse import FileWarehouse
from hltv_assets.warehouse.listing import Scope

# Whatever asks the site is in this pool; dagster.yaml lets one run of it be open at a time.
SITE_POOL = "site"

# CS2 was released on that day; matches before it, but for a few test events, are CS:GO.
_FIRST_DAY_OF_CS2 = date(2023, 9, 27)


def site_of(settings: Settings) -> Site:
    """Return the site that the settings name; its state lies in a folder of its own, by host."""
    host = urlsplit(settings.base_url).hostname or ""
    folder = settings.data_dir / "site" / host
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
            max_pause=settings.max_retry_after,
        ),
        state_folder=folder,
        states=_states(settings, host) if is_lake(settings) else FolderStateStore(folder),
    )


def _states(settings: Settings, host: str) -> States:
    from hltv_assets.lake.site_state import PostgresStateStore

    return PostgresStateStore(lake_address(settings), host)


def lake_address(settings: Settings) -> str:
    """Return the database of the lake's catalogue, as libpq names it."""
    return settings.warehouse.removeprefix(POSTGRES_LAKE)


def warehouse_of(settings: Settings, *, wait: float | None = None) -> Warehouse:
    """Return the warehouse that the settings name, a DuckDB file or a lake; `wait` is in seconds, if not theirs."""
    seconds = settings.lock_wait if wait is None else wait
    if not is_lake(settings):
        return FileWarehouse(settings.warehouse, wait=seconds)
    from hltv_assets.lake.warehouse import LakeWarehouse

    snapshot = settings.data_dir / "hltv-snapshot.duckdb"
    return LakeWarehouse(lake_address(settings), files=settings.lake, snapshot=snapshot, wait=seconds)


def is_lake(settings: Settings) -> bool:
    """Return whether the warehouse lies in DuckLake, where many machines reach it."""
    return settings.warehouse.startswith(POSTGRES_LAKE)


def scope_of(settings: Settings) -> Scope:
    """Return which matches of the listing the settings ask for; days are those of UTC, the last one included."""
    first_days = [day for day in (settings.since, _FIRST_DAY_OF_CS2 if settings.cs2_only else None) if day]
    return Scope(
        since=_at(max(first_days), time.min) if first_days else None,
        until=_at(settings.until, time.max) if settings.until else None,
        events=settings.events,
        teams=settings.teams,
    )


def retry_policy_of(settings: Settings) -> RetryPolicy:
    """Return how long a page that failed waits, and how often it is tried."""
    return RetryPolicy(timedelta(seconds=settings.retry_base), settings.max_attempts)


def batch_locks_of(settings: Settings) -> BatchLocks:
    """Return the locks of the batches: of a data folder, or of all who share a lake."""
    if is_lake(settings):
        from hltv_assets.lake.batch_lock import LakeBatchLocks

        return LakeBatchLocks(lake_address(settings), wait=settings.lock_wait)
    return FileBatchLocks(settings.data_dir / "locks", wait=settings.lock_wait)


def backup_lock_of(settings: Settings) -> FileLock:
    """Return the lock of whoever makes a backup of the data folder."""
    return FileLock(settings.data_dir / "locks" / "backup.lock", timeout=settings.lock_wait)


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, UTC)
