"""The snapshot: a copy of the warehouse for readers, who would otherwise keep the runs from writing.

It lies beside the warehouse and is replaced by rename: who has the old one open keeps it. It bears the time at which
the warehouse was last written, so that the two files themselves tell whether there is anything to publish.
"""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.errors import WarehouseBusyError, WarehouseError

_PIECE = 2**22  # bytes


class SnapshotState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the snapshot has all that the warehouse has, and when it was published (None: there is none)."""

    is_current: bool
    published_at: datetime | None


def snapshot_path(warehouse: str) -> Path:
    """Return where the snapshot of the warehouse in a file lies."""
    path = Path(warehouse)
    return path.with_stem(f"{path.stem}-snapshot")


def snapshot_state(warehouse: str) -> SnapshotState:
    """Return how the snapshot stands, without opening the warehouse; one that is not there has nothing to publish."""
    source, copy = _stat(Path(warehouse)), _stat(snapshot_path(warehouse))
    # What a killed process wrote stands in the log, until somebody opens the warehouse.
    has_log = Path(f"{warehouse}.wal").exists()
    is_same = source and copy and (source.st_size, source.st_mtime_ns) == (copy.st_size, copy.st_mtime_ns)
    return SnapshotState(
        is_current=source is None or (bool(is_same) and not has_log),
        published_at=datetime.fromtimestamp(copy.st_ctime, UTC) if copy else None,
    )


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def publish_snapshot(warehouse: Warehouse) -> bool:
    """Publish the warehouse as it is now, and return whether anything had changed since the last time.

    Raises `WarehouseBusyError` if another process holds the warehouse, or publishes, still after the wait;
    `WarehouseError` if there is no warehouse.
    """
    if not Path(warehouse.path).exists():
        raise WarehouseError(f"there is no warehouse {warehouse.path} yet: run `hltv-assets sync` first")
    snapshot = snapshot_path(warehouse.path)
    try:
        with FileLock(f"{snapshot}.lock", timeout=warehouse.wait):
            if snapshot_state(warehouse.path).is_current:
                return False
            part = snapshot.with_name(f".{snapshot.name}.part")
            part.unlink(missing_ok=True)  # of a process that was killed
            _copy(warehouse, part)
            part.replace(snapshot)
            return True
    except Timeout:
        raise WarehouseBusyError(
            f"another process publishes {snapshot}, still after {warehouse.wait:g} s; try again when it is done"
        ) from None


def _copy(warehouse: Warehouse, target: Path) -> None:
    # Closing a file ends all locks that the process has on it, DuckDB's too (POSIX says so): the source is closed last.
    with Path(warehouse.path).open("rb") as source, target.open("wb") as copy:
        with warehouse.connect() as connection:
            connection.execute("CHECKPOINT")
            shutil.copyfileobj(source, copy, _PIECE)
            written_at = os.fstat(source.fileno()).st_mtime_ns
        copy.flush()
        os.fsync(copy.fileno())
    # Not to be written to: whoever opens it then says read_only, as many at once as like.
    target.chmod(target.stat().st_mode & ~0o222)
    os.utime(target, ns=(written_at, written_at))
