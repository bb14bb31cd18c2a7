"""Tables are created on first use, and old files are migrated to the current form.

A file remembers the fingerprint of the definition that it was last brought to; where it is the current one, opening
costs one small query.
"""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from hltv_assets.warehouse.errors import WarehouseError
from hltv_assets.warehouse.quoting import quoted
from hltv_assets.warehouse.schema.columns import Table, View
from hltv_assets.warehouse.schema.tables import TABLES, VIEWS
from hltv_assets.warehouse.schema.views import all_views

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Goes up when an older version of the project could no longer work with the tables.
SCHEMA_VERSION = 2

# Tables whose sides were spelt in small letters before version 2.
_TABLES_WITH_SIDES = ("player_side_stats", "match_player_stats")


class Form(msgspec.Struct, frozen=True):
    """How tables are made in one kind of store, and what says there what they mean: statements, in order."""

    tables: Sequence[str]
    comments: Sequence[str]

    @property
    def fingerprint(self) -> str:
        """The same as long as the tables, the views and their meanings are."""
        return hashlib.sha256("\n".join([*self.tables, *all_views(), *self.comments]).encode()).hexdigest()


def create_table(table: Table) -> str:
    """Return the DDL of a table, with its key and its conditions."""
    conditions = [f"CHECK ({column.check})" if column.check else "" for column in table.columns]
    return _create(table, conditions, [f"PRIMARY KEY ({', '.join(table.key)})"])


def create_staging_table(table: Table) -> str:
    """Return the DDL of a new temporary table like another, with its key and its conditions."""
    return create_table(table).replace("CREATE TABLE IF NOT EXISTS", "CREATE OR REPLACE TEMPORARY TABLE", 1)


def file_form() -> Form:
    """Return the form of a DuckDB file, which has its conditions and its meanings in it, for whoever opens it."""
    meanings = [
        *(comment for table in TABLES for comment in (_comment_on("TABLE", table), *_comments_on_columns(table))),
        *(comment for view in VIEWS for comment in (_comment_on("VIEW", view), *_comments_on_columns(view))),
    ]
    return Form([create_table(table) for table in TABLES], meanings)


def lake_form() -> Form:
    """Return the form of a lake: DuckLake has no other condition than NOT NULL, and no comments on a view's columns."""
    meanings = [
        *(comment for table in TABLES for comment in (_comment_on("TABLE", table), *_comments_on_columns(table))),
        *(_comment_on("VIEW", view) for view in VIEWS),
    ]
    return Form([_create(table, [""] * len(table.columns), []) for table in TABLES], meanings)


def _create(table: Table, conditions: Sequence[str], further: Sequence[str]) -> str:
    lines = [
        " ".join(filter(None, (column.name, column.type, "NOT NULL" if column.name in table.key else "", condition)))
        for column, condition in zip(table.columns, conditions, strict=True)
    ]
    return f"CREATE TABLE IF NOT EXISTS {table.name} (\n    " + ",\n    ".join([*lines, *further]) + "\n)"


def is_applied(connection: "DuckDBPyConnection", form: Form) -> bool:
    """Return whether the warehouse has its current form.

    Raises `WarehouseError` if it was made by a newer version of the project.
    """
    version, known = _applied(connection)
    if version > SCHEMA_VERSION:
        raise WarehouseError(
            f"this warehouse has schema {version}, this version of hltv_assets knows {SCHEMA_VERSION}: update it"
        )
    return known == form.fingerprint


def apply_schema(connection: "DuckDBPyConnection", form: Form) -> None:
    """Create what is missing: tables, columns that a newer version added, views, and the meaning of all of them.

    Raises `WarehouseError` if the warehouse was made by a newer version of the project.
    """
    if is_applied(connection, form):
        return
    version, _ = _applied(connection)
    connection.begin()
    try:
        if version == 1:
            _spell_sides_in_capitals(connection, form)
        for statement in form.tables:
            connection.execute(statement)
        for table in TABLES:
            _add_new_columns(connection, table)
        for view in all_views():
            connection.execute(view)
        connection.execute(";".join(form.comments))
        connection.execute("CREATE OR REPLACE TABLE applied_schema (version INTEGER, fingerprint VARCHAR)")
        connection.execute("INSERT INTO applied_schema VALUES (?, ?)", [SCHEMA_VERSION, form.fingerprint])
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _spell_sides_in_capitals(connection: "DuckDBPyConnection", form: Form) -> None:
    """Write rows anew: the condition of the old table would refuse the new value, and cannot be changed."""
    for name in _TABLES_WITH_SIDES:
        old = f"old_{name}"
        connection.execute(f"CREATE OR REPLACE TEMPORARY TABLE {old} AS FROM {name}")
        connection.execute(f"DROP TABLE {name}")
        connection.execute(next(one for one in form.tables if f" {name} (" in one))
        connection.execute(
            f"INSERT INTO {name} BY NAME"
            f" SELECT * REPLACE (CASE WHEN side IN ('ct', 't') THEN upper(side) ELSE side END AS side) FROM {old}"
        )
        connection.execute(f"DROP TABLE {old}")


def _applied(connection: "DuckDBPyConnection") -> tuple[int, str | None]:
    from duckdb import CatalogException

    try:
        # To look in the catalogue whether it is there takes three times as long, and every opening would wait for it.
        row = connection.execute("SELECT version, fingerprint FROM applied_schema").fetchone()
    except CatalogException:
        return 0, None
    return (row[0], row[1]) if row else (0, None)


def _comment_on(kind: str, described: Table | View) -> str:
    return f"COMMENT ON {kind} {described.name} IS {quoted(described.meaning)}"


def _comments_on_columns(described: Table | View) -> list[str]:
    return [
        f"COMMENT ON COLUMN {described.name}.{column.name} IS {quoted(column.meaning)}" for column in described.columns
    ]


def _add_new_columns(connection: "DuckDBPyConnection", table: Table) -> None:
    rows = connection.execute(
        "SELECT column_name FROM duckdb_columns() WHERE database_name = current_database() AND table_name = ?",
        [table.name],
    ).fetchall()
    present = {row[0] for row in rows}
    for column in table.columns:
        if column.name not in present:
            connection.execute(f"ALTER TABLE {table.name} ADD COLUMN {column.name} {column.type}")
