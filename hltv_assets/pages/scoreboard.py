"""The scoreboards of a map page: six tables, for each team both sides together, CT and T.

A table's header says which columns the layout has and in which form (`K (hs)`: a count with headshots in brackets);
every row must have a readable cell for each. Two layouts are known, told apart by their columns. A number that a
layout does not have is None.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from hltv_assets.pages.document import Element
from hltv_assets.pages.errors import PageError
from hltv_assets.pages.map_head import Team
from hltv_assets.pages.outcomes import Outcome
from hltv_assets.pages.records import PlayerSideStats, PlayerStats, Side
from hltv_assets.pages.scoreboard_cell import ECO, Number
from hltv_assets.pages.scoreboard_numbers import NO_NUMBERS, PRINTED_FK_DIFF, PRINTED_KD_DIFF
from hltv_assets.pages.scoreboard_row import PlayerRow
from hltv_assets.pages.scoreboard_table import ScoreboardTable, read_scoreboard_table

Line = TypeVar("Line", bound=PlayerStats)

_TABLES: dict[str, Side | None] = {"totalstats": None, "ctstats": "CT", "tstats": "T"}
SCOREBOARDS = "table"

_LAYOUT_UP_TO_2024 = frozenset(
    ["st-kills", "st-assists", "st-deaths", "st-kdratio", "st-kddiff", "st-adr", "st-fkdiff", "st-rating"]
)
_LAYOUT_SINCE_2025 = frozenset(
    ["st-opkd", "st-mks", "st-kast", "st-clutches", "st-kills", "st-assists", "st-deaths", "st-adr", "st-rating"]
)
_ONLY_UP_TO_2024 = _LAYOUT_UP_TO_2024 - _LAYOUT_SINCE_2025
_ECO_COLUMNS = frozenset(ECO + name for name in ("st-opkd", "st-kast", "st-kills", "st-deaths", "st-adr"))
_SWING = "st-roundSwing"
_WITH_SWING = "3.0"

_RATINGS = {"2.0": "rating_2", "2.1": "rating_2", "3.0": "rating_3"}
_NOTHING: Mapping[str, Number] = {**NO_NUMBERS, **dict.fromkeys(_RATINGS.values())}
_HIGHEST_KAST = 100.0


class Scoreboards(msgspec.Struct, frozen=True):
    """The players' lines of both teams."""

    rating_version: str
    both_sides: tuple[PlayerStats, ...]
    by_side: tuple[PlayerSideStats, ...]


def read_scoreboards(found: Mapping[str, Sequence[Element]], teams: tuple[Team, Team]) -> Scoreboards:
    """Read all six tables, of a map page; `found` has by class, among others, what `SCOREBOARDS` finds.

    Raises `PageError`: `incomplete` if a team or a side is missing; `parse_error` for a cell that cannot be read or
    an unknown layout; `inconsistent` where tables contradict each other or a row contradicts itself.
    """
    boards = _tables_by_team_and_side(found, teams)
    versions = {board.rating_version for board in boards.values()}
    if len(versions) != 1:
        raise PageError(Outcome.INCONSISTENT, f"the scoreboards state several rating versions: {sorted(versions)}")
    both: list[PlayerStats] = []
    by_side: list[PlayerSideStats] = []
    for team in teams:
        for side in _TABLES.values():
            board = boards[team.team_id, side]
            if side is None:
                both += _read_lines(board, team, PlayerStats, {})
            else:
                by_side += _read_lines(board, team, PlayerSideStats, {"side": side})
    _check_players(both, by_side)
    return Scoreboards(versions.pop(), tuple(both), tuple(by_side))


def _tables_by_team_and_side(
    found: Mapping[str, Sequence[Element]], teams: tuple[Team, Team]
) -> dict[tuple[int, Side | None], ScoreboardTable]:
    boards: dict[tuple[int, Side | None], ScoreboardTable] = {}
    for css_class, side in _TABLES.items():
        for element in found[css_class]:
            board = read_scoreboard_table(element, side or "both sides")
            owners = [team.team_id for team in teams if team.name == board.team_name]
            if not owners:
                raise PageError(Outcome.INCONSISTENT, f"a scoreboard of {board.team_name!r}, a team that did not play")
            if (owners[0], side) in boards:
                raise PageError(Outcome.INCONSISTENT, f"two {css_class} tables of {board.team_name!r}")
            _check_layout(board)
            boards[owners[0], side] = board
    for team in teams:
        for css_class, side in _TABLES.items():
            if (team.team_id, side) not in boards or not boards[team.team_id, side].rows:
                raise PageError(Outcome.INCOMPLETE, f"no scoreboard {css_class} of {team.name!r}")
    return boards


def _check_layout(board: ScoreboardTable) -> None:
    missing = _missing_columns(frozenset(board.columns), board.rating_version)
    if missing:
        raise PageError(
            Outcome.PARSE_ERROR, f"scoreboard of {board.team_name!r}: no column {', '.join(sorted(missing))}"
        )


@lru_cache(maxsize=1_000)
def _missing_columns(columns: frozenset[str], rating_version: str) -> frozenset[str]:
    layout = _LAYOUT_UP_TO_2024 if columns & _ONLY_UP_TO_2024 else _LAYOUT_SINCE_2025
    expected = set(layout)
    if layout is _LAYOUT_SINCE_2025 and (columns & _ECO_COLUMNS or rating_version == _WITH_SWING):
        expected |= _ECO_COLUMNS
    if layout is _LAYOUT_SINCE_2025 and rating_version == _WITH_SWING:
        expected.add(_SWING)
    return frozenset(expected - columns)


def _read_lines(board: ScoreboardTable, team: Team, form: Callable[..., Line], more: Mapping[str, str]) -> list[Line]:
    known = {**_NOTHING, **more, "team_id": team.team_id, "rating_version": board.rating_version}
    return [_read_line(row, known, form, f"{row.player.name} of {board.owner}") for row in board.rows]


def _read_line(row: PlayerRow, known: Mapping[str, Any], form: Callable[..., Line], where: str) -> Line:
    said = {**known, **row.numbers}
    said["player_id"], said["player_name"] = row.player.player_id, row.player.name
    said["kd_diff"] = _difference(said["kills"], said["deaths"])
    said["fk_diff"] = _difference(said["opening_kills"], said["opening_deaths"])
    said["e_kd_diff"] = _difference(said["e_kills"], said["e_deaths"])
    said["e_fk_diff"] = _difference(said["e_opening_kills"], said["e_opening_deaths"])
    _check_difference(said.pop(PRINTED_KD_DIFF), said["kd_diff"], f"{where}, st-kddiff")
    _check_difference(said.pop(PRINTED_FK_DIFF), said["fk_diff"], f"{where}, st-fkdiff")
    if rating := _RATINGS.get(said["rating_version"]):
        said[rating] = said["rating"]
    line = form(**said)
    _check_line(line, where)
    return line


def _check_difference(printed: Number, computed: Number, where: str) -> None:
    """Compare a difference that the older layout prints with the numbers beside it."""
    if printed is not None and printed != computed:
        raise PageError(Outcome.INCONSISTENT, f"{where}: printed {printed}, computed {computed}")


def _difference(first: Number, second: Number) -> Number:
    return None if first is None or second is None else first - second


def _check_line(line: PlayerStats, where: str) -> None:
    table = "player_side_stats" if isinstance(line, PlayerSideStats) else "player_stats"
    for name, part, whole in (
        ("headshots", line.hs_kills, line.kills),
        ("traded deaths", line.traded_deaths, line.deaths),
    ):
        if part is not None and whole is not None and part > whole:
            raise PageError(Outcome.INCONSISTENT, f"{where}: {part} {name} of {whole}", {table: [line]})
    if line.kast is not None and not 0 <= line.kast <= _HIGHEST_KAST:
        raise PageError(Outcome.INCONSISTENT, f"{where}: KAST of {line.kast} %", {table: [line]})


def _check_players(both: Iterable[PlayerStats], by_side: Iterable[PlayerSideStats]) -> None:
    """Each player stands once in each of his team's three tables, and CT + T make both."""
    totals = _by_player(both, "both sides")
    sides = {side: _by_player((line for line in by_side if line.side == side), side) for side in ("CT", "T")}
    for side, lines in sides.items():
        if lines.keys() != totals.keys():
            names = sorted({**totals, **lines}[player].player_name for player in lines.keys() ^ totals.keys())
            raise PageError(Outcome.INCONSISTENT, f"not in all tables ({side}): {', '.join(names)}")
    for player_id, total in totals.items():
        ct, t = sides["CT"][player_id], sides["T"][player_id]
        if {ct.team_id, t.team_id} != {total.team_id}:
            raise PageError(Outcome.INCONSISTENT, f"{total.player_name} is in the tables of both teams")
        for name, whole, parts in (
            ("kills", total.kills, (ct.kills, t.kills)),
            ("deaths", total.deaths, (ct.deaths, t.deaths)),
        ):
            if whole is None or None in parts:
                continue
            if sum(part for part in parts if part is not None) != whole:
                raise PageError(
                    Outcome.INCONSISTENT,
                    f"{total.player_name}: {parts[0]} {name} as CT and {parts[1]} as T do not make {whole}",
                    {"player_stats": [total], "player_side_stats": [ct, t]},
                )


def _by_player(lines: Iterable[Line], where: str) -> dict[int, Line]:
    found: dict[int, Line] = {}
    for line in lines:
        if line.player_id in found:
            raise PageError(Outcome.INCONSISTENT, f"{line.player_name} is in the scoreboards twice ({where})")
        found[line.player_id] = line
    return found
