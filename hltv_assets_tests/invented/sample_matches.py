"""The matches of the checked-in sample: who met whom, and how each map ended.

Belongs here: the sample as a plan. What is not in the plan (rounds, players' numbers) is drawn from
seeds by `world.invent_map`; the files are written by `sample.py`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hltv_assets_tests.invented.facts import MR12, MR15, Event, InventedMap, Layout, Team
from hltv_assets_tests.invented.sample_cast import (
    KETTLES,
    LEAGUE,
    LESS_THAN,
    OLD_CUP,
    OWLS,
    QUOTED,
    SALT,
    SNAILS,
)
from hltv_assets_tests.invented.score_shape import RoundsWon, ScoreShape
from hltv_assets_tests.invented.world import invent_map, link_match_maps

TIME_BETWEEN_MAPS = timedelta(minutes=70)


@dataclass(frozen=True)
class PlannedMap:
    """A map of a match: played if it has a score (team on the left first)."""

    map_name: str
    picked_by: Team | None = None
    mapstatsid: int | None = None
    score: ScoreShape | None = None
    team1_is_right: bool = False

    @property
    def status(self) -> str:
        """The word of the table `maps`. HLTV calls a forfeited map "Default"."""
        if self.score:
            return "played"
        return "forfeit" if self.map_name == "Default" else "unplayed"


@dataclass(frozen=True)
class PlannedMatch:
    """A match, and the look of its map pages."""

    match_id: int
    event: Event
    team1: Team
    team2: Team
    started_at: datetime
    best_of: int
    maps: tuple[PlannedMap, ...]
    layout: Layout = Layout.SINCE_2025
    rating_version: str = "3.0"


def sample_matches() -> tuple[PlannedMatch, ...]:
    """All matches of the sample, oldest first."""
    return (
        PlannedMatch(
            match_id=9_000_001,
            event=OLD_CUP,
            team1=KETTLES,
            team2=SALT,
            started_at=datetime(2022, 11, 12, 15, 0, tzinfo=UTC),
            best_of=3,
            layout=Layout.UNTIL_2024,
            rating_version="2.0",
            maps=(
                PlannedMap("Mirage", KETTLES, 900_001, _score(MR15, (10, 5), (6, 4))),
                PlannedMap("Nuke", SALT, 900_002, _score(MR15, (9, 6), (7, 5)), team1_is_right=True),
                PlannedMap("Vertigo", None, 900_004, _score(MR15, (8, 7), (7, 8), (4, 2))),
            ),
        ),
        PlannedMatch(
            match_id=9_000_002,
            event=OLD_CUP,
            team1=OWLS,
            team2=KETTLES,
            started_at=datetime(2022, 11, 13, 18, 30, tzinfo=UTC),
            best_of=1,
            layout=Layout.UNTIL_2024,
            rating_version="2.0",
            # 16-14 without overtime: in MR12 the same score is one with overtime, see below.
            maps=(PlannedMap("Inferno", None, 900_005, _score(MR15, (6, 9), (10, 5))),),
        ),
        PlannedMatch(
            match_id=9_000_011,
            event=LEAGUE,
            team1=QUOTED,
            team2=LESS_THAN,
            started_at=datetime(2025, 7, 5, 12, 0, tzinfo=UTC),
            best_of=1,
            rating_version="2.1",
            maps=(PlannedMap("Dust2", None, 900_101, _score(MR12, (5, 7), (5, 6)), team1_is_right=True),),
        ),
        PlannedMatch(
            match_id=9_000_012,
            event=LEAGUE,
            team1=SNAILS,
            team2=SALT,
            started_at=datetime(2025, 9, 6, 13, 0, tzinfo=UTC),
            best_of=3,
            maps=(
                PlannedMap("Train", SNAILS, 900_102, _score(MR12, (9, 3), (4, 2))),
                PlannedMap("Ancient", SALT, 900_103, _score(MR12, (4, 8), (7, 5)), team1_is_right=True),
                PlannedMap("Overpass"),
            ),
        ),
        PlannedMatch(
            match_id=9_000_013,
            event=LEAGUE,
            team1=LESS_THAN,
            team2=OWLS,
            started_at=datetime(2025, 9, 7, 16, 15, tzinfo=UTC),
            best_of=3,
            maps=(
                PlannedMap("Default"),
                PlannedMap("Mirage", OWLS, 900_104, _score(MR12, (7, 5), (5, 7), (4, 2)), team1_is_right=True),
                PlannedMap("Inferno", None, 900_106, _score(MR12, (12, 0), (1, 3))),
            ),
        ),
        PlannedMatch(
            match_id=9_000_014,
            event=LEAGUE,
            team1=OWLS,
            team2=SNAILS,
            started_at=datetime(2025, 9, 14, 17, 0, tzinfo=UTC),
            best_of=5,
            maps=(
                PlannedMap("Nuke", OWLS, 900_107, _score(MR12, (8, 4), (5, 6))),
                PlannedMap("Dust2", SNAILS, 900_108, _score(MR12, (3, 9), (2, 4))),
                PlannedMap(
                    "Overpass",
                    OWLS,
                    900_109,
                    _score(MR12, (6, 6), (6, 6), (3, 3), (1, 4)),
                    team1_is_right=True,
                ),
                PlannedMap("Ancient", SNAILS, 900_110, _score(MR12, (10, 2), (3, 9)), team1_is_right=True),
                PlannedMap("Train", None, 900_112, _score(MR12, (7, 5), (6, 1))),
            ),
        ),
    )


def invent_played_maps(match: PlannedMatch) -> tuple[InventedMap, ...]:
    """Invent the facts of a match's played maps."""
    invented = []
    for map_number, planned in enumerate(match.maps, start=1):
        if planned.score is None or planned.mapstatsid is None:
            continue
        left, right = match.team1, match.team2
        if planned.team1_is_right:
            left, right = right, left
        invented.append(
            invent_map(
                seed=planned.mapstatsid,
                match_id=match.match_id,
                match_slug=f"{match.team1.slug}-vs-{match.team2.slug}-{match.event.slug}",
                best_of=match.best_of,
                map_number=map_number,
                mapstatsid=planned.mapstatsid,
                map_name=planned.map_name,
                played_at=match.started_at + (map_number - 1) * TIME_BETWEEN_MAPS,
                event=match.event,
                left=left,
                right=right,
                layout=match.layout,
                rating_version=match.rating_version,
                score=planned.score,
            )
        )
    return link_match_maps(invented)


def _score(
    half_length: int,
    first_half: tuple[int, int],
    second_half: tuple[int, int],
    *overtimes: tuple[int, int],
) -> ScoreShape:
    return ScoreShape(
        half_length,
        RoundsWon(*first_half),
        RoundsWon(*second_half),
        tuple(RoundsWon(*overtime) for overtime in overtimes),
    )
