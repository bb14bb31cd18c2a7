"""The scoreboards of a map page: six tables, for each team both sides together, CT and T.

A table's header says which columns the layout has and in which form (`K (hs)`: a count with headshots in brackets);
every row must have a readable cell for each. Two layouts are known, told apart by their columns. A number that a
layout does not have is None.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import TypeVar

import msgspec

from hltv_assets.pages.cells import (
    read_count,
    read_count_pair,
    read_count_with_part,
    read_decimal,
    read_difference,
    read_percentage,
)
from hltv_assets.pages.document import Document
from hltv_assets.pages.errors import PageError
from hltv_assets.pages.map_head import Team
from hltv_assets.pages.outcomes import Outcome
from hltv_assets.pages.records import PlayerSide, PlayerSideStats, PlayerStats
from hltv_assets.pages.scoreboard_table import ECO, PlayerRow, ScoreboardTable, read_scoreboard_table

Value = TypeVar("Value")
Line = TypeVar("Line", bound=PlayerStats)

_TABLES: dict[str, PlayerSide | None] = {"totalstats": None, "ctstats": "ct", "tstats": "t"}

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

_OPENING_DUELS = re.compile(r"([0-9]{1,9}) first kills?, ([0-9]{1,9}) first deaths? in a round")
_HIGHEST_KAST = 100.0
_ECO_NO_NUMBER = re.compile(r"\bnull\b")


class Scoreboards(msgspec.Struct, frozen=True):
    """The players' lines of both teams."""

    rating_version: str
    both_sides: tuple[PlayerStats, ...]
    by_side: tuple[PlayerSideStats, ...]


def read_scoreboards(page: Document, teams: tuple[Team, Team]) -> Scoreboards:
    """Read all six tables.

    Raises `PageError`: `incomplete` if a team or a side is missing; `parse_error` for a cell that cannot be read or
    an unknown layout; `inconsistent` where tables contradict each other or a row contradicts itself.
    """
    boards = _tables_by_team_and_side(page, teams)
    versions = {board.rating_version for board in boards.values()}
    if len(versions) != 1:
        raise PageError(Outcome.INCONSISTENT, f"the scoreboards state several rating versions: {sorted(versions)}")
    both: list[PlayerStats] = []
    by_side: list[PlayerSideStats] = []
    for team in teams:
        for side in _TABLES.values():
            board = boards[team.team_id, side]
            if side is None:
                for line in _read_lines(board, team, PlayerStats, "both sides"):
                    _check_line(line, f"{line.player_name}, both sides", "player_stats")
                    both.append(line)
            else:
                for side_line in _read_lines(board, team, partial(PlayerSideStats, side=side), side):
                    _check_line(side_line, f"{side_line.player_name}, {side}", "player_side_stats")
                    by_side.append(side_line)
    _check_players(both, by_side)
    return Scoreboards(versions.pop(), tuple(both), tuple(by_side))


def _tables_by_team_and_side(
    page: Document, teams: tuple[Team, Team]
) -> dict[tuple[int, PlayerSide | None], ScoreboardTable]:
    boards: dict[tuple[int, PlayerSide | None], ScoreboardTable] = {}
    for css_class, side in _TABLES.items():
        for element in page.css(f"table.{css_class}"):
            board = read_scoreboard_table(element)
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
    columns = board.columns.keys()
    layout = _LAYOUT_UP_TO_2024 if columns & _ONLY_UP_TO_2024 else _LAYOUT_SINCE_2025
    expected = set(layout)
    if layout is _LAYOUT_SINCE_2025 and (columns & _ECO_COLUMNS or board.rating_version == _WITH_SWING):
        expected |= _ECO_COLUMNS
    if layout is _LAYOUT_SINCE_2025 and board.rating_version == _WITH_SWING:
        expected.add(_SWING)
    missing = expected - columns
    if missing:
        raise PageError(
            Outcome.PARSE_ERROR, f"scoreboard of {board.team_name!r}: no column {', '.join(sorted(missing))}"
        )


def _read_lines(board: ScoreboardTable, team: Team, form: Callable[..., Line], sides: str) -> list[Line]:
    return [
        _read_line(row, board, team.team_id, form, f"{row.player_name} of {team.name}, {sides}") for row in board.rows
    ]


def _read_line(row: PlayerRow, board: ScoreboardTable, team_id: int, form: Callable[..., Line], where: str) -> Line:
    cells = _Cells(row, board.columns, where)
    kills, hs_kills = cells.count_with_part("st-kills")
    deaths, traded_deaths = cells.count_with_part("st-deaths")
    assists, flash_assists = cells.count_with_part("st-assists")
    opening_kills, opening_deaths = cells.opening_duels()
    e_kills, e_hs_kills = cells.count_with_part(ECO + "st-kills")
    e_deaths, e_traded_deaths = cells.count_with_part(ECO + "st-deaths")
    e_opening_kills, e_opening_deaths = cells.read(ECO + "st-opkd", read_count_pair) or (None, None)
    kast_column = "st-kdratio" if "st-kdratio" in board.columns else "st-kast"
    rating = cells.read("st-rating", read_decimal)
    line = form(
        player_id=row.player_id,
        player_name=row.player_name,
        team_id=team_id,
        kills=kills,
        deaths=deaths,
        assists=assists,
        flash_assists=flash_assists,
        hs_kills=hs_kills,
        kd_diff=_difference(kills, deaths),
        adr=cells.read("st-adr", read_decimal),
        kast=cells.read(kast_column, read_percentage),
        opening_kills=opening_kills,
        opening_deaths=opening_deaths,
        fk_diff=_difference(opening_kills, opening_deaths),
        multi_kills=cells.read("st-mks", read_count),
        clutch_wins=cells.read("st-clutches", read_count),
        traded_deaths=traded_deaths,
        round_swing=cells.read(_SWING, read_percentage),
        rating=rating,
        rating_version=board.rating_version,
        rating_2=rating if board.rating_version in {"2.0", "2.1"} else None,
        rating_3=rating if board.rating_version == "3.0" else None,
        e_kills=e_kills,
        e_deaths=e_deaths,
        e_hs_kills=e_hs_kills,
        e_kd_diff=_difference(e_kills, e_deaths),
        e_adr=cells.read(ECO + "st-adr", read_decimal),
        e_kast=cells.read(ECO + "st-kast", read_percentage),
        e_opening_kills=e_opening_kills,
        e_opening_deaths=e_opening_deaths,
        e_fk_diff=_difference(e_opening_kills, e_opening_deaths),
        e_traded_deaths=e_traded_deaths,
    )
    cells.check_difference("st-kddiff", line.kd_diff)
    cells.check_difference("st-fkdiff", line.fk_diff)
    return line


class _Cells:
    """A row's cells, read by column; a column that the layout does not have reads as None."""

    def __init__(self, row: PlayerRow, headers: Mapping[str, str], where: str) -> None:
        self._texts = row.texts
        self._titles = row.titles
        self._headers = headers
        self._where = where

    def read(self, column: str, form: Callable[[str, str], Value]) -> Value | None:
        text = self._texts.get(column)
        if text is None:
            return None
        if "null" in text and column.startswith(ECO):
            text = _ECO_NO_NUMBER.sub("-", text)
        try:
            value: Value = _read_before(form, text)
        except PageError:
            return form(text, f"{self._where}, {column}")
        return value

    def count_with_part(self, column: str) -> tuple[int | None, int | None]:
        """A count, and the part in brackets if the header announces one."""
        if "(" in self._headers.get(column, ""):
            return self.read(column, read_count_with_part) or (None, None)
        return self.read(column, read_count), None

    def opening_duels(self) -> tuple[int | None, int | None]:
        """Opening kills and deaths: `st-opkd`, or in the older layout the title of `st-fkdiff`."""
        text = self._texts.get("st-fkdiff")
        if text is None:
            return self.read("st-opkd", read_count_pair) or (None, None)
        if text == "-":
            return None, None
        title = self._titles.get("st-fkdiff", "")
        found = _OPENING_DUELS.fullmatch(title)
        if found is None:
            raise PageError(
                Outcome.PARSE_ERROR, f"{self._where}, st-fkdiff: {title[:60]!r} does not tell the opening duels"
            )
        return int(found[1]), int(found[2])

    def check_difference(self, column: str, computed: int | None) -> None:
        """Compare a difference that the older layout prints with the numbers beside it."""
        printed = self.read(column, read_difference)
        if printed is not None and printed != computed:
            raise PageError(Outcome.INCONSISTENT, f"{self._where}, {column}: printed {printed}, computed {computed}")


@lru_cache(maxsize=10_000)  # the same few thousand texts stand in all scoreboards; to read one takes longer
def _read_before(form: Callable[[str, str], Value], text: str) -> Value:
    return form(text, "")


def _difference(first: int | None, second: int | None) -> int | None:
    return None if first is None or second is None else first - second


def _check_line(line: PlayerStats, where: str, table: str) -> None:
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
    sides = {side: _by_player((line for line in by_side if line.side == side), side) for side in ("ct", "t")}
    for side, lines in sides.items():
        if lines.keys() != totals.keys():
            names = sorted({**totals, **lines}[player].player_name for player in lines.keys() ^ totals.keys())
            raise PageError(Outcome.INCONSISTENT, f"not in all tables ({side}): {', '.join(names)}")
    for player_id, total in totals.items():
        ct, t = sides["ct"][player_id], sides["t"][player_id]
        if {ct.team_id, t.team_id} != {total.team_id}:
            raise PageError(Outcome.INCONSISTENT, f"{total.player_name} stands in the tables of both teams")
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
            raise PageError(Outcome.INCONSISTENT, f"{line.player_name} stands twice in the scoreboards ({where})")
        found[line.player_id] = line
    return found
