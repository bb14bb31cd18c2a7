"""Who chose and who played: the veto and the line-ups of a match page, both missing on some pages."""

import re
from collections.abc import Iterator, Sequence

import msgspec

from hltv_assets.pages.document import Document, Element, children, linked_id, select_one, squeeze, text_of
from hltv_assets.pages.errors import PageError
from hltv_assets.pages.match_head import MatchTeam
from hltv_assets.pages.outcomes import Outcome
from hltv_assets.pages.records import LineupPlayer, MatchMap, Veto, VetoAction

_STEP = re.compile(r"([1-9][0-9]?)\. (.+)", re.ASCII)
_LEFT_OVER = re.compile(r"(.+) was left over")
_RANK = re.compile(r"World rank: ?#([1-9][0-9]{0,4})", re.ASCII)
_UNRANKED = "Unranked"
_ACTIONS: tuple[VetoAction, ...] = ("removed", "picked")


class Lineup(msgspec.Struct, frozen=True):
    """A team's line-up, with its rank in the world at that time; None: unranked."""

    team_id: int
    rank: int | None
    players: tuple[LineupPlayer, ...]


def read_vetoes(page: Document, teams: Sequence[MatchTeam], maps: Sequence[MatchMap]) -> tuple[Veto, ...]:
    """Read the steps of the veto, in order; none if the page has none.

    Raises `PageError`: `parse_error` for a step that is none, or of a team that does not play; `incomplete` for a
    box without steps, or whose steps do not choose a map of the match; `inconsistent` where a map's mark says that
    another team picked it than the veto does.
    """
    boxes = [box for box in page.css(".veto-box") if not box.css(".preformatted-text")]
    lines = [line for box in boxes for steps in box.css(".padding") for line in _lines(steps)]
    if boxes and not lines:
        raise PageError(Outcome.INCOMPLETE, "veto: no steps in .veto-box")
    steps = tuple(_read_step(line, teams) for line in lines)
    if [step.step_number for step in steps] != list(range(1, len(steps) + 1)):
        raise PageError(Outcome.PARSE_ERROR, "veto: the steps are not numbered from 1")
    if steps:
        _check_choices(steps, maps)
    return steps


def _lines(steps: Element) -> Iterator[str]:
    """The text of each step: a `div` without elements, and nothing between them."""
    for line in steps.iter(include_text=True):
        text = text_of(line)
        if text and (line.is_text_node or children(line)):
            raise PageError(Outcome.PARSE_ERROR, f"veto: {text[:80]!r} is not one step in a div of its own")
        if text:
            yield text


def _check_choices(steps: Sequence[Veto], maps: Sequence[MatchMap]) -> None:
    """Each map whose name is known was picked, and is marked so, or was left over."""
    chosen = {step.map_name: step.team_id for step in steps if step.action != "removed"}
    for one in maps:
        if one.map_name is None or one.status == "forfeit":
            continue
        if one.map_name not in chosen:
            raise PageError(Outcome.INCOMPLETE, f"veto: no step chooses {one.map_name}, map {one.map_number}")
        if one.picked_by_team_id not in {None, chosen[one.map_name]}:
            raise PageError(
                Outcome.INCONSISTENT,
                f"map {one.map_number} ({one.map_name}): picked by team {chosen[one.map_name]} in the veto, "
                f"by team {one.picked_by_team_id} on the map",
            )


def picked_as_chosen(maps: Sequence[MatchMap], steps: Sequence[Veto]) -> tuple[MatchMap, ...]:
    """Return the maps, each with the team that picked it by the veto where no mark on the map says so."""
    pickers = {step.map_name: step.team_id for step in steps if step.action == "picked"}
    return tuple(
        msgspec.structs.replace(one, picked_by_team_id=one.picked_by_team_id or pickers.get(one.map_name or ""))
        for one in maps
    )


def _read_step(line: str, teams: Sequence[MatchTeam]) -> Veto:
    found = _STEP.fullmatch(line)
    if found is None:
        raise PageError(Outcome.PARSE_ERROR, f"veto: {line[:80]!r} is not a step")
    number, text = int(found[1]), found[2]
    for team in teams:
        for action in _ACTIONS:
            start = f"{team.name} {action} "
            if text.startswith(start):
                return Veto(step_number=number, team_id=team.team_id, action=action, map_name=text.removeprefix(start))
    if left_over := _LEFT_OVER.fullmatch(text):
        return Veto(step_number=number, team_id=None, action="left_over", map_name=left_over[1])
    raise PageError(Outcome.PARSE_ERROR, f"veto: {line[:80]!r} names no team of the match, or no choice")


def read_lineups(page: Document, teams: Sequence[MatchTeam]) -> tuple[Lineup, ...]:
    """Read the line-ups; none if the page has none.

    Raises `PageError`: `parse_error` for what cannot be read; `incomplete` if one team's line-up, a player's name or
    picture is missing; `inconsistent` for a line-up of a third team, or a player in it twice.
    """
    lineups = tuple(_read_lineup(lineup) for lineup in page.css(".lineup"))
    of_teams = [lineup.team_id for lineup in lineups]
    if len(set(of_teams)) != len(of_teams) or not {*of_teams} <= {team.team_id for team in teams}:
        raise PageError(Outcome.INCONSISTENT, f"line-ups of teams {', '.join(map(str, of_teams))}")
    if len(of_teams) == 1 or (not of_teams and page.css(".lineups")):
        raise PageError(Outcome.INCOMPLETE, f"the page has line-ups of {len(of_teams)} teams, two expected")
    players = [player.player_id for lineup in lineups for player in lineup.players]
    if len(set(players)) != len(players):
        raise PageError(Outcome.INCONSISTENT, "a player is in the line-ups twice")
    return lineups


def _read_lineup(lineup: Element) -> Lineup:
    where = "line-up"
    link = select_one(lineup, '.box-headline a[href*="/team/"]', where)
    team_id = linked_id(link, "/team/", where)
    where = f"line-up of {text_of(link)}"
    return Lineup(team_id, _read_rank(lineup, where), _read_players(lineup, team_id, where))


def _read_rank(lineup: Element, where: str) -> int | None:
    text = text_of(select_one(lineup, ".teamRanking", where))
    if text == _UNRANKED:
        return None
    found = _RANK.fullmatch(text)
    if found is None:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {text[:60]!r} is not a rank")
    return int(found[1])


def _read_players(lineup: Element, team_id: int, where: str) -> tuple[LineupPlayer, ...]:
    """Each player is there twice, as a picture and by name; the cells with the name have a flag, too."""
    pictured = {linked_id(link, "/player/", where) for link in lineup.css("td.player-image a")}
    links = lineup.css("td.player:not(.player-image) a")
    players = tuple(_read_player(link, team_id, where) for link in links)
    if not players:
        raise PageError(Outcome.INCOMPLETE, f"{where}: no players")
    if differing := pictured ^ {player.player_id for player in players}:
        raise PageError(
            Outcome.INCOMPLETE, f"{where}: no names or no pictures of players {', '.join(map(str, sorted(differing)))}"
        )
    return players


def _read_player(link: Element, team_id: int, where: str) -> LineupPlayer:
    player_id = linked_id(link, "/player/", where)
    where = f"{where}, player {player_id}"
    name = text_of(select_one(link, ".text-ellipsis", where))
    country = squeeze(select_one(link, "img.flag", where).attributes.get("title"))
    if not name or not country:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: the {'flag has no title' if name else 'name is empty'}")
    return LineupPlayer(player_id=player_id, player_name=name, team_id=team_id, country=country)
