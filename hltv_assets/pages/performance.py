"""The performance page of a map: a card a player with his rates, and who killed whom how often."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from hltv_assets.pages.charts import CHART, BarChart, read_chart
from hltv_assets.pages.document import (
    MATCH_LINK,
    Document,
    Element,
    check_map_page_identity,
    children,
    linked_id,
    linked_match_id,
    open_page,
    select_one,
    text_of,
)
from hltv_assets.pages.errors import PageError
from hltv_assets.pages.kinds import PageKind
from hltv_assets.pages.numbers import read_count, read_decimal
from hltv_assets.pages.outcomes import Outcome
from hltv_assets.pages.records import KillMatrixCell, MatrixType, PerformancePage, PlayerPerformance

# Raised when the same page gives other rows than before: archived pages are then parsed again.
PERFORMANCE_PARSER_VERSION = 1

_MATRICES: Mapping[str, MatrixType] = {"ALL": "all", "FIRST_KILL": "first_kill", "AWP": "awp"}
_RATING = "Rating "
_IMPACT = "Impact"
_MULTI_KILLS = "MK rating"


def parse_performance(html: str | bytes, mapstatsid: int) -> PerformancePage:
    """Read `/stats/matches/performance/mapstatsid/<mapstatsid>/<slug>`, of every rating version.

    Returns the rows of `player_performance` and `kill_matrix`; `match_id` is None where the page does not link its
    match. Raises `PageError` where the page is not the whole page of that map, a card, a matrix or a player's card
    is missing (`incomplete`), a number cannot be read, or the parts of the page name different players.
    """
    page = open_page(html)
    check_map_page_identity(page, PageKind.MAP_PERFORMANCE, mapstatsid)
    cards = [_read_card(card) for card in page.css(".player-overview .highlighted-player")]
    matrices = {matrix_type: _read_matrix(page, name, matrix_type) for name, matrix_type in _MATRICES.items()}
    _check_order(matrices)
    _check_players(cards, matrices)
    return PerformancePage(
        match_id=linked_match_id(page.css(MATCH_LINK)),
        player_performance=tuple(cards),
        kill_matrix=tuple(chain.from_iterable(matrices.values())),
        warnings=tuple(_warnings(page, matrices["all"])),
    )


def _read_card(card: Element) -> PlayerPerformance:
    link = select_one(card, 'a[href*="/player/"]', "player card")
    player_id = linked_id(link, "/player/", "player card")
    where = f"card of player {player_id}"
    bars: dict[str, str] = {}
    for bar in read_chart(select_one(card, CHART, where), BarChart, where).data:
        if bar.label in bars:
            raise PageError(Outcome.PARSE_ERROR, f"{where}: two bars {bar.label!r}")
        bars[bar.label] = bar.display_value
    if sum(label.startswith(_RATING) for label in bars) != 1:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: no bar {_RATING.strip()!r} with a version")
    if (_IMPACT in bars) == (_MULTI_KILLS in bars):
        raise PageError(Outcome.PARSE_ERROR, f"{where}: one of {_IMPACT!r} and {_MULTI_KILLS!r} expected")
    return PlayerPerformance(
        player_id=player_id,
        kpr=_read_bar(bars, "KPR", where),
        dpr=_read_bar(bars, "DPR", where),
        impact=_read_bar(bars, _IMPACT, where) if _IMPACT in bars else None,
        mk_rating=_read_bar(bars, _MULTI_KILLS, where) if _MULTI_KILLS in bars else None,
    )


def _read_bar(bars: Mapping[str, str], label: str, where: str) -> float | None:
    if label not in bars:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: no bar {label!r}")
    return read_decimal(bars[label], f"{where}, {label}")


def _read_matrix(page: Document, name: str, matrix_type: MatrixType) -> list[KillMatrixCell]:
    contents = page.css(f".killmatrix-content#{name}-content")
    if not contents:
        raise PageError(Outcome.INCOMPLETE, f"the page has no kill matrix {name}")
    where = f"kill matrix {name}"
    rows = select_one(page, f".killmatrix-content#{name}-content table", where).css("tr")
    left = [linked_id(link, "/stats/players/", where) for link in rows[0].css("td.team1 a")] if rows else []
    right: list[int] = []
    cells: list[KillMatrixCell] = []
    for row in rows[1:]:
        player = linked_id(select_one(row, "td.team2 a", where), "/stats/players/", where)
        right.append(player)
        counts = children(row)[1:]
        if len(counts) != len(left):
            raise PageError(
                Outcome.PARSE_ERROR, f"{where}, player {player}: {len(counts)} cells for {len(left)} opponents"
            )
        for opponent, cell in zip(left, counts, strict=True):
            cells += _read_cell(cell, matrix_type, right_player=player, left_player=opponent)
    if not left or not right:
        raise PageError(Outcome.INCOMPLETE, f"{where}: no players of {'the right' if left else 'the left'} team")
    if len({*left, *right}) != len(left) + len(right):
        raise PageError(Outcome.INCONSISTENT, f"{where}: a player is in it twice")
    return cells


def _read_cell(
    cell: Element, matrix_type: MatrixType, *, right_player: int, left_player: int
) -> Iterator[KillMatrixCell]:
    where = f"kill matrix {matrix_type}, players {right_player} and {left_player}"
    duels = (
        (".team2-player-score", right_player, left_player),
        (".team1-player-score", left_player, right_player),
    )
    for selector, killer, victim in duels:
        kills = read_count(text_of(select_one(cell, selector, where)), where)
        yield KillMatrixCell(matrix_type=matrix_type, killer_id=killer, victim_id=victim, kills=kills)


def _check_players(cards: Sequence[PlayerPerformance], matrices: Mapping[MatrixType, list[KillMatrixCell]]) -> None:
    """Every player of a matrix has a card, and every matrix has the same players."""
    carded = [card.player_id for card in cards]
    if len(set(carded)) != len(carded):
        raise PageError(Outcome.INCONSISTENT, "a player has two cards", {"player_performance": cards})
    for matrix_type, cells in matrices.items():
        players = {cell.killer_id for cell in cells}
        if without_card := players - set(carded):
            raise PageError(Outcome.INCOMPLETE, f"players {_listed(without_card)} have no card")
        if not_in_matrix := set(carded) - players:
            raise PageError(Outcome.INCOMPLETE, f"kill matrix {matrix_type}: no players {_listed(not_in_matrix)}")


def _check_order(matrices: Mapping[MatrixType, list[KillMatrixCell]]) -> None:
    """The matrices name the players in one order: a header in which players are swapped shows."""
    pairs = {tuple((cell.killer_id, cell.victim_id) for cell in cells) for cells in matrices.values()}
    if len(pairs) != 1:
        raise PageError(Outcome.INCONSISTENT, "the kill matrices do not name the same players in the same order")


def _listed(players: set[int]) -> str:
    return ", ".join(map(str, sorted(players)))


def _warnings(page: Document, cells: Sequence[KillMatrixCell]) -> Iterator[str]:
    """Compare the matrix with the kills of both teams in `.overview-table`; team kills are not in the matrix."""
    for table in page.css(".overview-table"):
        for row in table.css("tr"):
            texts = [text_of(cell) for cell in row.css("td.name-column, td.team1-column, td.team2-column")]
            if len(texts) != 3 or texts[0] != "Kills":
                continue
            kills = [read_count(text, "overview, kills") for text in texts[1:]]
            summed = sum(cell.kills or 0 for cell in cells)
            if None not in kills and sum(number or 0 for number in kills) != summed:
                yield f"the kill matrix has {summed} kills, the overview {kills[0]} and {kills[1]}"
