"""What there is to say about an invented match: its plan, and the maps that were played by it. No HTML, no chance."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from testkit.invented.facts import Event, InventedMap, Layout, Player, Team
from testkit.invented.score_shape import ScoreShape
from testkit.invented.world import invent_map, link_match_maps

TIME_BETWEEN_MAPS = timedelta(minutes=70)
MAP_POOL = ("Ancient", "Dust2", "Inferno", "Mirage", "Nuke", "Overpass", "Train", "Vertigo")


@dataclass(frozen=True)
class PlannedMap:
    """A map of a match: played if it has a score (team on the left first); without stats if it has no id then."""

    map_name: str
    picked_by: Team | None = None
    mapstatsid: int | None = None
    score: ScoreShape | None = None
    team1_is_right: bool = False
    has_economy: bool = True

    @property
    def status(self) -> str:
        """The word of the table `maps`. HLTV calls a forfeited map "Default"."""
        if self.score:
            return "played" if self.mapstatsid else "no_stats"
        return "forfeit" if self.map_name == "Default" else "unplayed"

    @property
    def rounds(self) -> tuple[int, int] | None:
        """Rounds of team 1 and team 2; a forfeited map counts as 1 to 0."""
        if self.score is None:
            return (1, 0) if self.map_name == "Default" else None
        final = (self.score.final.left, self.score.final.right)
        return final[::-1] if self.team1_is_right else final


@dataclass(frozen=True)
class PlannedMatch:
    """A match, and the look of its pages."""

    match_id: int
    event: Event
    team1: Team
    team2: Team
    started_at: datetime
    best_of: int
    maps: tuple[PlannedMap, ...]
    layout: Layout = Layout.SINCE_2025
    rating_version: str = "3.0"
    is_lan: bool = True
    stage: str | None = "Group stage"
    forfeit_note: str | None = None
    is_deleted: bool = False
    ranks: tuple[int | None, int | None] = (None, None)
    stars: int = 0
    has_lineups: bool = True
    has_vetoes: bool = True
    stand_in: Player | None = None  # stands in the line-up of team 1, and did not play

    @property
    def slug(self) -> str:
        """The last part of the match page's address."""
        return f"{self.team1.slug}-vs-{self.team2.slug}-{self.event.slug}"

    @property
    def teams(self) -> tuple[Team, Team]:
        """Team 1 and team 2."""
        return self.team1, self.team2

    @property
    def ended_at(self) -> datetime:
        """When the match ended, by the listing."""
        return self.started_at + TIME_BETWEEN_MAPS * max(1, sum(one.score is not None for one in self.maps))

    @property
    def maps_won(self) -> tuple[int, int]:
        """Maps that each team won, forfeited ones included."""
        scores = [one.rounds for one in self.maps if one.rounds]
        return sum(first > second for first, second in scores), sum(first < second for first, second in scores)

    @property
    def score(self) -> tuple[int, int] | None:
        """The score as the page prints it: maps, in a best of 1 rounds; None if the match was deleted."""
        if self.is_deleted:
            return None
        only = self.maps[0].rounds
        return only if self.best_of == 1 and only else self.maps_won

    def lineup(self, number: int) -> tuple[Player, ...]:
        """The players in the line-up of team 1 or 2."""
        players = self.teams[number - 1].players
        return (*players[1:], self.stand_in) if number == 1 and self.stand_in else players

    @property
    def vetoes(self) -> tuple[tuple[Team | None, str, str], ...]:
        """The steps of the veto: team, action, map."""
        if not self.has_vetoes:
            return ()
        names = [one.map_name for one in self.maps if one.map_name != "Default"]
        removed = [name for name in MAP_POOL if name not in names][:2]
        steps: list[tuple[Team | None, str, str]] = [
            (team, "removed", name) for team, name in zip(self.teams, removed, strict=True)
        ]
        picked = [(one.picked_by, "picked", one.map_name) for one in self.maps if one.picked_by]
        left_over = [name for one in self.maps if one.picked_by is None and (name := one.map_name) in names][:1]
        return (*steps, *picked, *((None, "left_over", name) for name in left_over))


@dataclass(frozen=True)
class InventedMatch:
    """A match with the maps of it that were played and have pages, by number."""

    plan: PlannedMatch
    played: Mapping[int, InventedMap]


def invent_match(plan: PlannedMatch) -> InventedMatch:
    """Invent the facts of a match's played maps; the same plan always yields the same."""
    invented = []
    for map_number, planned in enumerate(plan.maps, start=1):
        if planned.score is None or planned.mapstatsid is None:
            continue
        left, right = plan.teams[::-1] if planned.team1_is_right else plan.teams
        invented.append(
            invent_map(
                seed=planned.mapstatsid,
                match_id=plan.match_id,
                match_slug=plan.slug,
                best_of=plan.best_of,
                map_number=map_number,
                mapstatsid=planned.mapstatsid,
                map_name=planned.map_name,
                played_at=plan.started_at + (map_number - 1) * TIME_BETWEEN_MAPS,
                event=plan.event,
                left=left,
                right=right,
                layout=plan.layout,
                rating_version=plan.rating_version,
                score=planned.score,
            )
        )
    return InventedMatch(plan, {one.map_number: one for one in link_match_maps(invented)})
