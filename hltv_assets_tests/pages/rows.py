"""Rows of what a parser returned and rows of what it should return, brought into one form to compare.

A table is a dict from key to row, since no order of rows is promised. A map page does not know `map_number`, and
`economy_rounds` comes from another page: both are left out.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from hltv_assets.pages.records import MapStatsPage, Record

Row = dict[str, object]
Tables = dict[str, dict[tuple[object, ...], Row]]

KEYS = {
    "map_stats": ("match_id",),
    "player_stats": ("match_id", "player_id"),
    "player_side_stats": ("match_id", "player_id", "side"),
    "round_history": ("match_id", "round_number"),
}
NOT_ON_THE_PAGE = {"map_number", "economy_rounds"}


def rows_of(page: MapStatsPage) -> Tables:
    """Return what a parser read."""
    return keyed(
        {
            table: [{"match_id": page.match_id, **fields_of(record)} for record in records]
            for table, records in page.tables().items()
        }
    )


def fields_of(record: Record) -> Row:
    """Return a record's fields by name."""
    return msgspec.structs.asdict(record)


def keyed(tables: Mapping[str, Iterable[Mapping[str, object]]]) -> Tables:
    """Return the rows of the map page's tables by key."""
    return {table: _by_key(tables[table], key) for table, key in KEYS.items()}


def _by_key(rows: Iterable[Mapping[str, object]], key: Sequence[str]) -> dict[tuple[object, ...], Row]:
    found: dict[tuple[object, ...], Row] = {}
    for row in rows:
        name = tuple(row[column] for column in key)
        assert name not in found, f"two rows of {name}"
        found[name] = {column: value for column, value in row.items() if column not in NOT_ON_THE_PAGE}
    return found
