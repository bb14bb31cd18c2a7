"""Batches: what is due is cut into them, and a match or map stays in its batch for good.

A batch's key is the partition key of Dagster: `maps-000001`, `matches-000001`, ...; a person may type another one.
"""

import re
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from hltv_assets.pages.kinds import PageGroup
from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.errors import BatchKeyError
from hltv_assets.warehouse.parameters import IDS, ids_parameter
from hltv_assets.warehouse.schema.state_tables import BATCH_MEMBERS
from hltv_assets.warehouse.upserting import put_rows

Order = Literal["newest", "oldest"]

_KEY = re.compile(r"[a-z0-9-]{1,100}", re.ASCII)
_DIRECTIONS = {"newest": "DESC", "oldest": "ASC"}


class _Group(msgspec.Struct, frozen=True):
    """What batches of matches and batches of maps differ in; `due` has page_id and due_at, in the order wanted."""

    prefix: str
    due: str


class CutBatches(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of the batches that were cut, and those of all of which a page is due, the one wanted first at the head.

    Their numbers say nothing of that: tonight's match is in a later batch than the backlog.
    """

    new: list[str]
    due: list[str]


class _DuePage(msgspec.Struct, frozen=True):
    """Whether a due match or map has been so for long enough, and the batch that it is in."""

    has_waited: bool
    batch_key: str | None


# Ids of matches grow with time, but those of tonight were given away weeks ago.
_GROUPS: dict[PageGroup, _Group] = {
    "match": _Group(
        "matches",
        """
        SELECT pending.match_id AS page_id, pending.due_at
        FROM pending_matches AS pending LEFT JOIN discovered_matches AS discovered USING (match_id)
        WHERE is_due
        ORDER BY discovered.ended_at {direction} NULLS LAST, pending.match_id {direction}
        """,
    ),
    "map": _Group(
        "maps",
        """
        SELECT pending.mapstatsid AS page_id, min(pending.due_at) AS due_at
        FROM pending_maps AS pending LEFT JOIN matches USING (match_id)
        WHERE is_due
        GROUP BY match_id, map_number, pending.mapstatsid, matches.started_at
        ORDER BY matches.started_at {direction} NULLS LAST, match_id {direction}, map_number
        """,
    ),
}


def check_batch_key(key: str) -> None:
    """Raise `BatchKeyError` if a partition key has another form than the keys of batches."""
    if not _KEY.fullmatch(key):
        raise BatchKeyError(
            f"{key!r} is not a batch key: only a-z, 0-9 and - may be in it, at most 100; "
            "delete this partition, and take a key like maps-000001"
        )


def cut_batches(
    connection: Connection,
    group: PageGroup,
    *,
    size: int,
    order: Order,
    used_keys: Collection[str],
    max_wait: timedelta = timedelta(),
    most: int | None = None,
) -> CutBatches:
    """Cut what is due and in no batch into batches of up to `size`, `most` at the most.

    A batch that is not full is cut when one of its members has been due for `max_wait`. `used_keys` are keys that
    are taken although the warehouse knows no member of theirs.
    """
    due = _due_pages(connection, group, order, max_wait)
    free = [page_id for page_id, page in due.items() if page.batch_key is None]
    full = len(free) - len(free) % size
    wanted = free if any(due[page_id].has_waited for page_id in free[full:]) else free[:full]
    pages = wanted[: None if most is None else most * size]
    first = _last_number(group, {*batch_keys(connection, group), *used_keys}) + 1
    cut = {
        f"{_GROUPS[group].prefix}-{number:06d}": pages[start : start + size]
        for number, start in enumerate(range(0, len(pages), size), first)
    }
    for key, members in cut.items():
        _add_members(connection, group, key, members)
    key_of = {page_id: key for key, members in cut.items() for page_id in members}
    keys = [page.batch_key or key_of.get(page_id) for page_id, page in due.items()]
    return CutBatches(new=list(cut), due=list(dict.fromkeys(key for key in keys if key)))


def take_members(connection: Connection, group: PageGroup, key: str, *, size: int, order: Order) -> int:
    """Give a batch without members up to `size` due pages that are in no batch, and return how many it has now."""
    row = connection.execute(
        "SELECT count(*) FROM batch_members WHERE page_group = ? AND batch_key = ?", [group, key]
    ).fetchone()
    if row and row[0]:
        return int(row[0])
    due = _due_pages(connection, group, order)
    pages = [page_id for page_id, page in due.items() if page.batch_key is None][:size]
    _add_members(connection, group, key, pages)
    return len(pages)


def restore_members(connection: Connection, group: PageGroup, key: str, pages: Sequence[int]) -> None:
    """Put pages into the batch that they were in; those that are in a batch stay there."""
    now = datetime.now(UTC)
    rows = [
        {"page_group": group, "page_id": page_id, "batch_key": key, "added_at": now} for page_id in dict.fromkeys(pages)
    ]
    put_rows(connection, BATCH_MEMBERS, rows, keep=["batch_key", "added_at"])


def batch_keys(connection: Connection, group: PageGroup) -> list[str]:
    """Return the keys of all batches that have members, in order."""
    rows = connection.execute(
        "SELECT DISTINCT batch_key FROM batch_members WHERE page_group = ? ORDER BY batch_key", [group]
    ).fetchall()
    return [row[0] for row in rows]


def batch_sizes(connection: Connection, group: PageGroup) -> dict[str, int]:
    """Return how many members each batch has, by its key, in order."""
    rows = connection.execute(
        "SELECT batch_key, count(*) FROM batch_members WHERE page_group = ? GROUP BY batch_key ORDER BY batch_key",
        [group],
    ).fetchall()
    return dict(rows)


def due_batch_keys(connection: Connection, group: PageGroup, order: Order) -> list[str]:
    """Return the keys of the batches of which a page is due, that of the page which is wanted first at the head."""
    keys = [page.batch_key for page in _due_pages(connection, group, order).values()]
    return list(dict.fromkeys(key for key in keys if key))


def _due_pages(
    connection: Connection, group: PageGroup, order: Order, max_wait: timedelta = timedelta()
) -> dict[int, _DuePage]:
    """The due matches or maps by page id, in the order in which they are wanted."""
    due = _GROUPS[group].due.format(direction=_DIRECTIONS[order])
    rows = connection.execute(
        f"""
        SELECT placed.page_id, coalesce(placed.due_at, $now) <= $now - $max_wait, member.batch_key
        FROM (SELECT page_id, due_at, row_number() OVER () AS place FROM ({due})) AS placed
        LEFT JOIN batch_members AS member ON member.page_group = $group AND member.page_id = placed.page_id
        ORDER BY place
        """,
        {"now": datetime.now(UTC), "max_wait": max_wait, "group": group},
    ).fetchall()
    pages: dict[int, _DuePage] = {}
    for page_id, has_waited, batch_key in rows:
        pages.setdefault(page_id, _DuePage(has_waited, batch_key))
    return pages


def _add_members(connection: Connection, group: PageGroup, key: str, pages: list[int]) -> None:
    if pages:
        connection.execute(
            f"INSERT INTO batch_members SELECT ?, page_id, ?, now() FROM ({IDS}) AS pages(page_id)",
            [group, key, ids_parameter(pages)],
        )


def _last_number(group: PageGroup, keys: Collection[str]) -> int:
    numbers = [re.fullmatch(rf"{_GROUPS[group].prefix}-(\d{{6,}})", key, re.ASCII) for key in keys]
    return max((int(number[1]) for number in numbers if number), default=0)
