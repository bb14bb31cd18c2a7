"""A warehouse of its own for each test."""

from pathlib import Path

import pytest

from hltv_assets.warehouse.connection import Warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """A warehouse that nobody opened yet."""
    return Warehouse(str(tmp_path / "data" / "hltv.duckdb"), wait=1)
