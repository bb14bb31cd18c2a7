"""Runs that kill their own process at a named point: started by tests, as children of a process that is warm."""

import pkgutil
from contextlib import AbstractContextManager
from pathlib import Path
from unittest.mock import patch

import dagster as dg

from testkit.killing import WarmProcess, dying, fork_for_each_line, warm_process
from testkit.loopback_site import LoopbackSite
from testkit.world import World

# Each point: what is called there, and before which of its calls the process dies.
POINTS = {
    "after the batch was cut, before its key was registered": ("hltv_assets.assets.planning.batch_keys", 1),
    "after one page was stored": ("hltv_assets.archive.store.PageStore.put", 2),
    "while the batch's members are handed on": ("pathlib.Path.replace", 1),
    "while robots.txt is kept": ("pathlib.Path.replace", 2),
    "after a page was written, before it got its name": ("pathlib.Path.replace", 3),
    "after all pages were stored, before the manifest": ("hltv_assets.pipeline.fetch.FetchReport", 1),
    "while the manifest is stored": ("hltv_assets.assets.io_managers.write_whole", 2),
    "after the manifest, before the first page is parsed": ("hltv_assets.assets.chain_assets.parse_batch", 1),
    "between two pages that are parsed": ("hltv_assets.pipeline.parse._parse", 2),
    "after all pages were parsed, before they are stored": ("hltv_assets.assets.io_managers.write_whole", 3),
    "before the rows are written": ("hltv_assets.assets.chain_assets.load_batch", 1),
    "between two tables of the transaction": ("hltv_assets.warehouse.writing._replace_in_table", 3),
    "before the transaction is committed": ("hltv_assets.warehouse.writing.forget_failures", 1),
    "after the rows were committed, before the run ended": ("hltv_assets.assets.chain_assets.row_counts", 1),
}


def warm_runs() -> AbstractContextManager[WarmProcess]:
    """Start a process that runs batches; an undisturbed run should be its first, for what there is to import."""
    return warm_process(__name__)


def run_undisturbed(warm: WarmProcess, world: World) -> None:
    """Plan and run the batch of a world in a process of its own."""
    warm.act(str(world.data_dir), world.site.base_url)


def run_and_die(warm: WarmProcess, world: World, point: str) -> None:
    """Plan and run the batch of a world in a process of its own, which dies at the point."""
    warm.die(str(world.data_dir), world.site.base_url, *POINTS[point])


def _run(data_dir: str, base_url: str, target: str | None = None, last_call: int = 0) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        world = World(Path(data_dir), LoopbackSite(base_url, {}, []), instance, {"concurrency": 1}, with_rules=False)
        if target is None:
            assert world.plan().success
            assert world.run_batch().success
        else:
            with patch(target, dying(pkgutil.resolve_name(target), last_call)):
                world.plan()
                world.run_batch()


if __name__ == "__main__":
    fork_for_each_line(_run)
