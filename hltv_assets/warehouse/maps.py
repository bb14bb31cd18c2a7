"""The table `maps`, whose rows come from match pages: which maps there are, and which have a page of their own."""

from collections.abc import Sequence
from datetime import UTC, datetime

from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.schema import MAPS

_WITHOUT_TIME = [name for name in MAPS.column_names() if name != "updated_at"]


def put_maps(connection: Connection, rows: Sequence[dict[str, object]]) -> None:
    """Insert or update rows of `maps`; each is a dict by column name, a column that is left out is NULL."""
    names = ", ".join([*_WITHOUT_TIME, "updated_at"])
    marks = ", ".join("?" for _ in MAPS.columns)
    for row in rows:
        values = [row.get(name) for name in _WITHOUT_TIME]
        connection.execute(
            f"INSERT OR REPLACE INTO maps ({names}) VALUES ({marks})",
            [*values, datetime.now(UTC)],
        )


def count_maps(connection: Connection) -> int:
    """Return how many maps are known."""
    row = connection.execute("SELECT count(*) FROM maps").fetchone()
    return int(row[0]) if row else 0
