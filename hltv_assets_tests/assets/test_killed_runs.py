"""A run that is killed at any point, and then run again, ends in the same tables as an undisturbed one."""

from collections.abc import Iterator, Mapping

import pytest

from hltv_assets_tests.assets.killed_run import POINTS, run_and_die, run_undisturbed, warm_runs
from testkit.killing import WarmProcess
from testkit.synced import go_on_from, world_in
from testkit.world import World

pytestmark = pytest.mark.kill

# Died between the arrival of a page and its name in the archive: only that page must be asked for again.
ASKED_TWICE = {"after one page was stored": 1, "after a page was written, before it got its name": 1}
# What differs between two runs: when they were, and from which port the pages came.
UNLIKE = ["updated_at", "scraped_at", "source_url"]


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmProcess]:
    with warm_runs() as process:
        yield process


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world in which three maps are known and nothing was run yet, for tests to copy."""
    with world_in(tmp_path_factory.mktemp("known")) as world:
        world.add_maps(3)
        yield world


@pytest.fixture(scope="module")
def undisturbed(warm: WarmProcess, known: World, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, object]:
    """The tables after a run that nothing disturbs."""
    with world_in(tmp_path_factory.mktemp("undisturbed") / "data") as world:
        go_on_from(world, known)
        run_undisturbed(warm, world)
        content = world.content(without=UNLIKE)
    assert all(content.values())
    return content


@pytest.mark.parametrize("point", POINTS)
def test_a_run_killed_at_any_point_and_run_again_ends_in_the_same_tables(
    world: World, known: World, undisturbed: Mapping[str, object], warm: WarmProcess, point: str
) -> None:
    go_on_from(world, known)
    run_and_die(warm, world, point)
    before = world.pending()

    assert world.plan().success
    assert world.run_batch().success

    assert world.pending() == set()
    assert before in (set(), {invented.mapstatsid for invented in known.maps})
    assert sum(world.site.requests_by_page().values()) - len(known.maps) == ASKED_TWICE.get(point, 0)
    assert world.content(without=UNLIKE) == undisturbed
