"""Writing pages: all rows of a page land in one transaction, in every table of its kind, or none do.

Pages in which nothing is wrong are one transaction with one bulk statement a table. If that fails, each half of them
is tried by itself, and so on, until the pages that cannot be written stand apart from the others.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter

import duckdb
import pyarrow as pa

from hltv_assets.pages import Outcome
from hltv_assets.pages.failures import PageFailure
from hltv_assets.pages.kinds import PageIds
from hltv_assets.pages.records import Record
from hltv_assets.warehouse.connection import Connection, Warehouse
from hltv_assets.warehouse.failures import RetryPolicy, forget_failures, record_failures
from hltv_assets.warehouse.provenance import Provenance
from hltv_assets.warehouse.schema.columns import Table
from hltv_assets.warehouse.schema.page_tables import PageTables
from hltv_assets.warehouse.upserting import merge_staged, staging

_ARROW_TYPES = {
    "INTEGER": pa.int32(),
    "DOUBLE": pa.float64(),
    "VARCHAR": pa.string(),
    "BOOLEAN": pa.bool_(),
    "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
}
_FAULTS_OF_ROWS = (duckdb.DataError, duckdb.IntegrityError, pa.ArrowInvalid, pa.ArrowTypeError, OverflowError)


class PageRows(PageIds, frozen=True, kw_only=True):
    """The rows of one page, by table, with the keys and the provenance that all of them share."""

    match_id: int
    provenance: Provenance
    rows: Mapping[str, Sequence[Record]]


def write_pages(
    warehouse: Warehouse, tables: PageTables, pages: Sequence[PageRows], policy: RetryPolicy
) -> list[PageFailure]:
    """Write pages, replacing what they had in these tables, and return the failures of those that did not land.

    A page that landed has no failure any more; one that the tables refuse is recorded in `page_failures` and
    `rejected_rows`. Raises what is nobody's rows' fault (a full disk, say), with nothing half written.
    """
    if not pages:
        return []
    now = datetime.now(UTC)
    try:
        warehouse.write(lambda connection: _replace_rows(connection, tables, pages, now))
    except _FAULTS_OF_ROWS as error:
        if len(pages) == 1:
            failure = _failure(tables, pages[0], error)
            with warehouse.transaction() as connection:
                record_failures(connection, [failure], now=now, policy=policy)
            return [failure]
        half = len(pages) // 2
        return [
            failure for part in (pages[:half], pages[half:]) for failure in write_pages(warehouse, tables, part, policy)
        ]
    return []


def _replace_rows(connection: Connection, tables: PageTables, pages: Sequence[PageRows], now: datetime) -> None:
    keys = {name: pa.array([getattr(page, name) for page in pages], pa.int32()) for name in tables.page_key}
    connection.register("written_pages", pa.table(keys))
    try:
        if tables.before:
            connection.execute(tables.before)
        for table in tables.tables:
            _replace_in_table(connection, table, tables.page_key, pages, now)
        if tables.derived:
            connection.execute(tables.derived)
    finally:
        connection.unregister("written_pages")
    forget_failures(connection, tables.kind, {page.page_id: page.provenance.scraped_at for page in pages}, now)


def _replace_in_table(
    connection: Connection, table: Table, page_key: Sequence[str], pages: Sequence[PageRows], now: datetime
) -> None:
    incoming = _arrow_table(table, page_key, pages, now)
    # Upsert and removal of the surplus, not removal and insertion: columns of other page kinds must stay.
    with staging(connection, table, incoming.column_names) as staged:
        connection.register("incoming_rows", incoming)
        try:
            connection.execute(f"INSERT INTO {staged} BY NAME FROM incoming_rows")
        finally:
            connection.unregister("incoming_rows")
        connection.execute(
            f"DELETE FROM {table.name} WHERE ({', '.join(page_key)}) IN (FROM written_pages)"
            f" AND ({', '.join(table.key)}) NOT IN (SELECT ({', '.join(table.key)}) FROM {staged})"
        )
        merge_staged(connection, table, incoming.column_names)


def _arrow_table(table: Table, page_key: Sequence[str], pages: Sequence[PageRows], now: datetime) -> pa.Table:
    """The rows of all pages for one table, as columns; what a page kind does not know of a table is left out."""
    types = {column.name: _ARROW_TYPES[column.type] for column in table.columns}
    rows = [row for page in pages for row in page.rows[table.name]]
    own = rows[0].__struct_fields__ if rows else table.key
    columns = {name: pa.array(list(map(attrgetter(name), rows)), types[name]) for name in own if name in types}
    # What a page's rows share is made of one value per page, and repeated by Arrow: seven columns of each table.
    shared = {
        **{name: [getattr(page, name) for page in pages] for name in page_key},
        **{name: [getattr(page.provenance, name) for page in pages] for name in Provenance.__struct_fields__},
        "updated_at": [now] * len(pages),
    }
    page_of_row = pa.array([place for place, page in enumerate(pages) for _ in page.rows[table.name]], pa.int32())
    columns |= {name: pa.array(values, types[name]).take(page_of_row) for name, values in shared.items()}
    return pa.table(columns)


def _failure(tables: PageTables, page: PageRows, error: BaseException) -> PageFailure:
    return PageFailure(
        page_kind=tables.kind,
        page_id=page.page_id,
        match_id=page.match_id,
        map_number=page.map_number,
        stage="write",
        outcome=Outcome.WRITE_ERROR,
        message=str(error).partition("\n")[0],
        page_sha256=page.provenance.page_sha256,
        parser_version=page.provenance.parser_version,
        rows=page.rows,
    )
