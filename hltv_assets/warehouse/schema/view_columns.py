"""What the views show: their columns, with the meaning that they have in the tables that they come from."""

from hltv_assets.warehouse.schema.columns import (
    MAP_NUMBER,
    MATCH_ID,
    PROVENANCE,
    Column,
    Table,
    View,
    a_choice,
    a_count,
    a_text,
    a_time,
    an_id,
)
from hltv_assets.warehouse.schema.map_tables import MAP_STATS, PLAYER_PERFORMANCE, PLAYER_STATS
from hltv_assets.warehouse.schema.match_tables import MATCHES
from hltv_assets.warehouse.schema.page_tables import MAP_PAGE_TABLES

_IS_DUE = Column("is_due", "BOOLEAN", "Whether it can be fetched now: nothing failed, or the wait is over")
_DUE_AT = a_time("due_at", "When it became or becomes due; NULL: only when it is released")


def _columns_of(table: Table, *names: str) -> tuple[Column, ...]:
    known = {column.name: column for column in table.columns}
    return tuple(known[name] for name in names)


PENDING_MATCHES = View(
    "pending_matches",
    "The matches whose page is wanted and not in the tables, and those whose rows are owed a newer copy: of which a "
    "map had no stats yet, that are to be refreshed, or whose page the parser of today cannot read",
    (MATCH_ID, a_text("match_url", "Address of the match page; NULL: it was imported"), _IS_DUE, _DUE_AT),
)

PENDING_MAPS = View(
    "pending_maps",
    "The pages of maps whose rows are not in the tables, or are owed a newer copy: one row per map and page kind",
    (
        MATCH_ID,
        MAP_NUMBER,
        an_id("mapstatsid", "Id of the map's own pages"),
        a_text("map_slug", "Last part of the map page's address"),
        a_choice("page_kind", [str(tables.kind) for tables in MAP_PAGE_TABLES], "Kind of the page"),
        _IS_DUE,
        _DUE_AT,
    ),
)

PLAYER_MAP_STATS = View(
    "player_map_stats",
    "The wide table that most questions want: every scoreboard row with the player's rates, the map, the match "
    "and both teams; values of pages that are not loaded yet are NULL",
    (
        *(column for column in PLAYER_STATS.columns if column not in PROVENANCE),
        *_columns_of(PLAYER_PERFORMANCE, "kpr", "dpr", "impact", "mk_rating"),
        *_columns_of(MAP_STATS, "mapstatsid", "map_name", "played_at", "event_id", "event_name"),
        *_columns_of(MATCHES, "stage", "best_of", "is_lan", "started_at"),
        a_text("team_name", "Name of the player's team"),
        an_id("opponent_team_id", "Team that the player's team played against"),
        a_text("opponent_name", "Name of that team"),
        a_count("team_rounds", "Rounds won by the player's team"),
        a_count("opponent_rounds", "Rounds won by the other team"),
    ),
)
