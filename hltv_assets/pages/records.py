"""The records that parsers return: one class a table, one field a column of that table.

The key columns `match_id` and `map_number`, and the provenance columns, are not here: a map page knows neither its
number in the match nor when it arrived. The warehouse adds them when it writes.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec

Side = Literal["CT", "T"]
SideOrBoth = Literal["both", "CT", "T"]
WinType = Literal["elimination", "bomb_exploded", "bomb_defused", "time"]
MatchStatus = Literal["finished", "forfeit"]
MapStatus = Literal["played", "unplayed", "forfeit", "no_stats"]
VetoAction = Literal["removed", "picked", "left_over"]
MatrixType = Literal["all", "first_kill", "awp"]
BuyType = Literal["full_eco", "semi_eco", "semi_buy", "full_buy"]
BuyClass = Literal["Pistol", "ForcePistol", "Forcebuy", "RifleArmor"]

FULL_ECO_BELOW = 5_000
SEMI_ECO_BELOW = 10_000
SEMI_BUY_BELOW = 20_000


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

    side: Side


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


class MapStatsPage(msgspec.Struct, frozen=True, kw_only=True, tag=True):
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


class PlayerPerformance(Record, frozen=True, kw_only=True):
    """A player's card: kills and deaths per round, impact (before rating 3.0), multi-kill rating (3.0)."""

    player_id: int
    kpr: float | None
    dpr: float | None
    impact: float | None
    mk_rating: float | None


class KillMatrixCell(Record, frozen=True, kw_only=True):
    """How often one player killed another; of all kills, of first kills of a round, or of those with the AWP."""

    matrix_type: MatrixType
    killer_id: int
    victim_id: int
    kills: int | None


class PerformancePage(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Everything that a performance page says."""

    match_id: int | None
    player_performance: tuple[PlayerPerformance, ...]
    kill_matrix: tuple[KillMatrixCell, ...]
    warnings: tuple[str, ...] = ()

    def tables(self) -> Mapping[str, Sequence[Record]]:
        """Return the rows, by the table that they belong to."""
        return {"player_performance": self.player_performance, "kill_matrix": self.kill_matrix}


class Equipment(msgspec.Struct, frozen=True, kw_only=True):
    """A team in a round: its side, whether it won, and the dollars that its equipment was worth at the start."""

    side: Side
    won: bool
    value: int
    buy_class: BuyClass


class EconomyRound(msgspec.Struct, frozen=True, kw_only=True):
    """A round of the economy page, for the left and the right team of the map page."""

    round_number: int
    left: Equipment
    right: Equipment


class RoundEconomy(Record, frozen=True, kw_only=True):
    """A team in a round, with HLTV's own class of its buy, and the type that follows from the value."""

    round_number: int
    team_id: int
    side: Side
    won: bool
    equipment_value: int
    buy_type: BuyType
    buy_class: BuyClass


def buy_type_of(equipment_value: int) -> BuyType:
    """Return the type of a buy by its value in dollars, with HLTV's bounds."""
    if equipment_value < FULL_ECO_BELOW:
        return "full_eco"
    if equipment_value < SEMI_ECO_BELOW:
        return "semi_eco"
    return "semi_buy" if equipment_value < SEMI_BUY_BELOW else "full_buy"


class EconomyPage(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Everything that an economy page says; which teams are left and right, the map page tells."""

    match_id: int | None
    rounds: tuple[EconomyRound, ...]
    warnings: tuple[str, ...] = ()

    def round_economy(self, *, team_left_id: int, team_right_id: int) -> tuple[RoundEconomy, ...]:
        """Return the rows of both teams, round by round."""
        return tuple(
            RoundEconomy(
                round_number=one.round_number,
                team_id=team_id,
                side=equipment.side,
                won=equipment.won,
                equipment_value=equipment.value,
                buy_type=buy_type_of(equipment.value),
                buy_class=equipment.buy_class,
            )
            for one in self.rounds
            for team_id, equipment in ((team_left_id, one.left), (team_right_id, one.right))
        )


class Match(Record, frozen=True, kw_only=True):
    """The head of a match page; scores are as printed: maps, in a best of 1 rounds."""

    match_url: str
    started_at: datetime
    event_id: int
    event_name: str
    stage: str | None
    best_of: int
    is_lan: bool | None
    status: MatchStatus
    team1_id: int
    team1_name: str
    team1_rank: int | None
    team2_id: int
    team2_name: str
    team2_rank: int | None
    team1_score: int | None
    team2_score: int | None
    team1_maps_won: int | None
    team2_maps_won: int | None
    winner_team_id: int | None
    forfeit_note: str | None
    demo_url: str | None


class MatchMap(Record, frozen=True, kw_only=True):
    """A map of a match, played or not; half scores are of regulation, `*_ot_rounds` of all overtimes together."""

    map_number: int
    mapstatsid: int | None
    map_slug: str | None
    map_name: str | None
    status: MapStatus
    picked_by_team_id: int | None
    team1_rounds: int | None
    team2_rounds: int | None
    team1_starting_side: Side | None
    team1_ct_rounds: int | None
    team1_t_rounds: int | None
    team2_ct_rounds: int | None
    team2_t_rounds: int | None
    team1_ot_rounds: int | None
    team2_ot_rounds: int | None


class Veto(Record, frozen=True, kw_only=True):
    """A step of the veto; no team chose the map that was left over."""

    step_number: int
    team_id: int | None
    action: VetoAction
    map_name: str


class LineupPlayer(Record, frozen=True, kw_only=True):
    """A player in the line-up of a team; who played on a map is told by its scoreboard."""

    player_id: int
    player_name: str
    team_id: int
    country: str | None


class MatchPlayerStats(Record, frozen=True, kw_only=True):
    """A player's line on one map as the match page has it; `e_` marks eco-adjusted numbers; percentages are 0-100."""

    map_number: int
    player_id: int
    side: SideOrBoth
    team_id: int
    player_name: str
    kills: int | None
    deaths: int | None
    e_kills: int | None
    e_deaths: int | None
    round_swing: float | None
    adr: float | None
    e_adr: float | None
    kast: float | None
    e_kast: float | None
    rating: float | None
    rating_version: str


class MatchPage(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Everything that the page of a match that is over says."""

    match_id: int
    match: Match
    maps: tuple[MatchMap, ...]
    vetoes: tuple[Veto, ...]
    lineups: tuple[LineupPlayer, ...]
    match_player_stats: tuple[MatchPlayerStats, ...]
    warnings: tuple[str, ...] = ()

    def tables(self) -> Mapping[str, Sequence[Record]]:
        """Return the rows, by the table that they belong to."""
        return {
            "matches": (self.match,),
            "maps": self.maps,
            "vetoes": self.vetoes,
            "lineups": self.lineups,
            "match_player_stats": self.match_player_stats,
        }
