"""The tables come into being on first use, and old files are brought to the present form.

A file remembers the fingerprint of the definition that it was last brought to; where it is the present one, opening
costs one small query.
"""

import hashlib
from typing import TYPE_CHECKING

from hltv_assets.warehouse.columns import Table, View
from hltv_assets.warehouse.errors import WarehouseError
from hltv_assets.warehouse.schema import TABLES, VIEWS
from hltv_assets.warehouse.views import all_views

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Goes up when an older version of the project could no longer work with the tables.
SCHEMA_VERSION = 1


def create_table(table: Table) -> str:
    """Return the DDL of a table."""
    lines = []
    for column in table.columns:
        line = f"{column.name} {column.type}"
        if column.name in table.key:
            line += " NOT NULL"
        if column.check:
            line += f" CHECK ({column.check})"
        lines.append(line)
    lines.append(f"PRIMARY KEY ({', '.join(table.key)})")
    return f"CREATE TABLE IF NOT EXISTS {table.name} (\n    " + ",\n    ".join(lines) + "\n)"


def comments() -> list[str]:
    """Return the statements that put every table's, view's and column's meaning into the file, for whoever opens it."""
    return [
        *(comment for table in TABLES for comment in _comments_on("TABLE", table)),
        *(comment for view in VIEWS for comment in _comments_on("VIEW", view)),
    ]


def apply_schema(connection: "DuckDBPyConnection") -> None:
    """Create what is missing: tables, columns that a newer version added, views, and the meaning of all of them.

    Raises `WarehouseError` if the file was made by a newer version of the project.
    """
    statements = [*(create_table(table) for table in TABLES), *all_views(), *comments()]
    fingerprint = hashlib.sha256("\n".join(statements).encode()).hexdigest()
    version, known = _applied(connection)
    if version > SCHEMA_VERSION:
        raise WarehouseError(
            f"this warehouse has schema {version}, this version of hltv_assets knows {SCHEMA_VERSION}: update it"
        )
    if known == fingerprint:
        return
    connection.begin()
    try:
        for table in TABLES:
            connection.execute(create_table(table))
            _add_new_columns(connection, table)
        for view in all_views():
            connection.execute(view)
        connection.execute(";".join(comments()))
        connection.execute("CREATE OR REPLACE TABLE applied_schema (version INTEGER, fingerprint VARCHAR)")
        connection.execute("INSERT INTO applied_schema VALUES (?, ?)", [SCHEMA_VERSION, fingerprint])
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _applied(connection: "DuckDBPyConnection") -> tuple[int, str | None]:
    exists = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'applied_schema'").fetchone()
    if not exists or not exists[0]:
        return 0, None
    row = connection.execute("SELECT version, fingerprint FROM applied_schema").fetchone()
    return (row[0], row[1]) if row else (0, None)


def _comments_on(kind: str, described: Table | View) -> list[str]:
    return [
        f"COMMENT ON {kind} {described.name} IS {_quoted(described.meaning)}",
        *(
            f"COMMENT ON COLUMN {described.name}.{column.name} IS {_quoted(column.meaning)}"
            for column in described.columns
        ),
    ]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _add_new_columns(connection: "DuckDBPyConnection", table: Table) -> None:
    rows = connection.execute("SELECT column_name FROM duckdb_columns() WHERE table_name = ?", [table.name]).fetchall()
    present = {row[0] for row in rows}
    for column in table.columns:
        if column.name not in present:
            connection.execute(f"ALTER TABLE {table.name} ADD COLUMN {column.name} {column.type}")
