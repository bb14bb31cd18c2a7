"""How much is in the warehouse, and in which state."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.schema.columns import Table
from hltv_assets.warehouse.schema.page_tables import ALL_PAGE_TABLES, written_pages
from hltv_assets.warehouse.sites import source_site


class NewestMatch(msgspec.Struct, frozen=True, kw_only=True):
    """The match that began last of those whose page is written; a team without a name is not known yet."""

    match_id: int
    team1: str | None
    team2: str | None
    started_at: datetime


class TableSize(msgspec.Struct, frozen=True):
    """How many rows a table has, and how many bytes they take in the file; what is only in the log takes none."""

    rows: int
    bytes: int


class PendingPages(msgspec.Struct, frozen=True, kw_only=True):
    """How many match pages and map pages are pending, whatever their state; how many of them are due, or wait.

    `next_due_at` is when the first of those that wait is due.
    """

    pending: int
    due: int
    waiting: int
    next_due_at: datetime | None


class Overview(PendingPages, frozen=True, kw_only=True):
    """The state of a warehouse in a few numbers.

    A batch is open while a page of it is due. Pages are stale whose rows an older parser read. `newest_page_at` is when
    the newest of the written pages arrived.
    """

    source: str | None
    matches: int
    maps: int
    newest_match: NewestMatch | None
    newest_page_at: datetime | None
    batches: int
    open_batches: int
    held: int
    missing: int
    stale: int


_PENDING = """
    SELECT 'match' AS page_group, match_id AS page_id, is_due, due_at FROM pending_matches
    UNION ALL
    SELECT 'map', mapstatsid, is_due, due_at FROM pending_maps
    """


def pending_pages(connection: Connection) -> PendingPages:
    """Return how many pages are pending."""
    pending, due, waiting, next_due_at = _only_row(
        connection,
        f"""
        SELECT
            count(*),
            count(*) FILTER (is_due),
            count(*) FILTER (NOT is_due AND due_at IS NOT NULL),
            min(due_at) FILTER (NOT is_due)
        FROM ({_PENDING})
        """,
    )
    return PendingPages(pending=pending, due=due, waiting=waiting, next_due_at=next_due_at)


def overview(connection: Connection) -> Overview:
    """Return the state of the warehouse."""
    matches, maps, batches, open_batches, held, missing = _only_row(
        connection,
        f"""
        SELECT
            (SELECT count(*) FROM matches),
            (SELECT count(*) FROM maps),
            (SELECT count(DISTINCT (page_group, batch_key)) FROM batch_members),
            (SELECT count(DISTINCT (page_group, batch_key))
             FROM batch_members JOIN ({_PENDING}) USING (page_group, page_id) WHERE is_due),
            (SELECT count(*) FROM page_failures WHERE status = 'held'),
            (SELECT count(*) FROM page_failures WHERE status = 'missing')
        """,
    )
    newest_page_at, stale = _written(connection)
    return Overview(
        **msgspec.structs.asdict(pending_pages(connection)),
        source=source_site(connection),
        matches=matches,
        maps=maps,
        newest_match=_newest_match(connection),
        newest_page_at=newest_page_at,
        batches=batches,
        open_batches=open_batches,
        held=held,
        missing=missing,
        stale=stale,
    )


def _newest_match(connection: Connection) -> NewestMatch | None:
    row = connection.execute(
        "SELECT match_id, team1_name, team2_name, started_at FROM matches"
        " WHERE started_at IS NOT NULL ORDER BY started_at DESC, match_id DESC LIMIT 1"
    ).fetchone()
    return NewestMatch(match_id=row[0], team1=row[1], team2=row[2], started_at=row[3]) if row else None


def _written(connection: Connection) -> tuple[datetime | None, int]:
    """When the newest written page arrived, and how many pages are stale."""
    pages = " UNION ALL ".join(
        f"SELECT scraped_at, parser_version < {tables.parser_version} AS is_stale FROM ({written_pages(tables)})"
        for tables in ALL_PAGE_TABLES
    )
    newest, stale = _only_row(connection, f"SELECT max(scraped_at), count(*) FILTER (is_stale) FROM ({pages})")
    return newest, stale


def table_sizes(connection: Connection, tables: Sequence[Table]) -> dict[str, TableSize]:
    """Return the size of each table, by its name.

    Small columns share blocks of the file, those of other tables, too: a block counts in equal parts for each segment
    that DuckDB says lies in it.
    """
    names = [table.name for table in tables]
    segments = " UNION ALL ".join(
        f"SELECT '{name}' AS name, unnest(list_append(additional_block_ids, block_id)) AS block"
        f" FROM pragma_storage_info('{name}') WHERE persistent"
        for name in names
    )
    in_file: dict[str, float] = dict(
        connection.execute(
            f"""
            SELECT name, sum(block_size / segments)
            FROM (SELECT name, count(*) OVER (PARTITION BY block) AS segments FROM ({segments}) WHERE block >= 0),
                (SELECT block_size FROM pragma_database_size() WHERE database_name = current_database())
            GROUP BY name
            """
        ).fetchall()
    )
    return {name: TableSize(rows, round(in_file.get(name, 0))) for name, rows in row_counts(connection, tables).items()}


def row_counts(connection: Connection, tables: Iterable[Table]) -> dict[str, int]:
    """Return how many rows each table has."""
    counts: dict[str, int] = {}
    for table in tables:
        (counts[table.name],) = _only_row(connection, f"SELECT count(*) FROM {table.name}")
    return counts


def _only_row(connection: Connection, query: str) -> tuple[Any, ...]:
    """The row of a query of counts, which has one, also over no rows."""
    (row,) = connection.execute(query).fetchall()
    return row
