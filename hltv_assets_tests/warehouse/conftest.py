"""A warehouse of its own for each test: a DuckDB file, and where nothing else is said, once more a lake."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.lake import LakeWarehouse
from testkit.lake import postgres_database


@pytest.fixture
def file_warehouse(tmp_path: Path) -> Warehouse:
    """A DuckDB file that nobody opened yet."""
    return Warehouse(str(tmp_path / "data" / "hltv.duckdb"), wait=1)


@pytest.fixture
def lake_warehouse(tmp_path: Path) -> Iterator[LakeWarehouse]:
    """A lake that nobody opened yet."""
    with postgres_database() as address:
        yield LakeWarehouse(address, files=str(tmp_path / "lake"), snapshot=tmp_path / "snapshot.duckdb", wait=5)


@pytest.fixture(params=["file", "lake"])
def warehouse(request: pytest.FixtureRequest) -> Warehouse:
    """Either of them."""
    found = request.getfixturevalue(f"{request.param}_warehouse")
    assert isinstance(found, Warehouse)
    return found
