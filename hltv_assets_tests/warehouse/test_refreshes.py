"""What a refresh makes due, and in which batches: all of it follows from the rows."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from hltv_assets.pages import PageKind
from hltv_assets.pages.kinds import PageGroup
from hltv_assets.warehouse.batches import restore_members
from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.errors import UnknownMatchError
from hltv_assets.warehouse.refreshes import ask_for_refresh, batches_of_owed, owed_pages
from testkit.world import World

MATCH, OTHER = 8_000_000, 8_000_001
PAGES_OF_A_MATCH = 1 + 3 * 3
BATCHES: dict[PageGroup, list[str]] = {"match": ["matches-000001"], "map": ["maps-000002"]}


@pytest.fixture
def tables(filled_world: World) -> Iterator[Connection]:
    """The tables of two matches of three maps, in a transaction that is rolled back in the end."""
    with filled_world.warehouse.connect() as connection:
        connection.begin()
        yield connection
        connection.rollback()


def now(tables: Connection) -> datetime:
    """The time at which the transaction began: for the views it stands still."""
    ((moment,),) = tables.execute("SELECT now()").fetchall()
    assert isinstance(moment, datetime)
    return moment


def refresh(tables: Connection, match_id: int = MATCH, *, asked_at: datetime | None = None) -> None:
    ask_for_refresh(tables, match_id, asked_at or now(tables))


def due(tables: Connection) -> set[tuple[str, int]]:
    """The pages that are pending and due, by kind and id."""
    return set(
        tables.execute(
            "SELECT 'match', match_id FROM pending_matches WHERE is_due"
            " UNION ALL SELECT page_kind, mapstatsid FROM pending_maps WHERE is_due"
        ).fetchall()
    )


def pages_of(tables: Connection, match_id: int) -> set[tuple[str, int]]:
    maps = tables.execute("SELECT mapstatsid FROM maps WHERE match_id = ?", [match_id]).fetchall()
    kinds = (PageKind.MAP_STATS, PageKind.MAP_PERFORMANCE, PageKind.MAP_ECONOMY)
    return {("match", match_id), *((str(kind), mapstatsid) for (mapstatsid,) in maps for kind in kinds)}


def test_all_pages_of_the_match_are_owed_and_due_and_none_of_another(tables: Connection) -> None:
    assert due(tables) == set()
    refresh(tables)
    assert owed_pages(tables, MATCH) == PAGES_OF_A_MATCH
    assert owed_pages(tables, OTHER) == 0
    assert due(tables) == pages_of(tables, MATCH)


def test_only_the_batches_of_the_match_are_run_for_it(tables: Connection) -> None:
    assert [batches_of_owed(tables, MATCH, group) for group in BATCHES] == [[], []]
    refresh(tables)
    assert {group: batches_of_owed(tables, MATCH, group) for group in BATCHES} == BATCHES
    assert [batches_of_owed(tables, OTHER, group) for group in BATCHES] == [[], []]


def test_a_match_whose_maps_are_in_several_batches_has_all_of_them_run_and_no_other(tables: Connection) -> None:
    tables.execute("DELETE FROM batch_members")
    members = {OTHER: ["matches-000001", "maps-000001"], MATCH: ["matches-000002", "maps-000002"]}
    for match_id, (match_key, map_key) in members.items():
        maps = tables.execute("SELECT mapstatsid FROM maps WHERE match_id = ? ORDER BY ALL", [match_id]).fetchall()
        restore_members(tables, "match", match_key, [match_id])
        restore_members(tables, "map", map_key, [maps[0][0]])
        restore_members(tables, "map", f"{map_key}-rest", [one for (one,) in maps[1:]])
    refresh(tables)
    assert batches_of_owed(tables, MATCH, "match") == ["matches-000002"]
    assert batches_of_owed(tables, MATCH, "map") == ["maps-000002", "maps-000002-rest"]


def test_a_page_is_owed_until_its_rows_are_of_a_copy_that_arrived_later(tables: Connection) -> None:
    def let_the_match_page_be_of(scraped_at: datetime) -> None:
        tables.execute("UPDATE matches SET scraped_at = ? WHERE match_id = ?", [scraped_at, MATCH])

    asked_at = now(tables) - timedelta(days=2)
    let_the_match_page_be_of(asked_at - timedelta(seconds=1))
    refresh(tables, asked_at=asked_at)
    assert due(tables) == {("match", MATCH)}
    let_the_match_page_be_of(asked_at + timedelta(seconds=1))
    assert owed_pages(tables, MATCH) == 0
    refresh(tables, asked_at=asked_at + timedelta(seconds=2))
    assert due(tables) == {("match", MATCH)}


@pytest.mark.parametrize("status", ["waiting", "held", "missing"])
def test_a_page_that_waits_or_was_given_up_is_due_at_once(tables: Connection, status: str) -> None:
    ((broken,),) = tables.execute(f"SELECT min(mapstatsid) FROM maps WHERE match_id = {MATCH}").fetchall()
    tables.execute(
        "INSERT INTO page_failures BY NAME SELECT 'map_stats' AS page_kind, 'fetch' AS stage, ? AS page_id,"
        " ? AS match_id, 'not_found' AS reason, ? AS status, 3 AS attempts, now() AS last_attempt_at,"
        " now() + INTERVAL 1 DAY AS retry_after",
        [broken, MATCH, status],
    )
    refresh(tables)
    assert due(tables) == pages_of(tables, MATCH)
    assert tables.execute("SELECT status, attempts FROM page_failures").fetchall() == [("waiting", 0)]


def test_a_match_that_is_not_known_is_refused(tables: Connection) -> None:
    with pytest.raises(UnknownMatchError, match="match 1 is unknown"):
        refresh(tables, 1)
    assert tables.execute("SELECT count(*) FROM refreshes").fetchall() == [(0,)]


def test_a_match_whose_page_has_not_been_asked_for_yet_owes_that_page_alone(tables: Connection) -> None:
    for table in ("matches", "maps", "map_stats", "player_performance", "round_economy"):
        tables.execute(f"DELETE FROM {table} WHERE match_id = {MATCH}")
    refresh(tables)
    assert owed_pages(tables, MATCH) == 1
    assert due(tables) == {("match", MATCH)}


def test_a_refresh_of_a_clock_that_was_set_back_is_not_asked_for_again_and_again(tables: Connection) -> None:
    refresh(tables, asked_at=now(tables) + timedelta(hours=1))
    assert owed_pages(tables, MATCH) == 0
    assert due(tables) == set()
