"""The match page: its head, maps, veto, line-ups and scoreboards, put together and checked."""

from collections.abc import Iterator, Sequence

from hltv_assets.pages.document import open_page
from hltv_assets.pages.errors import PageError
from hltv_assets.pages.match_head import MatchHead, check_match_page_identity, read_match_head
from hltv_assets.pages.match_maps import read_maps
from hltv_assets.pages.match_people import Lineup, picked_as_chosen, read_lineups, read_vetoes
from hltv_assets.pages.match_scoreboard import read_match_scoreboards
from hltv_assets.pages.outcomes import Outcome
from hltv_assets.pages.records import Match, MatchMap, MatchPage, MatchPlayerStats

# Raised when the same page gives other rows than before: archived pages are then parsed again.
MATCH_PARSER_VERSION = 1


def parse_match(html: str | bytes, match_id: int) -> MatchPage:
    """Read `/matches/<match_id>/<slug>` of a match that is over, finished or forfeited.

    Returns the rows of `matches`, `maps`, `vetoes`, `lineups` and `match_player_stats`. Raises `PageError`:
    `not_ready` while the match is upcoming, live or postponed; `wrong_page`, `wrong_kind`; `incomplete`,
    `inconsistent` or `parse_error` where the page does not hold what the page of a match that is over holds.
    """
    page = open_page(html)
    address = check_match_page_identity(page, match_id)
    head = read_match_head(page)
    teams = (head.team1, head.team2)
    maps = read_maps(page, *teams)
    _check_number_of_maps(head, maps)
    lineups = read_lineups(page, teams)
    scoreboards = read_match_scoreboards(page, maps, teams)
    vetoes = read_vetoes(page, teams, maps)
    return MatchPage(
        match_id=match_id,
        match=_match(head, maps, lineups, address),
        maps=picked_as_chosen(maps, vetoes),
        vetoes=vetoes,
        lineups=tuple(player for lineup in lineups for player in lineup.players),
        match_player_stats=scoreboards,
        warnings=tuple(_warnings(head, maps, scoreboards)),
    )


def _match(head: MatchHead, maps: Sequence[MatchMap], lineups: Sequence[Lineup], address: str) -> Match:
    team1, team2 = head.team1, head.team2
    ranks = {lineup.team_id: lineup.rank for lineup in lineups}
    is_forfeit = head.is_deleted or all(one.status == "forfeit" for one in maps)
    if team1.result is None and not is_forfeit:
        raise PageError(Outcome.INCOMPLETE, "the match is over, but the page has no score")
    won = _maps_won(maps)
    # With a score on no map, nobody can tell who won how many; a map that was forfeited nobody has won in play.
    is_counted = is_forfeit or any(one.team1_rounds is not None for one in maps)
    return Match(
        match_url=address,
        started_at=head.started_at,
        event_id=head.event_id,
        event_name=head.event_name,
        stage=head.format.stage,
        best_of=head.format.best_of,
        is_lan=head.format.is_lan,
        status="forfeit" if is_forfeit else "finished",
        team1_id=team1.team_id,
        team1_name=team1.name,
        team1_rank=ranks.get(team1.team_id),
        team2_id=team2.team_id,
        team2_name=team2.name,
        team2_rank=ranks.get(team2.team_id),
        team1_score=team1.score,
        team2_score=team2.score,
        team1_maps_won=won[0] if is_counted else None,
        team2_maps_won=won[1] if is_counted else None,
        winner_team_id=_winner(head, won),
        forfeit_note=head.format.forfeit_note,
        demo_url=head.demo_url,
    )


def _check_number_of_maps(head: MatchHead, maps: Sequence[MatchMap]) -> None:
    """A page names all maps that could be played, unless the match or a map of it was forfeited."""
    is_forfeit = head.is_deleted or any(one.status == "forfeit" for one in maps)
    if len(maps) < head.format.best_of and not is_forfeit:
        raise PageError(Outcome.INCOMPLETE, f"{len(maps)} maps in a best of {head.format.best_of}")
    if len(maps) > head.format.best_of:
        raise PageError(Outcome.INCONSISTENT, f"{len(maps)} maps in a best of {head.format.best_of}")


def _maps_won(maps: Sequence[MatchMap]) -> tuple[int, int]:
    scores = [
        (one.team1_rounds, one.team2_rounds)
        for one in maps
        if one.team1_rounds is not None and one.team2_rounds is not None
    ]
    return sum(first > second for first, second in scores), sum(first < second for first, second in scores)


def _winner(head: MatchHead, maps_won: tuple[int, int]) -> int | None:
    """The team that is shown as the winner; where the page prints no score, the one that has more maps."""
    teams = (head.team1, head.team2)
    if head.team1.result is not None:
        return next((team.team_id for team in teams if team.result == "won"), None)
    if maps_won[0] == maps_won[1]:
        return None
    return teams[0 if maps_won[0] > maps_won[1] else 1].team_id


def _warnings(head: MatchHead, maps: Sequence[MatchMap], scoreboards: Sequence[MatchPlayerStats]) -> Iterator[str]:
    printed = (head.team1.score, head.team2.score)
    if head.format.best_of == 1 and len(maps) == 1:
        counted = (maps[0].team1_rounds, maps[0].team2_rounds)
    else:
        counted = _maps_won(maps)
    if None not in printed and printed != counted:
        yield f"the score is {printed[0]}:{printed[1]}, the maps make {counted[0]}:{counted[1]}"
    for line in head.format.unread:
        yield f"a line of the format is not read: {line[:200]!r}"
    for one in maps:
        players = [line for line in scoreboards if (line.map_number, line.side) == (one.map_number, "both")]
        for team in (head.team1, head.team2):
            number = sum(line.team_id == team.team_id for line in players)
            if one.status == "played" and number != 5:
                yield f"map {one.map_number}: {team.name} has {number} players"
