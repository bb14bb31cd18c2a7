"""Fixtures that tests of several rooms share."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from testkit.loopback_site import LoopbackSite, serve
from testkit.world import World


@pytest.fixture(autouse=True)
def _environment_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the knobs of the machine that it runs on."""
    for name in ("DATA_DIR", "WAREHOUSE", "ARCHIVE", "BASE_URL", "BATCH_SIZE", "ORDER", "RETRY_BASE", "MAX_ATTEMPTS"):
        monkeypatch.delenv(f"HLTV_{name}", raising=False)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)


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
