"""The progress counts each match and map once, by its day in UTC and by what is still to come of it."""

from datetime import UTC, datetime, timedelta

import pytest

from hltv_assets.pages import Outcome, PageKind
from hltv_assets.pages.kinds import PageGroup
from hltv_assets.warehouse.connection import Connection, Warehouse
from hltv_assets.warehouse.fetch_runs import FetchRun, put_fetch_run
from hltv_assets.warehouse.progress import progress_by_day, teams_of_map
from testkit.world import put_maps

LATE = datetime(2031, 5, 20, 23, 30, tzinfo=UTC)
DAY = LATE.date()


def put(connection: Connection, table: str, **values: object) -> None:
    connection.execute(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join('?' for _ in values)})", list(values.values())
    )


def put_map(connection: Connection, mapstatsid: int, *, written: tuple[str, ...] = ()) -> None:
    put_maps(connection, [{"match_id": 1, "map_number": mapstatsid, "mapstatsid": mapstatsid, "scraped_at": LATE}])
    for table, more in (("map_stats", {}), ("player_performance", {"player_id": 1}), ("round_economy", {})):
        keys = {"round_number": 1, "team_id": 1} if table == "round_economy" else more
        if table in written:
            put(connection, table, match_id=1, map_number=mapstatsid, **keys)


ALL = ("map_stats", "player_performance", "round_economy")


def test_a_map_is_written_when_nothing_of_its_pages_is_to_come(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        put(connection, "matches", match_id=1, started_at=LATE)
        put_map(connection, 1, written=ALL)
        put_map(connection, 2, written=ALL[:2])
        put_map(connection, 3, written=ALL[:2])
        put_map(connection, 4)
        no_economy = {"page_kind": "map_economy", "page_id": 3, "status": "waiting", "reason": "no_data"}
        put(connection, "page_failures", **no_economy, retry_after=datetime.now(UTC) + timedelta(days=30))
        for kind in ("map_stats", "map_performance", "map_economy"):
            put(connection, "page_failures", page_kind=kind, page_id=4, status="held", reason="truncated")
        put_maps(connection, [{"match_id": 1, "map_number": 9, "status": "unplayed"}])
        assert progress_by_day(connection, "map") == [(DAY, 2, 1, 1)]


def test_a_page_that_was_not_offered_and_is_due_again_counts_as_due(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        put(connection, "matches", match_id=1, started_at=LATE)
        put_map(connection, 1, written=ALL[:2])
        failure = {"page_kind": "map_economy", "page_id": 1, "status": "waiting", "reason": "no_data"}
        put(connection, "page_failures", **failure, retry_after=LATE.replace(year=2020))
        assert progress_by_day(connection, "map") == [(DAY, 0, 1, 0)]


def test_matches_are_counted_by_the_day_on_which_they_ended_or_else_began(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        ended = LATE + timedelta(hours=1)
        put(connection, "discovered_matches", match_id=1, ended_at=ended, in_scope=True)
        put(connection, "matches", match_id=1, started_at=LATE)
        put(connection, "matches", match_id=2, started_at=LATE)
        put(connection, "discovered_matches", match_id=3, ended_at=ended, in_scope=True)
        put(connection, "discovered_matches", match_id=4, ended_at=ended, in_scope=False)
        put(connection, "imported_pages", page_kind="match", page_id=5, imported_at=LATE)
        assert progress_by_day(connection, "match") == [
            (DAY, 1, 0, 0),
            (DAY + timedelta(days=1), 1, 1, 0),
            (None, 0, 1, 0),
        ]


@pytest.mark.parametrize("group", ["match", "map"])
def test_an_empty_warehouse_has_no_day(warehouse: Warehouse, group: PageGroup) -> None:
    with warehouse.connect() as connection:
        assert progress_by_day(connection, group) == []


def test_the_teams_of_a_map_are_named_by_their_match_whichever_is_left(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        put(connection, "map_stats", match_id=1, map_number=1, team_left_id=22, team_right_id=11, map_name="Nuke")
        assert teams_of_map(connection, 1, 1) == (22, 11, None, None, "Nuke")
        put(connection, "matches", match_id=1, team1_id=11, team1_name="Teapots", team2_id=22, team2_name="Saucers")
        assert teams_of_map(connection, 1, 1) == (22, 11, "Saucers", "Teapots", "Nuke")
        assert teams_of_map(connection, 1, 2) is None


def test_a_run_that_is_noted_twice_counts_once(warehouse: Warehouse) -> None:
    runs = [
        FetchRun(
            run_id=f"run {number}",
            page_kind=PageKind.MAP_STATS,
            batch_key="maps-000001",
            finished_at=LATE + timedelta(seconds=number),
            batch_size=50,
            outcomes={Outcome.OK: number, Outcome.BLOCKED: 1},
            bytes=10**10,
            seconds=1.5,
        )
        for number in range(2)
    ]
    with warehouse.connect() as connection:
        for run in (*runs, runs[1]):
            put_fetch_run(connection, run)
        found = connection.execute("SELECT outcomes->>'ok', bytes FROM fetch_runs ORDER BY finished_at").fetchall()
    assert found == [("0", 10**10), ("1", 10**10)]
