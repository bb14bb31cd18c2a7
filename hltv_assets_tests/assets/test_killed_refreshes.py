"""A refresh whose run is killed is still owed, and what it archived by then counts."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from hltv_assets.warehouse.refreshes import ask_for_refresh
from hltv_assets_tests.assets.killed_run import run_and_die, run_undisturbed, warm_runs
from testkit.invented.world import invent_map
from testkit.killing import WarmProcess
from testkit.synced import comparable, go_on_from, world_in
from testkit.world import TABLES, World, expected_rows

pytestmark = pytest.mark.kill


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmProcess]:
    with warm_runs() as process:
        yield process


@pytest.fixture(scope="module")
def filled(warm: WarmProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world with the rows of two maps, for tests to copy."""
    with world_in(tmp_path_factory.mktemp("filled")) as world:
        world.add_maps(2)
        run_undisturbed(warm, world)
        assert world.plan().success  # this process must know the batch, too
        assert world.pending() == set()
        yield world


@pytest.mark.parametrize(
    "point",
    [
        "after one page was stored",
        "after all pages were stored, before the manifest",
        "after all pages were parsed, before they are stored",
        "before the transaction is committed",
    ],
)
def test_a_refresh_whose_run_is_killed_is_still_owed_and_its_pages_are_not_asked_for_again(
    world: World, filled: World, warm: WarmProcess, point: str
) -> None:
    go_on_from(world, filled)
    after = [
        invent_map(seed=100 + number, match_id=one.match_id, mapstatsid=one.mapstatsid)
        for number, one in enumerate(filled.maps)
    ]
    for one in after:
        world.publish(one)
        with world.warehouse.transaction() as connection:
            ask_for_refresh(connection, one.match_id, datetime.now(UTC))
    run_and_die(warm, world, point)
    assert world.due() == {one.mapstatsid for one in after}

    assert world.run_batch().success

    assert world.pending() == set()
    for table in TABLES:
        expected = expected_rows(after, table)
        names = list(expected[0])
        assert comparable([{name: row[name] for name in names} for row in world.rows(table)]) == comparable(expected)
    asked_twice = point == "after one page was stored"
    assert sum(world.site.requests_by_page().values()) == len(after) + asked_twice
