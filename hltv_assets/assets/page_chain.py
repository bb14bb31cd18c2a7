"""What differs between the chains of page kinds: names, parser and tables. The rest is written once, beside it."""

from collections.abc import Callable

import msgspec

from hltv_assets.pages import PageKind, parse_map_stats
from hltv_assets.pages.records import MapStatsPage
from hltv_assets.warehouse.page_tables import MAP_STATS_TABLES, PageTables


class PageChain(msgspec.Struct, frozen=True, kw_only=True):
    """A page kind from request to rows."""

    raw_asset: str
    parsed_asset: str
    parse: Callable[[bytes, int], MapStatsPage]
    tables: PageTables

    @property
    def kind(self) -> PageKind:
        """The page kind."""
        return self.tables.kind


MAP_STATS_CHAIN = PageChain(
    raw_asset="raw_map_html",
    parsed_asset="parsed_map_stats",
    parse=parse_map_stats,
    tables=MAP_STATS_TABLES,
)
