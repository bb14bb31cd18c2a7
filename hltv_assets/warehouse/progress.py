"""How far the warehouse has come, by the day of the match, and whose map a map is."""

from datetime import date

from hltv_assets.pages import Outcome
from hltv_assets.pages.kinds import PageGroup
from hltv_assets.warehouse.connection import Connection

# A page that HLTV does not offer is looked for every month, but nothing is to come until then.
_MEMBERS: dict[PageGroup, str] = {
    "match": """
        SELECT member.match_id, coalesce(discovered.ended_at, matches.started_at) AS played_at, pending.is_due
        FROM (SELECT match_id FROM matches UNION SELECT match_id FROM pending_matches) AS member
        LEFT JOIN matches USING (match_id)
        LEFT JOIN discovered_matches AS discovered USING (match_id)
        LEFT JOIN pending_matches AS pending USING (match_id)
        """,
    "map": f"""
        SELECT maps.mapstatsid, matches.started_at AS played_at, pending.is_due
        FROM maps
        LEFT JOIN matches USING (match_id)
        LEFT JOIN (
            SELECT mapstatsid, bool_or(is_due) AS is_due
            FROM pending_maps AS page
            LEFT JOIN page_failures AS failure
                ON (failure.page_kind, failure.page_id) = (page.page_kind, page.mapstatsid)
            WHERE is_due OR failure.reason IS DISTINCT FROM '{Outcome.NO_DATA}'
            GROUP BY mapstatsid
        ) AS pending USING (mapstatsid)
        WHERE maps.mapstatsid IS NOT NULL
        """,
}


def progress_by_day(connection: Connection, group: PageGroup) -> list[tuple[date | None, int, int, int]]:
    """Return for each day (UTC; None: not known) how many matches or maps are written, due, and pending but not due.

    One of which any page is due counts as due; a map is written when nothing of its pages is to come any more.
    """
    return connection.execute(
        f"""
        SELECT
            CAST(timezone('UTC', played_at) AS DATE) AS day,
            count(*) FILTER (is_due IS NULL),
            count(*) FILTER (is_due),
            count(*) FILTER (NOT is_due)
        FROM ({_MEMBERS[group]})
        GROUP BY day
        ORDER BY day
        """
    ).fetchall()


def teams_of_map(
    connection: Connection, match_id: int, map_number: int
) -> tuple[int, int, str | None, str | None, str] | None:
    """Return a map's left and right team, what these are called (None: their match is not known yet), and its name."""
    return connection.execute(
        """
        SELECT
            team_left_id,
            team_right_id,
            CASE team_left_id WHEN team1_id THEN team1_name WHEN team2_id THEN team2_name END,
            CASE team_right_id WHEN team1_id THEN team1_name WHEN team2_id THEN team2_name END,
            map_name
        FROM map_stats LEFT JOIN matches USING (match_id)
        WHERE (match_id, map_number) = (?, ?)
        """,
        [match_id, map_number],
    ).fetchone()
