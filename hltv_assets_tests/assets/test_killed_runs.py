"""A run that is killed at any point, and then run again, ends in the same tables as an undisturbed one."""

import signal
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from hltv_assets_tests.assets.killed_run import POINTS
from testkit.loopback_site import serve
from testkit.world import World

pytestmark = pytest.mark.slow

# Died between the arrival of a page and its name in the archive: only that page must be asked for again.
ASKED_TWICE = {"after one page was stored": 1, "after a page was written, before it got its name": 1}


@pytest.mark.parametrize("point", POINTS)
def test_a_run_killed_at_any_point_and_run_again_ends_in_the_same_tables(
    world: World, tmp_path: Path, point: str
) -> None:
    maps = world.add_maps(3)
    _run_and_die(world, point)
    before = world.pending()

    assert world.plan().success
    assert world.run_batch().success

    assert world.pending() == set()
    assert before in (set(), {invented.mapstatsid for invented in maps})
    assert sum(world.site.requests_by_page().values()) - len(maps) == ASKED_TWICE.get(point, 0)
    assert world.content(without=TIMES) == _undisturbed(tmp_path)


TIMES = ["updated_at", "scraped_at", "source_url"]


def _run_and_die(world: World, point: str) -> None:
    command = [sys.executable, "-m", "hltv_assets_tests.assets.killed_run"]
    died = subprocess.run(
        [*command, str(world.data_dir), world.site.base_url, point], capture_output=True, text=True, check=False
    )
    assert died.returncode == -signal.SIGKILL, died.stderr[-2_000:]


def _undisturbed(folder: Path) -> object:
    with serve() as site, dg.DagsterInstance.ephemeral() as instance:
        world = World(folder / "undisturbed", site, instance)
        world.add_maps(3)
        world.plan()
        assert world.run_batch().success
        return world.content(without=TIMES)
