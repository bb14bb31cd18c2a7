"""The maps of a match page: one `.mapholder` each, in the order in which they were to be played."""

from collections.abc import Sequence

from hltv_assets.pages.document import Document, Element, has_class, select_one, text_of
from hltv_assets.pages.errors import PageError
from hltv_assets.pages.kinds import PageKind, match_path
from hltv_assets.pages.match_head import MatchTeam
from hltv_assets.pages.numbers import read_count
from hltv_assets.pages.outcomes import Outcome
from hltv_assets.pages.records import MapStatus, MatchMap, Side, other_side

_FORFEITED = "Default"
_UNKNOWN = "TBA"
_HALF_SCORES = 4  # two halves, two teams
_OVERTIME_SCORES = 2

Pair = tuple[int, int]


def read_maps(page: Document, team1: MatchTeam, team2: MatchTeam) -> tuple[MatchMap, ...]:
    """Read all maps of a match that is over, played or not.

    Raises `PageError`: `incomplete` if there is none, or a played one has no halves; `parse_error` for what cannot be
    read; `inconsistent` where halves and overtime do not make the score, or two maps share a page.
    """
    holders = page.css(".mapholder")
    if not holders:
        raise PageError(Outcome.INCOMPLETE, "the match page has no maps")
    maps = tuple(_read_map(holder, number, (team1, team2)) for number, holder in enumerate(holders, start=1))
    ids = [one.mapstatsid for one in maps if one.mapstatsid is not None]
    if len(set(ids)) != len(ids):
        raise PageError(Outcome.INCONSISTENT, f"two maps have the same page ({', '.join(map(str, ids))})")
    return maps


def _read_map(holder: Element, number: int, teams: tuple[MatchTeam, MatchTeam]) -> MatchMap:
    name = text_of(select_one(holder, ".mapname", f"map {number}"))
    where = f"map {number} ({name})"
    if not name:
        raise PageError(Outcome.PARSE_ERROR, f"map {number}: the name is empty")
    score = _read_score(holder, where, is_forfeit=name == _FORFEITED)
    page = _read_page_link(holder, where)
    status = _status(name, score, page, where)
    halves = _read_halves(holder, where)
    if status == "played" and halves is None:
        raise PageError(Outcome.INCOMPLETE, f"{where}: no scores of the halves")
    if halves is not None:
        _check_halves(halves, score, where)
    starting_side = halves[2] if halves else None
    ct, t = _by_side(halves) if halves else ((None, None), (None, None))
    overtime = halves[1] if halves else (None, None)
    return MatchMap(
        map_number=number,
        mapstatsid=page[0] if page else None,
        map_slug=page[1] if page else None,
        map_name=None if name == _UNKNOWN else name,
        status=status,
        picked_by_team_id=_picked_by(holder, teams, where),
        team1_rounds=score[0] if score else None,
        team2_rounds=score[1] if score else None,
        team1_starting_side=starting_side,
        team1_ct_rounds=ct[0],
        team1_t_rounds=t[0],
        team2_ct_rounds=ct[1],
        team2_t_rounds=t[1],
        team1_ot_rounds=overtime[0],
        team2_ot_rounds=overtime[1],
    )


def _read_score(holder: Element, where: str, *, is_forfeit: bool) -> Pair | None:
    """The rounds of both teams; None where the page has `-`, or, on a forfeited map, no place for a score."""
    places = [holder.css(f".results-{side} .results-team-score") for side in ("left", "right")]
    if is_forfeit and not any(places):
        return None
    if [len(found) for found in places] != [1, 1]:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {' and '.join(str(len(found)) for found in places)} scores")
    left, right = (read_count(text_of(found[0]), f"{where}, score") for found in places)
    if (left is None) != (right is None):
        raise PageError(Outcome.PARSE_ERROR, f"{where}: only one of the teams has a score")
    return None if left is None or right is None else (left, right)


def _read_page_link(holder: Element, where: str) -> tuple[int, str | None] | None:
    links = holder.css("a.results-stats")
    if not links:
        return None
    found = {match_path(link.attributes.get("href") or "", PageKind.MAP_STATS) for link in links}
    page = found.pop() if len(found) == 1 else None
    if page is None:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: a.results-stats does not lead to one map page")
    return page


def _status(name: str, score: Pair | None, page: tuple[int, str | None] | None, where: str) -> MapStatus:
    if name == _FORFEITED:
        return "forfeit"
    if score is None:
        if page is not None:
            raise PageError(Outcome.INCONSISTENT, f"{where}: it has a map page, but no score")
        return "unplayed"
    return "no_stats" if page is None else "played"


def _read_halves(holder: Element, where: str) -> tuple[tuple[Pair, Pair], Pair, Side] | None:
    """Both halves and the overtime, as (team 1, team 2), and the side on which team 1 began; None if there are none.

    The class of a half's number tells the side; numbers without a class are those of all overtimes together.
    """
    boxes = holder.css(".results-center-half-score")
    spans = boxes[0].css("span") if boxes else []
    sided = [(span, _side(span)) for span in spans]
    scores = [(read_count(text_of(span), f"{where}, half"), side) for span, side in sided if side]
    plain = [text_of(span) for span, side in sided if not side and any(c.isalnum() for c in text_of(span))]
    if not scores and not plain:
        return None
    sides = [side for _, side in scores]
    numbers = [number for number, _ in scores if number is not None]
    if len(boxes) > 1 or len(numbers) != _HALF_SCORES or len(sides) != _HALF_SCORES:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {len(numbers)} scores of halves, 4 expected")
    if len(plain) not in {0, _OVERTIME_SCORES}:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {len(plain)} scores of overtime, 2 expected, or none")
    first = sides[0]
    if sides != [first, other_side(first), other_side(first), first]:
        raise PageError(Outcome.INCONSISTENT, f"{where}: the teams do not swap sides after the half")
    overtime = [read_count(text, f"{where}, overtime") or 0 for text in plain] or [0, 0]
    return ((numbers[0], numbers[1]), (numbers[2], numbers[3])), (overtime[0], overtime[1]), first


def _side(span: Element) -> Side | None:
    is_ct, is_t = has_class(span, "ct"), has_class(span, "t")
    if is_ct == is_t:
        return None
    return "CT" if is_ct else "T"


def _by_side(halves: tuple[tuple[Pair, Pair], Pair, Side]) -> tuple[Pair, Pair]:
    """The rounds won as CT and as T, each as (team 1, team 2): while one team plays CT, the other plays T."""
    (first, second), _, starting_side = halves
    as_ct, as_t = (first, second) if starting_side == "CT" else (second, first)
    return (as_ct[0], as_t[1]), (as_t[0], as_ct[1])


def _check_halves(halves: tuple[tuple[Pair, Pair], Pair, Side], score: Pair | None, where: str) -> None:
    (first, second), overtime, _ = halves
    summed = [sum(parts) for parts in zip(first, second, overtime, strict=True)]
    if score is None or summed != list(score):
        printed = f"{score[0]}:{score[1]}" if score else "not there"
        raise PageError(
            Outcome.INCONSISTENT,
            f"{where}: halves and overtime make {summed[0]}:{summed[1]}, the score is {printed}",
        )
    if sum(overtime) and first[0] + second[0] != first[1] + second[1]:
        raise PageError(Outcome.INCONSISTENT, f"{where}: overtime, though regulation ended with a winner")


def _picked_by(holder: Element, teams: Sequence[MatchTeam], where: str) -> int | None:
    picked = [
        team.team_id for team, side in zip(teams, ("left", "right"), strict=True) if holder.css(f".results-{side}.pick")
    ]
    if len(picked) > 1:
        raise PageError(Outcome.INCONSISTENT, f"{where}: picked by both teams")
    return picked[0] if picked else None
