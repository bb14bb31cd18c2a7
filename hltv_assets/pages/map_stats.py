"""The map page: its head, the history of its rounds, and its scoreboards, put together and checked."""

from collections.abc import Iterable
from itertools import groupby

from hltv_assets.pages.document import Document, by_class, check_map_page_identity
from hltv_assets.pages.kinds import PageKind
from hltv_assets.pages.map_head import HEAD_ELEMENTS, MapHead, Team, read_map_head
from hltv_assets.pages.partial_parse import open_cut_page
from hltv_assets.pages.records import MapStats, MapStatsPage
from hltv_assets.pages.round_history import ROUND_HISTORY, overtime_side_warnings, read_round_history
from hltv_assets.pages.scoreboard import SCOREBOARDS, Scoreboards, read_scoreboards

# Raised when the same page gives other rows than before: archived pages are then parsed again.
MAP_STATS_PARSER_VERSION = 1

_PLAYERS_IN_A_TEAM = 5

# What is read of the page: of every selector below, the class without which it finds nothing, and how its element ends.
_CLASSES = {
    "tstats": "</table>",  # and ctstats
    "totalstats": "</table>",
    "match-page-link": "</a>",
    "round-history-con": "</div>",
    "match-info-": "</div>",
    "stats-top-menu": "</div>",
}
_ELEMENTS = (*HEAD_ELEMENTS, ROUND_HISTORY, SCOREBOARDS)


def parse_map_stats(html: str | bytes, mapstatsid: int) -> MapStatsPage:
    """Read `/stats/matches/mapstatsid/<mapstatsid>/<slug>`, of either layout.

    Returns the rows of `map_stats`, `player_stats`, `player_side_stats` and `round_history`, and as warnings what
    does not add up where HLTV's own pages sometimes do not. Raises `PageError` where the page is not the whole page
    of that map, a cell cannot be read, a table is missing, or the page contradicts itself.
    """
    return read_map_stats(open_cut_page(html, _CLASSES), mapstatsid)


def read_map_stats(page: Document, mapstatsid: int) -> MapStatsPage:
    """Read the tree of a map page, whole or cut; see `parse_map_stats`."""
    check_map_page_identity(page, PageKind.MAP_STATS, mapstatsid)
    found = by_class(page, _ELEMENTS)
    head = read_map_head(found)
    boards = read_scoreboards(found, (head.left, head.right))
    rounds = read_round_history(page, found["round-history-con"], head, boards.rating_version)
    warnings = [*overtime_side_warnings(rounds, head), *_warnings(head, boards)]
    if not rounds:
        warnings.append("HLTV has no round history of this map")
    return MapStatsPage(
        match_id=head.match_id,
        map_stats=_map_stats(head, mapstatsid, boards.rating_version),
        player_stats=boards.both_sides,
        player_side_stats=boards.by_side,
        round_history=rounds,
        warnings=tuple(warnings),
    )


def _map_stats(head: MapHead, mapstatsid: int, rating_version: str) -> MapStats:
    halves = head.breakdown
    started_ct = halves.left_starting_side == "CT"
    ct_half, t_half = (halves.first_half, halves.second_half) if started_ct else (halves.second_half, halves.first_half)
    return MapStats(
        mapstatsid=mapstatsid,
        map_name=head.map_name,
        played_at=head.played_at,
        event_id=head.event_id,
        event_name=head.event_name,
        team_left_id=head.left.team_id,
        team_right_id=head.right.team_id,
        team_left_rounds=head.left.rounds,
        team_right_rounds=head.right.rounds,
        team_left_starting_side=halves.left_starting_side,
        team_left_ct_rounds=ct_half[0],
        team_left_t_rounds=t_half[0],
        # While the left team plays CT, the right one plays T.
        team_right_ct_rounds=t_half[1],
        team_right_t_rounds=ct_half[1],
        team_left_ot_rounds=halves.overtime[0],
        team_right_ot_rounds=halves.overtime[1],
        team_left_rating=head.team_ratings[0],
        team_right_rating=head.team_ratings[1],
        team_left_first_kills=head.first_kills[0],
        team_right_first_kills=head.first_kills[1],
        team_left_clutches=head.clutches[0],
        team_right_clutches=head.clutches[1],
        rating_version=rating_version,
    )


def _warnings(head: MapHead, boards: Scoreboards) -> Iterable[str]:
    if head.team_rating_version not in {None, boards.rating_version}:
        yield f"team rating {head.team_rating_version}, scoreboards with rating {boards.rating_version}"
    by_team = {team_id: list(lines) for team_id, lines in groupby(boards.both_sides, lambda line: line.team_id)}
    heads = ((head.left, head.first_kills[0], head.clutches[0]), (head.right, head.first_kills[1], head.clutches[1]))
    for team, first_kills, clutches in heads:
        lines = by_team[team.team_id]
        if len(lines) != _PLAYERS_IN_A_TEAM:
            yield f"{team.name} has {len(lines)} players"
        yield from _differing_sum(team, "opening kills", [line.opening_kills for line in lines], first_kills)
        yield from _differing_sum(team, "clutches", [line.clutch_wins for line in lines], clutches)


def _differing_sum(team: Team, name: str, parts: list[int | None], whole: int | None) -> Iterable[str]:
    numbers = [part for part in parts if part is not None]
    if whole is not None and len(numbers) == len(parts) and sum(numbers) != whole:
        yield f"{team.name}: the players' {name} make {sum(numbers)}, the head says {whole}"
