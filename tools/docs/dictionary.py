"""The data dictionary: every table and view with its columns, as Markdown, from the schema and the parsers' records."""

import re
from collections.abc import Iterable, Sequence
from types import NoneType
from typing import get_args, get_type_hints

from hltv_assets.pages import PageKind
from hltv_assets.pages.kinds import page_path
from hltv_assets.pages.records import (
    KillMatrixCell,
    LineupPlayer,
    ListedMatch,
    MapStats,
    Match,
    MatchMap,
    MatchPlayerStats,
    PlayerPerformance,
    PlayerSideStats,
    PlayerStats,
    Record,
    Round,
    RoundEconomy,
    Veto,
)
from hltv_assets.warehouse.schema.columns import PROVENANCE, Column, Table, View
from hltv_assets.warehouse.schema.page_tables import ALL_PAGE_TABLES
from hltv_assets.warehouse.schema.tables import TABLES, VIEWS
from tools.docs.markdown import escaped, table_of

RECORDS: dict[str, type[Record]] = {
    "discovered_matches": ListedMatch,
    "matches": Match,
    "maps": MatchMap,
    "vetoes": Veto,
    "lineups": LineupPlayer,
    "match_player_stats": MatchPlayerStats,
    "map_stats": MapStats,
    "player_stats": PlayerStats,
    "player_side_stats": PlayerSideStats,
    "round_history": Round,
    "player_performance": PlayerPerformance,
    "kill_matrix": KillMatrixCell,
    "round_economy": RoundEconomy,
}
_PAGES = {
    PageKind.RESULTS: "results listing",
    PageKind.MATCH: "match page",
    PageKind.MAP_STATS: "map page",
    PageKind.MAP_PERFORMANCE: "performance page of a map",
    PageKind.MAP_ECONOMY: "economy page of a map",
}
_CHOICES = re.compile(r"'([^']+)'")


def dictionary() -> str:
    """Return the dictionary, page kind by page kind, then what the project keeps for itself, then the views."""
    return "\n\n".join(
        [
            "## From where each row comes",
            "Every table that is filled from pages has these columns, too.",
            _columns(PROVENANCE, ["no"] * len(PROVENANCE)),
            *(part for kind in PageKind for part in _from_page(kind)),
            "## What the project keeps for itself",
            *(_table(table) for table in TABLES if table.name not in RECORDS),
            "## Views",
            *(_view(view) for view in VIEWS),
        ]
    )


def tables_from(kind: PageKind) -> list[Table]:
    """Return the tables that pages of a kind fill, in the order of the schema."""
    names = {table.name for tables in ALL_PAGE_TABLES if tables.kind is kind for table in tables.tables}
    return [
        table
        for table in TABLES
        if table.name in names or (kind is PageKind.RESULTS and table.name == "discovered_matches")
    ]


def _from_page(kind: PageKind) -> Iterable[str]:
    address = page_path(kind, 0, None).replace("/0/x", "/ID/NAME").replace("=0", "=N")
    yield f"## From the {_PAGES[kind]}"
    yield f"Page kind `{kind}`, `{address}`."
    yield from map(_table, tables_from(kind))


def _table(table: Table) -> str:
    own = [column for column in table.columns if column not in PROVENANCE]
    key = ", ".join(f"`{name}`" for name in table.key)
    return "\n\n".join(
        [f"### {table.name}", f"{table.meaning}. Key: {key}.", _columns(own, [_null(table, one) for one in own])]
    )


def _view(view: View) -> str:
    head = f"### {view.name}\n\n{view.meaning}."
    rows = [[f"`{one.name}`", one.type, _meaning(one)] for one in view.columns]
    return f"{head}\n\n{table_of(['column', 'type', 'meaning'], rows)}"


def _columns(columns: Sequence[Column], nulls: Sequence[str]) -> str:
    rows = [
        [f"`{column.name}`", column.type, null, _meaning(column)] for column, null in zip(columns, nulls, strict=True)
    ]
    return table_of(["column", "type", "NULL", "meaning"], rows)


def _meaning(column: Column) -> str:
    values = _CHOICES.findall(column.check or "")
    return escaped(column.meaning) + (f" ({', '.join(f'`{value}`' for value in values)})" if values else "")


def _null(table: Table, column: Column) -> str:
    """Whether a value may be missing: a record's field that cannot be None is there, or its page is refused."""
    if column.name in table.key:
        return "key"
    if table.name not in RECORDS:
        return ""
    hint = get_type_hints(RECORDS[table.name]).get(column.name)
    if hint is None:
        return "no" if column.name in _SET_BY_DISCOVERY and table.name == "discovered_matches" else "yes"
    return "yes" if NoneType in get_args(hint) else "no"


_SET_BY_DISCOVERY = {"match_url", "discovered_at", "in_scope"}
