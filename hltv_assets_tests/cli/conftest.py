"""Fixtures of the verbs' tests: folders to type commands in, and the settings of what runs in this process.

What takes long (Dagster's files, the sample's maps, a whole sync) is made once per session, and tests copy it.
"""

import io
import shutil
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from hltv_assets.cli.setup import DEFAULT_DATA, set_up
from hltv_assets.cli.sync import sync
from hltv_assets.settings import Settings
from testkit.loopback_site import LoopbackSite, serve
from testkit.plans import match_of_one_map, plan
from testkit.shell import FirstSync, Shell, copy_checkout, environment, know_the_sample, make_checkout
from testkit.synced import publish_matches

_EVENTS_IN_MEMORY = """
telemetry: {enabled: false}
event_log_storage:
  module: dagster._core.storage.event_log
  class: InMemoryEventLogStorage
"""


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout-like folder after `setup`: `.env`, and DAGSTER_HOME with the files that Dagster makes."""
    folder = tmp_path_factory.mktemp("checkout")
    make_checkout(folder)
    set_up(folder, None)
    return folder


@pytest.fixture(scope="session")
def known_checkout(tmp_path_factory: pytest.TempPathFactory, checkout: Path) -> Path:
    """A checkout-like folder whose warehouse knows the sample's maps."""
    folder = tmp_path_factory.mktemp("known")
    copy_checkout(checkout, folder)
    know_the_sample(Shell(folder))
    return folder


@pytest.fixture(scope="session")
def planned_checkout(tmp_path_factory: pytest.TempPathFactory, known_checkout: Path) -> Path:
    """The same after `plan`, with batches of two maps."""
    folder = tmp_path_factory.mktemp("planned")
    copy_checkout(known_checkout, folder)
    assert Shell(folder, {"HLTV_BATCH_SIZE": "2"}).invoke("plan").exit_code == 0
    return folder


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell in a folder in which nothing was set up yet."""
    make_checkout(tmp_path)
    return Shell(tmp_path)


@pytest.fixture
def ready(tmp_path: Path, checkout: Path) -> Shell:
    """A shell in a folder that was set up."""
    copy_checkout(checkout, tmp_path)
    return Shell(tmp_path)


@pytest.fixture
def known(tmp_path: Path, known_checkout: Path) -> Shell:
    """A shell in a folder whose warehouse knows the sample's maps."""
    copy_checkout(known_checkout, tmp_path)
    return Shell(tmp_path)


@pytest.fixture
def planned(tmp_path: Path, planned_checkout: Path) -> Shell:
    """A shell in a folder whose warehouse knows the sample's maps, in batches of two."""
    copy_checkout(planned_checkout, tmp_path)
    return Shell(tmp_path)


@pytest.fixture
def settings(tmp_path: Path, site: LoopbackSite, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of what runs in this process, against the loopback site."""
    monkeypatch.setenv("DAGSTER_HOME", str(_home_in(tmp_path, checkout)))
    return _settings(tmp_path, site)


@pytest.fixture(scope="session")
def first_sync(tmp_path_factory: pytest.TempPathFactory, checkout: Path) -> FirstSync:
    """A data folder and a DAGSTER_HOME after a first sync, which nobody changes."""
    folder = tmp_path_factory.mktemp("first-sync")
    home = _home_in(folder, checkout)
    printed = io.StringIO()
    with serve() as site, environment({"DAGSTER_HOME": str(home)}), redirect_stdout(printed):
        publish_matches(site, [plan(0), match_of_one_map(1)])
        settings = _settings(folder, site)
        assert sync(settings)
    return FirstSync(folder, settings, site.requested, printed.getvalue())


@pytest.fixture
def synced(tmp_path: Path, site: LoopbackSite, first_sync: FirstSync, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of a copy of what the first sync left, and the same matches on the test's own site."""
    shutil.copytree(first_sync.folder, tmp_path, dirs_exist_ok=True)
    publish_matches(site, [plan(0), match_of_one_map(1)])
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    return _settings(tmp_path, site)


def _home_in(folder: Path, checkout: Path) -> Path:
    """Make a DAGSTER_HOME that keeps the events of runs in memory, which halves the time that a run takes.

    Dagster's keys of batches go away with the events: `plan`, `sync` and `refresh` register them again.
    """
    home = folder / "home"
    shutil.copytree(checkout / DEFAULT_DATA / "dagster", home)
    (home / "dagster.yaml").write_text(_EVENTS_IN_MEMORY)
    return home


def _settings(folder: Path, site: LoopbackSite) -> Settings:
    # One request per page; on a busy machine the site may take long to answer.
    return Settings(
        data_dir=folder / "data",
        base_url=site.base_url,
        tries=1,
        retry_base=0.0,
        max_attempts=2,
        connect_timeout=240,
        read_timeout=240,
        page_timeout=480,
    )
