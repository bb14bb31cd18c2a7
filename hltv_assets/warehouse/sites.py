"""A warehouse belongs to one site: it remembers which, and refuses pages of another.

It also has a copy of the site's cool-down, for those who look; what counts lies in the data folder.
"""

from datetime import datetime

from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.errors import WrongSiteError


def claim_for_site(connection: Connection, host: str) -> None:
    """Make a host the source of this warehouse, or check that it is.

    Raises `WrongSiteError` if the warehouse is filled from another site.
    """
    source = source_site(connection)
    if source is None:
        connection.execute(
            "INSERT INTO site_state (host, is_source) VALUES (?, true)"
            " ON CONFLICT (host) DO UPDATE SET is_source = true",
            [host],
        )
    elif source != host:
        raise WrongSiteError(
            f"this warehouse holds pages of {source}, HLTV_BASE_URL is of {host}: the two never mix; "
            "give the other site a data folder of its own (make setup DATA=data/hltv)"
        )


def source_site(connection: Connection) -> str | None:
    """Return the host that this warehouse is filled from, or None if it is still anybody's."""
    row = connection.execute("SELECT host FROM site_state WHERE is_source").fetchone()
    return row[0] if row else None


def put_cool_down(
    connection: Connection, host: str, *, until: datetime | None, blocks_in_a_row: int, reason: str | None
) -> None:
    """Copy a site's cool-down into `site_state`; without one, `until` is None and there are 0 blocks."""
    connection.execute(
        "INSERT INTO site_state (host, cool_down_until, blocks_in_a_row, last_block_reason, is_source)"
        " VALUES ($host, $until, $blocks, $reason, false)"
        " ON CONFLICT (host) DO UPDATE SET cool_down_until = excluded.cool_down_until,"
        " blocks_in_a_row = excluded.blocks_in_a_row,"
        " last_block_reason = coalesce(excluded.last_block_reason, last_block_reason)",
        {"host": host, "until": until, "blocks": blocks_in_a_row, "reason": reason},
    )
