"""A warehouse belongs to one site: it remembers which, and refuses pages of another.

It also has a copy of the site's cool-down, for those who look; what counts lies in the data folder.
"""

from datetime import datetime

from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.errors import WrongSiteError
from hltv_assets.warehouse.schema.state_tables import SITE_STATE
from hltv_assets.warehouse.upserting import put_rows


def claim_for_site(connection: Connection, host: str) -> None:
    """Make a host the source of this warehouse, since a page of it came; raises as `check_site` does."""
    check_site(connection, host)
    if source_site(connection) is None:
        put_rows(connection, SITE_STATE, [{"host": host, "is_source": True}])


def check_site(connection: Connection, host: str) -> None:
    """Return if the pages of a host may go into this warehouse.

    Raises `WrongSiteError` if the warehouse is filled from another site.
    """
    source = source_site(connection)
    if source not in {None, host}:
        raise WrongSiteError(
            f"this warehouse contains pages of {source}, but these are of {host}; "
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
    row = {"host": host, "cool_down_until": until, "blocks_in_a_row": blocks_in_a_row}
    if reason is not None:  # else the reason of the last block stays
        row["last_block_reason"] = reason
    put_rows(connection, SITE_STATE, [{**row, "is_source": False}], keep=["is_source"])
