"""Refreshes: HLTV corrects its pages, and a person can ask for newer copies of all pages of a match.

What is still owed follows from the rows, in the views of what is pending: until a page's rows are of a copy that
arrived after the refresh was asked for.
"""

from datetime import datetime

from hltv_assets.pages.kinds import PageGroup
from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.errors import UnknownMatchError
from hltv_assets.warehouse.schema.state_tables import REFRESHES
from hltv_assets.warehouse.upserting import put_rows

_OWED = """
SELECT 'match' AS page_group, match_id AS page_id, match_id, is_due FROM pending_matches
UNION ALL
SELECT 'map', mapstatsid, match_id, is_due FROM pending_maps
"""


def ask_for_refresh(connection: Connection, match_id: int, asked_at: datetime) -> None:
    """Let newer copies of the page of a match, and of all pages of its maps, be owed.

    Those that wait, are held or missing are due at once. Raises `UnknownMatchError` if the warehouse has no page of the
    match and wants none.
    """
    row = connection.execute(
        "SELECT EXISTS (FROM matches WHERE match_id = $id) OR EXISTS (FROM maps WHERE match_id = $id)"
        " OR EXISTS (FROM pending_matches WHERE match_id = $id)",
        {"id": match_id},
    ).fetchone()
    if not row or not row[0]:
        raise UnknownMatchError(
            f"match {match_id} is unknown: it is not in the warehouse, and the results listing, as far as it "
            "was read, does not show it or the settings leave it out"
        )
    put_rows(connection, REFRESHES, [{"match_id": match_id, "asked_at": asked_at}])
    connection.execute(
        "UPDATE page_failures SET status = 'waiting', attempts = 0, retry_after = now() WHERE match_id = ?", [match_id]
    )


def owed_pages(connection: Connection, match_id: int) -> int:
    """Return how many pages of a match are pending, whether they are due or not."""
    row = connection.execute(f"SELECT count(*) FROM ({_OWED}) WHERE match_id = ?", [match_id]).fetchone()
    return int(row[0]) if row else 0


def batches_of_owed(connection: Connection, match_id: int, group: PageGroup) -> list[str]:
    """Return the keys of the batches in which a page of a match is due."""
    rows = connection.execute(
        f"SELECT DISTINCT batch_key FROM ({_OWED}) JOIN batch_members USING (page_group, page_id)"
        " WHERE is_due AND match_id = ? AND page_group = ? ORDER BY batch_key",
        [match_id, group],
    ).fetchall()
    return [row[0] for row in rows]
