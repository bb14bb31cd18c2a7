"""How much is in the warehouse, and in which state."""

from collections.abc import Iterable

from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.schema import Table


def row_counts(connection: Connection, tables: Iterable[Table]) -> dict[str, int]:
    """Return how many rows each table has."""
    counts = {}
    for table in tables:
        row = connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()
        counts[table.name] = int(row[0]) if row else 0
    return counts
