"""Rows into tables: inserted where their key is new, updated where it is not, each checked first.

Rows go through a temporary table with the table's key and conditions, since DuckLake knows none; and by MERGE, which is
the only upsert that both DuckDB's own tables and DuckLake's have. What is refused is refused by that table, with
DuckDB's own words, before anything else is touched.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.parameters import rows_parameter, rows_query
from hltv_assets.warehouse.schema.columns import Table
from hltv_assets.warehouse.schema.migration import create_staging_table


def put_rows(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, object]], *, keep: Sequence[str] = ()
) -> None:
    """Insert or update rows of a table by its key; all have the same columns, and those to `keep` are only inserted.

    Raises `duckdb.ConstraintException` where a row cannot be one of the table or a key comes twice, and
    `duckdb.ConversionException` for what is no value of its column.
    """
    if not rows:
        return
    columns = [column for column in table.columns if column.name in rows[0]]
    names = [column.name for column in columns]
    with staging(connection, table, names) as staged:
        given = [{name: row[name] for name in names} for row in rows]
        connection.execute(f"INSERT INTO {staged} {rows_query(columns)}", [rows_parameter(given)])
        merge_staged(connection, table, names, keep=keep)


@contextmanager
def staging(connection: Connection, table: Table, names: Sequence[str]) -> Iterator[str]:
    """Yield the name of an empty temporary table with some columns of a table, which refuses what that must not have.

    It is gone in the end; where something is raised, with the transaction.
    """
    given = frozenset(names)
    staged = f"staged_{table.name}"
    columns = tuple(column for column in table.columns if column.name in given)
    connection.execute(create_staging_table(Table(staged, table.meaning, table.key, columns)))
    yield staged
    connection.execute(f"DROP TABLE {staged}")


def merge_staged(connection: Connection, table: Table, names: Sequence[str], *, keep: Sequence[str] = ()) -> None:
    """Bring staged rows, of some columns, into their table; called within `staging`."""
    on = " AND ".join(f"kept.{name} = staged.{name}" for name in table.key)
    updates = ", ".join(f"{name} = staged.{name}" for name in names if name not in {*table.key, *keep})
    values = ", ".join(f"staged.{name}" for name in names)
    connection.execute(
        f"MERGE INTO {table.name} AS kept USING staged_{table.name} AS staged ON {on}"
        + (f" WHEN MATCHED THEN UPDATE SET {updates}" if updates else "")
        + f" WHEN NOT MATCHED THEN INSERT ({', '.join(names)}) VALUES ({values})"
    )
