"""`hltv-assets demo`: the chain run once on the sample, by the same commands that a person types."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from hltv_assets.settings import Settings
from hltv_assets.shell.status import show_status
from hltv_assets.warehouse.batches import batch_keys
from hltv_assets.warehouse.connection import Warehouse

_MATERIALIZE = ["dagster", "asset", "materialize", "-m", "hltv_assets.definitions", "--select"]
_NEXT = """\
[bold]What to type next[/bold]
  make ui                     Dagster in a browser: the asset graph, the runs, the checks
  make status                 this screen again
  source .venv/bin/activate   then the commands above work as they stand
  python -c "import duckdb; print(duckdb.connect('{warehouse}').sql('FROM player_stats'))"
"""


def run_demo(settings: Settings) -> int:
    """Cut batches and run the chain for each of them; return the exit code."""
    console = Console(highlight=False)
    if not _run(console, "map_batches"):
        return 1
    with Warehouse(settings.warehouse, wait=settings.lock_wait).connect() as connection:
        keys = batch_keys(connection, "map")
    for key in keys:
        if not _run(console, "pending_maps*", "--partition", key):
            return 1
    console.print()
    show_status(settings)
    console.print()
    console.print(_NEXT.format(warehouse=settings.warehouse), soft_wrap=True)
    return 0


def _run(console: Console, selection: str, *options: str) -> bool:
    """Run one `dagster asset materialize`, shown as it would be typed."""
    command = [*_MATERIALIZE, selection, *options]
    console.print(f"[bold]$ {shlex.join(command)}[/bold]", soft_wrap=True)
    # Dagster says that `dg launch` supersedes this command; both work, and this one needs no further tool.
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    program = str(Path(sys.executable).with_name("dagster"))
    return subprocess.run([program, *command[1:]], env=environment, check=False).returncode == 0  # noqa: S603 - ours
