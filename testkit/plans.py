"""Matches for tests, each between two teams of its own."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from testkit.invented.facts import MR12
from testkit.invented.match_facts import PlannedMap, PlannedMatch
from testkit.invented.score_shape import RoundsWon, ScoreShape
from testkit.invented.world import DEFAULT_EVENT, invent_team

WON = ScoreShape(MR12, RoundsWon(8, 4), RoundsWon(5, 3))
LOST = ScoreShape(MR12, RoundsWon(3, 9), RoundsWon(6, 4))
OVERTIME = ScoreShape(MR12, RoundsWon(6, 6), RoundsWon(6, 6), (RoundsWon(4, 1),))
ENDED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def plan(number: int, *maps: PlannedMap, **changes: Any) -> PlannedMatch:
    """A match between two teams of its own; three maps, of which the last is decided by overtime, unless said."""
    team1 = invent_team(2 * number, 80_000 + 2 * number, 800_000 + 20 * number)
    team2 = invent_team(2 * number + 1, 80_001 + 2 * number, 800_010 + 20 * number)
    team2 = replace(team2, name=f"{team2.name} II")
    first = 700_000 + 10 * number
    usual = (
        PlannedMap("Nuke", team1, first, WON),
        PlannedMap("Mirage", team2, first + 1, LOST),
        PlannedMap("Inferno", None, first + 2, OVERTIME, team1_is_right=True),
    )
    made = PlannedMatch(
        match_id=8_000_000 + number,
        event=DEFAULT_EVENT,
        team1=team1,
        team2=team2,
        started_at=ENDED + timedelta(hours=number),
        best_of=3,
        maps=maps or usual,
    )
    return replace(made, **changes)


def match_of_one_map(number: int) -> PlannedMatch:
    """A match of one map, the least that has all pages."""
    return plan(number, PlannedMap("Nuke", None, 700_000 + 10 * number, WON), best_of=1)
