"""Each rule finds what was tampered with, names it, and finds nothing in tables that are as the pages say."""

import shutil
from collections.abc import Iterator

import pytest

from hltv_assets.pages import PageKind
from hltv_assets.pages.kinds import PageGroup
from hltv_assets.warehouse.connection import Connection, Warehouse
from hltv_assets.warehouse.copying import copy_tables
from hltv_assets.warehouse.file_warehouse import FileWarehouse
from hltv_assets.warehouse.rules.evaluate import RULES, Disagreement, Finding, checked_maps, find_disagreements
from hltv_assets.warehouse.rules.rule import Rule
from testkit.lake import FILE_AND_LAKE, lake_in
from testkit.world import World

TAMPERED, OTHER = 8_000_000, 8_000_001
OF_MAP_2 = f"match_id = {TAMPERED} AND map_number = 2"
A_PLAYER = "player_id = (SELECT min(player_id) FROM player_stats WHERE map_number = 2 AND kills > 1)"
A_KILL = "(killer_id, victim_id) = (SELECT (killer_id, victim_id) FROM kill_matrix ORDER BY ALL LIMIT 1)"

MATCH, MAP_STATS, PERFORMANCE, ECONOMY = (
    PageKind.MATCH,
    PageKind.MAP_STATS,
    PageKind.MAP_PERFORMANCE,
    PageKind.MAP_ECONOMY,
)
# Name of the rule, page kind, what is done to the tables, and how the first example begins to say it.
TAMPERINGS = [
    ("keys_resolve", MATCH, f"DELETE FROM matches WHERE match_id = {TAMPERED}", "lineups that are not in"),
    ("keys_resolve", MATCH, f"DELETE FROM maps WHERE {OF_MAP_2}", "match_player_stats that are not in maps"),
    ("teams_belong_to_match", MATCH, f"UPDATE maps SET picked_by_team_id = 1 WHERE {OF_MAP_2}", "picked"),
    (
        "teams_belong_to_match",
        MATCH,
        f"UPDATE lineups SET team_id = 1 WHERE match_id = {TAMPERED}",
        "line-up",
    ),
    (
        "maps_match_series_score",
        MATCH,
        f"UPDATE matches SET team1_score = 9 WHERE match_id = {TAMPERED}",
        "score",
    ),
    ("rounds_match_score", MAP_STATS, f"DELETE FROM round_history WHERE {OF_MAP_2}", "rounds"),
    (
        "rounds_match_score",
        MAP_STATS,
        f"UPDATE round_history SET team_left_score = 30 WHERE {OF_MAP_2} AND round_number = 22",
        "score after the last round",
    ),
    (
        "halves_match_score",
        MAP_STATS,
        f"UPDATE map_stats SET team_left_t_rounds = 0 WHERE {OF_MAP_2}",
        "left",
    ),
    (
        "halves_match_score",
        MAP_STATS,
        f"UPDATE map_stats SET team_right_t_rounds = 0 WHERE {OF_MAP_2}",
        "right",
    ),
    (
        "sides_sum_to_both",
        MAP_STATS,
        f"UPDATE player_side_stats SET deaths = deaths + 1 WHERE {OF_MAP_2} AND {A_PLAYER} AND side = 'CT'",
        "kills and deaths of",
    ),
    (
        "sides_sum_to_both",
        MAP_STATS,
        f"DELETE FROM player_side_stats WHERE {OF_MAP_2} AND {A_PLAYER} AND side = 'T'",
        "kills and deaths of",
    ),
    (
        "kills_match_opponent_deaths",
        MAP_STATS,
        f"UPDATE player_stats SET kills = kills + 9 WHERE {OF_MAP_2} AND {A_PLAYER}",
        "kills of team",
    ),
    (
        "opening_kills_match_first_kills",
        MAP_STATS,
        f"UPDATE player_stats SET opening_kills = opening_kills + 1 WHERE {OF_MAP_2} AND {A_PLAYER}",
        "opening kills of team",
    ),
    ("keys_resolve", MAP_STATS, f"DELETE FROM maps WHERE {OF_MAP_2}", "map of the match page"),
    ("keys_resolve", MAP_STATS, f"DELETE FROM map_stats WHERE {OF_MAP_2}", "player_stats that are not in"),
    (
        "keys_resolve",
        MAP_STATS,
        f"UPDATE round_history SET winner_team_id = 1 WHERE {OF_MAP_2}",
        "team of a round",
    ),
    (
        "keys_resolve",
        MAP_STATS,
        f"UPDATE matches SET team1_id = 1 WHERE match_id = {TAMPERED}",
        "teams of the match",
    ),
    (
        "map_score_matches_match_page",
        MAP_STATS,
        f"UPDATE maps SET team1_rounds = 0 WHERE {OF_MAP_2}",
        "rounds of team",
    ),
    (
        "scoreboard_matches_match_page",
        MAP_STATS,
        f"UPDATE match_player_stats SET adr = 1 WHERE {OF_MAP_2} AND {A_PLAYER} AND side = 'both'",
        "both: kills-deaths, ADR",
    ),
    (
        "scoreboard_matches_match_page",
        MAP_STATS,
        f"DELETE FROM match_player_stats WHERE {OF_MAP_2} AND {A_PLAYER} AND side = 'CT'",
        ", CT",
    ),
    ("players_in_lineup", MAP_STATS, f"DELETE FROM lineups WHERE match_id = {TAMPERED} AND {A_PLAYER}", "stand-in"),
    (
        "keys_resolve",
        PERFORMANCE,
        f"DELETE FROM player_performance WHERE {OF_MAP_2} AND {A_PLAYER}",
        "rates of player",
    ),
    (
        "keys_resolve",
        PERFORMANCE,
        f"DELETE FROM maps WHERE {OF_MAP_2}",
        "kill_matrix that are not in maps",
    ),
    (
        "kill_matrix_matches_scoreboard",
        PERFORMANCE,
        f"UPDATE kill_matrix SET kills = kills + 1 WHERE {OF_MAP_2} AND matrix_type = 'all' AND {A_KILL}",
        "kills of player",
    ),
    (
        "kill_matrix_matches_scoreboard",
        PERFORMANCE,
        f"UPDATE kill_matrix SET kills = kills + 1 WHERE {OF_MAP_2} AND matrix_type = 'first_kill' AND {A_KILL}",
        "opening kills of",
    ),
    (
        "rates_match_scoreboard",
        PERFORMANCE,
        f"UPDATE player_performance SET kpr = kpr + 0.02 WHERE {OF_MAP_2} AND {A_PLAYER}",
        "kills and deaths of",
    ),
    ("keys_resolve", ECONOMY, f"DELETE FROM map_stats WHERE {OF_MAP_2}", "round_economy that are not in"),
    ("keys_resolve", ECONOMY, f"UPDATE map_stats SET team_left_id = 1 WHERE {OF_MAP_2}", "team"),
    (
        "economy_matches_round_history",
        ECONOMY,
        f"UPDATE round_economy SET won = NOT won WHERE {OF_MAP_2} AND round_number = 3",
        "round 3, team",
    ),
    (
        "economy_matches_round_history",
        ECONOMY,
        f"DELETE FROM round_history WHERE {OF_MAP_2} AND round_number = 3",
        "round 3, team",
    ),
]


@pytest.fixture(scope="module")
def filled(filled_world: World, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A file with two matches of three maps; a copy, since these tests keep it open."""
    folder = tmp_path_factory.mktemp("filled_file")
    return FileWarehouse(str(shutil.copy(filled_world.settings.warehouse, folder / "hltv.duckdb")), wait=60)


@pytest.fixture(scope="module")
def filled_file(filled: Warehouse) -> Iterator[Connection]:
    """A connection to it."""
    with filled.connect() as connection:
        yield connection


@pytest.fixture(scope="module")
def filled_lake(
    filled: Warehouse, lake_without_rows: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Connection]:
    """A connection to the same in a lake."""
    with lake_in(tmp_path_factory.mktemp("filled_lake"), template=lake_without_rows) as lake:
        copy_tables(filled, lake)
        with lake.connect() as connection:
            yield connection


@pytest.fixture(params=FILE_AND_LAKE)
def tables(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A connection to either, in a transaction that a test may tamper in: it is rolled back in the end."""
    connection = request.getfixturevalue(f"filled_{request.param}")
    assert isinstance(connection, Connection)
    connection.begin()
    yield connection
    connection.rollback()


def find(tables: Connection, rule: Rule, group: PageGroup = "map", key: str | None = None) -> Finding:
    with checked_maps(tables, group, key):
        return find_disagreements(tables, rule)


def rule_of(kind: PageKind, name: str) -> Rule:
    (rule,) = [rule for rule in RULES if (rule.kind, rule.name) == (kind, name)]
    return rule


def tamper(tables: Connection, sql: str) -> None:
    changed = tables.execute(sql).fetchall()
    assert changed[0][0] > 0, "nothing was tampered with"


def test_every_rule_is_tampered_with_here() -> None:
    assert {(kind, name) for name, kind, *_ in TAMPERINGS} == {(rule.kind, rule.name) for rule in RULES}


def test_tables_as_the_pages_say_have_no_disagreements(tables: Connection) -> None:
    with checked_maps(tables, "map", None):
        found = {(rule.kind, rule.name): find_disagreements(tables, rule) for rule in RULES}
    assert {rule: finding for rule, finding in found.items() if finding != Finding(count=0, examples=())} == {}


@pytest.mark.parametrize(("name", "kind", "sql", "begins"), TAMPERINGS)
def test_a_rule_finds_what_was_tampered_with(
    tables: Connection, name: str, kind: PageKind, sql: str, begins: str
) -> None:
    tamper(tables, sql)
    found = find(tables, rule_of(kind, name))
    assert found.count == len(found.examples) > 0
    assert {one.match_id for one in found.examples} == {TAMPERED}
    assert {one.map_number for one in found.examples} & {2, None}
    assert any(begins in one.about for one in found.examples), found.examples


def test_a_disagreement_has_both_numbers(tables: Connection) -> None:
    rows = "SELECT team_left_t_rounds, team_left_rounds FROM map_stats"
    ((t_rounds, rounds),) = tables.execute(f"{rows} WHERE {OF_MAP_2}").fetchall()
    tamper(tables, f"UPDATE map_stats SET team_left_t_rounds = team_left_t_rounds + 5 WHERE {OF_MAP_2}")
    assert t_rounds is not None
    (one,) = find(tables, rule_of(MAP_STATS, "halves_match_score")).examples
    assert one == Disagreement(
        match_id=TAMPERED, map_number=2, about="left team", found=str(rounds + 5), expected=str(rounds)
    )


def test_a_batch_is_checked_for_its_own_maps_only(tables: Connection) -> None:
    rule = rule_of(MAP_STATS, "halves_match_score")
    tamper(tables, f"UPDATE map_stats SET team_left_rounds = 99 WHERE match_id = {TAMPERED}")
    batches = tables.execute(
        "SELECT match_id, batch_key, count(*) FROM batch_members JOIN map_stats ON mapstatsid = page_id"
        " WHERE page_group = 'map' GROUP BY ALL"
    ).fetchall()
    assert {match_id for match_id, _, _ in batches} == {TAMPERED, OTHER}
    for match_id, key, maps in batches:
        assert find(tables, rule, "map", key).count == (maps if match_id == TAMPERED else 0), key


def test_suicides_and_team_kills_are_within_the_margin(tables: Connection) -> None:
    tamper(tables, f"UPDATE player_stats SET deaths = deaths + 3 WHERE {OF_MAP_2} AND {A_PLAYER}")
    assert find(tables, rule_of(MAP_STATS, "kills_match_opponent_deaths")).count == 0


def test_unknown_numbers_are_no_disagreement(tables: Connection) -> None:
    tamper(tables, f"UPDATE player_side_stats SET deaths = NULL WHERE {OF_MAP_2} AND {A_PLAYER} AND side = 'CT'")
    tamper(tables, f"UPDATE player_stats SET kills = NULL, opening_kills = NULL WHERE {OF_MAP_2}")
    tamper(tables, f"UPDATE kill_matrix SET kills = NULL WHERE {OF_MAP_2} AND {A_KILL}")
    tamper(tables, f"UPDATE player_performance SET kpr = NULL WHERE {OF_MAP_2}")
    for rule in RULES:
        # That one page has a number which the other lacks is a difference between them.
        if rule.name != "scoreboard_matches_match_page":
            assert find(tables, rule).count == 0, rule.name


@pytest.mark.parametrize(("version", "kept", "count"), [("1.0", 0, 0), ("1.0", 5, 2), ("2.0", 0, 1)])
def test_of_maps_of_rating_1_all_rounds_may_be_missing_but_not_some(
    tables: Connection, version: str, kept: int, count: int
) -> None:
    tamper(tables, f"UPDATE map_stats SET rating_version = '{version}' WHERE {OF_MAP_2}")
    tamper(tables, f"DELETE FROM round_history WHERE {OF_MAP_2} AND round_number > {kept}")
    assert find(tables, rule_of(MAP_STATS, "rounds_match_score")).count == count


@pytest.mark.parametrize(("won", "count"), [("NULL", 0), ("0", 1)])
def test_a_series_of_maps_without_a_score_is_no_disagreement(tables: Connection, won: str, count: int) -> None:
    tamper(tables, f"UPDATE matches SET team1_maps_won = {won}, team2_maps_won = {won} WHERE match_id = {TAMPERED}")
    assert find(tables, rule_of(MATCH, "maps_match_series_score")).count == count


@pytest.mark.parametrize(("rounds", "count"), [("NULL", 0), ("1", 3)])
def test_a_best_of_1_whose_rounds_are_not_told_is_no_disagreement(tables: Connection, rounds: str, count: int) -> None:
    tamper(tables, f"UPDATE matches SET best_of = 1 WHERE match_id = {TAMPERED}")
    tamper(tables, f"UPDATE maps SET team1_rounds = {rounds}, team2_rounds = {rounds} WHERE match_id = {TAMPERED}")
    assert find(tables, rule_of(MATCH, "maps_match_series_score")).count == count


def test_of_many_disagreements_all_are_counted_and_the_first_are_shown(tables: Connection) -> None:
    tamper(tables, "UPDATE match_player_stats SET adr = 1")
    found = find(tables, rule_of(MAP_STATS, "scoreboard_matches_match_page"))
    assert found.count == 2 * 3 * 10 * 3
    assert len(found.examples) == 20
