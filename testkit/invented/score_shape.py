"""How a score comes about: halves, overtimes, sides, and who won which round in what order.

Belongs here: everything that follows from the rules of the game about rounds won. Not here: how a
round was played (`duels.py`), who the teams are (`facts.py`).
"""

import random
from dataclasses import dataclass
from enum import StrEnum

OVERTIME_HALF_LENGTH = 3
OVERTIME_WIN = 4
OVERTIME_CHANCE = 0.15


class Side(StrEnum):
    """The side a team plays in a round."""

    CT = "CT"
    T = "T"

    @property
    def other(self) -> "Side":
        """The side of the opponents."""
        return Side.T if self is Side.CT else Side.CT


class Seat(StrEnum):
    """Where a team stands on the map page; says nothing about team 1 and team 2 of the match."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> "Seat":
        """The seat of the opponents."""
        return Seat.RIGHT if self is Seat.LEFT else Seat.LEFT


@dataclass(frozen=True)
class RoundsWon:
    """Rounds that each team won in a stretch of the map (a half, an overtime, all of it)."""

    left: int
    right: int

    @property
    def total(self) -> int:
        """Rounds played in the stretch."""
        return self.left + self.right

    def of(self, seat: Seat) -> int:
        """Rounds of one team."""
        return self.left if seat is Seat.LEFT else self.right

    def __add__(self, more: "RoundsWon") -> "RoundsWon":
        return RoundsWon(self.left + more.left, self.right + more.right)


@dataclass(frozen=True)
class ScoreShape:
    """The halves of regulation and the overtimes of a map. A shape that cannot be is refused."""

    half_length: int
    first_half: RoundsWon
    second_half: RoundsWon
    overtimes: tuple[RoundsWon, ...] = ()

    def __post_init__(self) -> None:
        problem = _impossibility(self)
        if problem:
            raise ValueError(f"{self}: {problem}")

    @property
    def regulation(self) -> RoundsWon:
        """Rounds won before overtime."""
        return self.first_half + self.second_half

    @property
    def overtime(self) -> RoundsWon:
        """Rounds won in all overtimes together; 0 and 0 without one."""
        return sum(self.overtimes, start=RoundsWon(0, 0))

    @property
    def final(self) -> RoundsWon:
        """The score of the map."""
        return self.regulation + self.overtime

    @property
    def winner(self) -> Seat:
        """The team that won the map."""
        return Seat.LEFT if self.final.left > self.final.right else Seat.RIGHT


@dataclass(frozen=True)
class ScoredRound:
    """Who won a round, on which side, and what the score was then."""

    number: int
    winner: Seat
    left_side: Side
    score: RoundsWon
    is_overtime: bool

    @property
    def winner_side(self) -> Side:
        """The side that the winner played."""
        return self.side_of(self.winner)

    def side_of(self, seat: Seat) -> Side:
        """The side that a team played in this round."""
        return self.left_side if seat is Seat.LEFT else self.left_side.other


def draw_score_shape(rng: random.Random, half_length: int, overtimes: int | None = None) -> ScoreShape:
    """Draw a possible score; with `overtimes`, one of exactly so many overtimes."""
    if overtimes is None:
        overtimes = 0
        while rng.random() < OVERTIME_CHANCE:
            overtimes += 1
    left_first = rng.randint(half_length // 5, half_length - half_length // 5)
    first_half = RoundsWon(left_first, half_length - left_first)
    if overtimes:
        second_half = RoundsWon(first_half.right, first_half.left)
        level = RoundsWon(OVERTIME_WIN - 1, OVERTIME_WIN - 1)
        last = _with_winner(_draw_seat(rng), OVERTIME_WIN, rng.randint(0, OVERTIME_WIN - 2))
        return ScoreShape(half_length, first_half, second_half, (level,) * (overtimes - 1) + (last,))
    winner = _draw_seat(rng)
    winners_start = first_half.of(winner)
    losers_rounds = rng.randint(0, winners_start - 1)
    second_half = _with_winner(winner, half_length + 1 - winners_start, losers_rounds)
    return ScoreShape(half_length, first_half, second_half)


def play_out(shape: ScoreShape, left_starts: Side, rng: random.Random) -> tuple[ScoredRound, ...]:
    """Put the rounds of a score in an order in which they can have been played.

    Teams swap sides after the first half and in the middle of each overtime; an overtime begins on
    the sides that the rounds before it ended on.
    """
    stretches = [shape.first_half, shape.second_half, *shape.overtimes]
    winners = [winner for stretch in stretches[:-1] for winner in _any_order(stretch, rng)]
    winners += _any_order(stretches[-1], rng, ends_with=shape.winner)
    rounds: list[ScoredRound] = []
    score = RoundsWon(0, 0)
    for number, winner in enumerate(winners, start=1):
        score += _with_winner(winner, 1, 0)
        swapped = _swaps_before(number, shape.half_length) % 2 == 1
        left_side = left_starts.other if swapped else left_starts
        is_overtime = number > 2 * shape.half_length
        rounds.append(ScoredRound(number, winner, left_side, score, is_overtime))
    return tuple(rounds)


def _swaps_before(round_number: int, half_length: int) -> int:
    """How often the teams have swapped sides before a round."""
    overtime_rounds = round_number - 1 - 2 * half_length
    if overtime_rounds < 0:
        return 0 if round_number <= half_length else 1
    whole_overtimes, rest = divmod(overtime_rounds, 2 * OVERTIME_HALF_LENGTH)
    return 1 + whole_overtimes + (1 if rest >= OVERTIME_HALF_LENGTH else 0)


def _any_order(stretch: RoundsWon, rng: random.Random, ends_with: Seat | None = None) -> list[Seat]:
    winners = [Seat.LEFT] * stretch.left + [Seat.RIGHT] * stretch.right
    rng.shuffle(winners)
    if ends_with:
        winners.remove(ends_with)
        winners.append(ends_with)
    return winners


def _draw_seat(rng: random.Random) -> Seat:
    return rng.choice((Seat.LEFT, Seat.RIGHT))


def _with_winner(winner: Seat, winners_rounds: int, losers_rounds: int) -> RoundsWon:
    if winner is Seat.LEFT:
        return RoundsWon(winners_rounds, losers_rounds)
    return RoundsWon(losers_rounds, winners_rounds)


def _impossibility(shape: ScoreShape) -> str | None:
    """Why no map can end like this; None if one can."""
    if shape.first_half.total != shape.half_length:
        return "the first half is not played to its end"
    if shape.second_half.total > shape.half_length:
        return "the second half is too long"
    regulation_score = sorted((shape.regulation.left, shape.regulation.right))
    if not shape.overtimes:
        won = regulation_score[1] == shape.half_length + 1 > regulation_score[0] + 1
        return None if won else "nobody wins in regulation"
    if regulation_score != [shape.half_length, shape.half_length]:
        return "overtime without a level score in regulation"
    level = RoundsWon(OVERTIME_WIN - 1, OVERTIME_WIN - 1)
    if any(overtime != level for overtime in shape.overtimes[:-1]):
        return "an overtime after one that was decided"
    last_score = sorted((shape.overtimes[-1].left, shape.overtimes[-1].right))
    if last_score[1] != OVERTIME_WIN or last_score[0] > OVERTIME_WIN - 2:
        return "nobody wins the last overtime"
    return None
