"""Which tables a page of each kind fills, and which parser version fills them now."""

import msgspec

from hltv_assets.pages import PageKind
from hltv_assets.pages.map_stats import MAP_STATS_PARSER_VERSION
from hltv_assets.warehouse.schema import MAP_STATS, PLAYER_SIDE_STATS, PLAYER_STATS, ROUND_HISTORY, Table


class PageTables(msgspec.Struct, frozen=True):
    """The tables of a page kind; `head` has exactly one row a page, whose presence says that the page is written."""

    kind: PageKind
    parser_version: int
    head: Table
    others: tuple[Table, ...]

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables of the kind."""
        return (self.head, *self.others)


MAP_STATS_TABLES = PageTables(
    PageKind.MAP_STATS, MAP_STATS_PARSER_VERSION, MAP_STATS, (PLAYER_STATS, PLAYER_SIDE_STATS, ROUND_HISTORY)
)

MAP_PAGE_TABLES = (MAP_STATS_TABLES,)
