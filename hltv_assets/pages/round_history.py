"""The history of rounds on a map page: `.round-history-con`, one for regulation, a second for overtime.

Each has one row per team with one icon per round; the winner's icon says the side and the way, its title the score
after the round.
"""

import re
from collections.abc import Sequence
from posixpath import basename

import msgspec

from hltv_assets.pages.document import Document, Element, ReadOnce, squeeze
from hltv_assets.pages.errors import PageError
from hltv_assets.pages.kinds import link_path
from hltv_assets.pages.map_head import Breakdown, MapHead
from hltv_assets.pages.outcomes import Outcome
from hltv_assets.pages.records import Round, Side, WinType, other_side

ROUND_HISTORY = ".round-history-con"

_OUTCOME = "img.round-history-outcome"
_LOST = "emptyHistory.svg"
_WINS: dict[str, tuple[Side, WinType]] = {
    "ct_win.svg": ("CT", "elimination"),
    "t_win.svg": ("T", "elimination"),
    "bomb_exploded.svg": ("T", "bomb_exploded"),
    "bomb_defused.svg": ("CT", "bomb_defused"),
    "stopwatch.svg": ("CT", "time"),
}
_OVERTIME_HALF = 3
_WITHOUT_ROUNDS = "1.0"  # HLTV's rating where it has neither damage nor KAST of a map, and of many of these no rounds


class _Slot(msgspec.Struct, frozen=True):
    """One team's icon of one round."""

    icon: str
    title: str
    is_won: bool


def read_round_history(
    page: Document, blocks: Sequence[Element], head: MapHead, rating_version: str
) -> tuple[Round, ...]:
    """Read the rounds in order, and check them against the head; none if the page tells of none, with rating 1.0.

    `blocks` are all elements of the page that `ROUND_HISTORY` finds.

    Raises `PageError`: `incomplete` if the page of a later rating has no history; `parse_error` for a round that
    nobody or both won, or an unknown icon; `inconsistent` where running scores, halves, sides or the final score do
    not fit.
    """
    if rating_version == _WITHOUT_ROUNDS and not any(_slot(one).is_won for one in page.css(_OUTCOME)):
        return ()
    if not blocks:
        raise PageError(Outcome.INCOMPLETE, "the page has no round history")
    rounds: list[Round] = []
    for block in blocks:
        for left, right in _played(_read_block(block, head)):
            rounds.append(_read_round(len(rounds) + 1, left, right, rounds[-1] if rounds else None, head))
    _check_final_score(rounds, head)
    _check_halves(rounds, head)
    return tuple(rounds)


def overtime_side_warnings(rounds: tuple[Round, ...], head: MapHead) -> list[str]:
    """Tell where sides in overtime do not fit halves of three rounds; HLTV's older pages knew other lengths."""
    overtime = [one for one in rounds if one.is_overtime]
    for start in range(0, len(overtime), _OVERTIME_HALF):
        half = overtime[start : start + _OVERTIME_HALF]
        if len({_left_side(one, head) for one in half}) > 1:
            return [f"overtime rounds {half[0].round_number}-{half[-1].round_number} are not played from one side"]
    return []


def _read_block(block: Element, head: MapHead) -> list[tuple[_Slot, _Slot]]:
    """The slots of one block as (left team's, right team's); the rows are told apart by the team's name."""
    rows: dict[int, list[_Slot]] = {}
    for row in block.css(".round-history-team-row"):
        names = {squeeze(image.attributes.get("title")) for image in row.css("img.round-history-team")}
        teams = [team.team_id for team in (head.left, head.right) if names == {team.name}]
        if len(teams) != 1 or teams[0] in rows:
            raise PageError(
                Outcome.PARSE_ERROR, f"a row of the round history belongs to {sorted(names)}, not to a team"
            )
        rows[teams[0]] = [_slot(image) for image in row.css(_OUTCOME)]
    if len(rows) != 2:
        raise PageError(Outcome.INCOMPLETE, f"the round history has rows of {len(rows)} teams, two expected")
    left, right = rows[head.left.team_id], rows[head.right.team_id]
    if len(left) != len(right):
        raise PageError(Outcome.PARSE_ERROR, f"the round history has {len(left)} rounds left and {len(right)} right")
    return list(zip(left, right, strict=True))


def _read_slot(image: Element) -> _Slot:
    attributes = image.attributes
    icon = basename(link_path(attributes.get("src") or ""))
    return _Slot(icon, squeeze(attributes.get("title")), icon != _LOST)


_slot = ReadOnce(_read_slot)


def _played(slots: list[tuple[_Slot, _Slot]]) -> list[tuple[_Slot, _Slot]]:
    """Without the slots after the last round, with which some pages fill their rows up."""
    last = max((number for number, pair in enumerate(slots, 1) if any(slot.is_won for slot in pair)), default=0)
    return slots[:last]


def _read_round(number: int, left: _Slot, right: _Slot, before: Round | None, head: MapHead) -> Round:
    where = f"round {number}"
    if left.is_won == right.is_won:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {'both teams' if left.is_won else 'neither team'} won it")
    winner, loser = (left, right) if left.is_won else (right, left)
    if winner.icon not in _WINS:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: unknown icon {winner.icon[:60]!r}")
    if loser.title:
        raise PageError(Outcome.INCONSISTENT, f"{where}: the loser's icon states the score {loser.title[:20]!r}")
    side, win_type = _WINS[winner.icon]
    left_score = (before.team_left_score if before else 0) + left.is_won
    right_score = (before.team_right_score if before else 0) + right.is_won
    _check_running_score(winner.title, left_score, right_score, where)
    return Round(
        round_number=number,
        winner_team_id=(head.left if left.is_won else head.right).team_id,
        winner_side=side,
        win_type=win_type,
        team_left_score=left_score,
        team_right_score=right_score,
        is_overtime=number > head.breakdown.regulation_rounds,
    )


def _check_running_score(title: str, left: int, right: int, where: str) -> None:
    if title == f"{left}-{right}":
        return
    if not re.fullmatch(r"[0-9]{1,4}-[0-9]{1,4}", title):
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {title[:20]!r} is not a score")
    raise PageError(Outcome.INCONSISTENT, f"{where}: the icon states {title}, the rounds so far make {left}-{right}")


def _check_final_score(rounds: list[Round], head: MapHead) -> None:
    last = (rounds[-1].team_left_score, rounds[-1].team_right_score) if rounds else (0, 0)
    if last != head.breakdown.final:
        raise PageError(
            Outcome.INCONSISTENT,
            f"the round history ends {last[0]}:{last[1]}, the score is {head.left.rounds}:{head.right.rounds}",
            {"round_history": rounds},
        )


def _check_halves(rounds: list[Round], head: MapHead) -> None:
    """In each half of regulation, each team won as often as the breakdown says, from the side it says."""
    breakdown: Breakdown = head.breakdown
    start = 0
    halves = (
        ("first", breakdown.first_half, breakdown.left_starting_side),
        ("second", breakdown.second_half, other_side(breakdown.left_starting_side)),
    )
    for name, score, left_side in halves:
        half = rounds[start : start + sum(score)]
        start += sum(score)
        won_left = sum(one.winner_team_id == head.left.team_id for one in half)
        if (won_left, len(half) - won_left) != score:
            raise PageError(
                Outcome.INCONSISTENT,
                f"{name} half: the rounds make {won_left}:{len(half) - won_left}, the breakdown {score[0]}:{score[1]}",
                {"round_history": half},
            )
        for one in half:
            if _left_side(one, head) != left_side:
                raise PageError(
                    Outcome.INCONSISTENT,
                    f"round {one.round_number}: won as {one.winner_side} by the team that plays the other side",
                    {"round_history": [one]},
                )


def _left_side(one: Round, head: MapHead) -> Side:
    return one.winner_side if one.winner_team_id == head.left.team_id else other_side(one.winner_side)
