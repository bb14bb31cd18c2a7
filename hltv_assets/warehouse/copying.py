"""Copying a warehouse table by table, between a DuckDB file and DuckLake, either way."""

from collections.abc import Callable

from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.errors import WarehouseError
from hltv_assets.warehouse.schema.tables import TABLES

_ROWS_AT_ONCE = 100_000

Watch = Callable[[int, int], None]


def copy_tables(source: Warehouse, target: Warehouse, watch: Watch = lambda _done, _all: None) -> int:
    """Copy all rows of a warehouse, as they are at one moment, into one without rows; return how many.

    All of them arrive, or none. `watch` is told how many tables of how many are done. Raises `WarehouseError` if the
    target has rows.
    """
    rows = 0
    with source.connect() as reading, target.transaction() as writing:
        reading.begin()
        for table in TABLES:
            if writing.execute(f"SELECT EXISTS (FROM {table.name})").fetchone() != (False,):
                raise WarehouseError(f"{target.place} has rows already: a warehouse is only copied to an empty one")
        for done, table in enumerate(TABLES):
            watch(done, len(TABLES))
            names = ", ".join(table.column_names())
            reader = reading.execute(f"SELECT {names} FROM {table.name}").to_arrow_reader(_ROWS_AT_ONCE)
            writing.register("rows_to_copy", reader)
            row = writing.execute(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM rows_to_copy").fetchone()
            writing.unregister("rows_to_copy")
            rows += int(row[0]) if row else 0
        reading.rollback()
    watch(len(TABLES), len(TABLES))
    return rows
