"""A warehouse of its own for each test: a DuckDB file, and where nothing else is said, once more a lake.

To make the tables takes half a second of processor time, so most tests get copies of a warehouse that is made once.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hltv_assets.lake.warehouse import LakeWarehouse
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.file_warehouse import FileWarehouse
from testkit.lake import FILE_AND_LAKE, extensions_checked_before, lake_in, lake_template, postgres_database

_SECONDS = 120  # to wait for others who write, on a busy machine


@pytest.fixture(scope="session")
def file_without_rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DuckDB file whose tables are made, to look into or to copy."""
    file = tmp_path_factory.mktemp("without_rows") / "hltv.duckdb"
    with FileWarehouse(str(file), wait=_SECONDS).connect():
        pass
    return file


@pytest.fixture(scope="session")
def lake_without_rows() -> Iterator[str]:
    """The name of a database with the catalogue of a lake whose tables are made, to copy."""
    with lake_template() as template, extensions_checked_before():
        yield template


@pytest.fixture
def new_file_warehouse(tmp_path: Path) -> Warehouse:
    """A DuckDB file that is not there yet."""
    return FileWarehouse(str(tmp_path / "data" / "hltv.duckdb"), wait=_SECONDS)


@pytest.fixture
def file_warehouse(new_file_warehouse: Warehouse, file_without_rows: Path) -> Warehouse:
    """A DuckDB file without rows."""
    place = Path(new_file_warehouse.place)
    place.parent.mkdir()
    shutil.copyfile(file_without_rows, place)
    return new_file_warehouse


@pytest.fixture
def new_lake_warehouse(tmp_path: Path, lake_without_rows: str) -> Iterator[LakeWarehouse]:
    """A lake in a database that nobody opened yet."""
    del lake_without_rows  # while it is there, extensions are loaded faster
    with postgres_database() as address:
        files, snapshot = str(tmp_path / "lake"), tmp_path / "snapshot.duckdb"
        yield LakeWarehouse(address, files=files, snapshot=snapshot, wait=_SECONDS)


@pytest.fixture
def lake_warehouse(tmp_path: Path, lake_without_rows: str) -> Iterator[LakeWarehouse]:
    """A lake without rows."""
    with lake_in(tmp_path, template=lake_without_rows) as lake:
        yield lake


@pytest.fixture(params=FILE_AND_LAKE)
def new_warehouse(request: pytest.FixtureRequest) -> Warehouse:
    """Either of them, not opened yet."""
    return _requested(request, f"new_{request.param}_warehouse")


@pytest.fixture(params=FILE_AND_LAKE)
def warehouse(request: pytest.FixtureRequest) -> Warehouse:
    """Either of them, without rows."""
    return _requested(request, f"{request.param}_warehouse")


def _requested(request: pytest.FixtureRequest, name: str) -> Warehouse:
    found = request.getfixturevalue(name)
    assert isinstance(found, FileWarehouse | LakeWarehouse)
    return found
