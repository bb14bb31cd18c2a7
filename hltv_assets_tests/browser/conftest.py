"""What `make ui` runs, on a loopback site, and a browser that looks at it; one of each for a module."""

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import dagster as dg
import pytest

from hltv_assets_tests.browser.chromium import open_page
from hltv_assets_tests.browser.dagster_ui import DagsterUI
from hltv_assets_tests.loopback_site import serve
from hltv_assets_tests.service.running import Service, until
from hltv_assets_tests.shell.conftest import PROJECT
from hltv_assets_tests.world import World

KNOBS = {
    "HLTV_SENSOR_INTERVAL": "3",
    "HLTV_BATCH_MAX_WAIT": "0",
    "HLTV_TRIES": "1",
}


@dataclass
class Watched:
    """A world whose runs are started in the UI, and the UI."""

    world: World
    ui: DagsterUI


def program_of_make_ui() -> Sequence[str]:
    """What `make ui` starts, without its port."""
    lines = subprocess.run(
        ["make", "--no-print-directory", "--dry-run", "ui"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    program, *arguments = lines[-1].split()
    assert arguments[-2] == "--port"
    return [program.rpartition("/")[2], *arguments[:-2]]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """The UI of a service without maps."""
    with open_page() as page, serve() as site, dg.DagsterInstance.ephemeral() as unused:
        service = Service(
            tmp_path_factory.mktemp("ui"), {**KNOBS, "HLTV_BASE_URL": site.base_url}, program_of_make_ui()
        )
        service.start()
        try:
            until(service.listens, seconds=120)
            yield Watched(World(service.data_dir, site, unused), DagsterUI(page, f"http://127.0.0.1:{service.port}"))
        finally:
            service.kill()
