"""What `make ui` runs, on a loopback site, and a browser that looks at it; one of each for a module."""

from collections.abc import Iterator

import dagster as dg
import pytest

from hltv_assets_tests.browser.chromium import open_page
from hltv_assets_tests.browser.dagster_ui import DagsterUI
from hltv_assets_tests.browser.watched import KNOBS, Watched, program_of_make_ui
from testkit.loopback_site import serve
from testkit.service import Service
from testkit.world import World


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """The UI of a service without maps."""
    with open_page() as page, serve() as site, dg.DagsterInstance.ephemeral() as unused:
        service = Service(
            tmp_path_factory.mktemp("ui"), {**KNOBS, "HLTV_BASE_URL": site.base_url}, program_of_make_ui()
        )
        service.start()
        try:
            service.wait_until(service.listens)
            ui = DagsterUI(page, f"http://127.0.0.1:{service.port}")
            yield Watched(World(service.data_dir, site, unused), ui, service)
        finally:
            service.kill()


@pytest.fixture(autouse=True)
def _log(watched: Watched) -> None:
    """Each test that fails shows the log of the service, though the first of the module started it."""
    watched.service.watch()
