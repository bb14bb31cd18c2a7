"""A world whose runs are started in the UI, and the UI of what `make ui` starts."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from hltv_assets_tests.browser.dagster_ui import DagsterUI
from testkit.places import PROJECT
from testkit.service import Service
from testkit.world import World

KNOBS = {
    "HLTV_SENSOR_INTERVAL": "3",
    "HLTV_BATCH_MAX_WAIT": "0",
    "HLTV_TRIES": "1",
}


@dataclass
class Watched:
    """A world whose runs are started in the UI, the UI, and the service that it belongs to."""

    world: World
    ui: DagsterUI
    service: Service


def program_of_make_ui() -> Sequence[str]:
    """What `make ui` starts, without its port."""
    lines = subprocess.run(
        ["make", "--no-print-directory", "--dry-run", "ui"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    program, *arguments = lines[-1].split()
    assert arguments[-2] == "--port"
    return [program.rpartition("/")[2], *arguments[:-2]]
