"""Do the tables agree with each other: all rules, for which maps to look, and what does not hold."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from hltv_assets.pages.kinds import PageGroup
from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.rules.map_pages import MAP_RULES
from hltv_assets.warehouse.rules.maps_and_matches import MAP_AND_MATCH_RULES
from hltv_assets.warehouse.rules.match_pages import MATCH_RULES
from hltv_assets.warehouse.rules.performance_and_economy import SISTER_PAGE_RULES
from hltv_assets.warehouse.rules.rule import Rule
from hltv_assets.warehouse.schema.columns import Table
from hltv_assets.warehouse.schema.page_tables import ALL_PAGE_TABLES

_MAX_EXAMPLES = 20
_DATA = tuple(table for tables in ALL_PAGE_TABLES for table in tables.tables)
RULES = (*MATCH_RULES, *MAP_RULES, *MAP_AND_MATCH_RULES, *SISTER_PAGE_RULES)


class Disagreement(msgspec.Struct, frozen=True, kw_only=True):
    """One place where a rule does not hold."""

    match_id: int
    map_number: int | None
    about: str
    found: str | None
    expected: str | None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """How often a rule does not hold, and the first examples of it."""

    count: int
    examples: tuple[Disagreement, ...]


@contextmanager
def checked_maps(connection: Connection, group: PageGroup, batch_key: str | None) -> Iterator[None]:
    """Let the rules look at the maps of a batch; without a key, at all that any table has rows of."""
    if batch_key is None:
        maps, values = " UNION ".join(map(_maps_of, _DATA)), {}
    else:
        page = "match_id" if group == "match" else "mapstatsid"
        maps = f"""
        SELECT DISTINCT match_id, map_number
        FROM (
            SELECT match_id, map_number, mapstatsid FROM maps
            UNION ALL SELECT match_id, map_number, mapstatsid FROM map_stats
        )
        WHERE {page} IN (SELECT page_id FROM batch_members WHERE page_group = $group AND batch_key = $key)
        """
        values = {"group": group, "key": batch_key}
    connection.execute(f"CREATE OR REPLACE TEMP TABLE checked AS {maps}", values)
    try:
        yield
    finally:
        connection.execute("DROP TABLE checked")


def _maps_of(table: Table) -> str:
    number = "map_number" if "map_number" in table.column_names() else "NULL"
    return f"SELECT match_id, {number} AS map_number FROM {table.name}"


def find_disagreements(connection: Connection, rule: Rule) -> Finding:
    """Return where a rule does not hold; to be called within `checked_maps`."""
    columns = "match_id, map_number, about::VARCHAR, found::VARCHAR, expected::VARCHAR"
    begin = f"WITH {rule.common}" if rule.common else ""
    rows = connection.execute(f"{begin} SELECT {columns} FROM ({rule.disagreements}) ORDER BY ALL").fetchall()
    fields = Disagreement.__struct_fields__
    return Finding(
        count=len(rows),
        examples=tuple(Disagreement(**dict(zip(fields, row, strict=True))) for row in rows[:_MAX_EXAMPLES]),
    )
