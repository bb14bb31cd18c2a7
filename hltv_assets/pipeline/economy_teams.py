"""Whose money it was: the economy page says left and right, the map page says which teams these are."""

from collections.abc import Mapping, Sequence

from hltv_assets.pages import Outcome, PageError, PageKind
from hltv_assets.pages.records import EconomyPage, Record, RoundEconomy
from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.schema.page_tables import ECONOMY_TABLES


def rows_of_economy(connection: Connection, mapstatsid: int, page: object) -> Mapping[str, Sequence[Record]] | None:
    """Return the rows of an economy page, None while the map page is not in the warehouse.

    Raises `PageError` (`inconsistent`) if in most rounds the other team won by the history of rounds: then left and
    right are not those of the map page, and nobody can tell whose money it was.
    """
    if not isinstance(page, EconomyPage):
        raise TypeError(f"an economy page expected, not {type(page).__name__}")
    teams = connection.execute(
        "SELECT match_id, map_number, team_left_id, team_right_id FROM map_stats WHERE mapstatsid = ?", [mapstatsid]
    ).fetchone()
    if teams is None:
        return None
    match_id, map_number, team_left_id, team_right_id = teams
    rows = page.round_economy(team_left_id=team_left_id, team_right_id=team_right_id)
    winners = dict(
        connection.execute(
            "SELECT round_number, winner_team_id FROM round_history WHERE (match_id, map_number) = (?, ?)",
            [match_id, map_number],
        ).fetchall()
    )
    _check_winners(rows, winners)
    return {ECONOMY_TABLES.head.name: rows}


def _check_winners(rows: Sequence[RoundEconomy], winners: Mapping[int, int]) -> None:
    compared = [row for row in rows if row.won and row.round_number in winners]
    different = [row for row in compared if row.team_id != winners[row.round_number]]
    if len(different) * 2 > len(compared):
        raise PageError(
            Outcome.INCONSISTENT,
            f"{len(different)} of {len(compared)} rounds were won by the other team according to the map page",
            {ECONOMY_TABLES.head.name: rows},
        )


def mark_maps_without_economy(connection: Connection) -> None:
    """Let `map_stats.economy_rounds` be 0 where HLTV offers no economy, as the failures of these pages tell.

    Where HLTV offers one by now that cannot be read, it is NULL again.
    """
    connection.execute(
        "UPDATE map_stats SET economy_rounds = 0 WHERE economy_rounds IS NULL AND mapstatsid IN"
        " (SELECT page_id FROM page_failures WHERE page_kind = ? AND reason = ?)",
        [PageKind.MAP_ECONOMY, Outcome.NO_DATA],
    )
    connection.execute(
        "UPDATE map_stats SET economy_rounds = NULL WHERE economy_rounds = 0 AND mapstatsid IN"
        " (SELECT page_id FROM page_failures WHERE page_kind = ? AND stage <> 'fetch' AND reason <> ?)",
        [PageKind.MAP_ECONOMY, Outcome.NO_DATA],
    )
