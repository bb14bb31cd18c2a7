"""Which tables a page of each kind fills, which of their columns name the page, and which parser fills them now."""

import msgspec

from hltv_assets.pages import PageKind
from hltv_assets.pages.economy import ECONOMY_PARSER_VERSION
from hltv_assets.pages.kinds import PageGroup
from hltv_assets.pages.map_stats import MAP_STATS_PARSER_VERSION
from hltv_assets.pages.match import MATCH_PARSER_VERSION
from hltv_assets.pages.performance import PERFORMANCE_PARSER_VERSION
from hltv_assets.warehouse.schema.columns import Table
from hltv_assets.warehouse.schema.map_tables import (
    KILL_MATRIX,
    MAP_STATS,
    PLAYER_PERFORMANCE,
    PLAYER_SIDE_STATS,
    PLAYER_STATS,
    ROUND_ECONOMY,
    ROUND_HISTORY,
)
from hltv_assets.warehouse.schema.match_tables import LINEUPS, MAPS, MATCH_PLAYER_STATS, MATCHES, VETOES


class PageTables(msgspec.Struct, frozen=True):
    """The tables of a page kind; each written page has a row in `head`, whose presence says that it is written.

    `head_row_filter` matches at least one of its rows there, so that not all are looked at.
    `needs` is the kind of the same map without whose rows these cannot be written. `derived` is SQL that brings other
    tables up to date, in the same transaction, for the keys in the table `written_pages`; `before` is SQL that runs
    before any row of them is replaced.
    """

    kind: PageKind
    group: PageGroup
    parser_version: int
    head: Table
    others: tuple[Table, ...] = ()
    needs: PageKind | None = None
    before: str | None = None
    derived: str | None = None
    head_row_filter: str = "true"

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables of the kind."""
        return (self.head, *self.others)

    @property
    def page_key(self) -> tuple[str, ...]:
        """The columns that all rows of a page share; a page's rows replace those with the same key."""
        return ("match_id",) if self.group == "match" else ("match_id", "map_number")


MAP_STATS_TABLES = PageTables(
    PageKind.MAP_STATS, "map", MAP_STATS_PARSER_VERSION, MAP_STATS, (PLAYER_STATS, PLAYER_SIDE_STATS, ROUND_HISTORY)
)
PERFORMANCE_TABLES = PageTables(
    PageKind.MAP_PERFORMANCE, "map", PERFORMANCE_PARSER_VERSION, PLAYER_PERFORMANCE, (KILL_MATRIX,)
)
ECONOMY_TABLES = PageTables(
    PageKind.MAP_ECONOMY,
    "map",
    ECONOMY_PARSER_VERSION,
    ROUND_ECONOMY,
    needs=PageKind.MAP_STATS,
    head_row_filter="round_number = 1",
    derived="""
    UPDATE map_stats SET economy_rounds = counted.rounds
    FROM (
        SELECT match_id, map_number, count(DISTINCT round_number) AS rounds
        FROM round_economy WHERE (match_id, map_number) IN (FROM written_pages) GROUP BY ALL
    ) AS counted
    WHERE (map_stats.match_id, map_stats.map_number) = (counted.match_id, counted.map_number)
    """,
)

MAP_PAGE_TABLES = (MAP_STATS_TABLES, PERFORMANCE_TABLES, ECONOMY_TABLES)

# Rows of a map bear its number, not whose page they were read from. A match page that is written again may number its
# maps anew, put another in the place of one, or lose one: rows that stayed would count as the other map's.
_REMEMBER_MAPS = """
    CREATE OR REPLACE TEMPORARY TABLE maps_before AS
    SELECT match_id, map_number, mapstatsid FROM maps WHERE match_id IN (FROM written_pages)
    """
_KINDS_OF_MAPS = ", ".join(f"'{kind.kind}'" for kind in MAP_PAGE_TABLES)
_DELETE_ROWS_OF_REPLACED_MAPS = "".join(
    f"DELETE FROM {table.name} WHERE (match_id, map_number) IN (FROM numbers_of_others);\n"
    for kind in MAP_PAGE_TABLES
    for table in kind.tables
)
_REMOVE_WHAT_OTHER_MAPS_LEFT = f"""
    CREATE OR REPLACE TEMPORARY TABLE numbers_of_others AS
    SELECT DISTINCT match_id, map_number
    FROM (
        FROM maps_before
        UNION ALL
        SELECT match_id, map_number, mapstatsid FROM map_stats WHERE match_id IN (FROM written_pages)
    ) AS read_from
    LEFT JOIN maps USING (match_id, map_number)
    WHERE read_from.mapstatsid IS NOT NULL AND read_from.mapstatsid IS DISTINCT FROM maps.mapstatsid;
    {_DELETE_ROWS_OF_REPLACED_MAPS}
    DELETE FROM page_failures
    WHERE page_kind IN ({_KINDS_OF_MAPS}) AND match_id IN (FROM written_pages)
        AND page_id NOT IN (SELECT mapstatsid FROM maps WHERE mapstatsid IS NOT NULL);
    DROP TABLE numbers_of_others;
    DROP TABLE maps_before;
    """
MATCH_TABLES = PageTables(
    PageKind.MATCH,
    "match",
    MATCH_PARSER_VERSION,
    MATCHES,
    (MAPS, VETOES, LINEUPS, MATCH_PLAYER_STATS),
    before=_REMEMBER_MAPS,
    derived=_REMOVE_WHAT_OTHER_MAPS_LEFT,
)

MATCH_PAGE_TABLES = (MATCH_TABLES,)
ALL_PAGE_TABLES = (*MATCH_PAGE_TABLES, *MAP_PAGE_TABLES)


def written_pages(tables: PageTables) -> str:
    """Return the query of loaded pages: page_id, page_sha256, scraped_at, parser_version, updated_at."""
    columns = "head.page_sha256, head.scraped_at, head.parser_version, head.updated_at"
    if tables.group == "match":
        return f"SELECT head.match_id AS page_id, {columns} FROM {tables.head.name} AS head"
    return (
        f"SELECT DISTINCT maps.mapstatsid AS page_id, {columns}"
        f" FROM maps JOIN (FROM {tables.head.name} WHERE {tables.head_row_filter}) AS head USING (match_id, map_number)"
        " WHERE maps.mapstatsid IS NOT NULL"
    )


def stale_pages(tables: PageTables) -> str:
    """Return the query of the pages whose rows an older parser read: page_id, page_sha256.

    Left out are those that the parser of today failed on: they are fetched again when their wait is over.
    """
    return (
        f"SELECT page_id, page_sha256 FROM ({written_pages(tables)})"
        f" WHERE parser_version < {tables.parser_version} AND page_id NOT IN ("
        f"SELECT page_id FROM page_failures"
        f" WHERE page_kind = '{tables.kind}' AND parser_version = {tables.parser_version})"
    )
