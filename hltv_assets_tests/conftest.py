"""Fixtures that tests of several rooms share."""

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from testkit.loopback_site import LoopbackSite, serve
from testkit.world import World


@pytest.fixture(autouse=True)
def _environment_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the settings of the machine that it runs on; HLTV_TEST_* are for the tests themselves."""
    for name in list(os.environ):
        if name.startswith(("HLTV_", "DAGSTER_")) and not name.startswith("HLTV_TEST_"):
            monkeypatch.delenv(name)


@pytest.fixture
def site() -> Iterator[LoopbackSite]:
    """A site on loopback without pages."""
    with serve() as running:
        yield running


@pytest.fixture
def world(tmp_path: Path, site: LoopbackSite) -> Iterator[World]:
    """A world without maps."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield World(tmp_path / "data", site, instance)
