"""The chains, as data: what differs between page kinds is a name, a parser and tables; the rest is written once.

A new page kind is a parser in `pages/`, its tables in `warehouse/`, and an entry here.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import msgspec

from hltv_assets.pages import PageKind, parse_economy, parse_map_stats, parse_match, parse_performance
from hltv_assets.pages.kinds import PageGroup
from hltv_assets.pages.records import EconomyPage, MapStatsPage, MatchPage, PerformancePage, Record
from hltv_assets.pipeline.economy_teams import mark_maps_without_economy, rows_of_economy
from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.schema.page_tables import (
    ECONOMY_TABLES,
    MAP_STATS_TABLES,
    MATCH_TABLES,
    PERFORMANCE_TABLES,
    PageTables,
)

ReadablePage: TypeAlias = MatchPage | MapStatsPage | PerformancePage | EconomyPage
Rows = Mapping[str, Sequence[Record]]


class PageChain(msgspec.Struct, frozen=True, kw_only=True):
    """A page kind from request to rows.

    `rows_of` returns a page's rows by table, or None where they need what is not in the warehouse yet; what makes them
    impossible is a `PageError`. `after` are tables that must be written before; `finish` runs when a batch is written.
    """

    raw_asset: str
    parsed_asset: str
    parse: Callable[[bytes, int], ReadablePage]
    tables: PageTables
    rows_of: Callable[[Connection, int, ReadablePage], Rows | None]
    after: tuple[str, ...] = ()
    finish: Callable[[Connection], object] | None = None

    @property
    def kind(self) -> PageKind:
        """The page kind."""
        return self.tables.kind

    @property
    def group(self) -> PageGroup:
        """Whether its batches are of matches or of maps."""
        return self.tables.group


def _own_rows(connection: Connection, page_id: int, page: ReadablePage) -> Rows:
    """The rows of a page that needs no other page."""
    del connection, page_id
    if isinstance(page, EconomyPage):
        raise TypeError("an economy page alone does not name the teams")
    return page.tables()


MATCH_CHAIN = PageChain(
    raw_asset="raw_match_html",
    parsed_asset="parsed_matches",
    parse=parse_match,
    tables=MATCH_TABLES,
    rows_of=_own_rows,
)
MAP_STATS_CHAIN = PageChain(
    raw_asset="raw_map_html",
    parsed_asset="parsed_map_stats",
    parse=parse_map_stats,
    tables=MAP_STATS_TABLES,
    rows_of=_own_rows,
)
PERFORMANCE_CHAIN = PageChain(
    raw_asset="raw_performance_html",
    parsed_asset="parsed_performance",
    parse=parse_performance,
    tables=PERFORMANCE_TABLES,
    rows_of=_own_rows,
)
ECONOMY_CHAIN = PageChain(
    raw_asset="raw_economy_html",
    parsed_asset="parsed_economy",
    parse=parse_economy,
    tables=ECONOMY_TABLES,
    rows_of=rows_of_economy,
    after=("map_stats",),
    finish=mark_maps_without_economy,
)

CHAINS = (MATCH_CHAIN, MAP_STATS_CHAIN, PERFORMANCE_CHAIN, ECONOMY_CHAIN)


def chain_of(kind: PageKind) -> PageChain:
    """Return the chain of a page kind."""
    return next(chain for chain in CHAINS if chain.kind == kind)
