"""The views, as SQL: what is pending follows from the data, never from a flag."""

from collections.abc import Sequence

from hltv_assets.warehouse.schema.map_tables import PLAYER_STATS
from hltv_assets.warehouse.schema.page_tables import MAP_PAGE_TABLES, MATCH_PAGE_TABLES, MATCH_TABLES, PageTables

# A map without stats is asked for again so long after its match ended, then no more.
WAITS_FOR_STATS = ("INTERVAL 1 HOUR", "INTERVAL 1 DAY", "INTERVAL 7 DAYS")


def all_views() -> list[str]:
    """Return the DDL of every view, in an order in which it can be run."""
    return [pending_matches_view(), pending_maps_view(), player_map_stats_view()]


def pending_maps_view() -> str:
    """Return the view of map pages whose rows are not there, whatever their failures, and when each is due.

    Rows that were read from a copy older than a refresh of their match count as not there, and so do those of an older
    parser whose page the one of today cannot read: a newer copy may be readable. A page without a failure
    is due since its map is known, or the refresh was asked for. One that failed is due when its wait is over, or when
    the parser that could not read it has a newer version. One that is held or missing is pending, too, but due only
    when a person releases it: its `due_at` is NULL. A page whose rows need those of another page of the map is due no
    sooner than that one, while there are none: an economy page while the map page waits could be fetched, but not
    written.
    """
    needs = ", ".join(f"('{kind.kind}', '{kind.needs}')" for kind in MAP_PAGE_TABLES if kind.needs)
    # Of the maps, nearly all of which are written, only the keys are looked at; the rest is read of those that are not.
    missing = "\nUNION ALL\n".join(_missing(kind) for kind in MAP_PAGE_TABLES)
    return f"""
CREATE OR REPLACE VIEW pending_maps AS
WITH missing AS MATERIALIZED ({missing}),
wanted AS (
    SELECT
        page_kind, maps.mapstatsid AS page_id, match_id, map_number, maps.map_slug,
        coalesce(missing.asked_at, maps.scraped_at) AS known_since, missing.has_rows
    FROM missing JOIN maps USING (match_id, map_number)
),
{_judged(MAP_PAGE_TABLES)},
alone AS (
    SELECT match_id, map_number, page_id, map_slug, page_kind, has_rows, {_IS_DUE}, {_DUE_AT} FROM judged
),
needs(page_kind, needed_kind) AS (VALUES {needs})
SELECT
    alone.match_id,
    alone.map_number,
    alone.page_id AS mapstatsid,
    alone.map_slug,
    alone.page_kind,
    alone.is_due AND coalesce(needed.is_due, true) AS is_due,
    CASE WHEN coalesce(needed.is_due, true) THEN alone.due_at ELSE needed.due_at END AS due_at
FROM alone
LEFT JOIN needs USING (page_kind)
LEFT JOIN alone AS needed
    ON needed.page_kind = needs.needed_kind AND needed.page_id = alone.page_id AND NOT needed.has_rows
"""


def pending_matches_view() -> str:
    """Return the view of matches whose page is wanted, and when each is due.

    That are matches which the listing shows and the settings ask for, or whose page is in the archive, without rows;
    and written ones of which a map had no stats yet, an hour, a day and a week after their end, that a person wants
    refreshed, or that an older parser read and the one of today cannot read.
    """
    waits = ", ".join(f"({wait})" for wait in WAITS_FOR_STATS)
    return f"""
CREATE OR REPLACE VIEW pending_matches AS
WITH unwritten AS (
    SELECT match_id, match_url, discovered_at AS known_since FROM discovered_matches WHERE in_scope
    UNION ALL
    SELECT imported.page_id, discovered.match_url, imported.imported_at
    FROM imported_pages AS imported
    LEFT JOIN discovered_matches AS discovered ON discovered.match_id = imported.page_id
    WHERE imported.page_kind = 'match' AND discovered.in_scope IS NOT TRUE
),
asked_again AS (
    SELECT match_id, coalesce(discovered.ended_at, matches.started_at) + waits.wait AS asked_again_at
    FROM (SELECT DISTINCT match_id FROM maps WHERE status = 'no_stats')
    JOIN matches USING (match_id)
    LEFT JOIN discovered_matches AS discovered USING (match_id)
    CROSS JOIN (VALUES {waits}) AS waits(wait)
    UNION ALL
    SELECT match_id, asked_at FROM refreshes
    UNION ALL
    SELECT matches.match_id, failure.last_attempt_at
    FROM page_failures AS failure JOIN matches ON matches.match_id = failure.page_id
    WHERE {_is_unreadable(MATCH_TABLES)} AND matches.parser_version < failure.parser_version
),
wanted AS (
    SELECT 'match' AS page_kind, match_id AS page_id, match_url, known_since
    FROM unwritten
    ANTI JOIN matches USING (match_id)
    UNION ALL
    SELECT 'match', match_id, coalesce(discovered.match_url, matches.match_url), min(asked_again_at)
    FROM asked_again
    JOIN matches USING (match_id)
    LEFT JOIN discovered_matches AS discovered USING (match_id)
    WHERE asked_again_at > matches.scraped_at AND asked_again_at <= now()
    GROUP BY ALL
),
{_judged(MATCH_PAGE_TABLES)}
SELECT page_id AS match_id, match_url, {_IS_DUE}, {_DUE_AT}
FROM judged
"""


def player_map_stats_view() -> str:
    """Return the wide view: every line of a scoreboard with the player's rates, the map, the match and both teams."""
    provenance = {"scraped_at", "updated_at", "source_url", "page_sha256", "parser_version"}
    stats = ", ".join(f"stats.{name}" for name in PLAYER_STATS.column_names() if name not in provenance)
    return f"""
CREATE OR REPLACE VIEW player_map_stats AS
SELECT
    {stats},
    performance.kpr, performance.dpr, performance.impact, performance.mk_rating,
    map_stats.mapstatsid, map_stats.map_name, map_stats.played_at, map_stats.event_id, map_stats.event_name,
    matches.stage, matches.best_of, matches.is_lan, matches.started_at,
    CASE stats.team_id WHEN matches.team1_id THEN matches.team1_name WHEN matches.team2_id THEN matches.team2_name END
        AS team_name,
    CASE stats.team_id WHEN map_stats.team_left_id THEN map_stats.team_right_id
        WHEN map_stats.team_right_id THEN map_stats.team_left_id END AS opponent_team_id,
    CASE stats.team_id WHEN matches.team1_id THEN matches.team2_name WHEN matches.team2_id THEN matches.team1_name END
        AS opponent_name,
    CASE stats.team_id WHEN map_stats.team_left_id THEN map_stats.team_left_rounds
        WHEN map_stats.team_right_id THEN map_stats.team_right_rounds END AS team_rounds,
    CASE stats.team_id WHEN map_stats.team_left_id THEN map_stats.team_right_rounds
        WHEN map_stats.team_right_id THEN map_stats.team_left_rounds END AS opponent_rounds
FROM player_stats AS stats
LEFT JOIN player_performance AS performance USING (match_id, map_number, player_id)
LEFT JOIN map_stats USING (match_id, map_number)
LEFT JOIN matches USING (match_id)
"""


def _missing(kind: PageTables) -> str:
    """The maps without rows of a page kind, or whose rows are owed newer ones since `asked_at`."""
    return f"""
    SELECT '{kind.kind}' AS page_kind, match_id, map_number, NULL AS asked_at, false AS has_rows
    FROM maps ANTI JOIN (FROM {kind.head.name} WHERE {kind.head_row_filter}) AS written USING (match_id, map_number)
    WHERE mapstatsid IS NOT NULL
    UNION ALL
    SELECT '{kind.kind}', match_id, map_number, max(asked_at), true
    FROM (
        SELECT match_id, map_number, asked_at, NULL AS better_parser
        FROM refreshes JOIN maps USING (match_id)
        WHERE mapstatsid IS NOT NULL
        UNION ALL
        SELECT maps.match_id, maps.map_number, failure.last_attempt_at, failure.parser_version
        FROM page_failures AS failure JOIN maps ON maps.mapstatsid = failure.page_id
        WHERE {_is_unreadable(kind)}
    ) AS owed
    JOIN (FROM {kind.head.name} WHERE {kind.head_row_filter}) AS written USING (match_id, map_number)
    WHERE asked_at >= written.scraped_at AND asked_at <= now()
        AND coalesce(written.parser_version < better_parser, true)
    GROUP BY match_id, map_number"""


def _is_unreadable(kind: PageTables) -> str:
    """The condition on a `failure` that the parser of today cannot read the newest copy of a page."""
    return f"failure.page_kind = '{kind.kind}' AND failure.parser_version = {kind.parser_version}"


def _judged(kinds: Sequence[PageTables]) -> str:
    """The pages in `wanted` (page_kind, page_id, known_since), each with its failure, if it has one."""
    versions = ", ".join(f"('{kind.kind}', {kind.parser_version})" for kind in kinds)
    return f"""
parsers(page_kind, parser_version) AS (VALUES {versions}),
judged AS (
    SELECT
        wanted.*,
        failure.status,
        failure.retry_after,
        -- The failure of a newer copy to arrive keeps the parser that could not read the one before.
        failure.stage <> 'fetch' AND failure.parser_version < parsers.parser_version AS has_newer_parser
    FROM wanted
    JOIN parsers USING (page_kind)
    LEFT JOIN page_failures AS failure USING (page_kind, page_id)
)"""


_IS_DUE = """coalesce(
        status IS NULL OR has_newer_parser OR (status = 'waiting' AND retry_after <= now()), false
    ) AS is_due"""
_DUE_AT = """CASE
        WHEN status IS NULL OR has_newer_parser THEN known_since
        WHEN status = 'waiting' THEN retry_after
    END AS due_at"""
