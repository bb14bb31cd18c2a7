"""What holds for every test: its surroundings, its end if it hangs, and fixtures that tests of several rooms share."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import dagster as dg
import pytest

from testkit.hangs import ended_if_stuck
from testkit.loopback_site import LoopbackSite, serve
from testkit.process_logs import ends_of_logs, forget_logs
from testkit.synced import filled_once, folder_of_session
from testkit.world import World

pytest_plugins = ["testkit.archives", "testkit.warehouses"]

_STDERR = pytest.StashKey[int]()
# Each of these tests alone keeps a processor busy: one at a time.
_MANY_PROCESSES = ("service", "cluster", "browser")
# Fixtures that take seconds to make, and are made once per worker: the tests of one share a worker.
_COSTLY = frozenset(
    ["filled_lake", "filled_once", "finished_once", "first_sync", "planned_once", "ratios", "sample", "warm", "watched"]
)


def pytest_configure(config: pytest.Config) -> None:
    """Keep the standard error of this process, before pytest captures it; hide the machine's settings from fixtures."""
    config.stash[_STDERR] = os.dup(2)
    for name in _settings_of_the_machine():
        del os.environ[name]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Give it back."""
    os.close(config.stash[_STDERR])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the tests that may take longest, and let those share a worker that should not be apart."""
    items.sort(key=lambda item: -_time_limit(item, config))
    for item in items:
        if group := _group(item):
            item.add_marker(pytest.mark.xdist_group(group))


def _group(item: pytest.Item) -> str | None:
    if any(item.get_closest_marker(tier) for tier in _MANY_PROCESSES):
        return "many processes"
    costly = _COSTLY.intersection(getattr(item, "fixturenames", ()))
    if "first_sync" in costly:
        return "first_sync"
    return item.nodeid.partition("::")[0] if costly else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let no test hang for ever, not even where its time-out cannot reach it."""
    forget_logs()
    with ended_if_stuck(_time_limit(item, item.config), item.config.stash[_STDERR]):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what the processes wrote that a test started to the report of its failure."""
    report = yield
    if report.failed:
        report.sections += [(f"end of {name}", text) for name, text in ends_of_logs()]
    return report


def _time_limit(item: pytest.Item, config: pytest.Config) -> float:
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0] if marker else config.getini("timeout"))


def _settings_of_the_machine() -> list[str]:
    """Return the names of the variables that no test may see; HLTV_TEST_* are for the tests themselves."""
    return [name for name in os.environ if name.startswith(("HLTV_", "DAGSTER_")) and not name.startswith("HLTV_TEST_")]


@pytest.fixture(scope="session")
def _empty_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("empty")


@pytest.fixture(autouse=True)
def _surroundings_of_its_own(monkeypatch: pytest.MonkeyPatch, _empty_folder: Path) -> None:
    """No test sees the settings of the machine that it runs on, nor a `.env`."""
    for name in _settings_of_the_machine():
        monkeypatch.delenv(name)
    monkeypatch.chdir(_empty_folder)


@pytest.fixture
def site() -> Iterator[LoopbackSite]:
    """A site on loopback without pages."""
    with serve() as running:
        yield running


@pytest.fixture
def world(tmp_path: Path, site: LoopbackSite) -> Iterator[World]:
    """A world without maps; its runs check rules across tables only if a test says so."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield World(tmp_path / "data", site, instance, with_rules=False)


@pytest.fixture(scope="session")
def filled_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two matches of three maps in every table, filled once for all workers; tests copy it and leave it as it is."""
    shared = folder_of_session(tmp_path_factory.getbasetemp()) / "filled_world"
    with filled_once(shared, tmp_path_factory.mktemp("filled") / "data") as world:
        yield world
