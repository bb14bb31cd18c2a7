"""The snapshot: a copy of the warehouse for readers, who would otherwise keep the runs from writing.

It lies beside the warehouse and is replaced by rename: who has the old one open keeps it. It bears the time at which
the warehouse was last written, so that the two files themselves tell whether there is anything to publish.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.errors import WarehouseBusyError


class SnapshotState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the snapshot is up to date, and when it was published (None: there is none)."""

    is_current: bool
    published_at: datetime | None


def snapshot_state(warehouse: Warehouse) -> SnapshotState:
    """Return how the snapshot stands; without a warehouse there is nothing to publish."""
    try:
        published_at = datetime.fromtimestamp(warehouse.snapshot.stat().st_ctime, UTC)
    except FileNotFoundError:
        published_at = None
    is_current = warehouse.is_same_as(warehouse.snapshot) or not warehouse.is_there()
    return SnapshotState(is_current=is_current, published_at=published_at)


def publish_snapshot(warehouse: Warehouse) -> bool:
    """Publish the warehouse as it is now, and return whether anything had changed since the last time.

    Raises `WarehouseBusyError` if another process still holds the warehouse, or publishes, after the wait;
    `WarehouseError` if there is no warehouse.
    """
    snapshot = warehouse.snapshot
    snapshot.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(f"{snapshot}.lock", timeout=warehouse.wait):
            if warehouse.is_same_as(snapshot):
                return False
            part = snapshot.with_name(f".{snapshot.name}.part")
            part.unlink(missing_ok=True)  # of a process that was killed
            warehouse.copy_to(part)
            # Not to be written to: whoever opens it then says read_only, as many at once as like.
            part.chmod(part.stat().st_mode & ~0o222)
            part.replace(snapshot)
            return True
    except Timeout:
        raise WarehouseBusyError(
            f"another process is still publishing {snapshot} after {warehouse.wait:g} s; try again when it is done"
        ) from None


@contextmanager
def copied_warehouse(warehouse: Warehouse) -> Iterator[Path]:
    """Copy the warehouse as it is now to a file of its own, which is removed in the end; see `Warehouse.copy_to`."""
    copy = warehouse.snapshot.with_name(f".{warehouse.snapshot.name}.copy")
    try:
        warehouse.copy_to(copy)
        yield copy
    finally:
        copy.unlink(missing_ok=True)
