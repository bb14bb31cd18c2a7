"""How much is in the warehouse, and in which state."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from hltv_assets.warehouse.columns import Table
from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.sites import source_site


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a warehouse in a few numbers; `pending` counts match pages and map pages, whatever their state."""

    source: str | None
    matches: int
    maps: int
    batches: int
    pending: int
    due: int
    waiting: int
    next_due_at: datetime | None
    held: int
    missing: int


def overview(connection: Connection) -> Overview:
    """Return the state of the warehouse."""
    row = connection.execute(
        """
        WITH pending AS (
            SELECT is_due, due_at FROM pending_matches UNION ALL SELECT is_due, due_at FROM pending_maps
        )
        SELECT
            (SELECT count(*) FROM matches),
            (SELECT count(*) FROM maps),
            (SELECT count(DISTINCT (page_group, batch_key)) FROM batch_members),
            (SELECT count(*) FROM pending),
            (SELECT count(*) FROM pending WHERE is_due),
            (SELECT count(*) FROM pending WHERE NOT is_due AND due_at IS NOT NULL),
            (SELECT min(due_at) FROM pending WHERE NOT is_due),
            (SELECT count(*) FROM page_failures WHERE status = 'held'),
            (SELECT count(*) FROM page_failures WHERE status = 'missing')
        """
    ).fetchone()
    if row is None:
        raise LookupError("a query of counts has one row")
    matches, maps, batches, pending, due, waiting, next_due_at, held, missing = row
    return Overview(
        source=source_site(connection),
        matches=matches,
        maps=maps,
        batches=batches,
        pending=pending,
        due=due,
        waiting=waiting,
        next_due_at=next_due_at,
        held=held,
        missing=missing,
    )


def row_counts(connection: Connection, tables: Iterable[Table]) -> dict[str, int]:
    """Return how many rows each table has."""
    counts = {}
    for table in tables:
        row = connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()
        counts[table.name] = int(row[0]) if row else 0
    return counts
