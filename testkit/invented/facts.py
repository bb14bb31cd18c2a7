"""What there is to say about an invented map: teams, players, rounds, numbers. No HTML, no chance.

Belongs here: the frozen records that every kind of page is rendered from. Not here: how they are
invented (`world.py`) and which of them a page or a table states (renderers, `expected.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum

from testkit.invented.score_shape import ScoredRound, ScoreShape, Seat, Side

MR12 = 12
MR15 = 15


class Layout(Enum):
    """The two layouts of the map page."""

    UNTIL_2024 = "until 2024"
    SINCE_2025 = "since 2025"

    @property
    def usual_half_length(self) -> int:
        """Rounds a half in the game that the layout mostly shows: CS:GO, then CS2."""
        return MR15 if self is Layout.UNTIL_2024 else MR12

    @property
    def usual_rating_version(self) -> str:
        """The rating that most pages of the layout print."""
        return "2.0" if self is Layout.UNTIL_2024 else "3.0"


class WinType(StrEnum):
    """How a round was won, in the words of the table `round_history`."""

    ELIMINATION = "elimination"
    BOMB_EXPLODED = "bomb_exploded"
    BOMB_DEFUSED = "bomb_defused"
    TIME = "time"


@dataclass(frozen=True)
class Event:
    """A tournament."""

    event_id: int
    name: str
    slug: str


@dataclass(frozen=True)
class Player:
    """A player."""

    player_id: int
    name: str
    slug: str


@dataclass(frozen=True)
class Team:
    """A team and the five who play for it. Some teams have no second logo for the night theme."""

    team_id: int
    name: str
    slug: str
    players: tuple[Player, ...]
    has_night_logo: bool = True


@dataclass(frozen=True)
class Kill:
    """One kill of a round. A flash assist counts as an assist, too."""

    killer_id: int
    victim_id: int
    assister_id: int | None
    is_flash_assist: bool
    is_headshot: bool
    is_awp: bool


@dataclass(frozen=True)
class PlayedRound(ScoredRound):
    """A round with all that happened in it: kills in order, and damage by player."""

    win_type: WinType
    kills: tuple[Kill, ...]
    damage: Mapping[int, int]


@dataclass(frozen=True)
class EcoLine:
    """The eco-adjusted twins of a player's numbers (rating 3.0 only). They need not add up."""

    kills: int
    headshots: int
    deaths: int
    traded_deaths: int
    opening_kills: int
    opening_deaths: int
    adr: float
    kast: float


@dataclass(frozen=True)
class StatLine:
    """A player's numbers on one side or on both, rounded as pages print them."""

    kills: int
    headshots: int
    awp_kills: int
    assists: int
    flash_assists: int
    deaths: int
    traded_deaths: int
    opening_kills: int
    opening_deaths: int
    multi_kills: int
    clutches: int
    adr: float
    kast: float
    rating: float
    round_swing: float | None
    eco: EcoLine | None

    @property
    def kill_difference(self) -> int:
        """Kills minus deaths."""
        return self.kills - self.deaths

    @property
    def opening_difference(self) -> int:
        """Opening kills minus opening deaths."""
        return self.opening_kills - self.opening_deaths


@dataclass(frozen=True)
class PlayerSheet:
    """A player's three lines on a map."""

    player: Player
    both: StatLine
    ct: StatLine
    t: StatLine


@dataclass(frozen=True)
class TeamSheet:
    """A team on a map: its sums and its players' sheets, the best rated first."""

    team: Team
    seat: Seat
    starting_side: Side
    ct_rounds: int
    t_rounds: int
    overtime_rounds: int
    rating: float
    first_kills: int
    clutches: int
    players: tuple[PlayerSheet, ...]

    @property
    def rounds(self) -> int:
        """Rounds won on the map, overtime included."""
        return self.ct_rounds + self.t_rounds + self.overtime_rounds


@dataclass(frozen=True)
class MapLink:
    """What a map page says about a map of the same match."""

    mapstatsid: int
    map_slug: str
    map_name: str
    left_rounds: int
    right_rounds: int
    winner: Team


@dataclass(frozen=True)
class InventedMap:
    """Everything about one played map."""

    match_id: int
    match_slug: str
    best_of: int
    map_number: int
    mapstatsid: int
    map_slug: str
    map_name: str
    played_at: datetime
    event: Event
    layout: Layout
    rating_version: str
    score: ScoreShape
    rounds: tuple[PlayedRound, ...]
    left: TeamSheet
    right: TeamSheet
    match_maps: tuple[MapLink, ...]

    @property
    def teams(self) -> tuple[TeamSheet, TeamSheet]:
        """Both teams, left first."""
        return self.left, self.right

    @property
    def winner(self) -> TeamSheet:
        """The team that won the map."""
        return self.sheet_at(self.score.winner)

    def sheet_at(self, seat: Seat) -> TeamSheet:
        """The sheet of the team that stands there."""
        return self.left if seat is Seat.LEFT else self.right

    def sheet_of(self, team_id: int) -> TeamSheet:
        """The sheet of a team, wherever it stands."""
        return self.left if self.left.team.team_id == team_id else self.right
