"""What the teams' equipment was worth, round by round: drawn, since the facts know nothing of money.

Belongs here: chance about money, with a random stream of its own, so that the maps stay as they are.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from testkit.invented.facts import MR12, InventedMap
from testkit.invented.score_shape import Seat, Side

STARTING_MONEY = (4_000, 4_650)
# HLTV's class of a buy, by the least value that it is drawn for.
CLASSES = ((0, "Pistol"), (5_500, "ForcePistol"), (11_000, "Forcebuy"), (18_500, "RifleArmor"))
BUYS = ((800, 4_900), (5_000, 9_900), (10_000, 19_900), (20_000, 31_000))


@dataclass(frozen=True)
class TeamMoney:
    """A team in a round."""

    side: Side
    won: bool
    value: int
    buy_class: str


@dataclass(frozen=True)
class RoundMoney:
    """Both teams in a round."""

    number: int
    left: TeamMoney
    right: TeamMoney

    @property
    def teams(self) -> tuple[tuple[Seat, TeamMoney], ...]:
        """Both, left first."""
        return (Seat.LEFT, self.left), (Seat.RIGHT, self.right)


def draw_money(invented_map: InventedMap) -> tuple[RoundMoney, ...]:
    """The rounds that the economy page has: those of regulation."""
    return tuple(_draw_rounds(invented_map, random.Random(f"money {invented_map.mapstatsid}")))


def buy_type(value: int) -> str:
    """The type of a buy by its value in dollars."""
    bounds = ((5_000, "full_eco"), (10_000, "semi_eco"), (20_000, "semi_buy"))
    return next((name for bound, name in bounds if value < bound), "full_buy")


def half_length(invented_map: InventedMap) -> int:
    """Rounds of a half, as the page's tables have them."""
    return invented_map.score.half_length or MR12


def _draw_rounds(invented_map: InventedMap, rng: random.Random) -> Iterator[RoundMoney]:
    for played in invented_map.rounds:
        if played.is_overtime:
            return
        is_pistol_round = (played.number - 1) % half_length(invented_map) == 0
        left, right = (
            _draw_team(played.side_of(seat), rng, won=played.winner is seat, is_pistol_round=is_pistol_round)
            for seat in (Seat.LEFT, Seat.RIGHT)
        )
        yield RoundMoney(played.number, left, right)


def _draw_team(side: Side, rng: random.Random, *, won: bool, is_pistol_round: bool) -> TeamMoney:
    low, high = STARTING_MONEY if is_pistol_round else rng.choices(BUYS, weights=(2, 2, 3, 7))[0]
    value = rng.randrange(low, high, 50)
    return TeamMoney(side, won, value, next(name for least, name in reversed(CLASSES) if value >= least))
