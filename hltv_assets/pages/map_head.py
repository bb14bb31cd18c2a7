"""The head of a map page: `.match-info-box` and the four `.match-info-row` under it.

Which event, map and teams, when, the score by halves, and the teams' rating, first kills and clutches.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from hltv_assets.pages.document import (
    MATCH_LINK,
    Element,
    children,
    exactly_one,
    has_class,
    linked_id,
    linked_match_id,
    queried_id,
    select_one,
    squeeze,
    text_of,
)
from hltv_assets.pages.errors import PageError
from hltv_assets.pages.numbers import present, read_count, read_count_pair, read_decimal_pair, read_time
from hltv_assets.pages.outcomes import Outcome
from hltv_assets.pages.records import Side, other_side

_BOX, _ROW = ".match-info-box", ".match-info-row"
HEAD_ELEMENTS = (_BOX, _ROW, MATCH_LINK)

_N = r"([0-9]{1,4})"
_BREAKDOWN = re.compile(rf"{_N} : {_N} \( {_N} : {_N} \) \( {_N} : {_N} \)(?: \( {_N} : {_N} \))?")
_TEAM_RATING = re.compile(r"Team rating(?: (\d\.\d))?", re.ASCII)


class Team(msgspec.Struct, frozen=True):
    """A team as the head names it, with the rounds that it won."""

    team_id: int
    name: str
    rounds: int


class Breakdown(msgspec.Struct, frozen=True):
    """The score by halves, as (left, right); overtime is that of all periods together."""

    final: tuple[int, int]
    first_half: tuple[int, int]
    second_half: tuple[int, int]
    overtime: tuple[int, int]
    left_starting_side: Side

    @property
    def regulation_rounds(self) -> int:
        """How many rounds were played before overtime."""
        return sum(self.first_half) + sum(self.second_half)


class MapHead(msgspec.Struct, frozen=True, kw_only=True):
    """What the head says."""

    match_id: int
    map_name: str
    played_at: datetime
    event_id: int
    event_name: str
    left: Team
    right: Team
    breakdown: Breakdown
    team_ratings: tuple[float | None, float | None]
    team_rating_version: str | None
    first_kills: tuple[int | None, int | None]
    clutches: tuple[int | None, int | None]


def read_map_head(found: Mapping[str, Sequence[Element]]) -> MapHead:
    """Read the head of a map page; `found` has by class, among others, what `HEAD_ELEMENTS` find.

    Raises `PageError`: `parse_error` where an element is missing or unreadable; `inconsistent` where the score, the
    halves and overtime do not add up.
    """
    box = exactly_one(found["match-info-box"], _BOX, "map page")
    event = _first_child(box, "a")
    left = _read_team(box, "team-left")
    right = _read_team(box, "team-right")
    if left.team_id == right.team_id or left.name == right.name:
        raise PageError(Outcome.INCONSISTENT, f"both teams are {left.name!r} ({left.team_id})")
    rows = _info_rows(found["match-info-row"])
    rating_label, rating_text = _rating_row(rows)
    breakdown = _read_breakdown(rows)
    _check_score(breakdown, left, right)
    return MapHead(
        match_id=_read_match_id(found["match-page-link"]),
        map_name=_read_map_name(box),
        played_at=_read_time(box),
        event_id=queried_id(event, "/stats", "event", "event of the map"),
        event_name=_named(event, "event of the map"),
        left=left,
        right=right,
        breakdown=breakdown,
        team_ratings=read_decimal_pair(rating_text, "team rating"),
        team_rating_version=rating_label[1],
        first_kills=read_count_pair(text_of(_row_value(rows, "First kills")), "first kills"),
        clutches=read_count_pair(text_of(_row_value(rows, "Clutches won")), "clutches won"),
    )


def _read_match_id(links: Sequence[Element]) -> int:
    match_id = linked_match_id(links)
    if match_id is None:
        raise PageError(Outcome.PARSE_ERROR, f"no {MATCH_LINK}: the page does not say which match it belongs to")
    return match_id


def _first_child(parent: Element, tag: str) -> Element:
    for child in children(parent):
        if child.tag == tag:
            return child
    raise PageError(Outcome.PARSE_ERROR, f".match-info-box: no <{tag}> in it")


def _named(element: Element, where: str) -> str:
    name = text_of(element)
    if not name:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: the name is empty")
    return name


def _read_map_name(box: Element) -> str:
    """The map's name is the box's only bare text node."""
    texts = [squeeze(node.text()) for node in box.iter(include_text=True) if node.tag == "-text"]
    names = [text for text in texts if text]
    if len(names) != 1:
        raise PageError(Outcome.PARSE_ERROR, f".match-info-box: {len(names)} bare texts, one expected (the map's name)")
    return names[0]


def _read_time(box: Element) -> datetime:
    stamp = select_one(box, "[data-unix]", _BOX).attributes.get("data-unix") or ""
    return read_time(stamp, ".match-info-box: data-unix")


def _read_team(box: Element, side: str) -> Team:
    team = select_one(box, f"div.{side}", _BOX)
    link = select_one(team, "a", f".{side}")
    rounds = read_count(text_of(select_one(team, ".bold", f".{side}")), f"rounds of .{side}")
    return Team(
        linked_id(link, "/stats/teams/", f".{side}"), _named(link, f".{side}"), present(rounds, "rounds", f".{side}")
    )


def _info_rows(elements: Iterable[Element]) -> dict[str, Element]:
    rows: dict[str, Element] = {}
    for row in elements:
        label = text_of(select_one(row, "div.bold", _ROW))
        if label in rows:
            raise PageError(Outcome.PARSE_ERROR, f"two rows {label!r} in the head of the map page")
        rows[label] = select_one(row, "div.right", f"row {label!r}")
    return rows


def _row_value(rows: dict[str, Element], label: str) -> Element:
    if label not in rows:
        raise PageError(Outcome.PARSE_ERROR, f"no row {label!r} in the head of the map page")
    return rows[label]


def _rating_row(rows: dict[str, Element]) -> tuple[re.Match[str], str]:
    found = [(label, value) for text, value in rows.items() if (label := _TEAM_RATING.fullmatch(text))]
    if len(found) != 1:
        raise PageError(Outcome.PARSE_ERROR, f"{len(found)} rows 'Team rating' in the head of the map page")
    return found[0][0], text_of(found[0][1])


def _read_breakdown(rows: dict[str, Element]) -> Breakdown:
    value = _row_value(rows, "Breakdown")
    text = text_of(value)
    found = _BREAKDOWN.fullmatch(text)
    if found is None:
        raise PageError(Outcome.PARSE_ERROR, f"row 'Breakdown': {text[:80]!r} is not a score by halves")
    left_1, right_1, left_2, right_2 = _half_sides(value)
    if not left_1 == right_2 == other_side(right_1) == other_side(left_2):
        raise PageError(Outcome.INCONSISTENT, "row 'Breakdown': the teams do not swap sides after the half")
    numbers = [int(number or 0) for number in found.groups()]
    return Breakdown(
        final=(numbers[0], numbers[1]),
        first_half=(numbers[2], numbers[3]),
        second_half=(numbers[4], numbers[5]),
        overtime=(numbers[6], numbers[7]),
        left_starting_side=left_1,
    )


def _half_sides(value: Element) -> list[Side]:
    """The sides of the four half scores, in the order left, right, left, right."""
    sides: list[Side] = []
    for span in value.css("span"):
        is_ct, is_t = has_class(span, "ct-color"), has_class(span, "t-color")
        if is_ct != is_t:
            sides.append("CT" if is_ct else "T")
    if len(sides) != 4:
        raise PageError(Outcome.PARSE_ERROR, f"row 'Breakdown': {len(sides)} half scores with a side, 4 expected")
    return sides


def _check_score(breakdown: Breakdown, left: Team, right: Team) -> None:
    final = (left.rounds, right.rounds)
    if breakdown.final != final:
        raise PageError(
            Outcome.INCONSISTENT, f"the teams have {_score(final)} rounds, the breakdown {_score(breakdown.final)}"
        )
    halves = zip(breakdown.first_half, breakdown.second_half, breakdown.overtime, strict=True)
    summed = tuple(sum(parts) for parts in halves)
    if summed != final:
        raise PageError(
            Outcome.INCONSISTENT, f"halves and overtime make {_score(summed)}, the score is {_score(final)}"
        )
    regulation = [sum(parts) for parts in zip(breakdown.first_half, breakdown.second_half, strict=True)]
    if sum(breakdown.overtime) and regulation[0] != regulation[1]:
        raise PageError(Outcome.INCONSISTENT, f"overtime after {_score(regulation)} in regulation")


def _score(score: tuple[int, ...] | list[int]) -> str:
    return ":".join(map(str, score))
