"""Batches: what is due is cut into them, and a match or map stays in its batch for good.

A batch's key is the partition key of Dagster: `maps-000001`, `maps-000002`, ...; a person may type another one.
"""

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Literal

from hltv_assets.pages.kinds import PageGroup
from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.errors import BatchKeyError

Order = Literal["newest", "oldest"]

_KEY = re.compile(r"[a-z0-9-]{1,100}", re.ASCII)
_PREFIXES: dict[PageGroup, str] = {"match": "matches", "map": "maps"}
_DIRECTIONS = {"newest": "DESC", "oldest": "ASC"}


def check_batch_key(key: str) -> None:
    """Raise `BatchKeyError` if a partition key has another form than the keys of batches."""
    if not _KEY.fullmatch(key):
        raise BatchKeyError(
            f"{key!r} is no batch key: only a-z, 0-9 and - may be in it, at most 100; "
            "delete this partition, and take a key like maps-000001"
        )


def cut_map_batches(
    connection: Connection,
    *,
    size: int,
    order: Order,
    used_keys: Collection[str],
    longest_wait: timedelta = timedelta(),
) -> list[str]:
    """Cut all due maps that are in no batch into batches of up to `size`, and return the new keys.

    A batch that is not full is cut when one of its maps has been due for `longest_wait`. `used_keys` are keys that are
    taken although the warehouse knows no member of theirs.
    """
    due = _free_due_maps(connection, order)
    rest = list(due)[len(due) - len(due) % size :]
    if rest and datetime.now(UTC) - min(due[one] for one in rest) < longest_wait:
        due = {one: since for one, since in due.items() if one not in rest}
    maps = list(due)
    first = _last_number("map", {*batch_keys(connection, "map"), *used_keys}) + 1
    keys = []
    for number, start in enumerate(range(0, len(maps), size), first):
        key = f"{_PREFIXES['map']}-{number:06d}"
        _add_members(connection, key, maps[start : start + size])
        keys.append(key)
    return keys


def take_members(connection: Connection, key: str, *, size: int, order: Order) -> int:
    """Give a batch without members up to `size` due maps that are in no batch, and return how many it has now."""
    row = connection.execute(
        "SELECT count(*) FROM batch_members WHERE page_group = 'map' AND batch_key = ?", [key]
    ).fetchone()
    if row and row[0]:
        return int(row[0])
    maps = list(_free_due_maps(connection, order))[:size]
    _add_members(connection, key, maps)
    return len(maps)


def batch_keys(connection: Connection, group: PageGroup) -> list[str]:
    """Return the keys of all batches that have members, in order."""
    rows = connection.execute(
        "SELECT DISTINCT batch_key FROM batch_members WHERE page_group = ? ORDER BY batch_key", [group]
    ).fetchall()
    return [row[0] for row in rows]


def due_batch_keys(connection: Connection) -> list[str]:
    """Return the keys of the map batches of which a page is due, in order."""
    rows = connection.execute(
        """
        SELECT DISTINCT batch_key FROM batch_members
        JOIN pending_maps ON pending_maps.mapstatsid = batch_members.page_id
        WHERE page_group = 'map' AND is_due
        ORDER BY batch_key
        """
    ).fetchall()
    return [row[0] for row in rows]


def _free_due_maps(connection: Connection, order: Order) -> dict[int, datetime]:
    """The ids of due maps in no batch, by match (ids grow with time), then as they were played; since when each is."""
    rows = connection.execute(
        f"""
        SELECT mapstatsid, min(due_at)
        FROM pending_maps
        WHERE is_due AND mapstatsid NOT IN (SELECT page_id FROM batch_members WHERE page_group = 'map')
        GROUP BY match_id, map_number, mapstatsid
        ORDER BY match_id {_DIRECTIONS[order]}, map_number
        """
    ).fetchall()
    due: dict[int, datetime] = {}
    for mapstatsid, since in rows:
        due.setdefault(mapstatsid, since or datetime.now(UTC))
    return due


def _add_members(connection: Connection, key: str, maps: list[int]) -> None:
    if maps:
        connection.execute(
            "INSERT INTO batch_members SELECT 'map', unnest(?::INTEGER[]), ?, now()",
            [maps, key],
        )


def _last_number(group: PageGroup, keys: Collection[str]) -> int:
    numbers = [re.fullmatch(rf"{_PREFIXES[group]}-(\d{{6,}})", key, re.ASCII) for key in keys]
    return max((int(number[1]) for number in numbers if number), default=0)
