"""The records that parsers return: one class a table, one field a column of that table.

The key columns `match_id` and `map_number`, and the provenance columns, are not here: a map page knows neither its
number in the match nor when it arrived. The warehouse adds them when it writes.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec

Side = Literal["CT", "T"]
PlayerSide = Literal["ct", "t"]
WinType = Literal["elimination", "bomb_exploded", "bomb_defused", "time"]


def other_side(side: Side) -> Side:
    """Return the side that the other team plays on."""
    return "T" if side == "CT" else "CT"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A row of one table, as far as the page knows it."""


class MapStats(Record, frozen=True, kw_only=True):
    """The head of a map page; half scores are of regulation, `*_ot_rounds` of all overtimes together."""

    mapstatsid: int
    map_name: str
    played_at: datetime
    event_id: int
    event_name: str
    team_left_id: int
    team_right_id: int
    team_left_rounds: int
    team_right_rounds: int
    team_left_starting_side: Side
    team_left_ct_rounds: int
    team_left_t_rounds: int
    team_right_ct_rounds: int
    team_right_t_rounds: int
    team_left_ot_rounds: int
    team_right_ot_rounds: int
    team_left_rating: float | None
    team_right_rating: float | None
    team_left_first_kills: int | None
    team_right_first_kills: int | None
    team_left_clutches: int | None
    team_right_clutches: int | None
    rating_version: str


class PlayerStats(Record, frozen=True, kw_only=True):
    """A player's line of a scoreboard; `e_` marks eco-adjusted numbers; percentages are 0-100."""

    player_id: int
    player_name: str
    team_id: int
    kills: int | None
    deaths: int | None
    assists: int | None
    flash_assists: int | None
    hs_kills: int | None
    kd_diff: int | None
    adr: float | None
    kast: float | None
    opening_kills: int | None
    opening_deaths: int | None
    fk_diff: int | None
    multi_kills: int | None
    clutch_wins: int | None
    traded_deaths: int | None
    round_swing: float | None
    rating: float | None
    rating_version: str
    rating_2: float | None
    rating_3: float | None
    e_kills: int | None
    e_deaths: int | None
    e_hs_kills: int | None
    e_kd_diff: int | None
    e_adr: float | None
    e_kast: float | None
    e_opening_kills: int | None
    e_opening_deaths: int | None
    e_fk_diff: int | None
    e_traded_deaths: int | None


class PlayerSideStats(PlayerStats, frozen=True, kw_only=True):
    """The same line for the rounds that the player's team played on one side."""

    side: PlayerSide


class Round(Record, frozen=True, kw_only=True):
    """A round of the history; the scores are those after it."""

    round_number: int
    winner_team_id: int
    winner_side: Side
    win_type: WinType
    team_left_score: int
    team_right_score: int
    is_overtime: bool


class ListedMatch(Record, frozen=True, kw_only=True):
    """A match as the results listing shows it; scores are maps won, in a best of 1 the rounds."""

    match_id: int
    match_slug: str | None
    ended_at: datetime
    event_name: str
    team1_name: str
    team2_name: str
    team1_score: int | None
    team2_score: int | None
    map_text: str
    stars: int
    is_forfeit: bool


class ResultsPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the results listing: which results it shows, counted from the newest, and of how many."""

    matches: tuple[ListedMatch, ...]
    first: int
    last: int
    total: int
    has_next: bool
    warnings: tuple[str, ...] = ()


class MapStatsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a map page says."""

    match_id: int
    map_stats: MapStats
    player_stats: tuple[PlayerStats, ...]
    player_side_stats: tuple[PlayerSideStats, ...]
    round_history: tuple[Round, ...]
    warnings: tuple[str, ...] = ()

    def tables(self) -> Mapping[str, Sequence[Record]]:
        """Return the rows, by the table that they belong to."""
        return {
            "map_stats": (self.map_stats,),
            "player_stats": self.player_stats,
            "player_side_stats": self.player_side_stats,
            "round_history": self.round_history,
        }
