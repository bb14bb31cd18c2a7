"""All tables and views of the warehouse, in the order in which a reader wants to meet them.

NULL means "HLTV does not say", 0 means zero; percentages are 0-100; times are in UTC. Only key columns are NOT NULL.
"""

from hltv_assets.warehouse.schema.map_tables import (
    KILL_MATRIX,
    MAP_STATS,
    PLAYER_PERFORMANCE,
    PLAYER_SIDE_STATS,
    PLAYER_STATS,
    ROUND_ECONOMY,
    ROUND_HISTORY,
)
from hltv_assets.warehouse.schema.match_tables import (
    DISCOVERED_MATCHES,
    LINEUPS,
    MAPS,
    MATCH_PLAYER_STATS,
    MATCHES,
    VETOES,
)
from hltv_assets.warehouse.schema.state_tables import (
    BATCH_MEMBERS,
    FETCH_RUNS,
    IMPORTED_PAGES,
    LISTING_STATE,
    PAGE_FAILURES,
    REFRESHES,
    REJECTED_ROWS,
    SITE_STATE,
)
from hltv_assets.warehouse.schema.view_columns import PENDING_MAPS, PENDING_MATCHES, PLAYER_MAP_STATS

# What the pages say; the others are about the pages.
DATA_TABLES = (
    DISCOVERED_MATCHES,
    MATCHES,
    MAPS,
    VETOES,
    LINEUPS,
    MATCH_PLAYER_STATS,
    MAP_STATS,
    PLAYER_STATS,
    PLAYER_SIDE_STATS,
    ROUND_HISTORY,
    PLAYER_PERFORMANCE,
    KILL_MATRIX,
    ROUND_ECONOMY,
)

TABLES = (
    *DATA_TABLES,
    BATCH_MEMBERS,
    PAGE_FAILURES,
    REJECTED_ROWS,
    FETCH_RUNS,
    IMPORTED_PAGES,
    REFRESHES,
    LISTING_STATE,
    SITE_STATE,
)

VIEWS = (PLAYER_MAP_STATS, PENDING_MATCHES, PENDING_MAPS)
