"""`hltv-assets copy-warehouse` moves what is there into a lake, where `status` and `release` find it, and back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hltv_assets.cli import main
from hltv_assets.settings import Settings
from hltv_assets.warehouse.file_warehouse import FileWarehouse
from testkit.lake import postgres_database
from testkit.world import put_maps

pytestmark = pytest.mark.lake


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """The place of an empty lake; the knobs name a warehouse in a file with one map."""
    monkeypatch.chdir(tmp_path)  # the `.env` of a checkout would count more than the environment
    monkeypatch.setenv("HLTV_DATA_DIR", str(tmp_path / "data"))
    with FileWarehouse(Settings().warehouse, wait=1).transaction() as connection:
        put_maps(connection, [{"match_id": 1, "map_number": 1, "mapstatsid": 7, "status": "played"}])
    with postgres_database() as address:
        yield f"ducklake:postgres:{address}"


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_a_warehouse_goes_into_a_lake_is_used_there_and_comes_back(
    lake: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    done = _run("copy-warehouse", lake)
    assert (done.exit_code, "copied 1 rows to ducklake:postgres:" in done.stdout.replace("\n", "")) == (0, True), (
        done.output
    )
    monkeypatch.setenv("HLTV_WAREHOUSE", lake)
    status = _run("status", "--json")
    assert '"maps":{"rows":1' in status.stdout.replace(" ", "").replace("\n", ""), status.output
    back = tmp_path / "back.duckdb"
    assert _run("copy-warehouse", str(back)).exit_code == 0
    with FileWarehouse(str(back), wait=1).connect() as connection:
        assert connection.execute("SELECT mapstatsid FROM maps").fetchall() == [(7,)]


def test_a_second_copy_to_the_same_place_is_refused_in_one_line(lake: str) -> None:
    _run("copy-warehouse", lake)
    done = _run("copy-warehouse", lake)
    assert done.exit_code == 1
    assert "has rows already" in done.output
    assert "Traceback" not in done.output


def test_a_place_that_can_be_no_warehouse_is_refused_in_one_line(lake: str) -> None:
    done = _run("copy-warehouse", lake.replace("postgres:", "mysql:", 1))
    assert done.exit_code == 1
    assert "HLTV_WAREHOUSE: " in done.output
