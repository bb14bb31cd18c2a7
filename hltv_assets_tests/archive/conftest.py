"""Fixtures of the archive's tests: a place for pages, in a folder or in an object store."""

from pathlib import Path

import pytest

from hltv_assets.archive.store import PageStore
from hltv_assets_tests.archive.storing import memory_location


@pytest.fixture
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an archive may be made that is not there yet: in a folder, or where the test's parameter says."""
    return memory_location() if getattr(request, "param", "") == "memory://" else str(tmp_path / "deep/archive")


@pytest.fixture
def store(location: str) -> PageStore:
    """An empty archive at that place."""
    return PageStore(location)
