"""A run that kills its own process at a named point: started by tests as a process of its own."""

import os
import pkgutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import dagster as dg

from testkit.loopback_site import LoopbackSite
from testkit.world import World

# Each point: what is called there, and before which of its calls the process dies.
POINTS = {
    "after the batch was cut, before its key was registered": ("hltv_assets.assets.planning.batch_keys", 1),
    "after one page was stored": ("hltv_assets.archive.store.PageStore.put", 2),
    "while the batch's members are handed on": ("pathlib.Path.replace", 1),
    "while robots.txt is kept": ("pathlib.Path.replace", 2),
    "after a page was written, before it got its name": ("pathlib.Path.replace", 3),
    "after all pages were stored, before the manifest": ("hltv_assets.assets.chain_assets.make_manifest", 1),
    "while the manifest is stored": ("hltv_assets.archive.io_manager.write_whole", 1),
    "after the manifest, before the first page is read": ("hltv_assets.assets.chain_assets.read_batch", 1),
    "between two pages that are read": ("hltv_assets.assets.reading._read_page", 2),
    "after all pages were read, before they are stored": ("hltv_assets.assets.parsed_io.write_whole", 1),
    "before the rows are written": ("hltv_assets.assets.chain_assets.load_batch", 1),
    "between two tables of the transaction": ("hltv_assets.warehouse.writing._replace_in_table", 3),
    "before the transaction is committed": ("hltv_assets.warehouse.writing.forget_failures", 1),
    "after the rows were committed, before the run ended": ("hltv_assets.assets.chain_assets.row_counts", 1),
}


def main() -> None:
    """Plan and run the batch, and die at the point that the command line names."""
    data_dir, base_url, point = sys.argv[1:]
    target, last_call = POINTS[point]
    with dg.DagsterInstance.ephemeral() as instance:
        world = World(Path(data_dir), LoopbackSite(base_url, {}, []), instance, {"concurrency": 1})
        with patch(target, _dying(pkgutil.resolve_name(target), last_call)):
            world.plan()
            world.run_batch()


def _dying(original: Callable[..., Any], last_call: int) -> Callable[..., Any]:
    calls = 0

    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == last_call:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*args, **kwargs)

    return call


if __name__ == "__main__":
    main()
