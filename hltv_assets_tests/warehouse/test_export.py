"""The data as Parquet: all of it, with its types, by year, and never half an export."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import msgspec
import pyarrow.dataset as ds
import pytest

from hltv_assets.assets.published import parquet_folder
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.errors import WarehouseError
from hltv_assets.warehouse.export import CURRENT, MANIFEST, ExportManifest, export_parquet
from hltv_assets.warehouse.file_warehouse import FileWarehouse
from hltv_assets.warehouse.schema.migration import SCHEMA_VERSION
from hltv_assets.warehouse.schema.tables import DATA_TABLES
from hltv_assets.warehouse.snapshot import publish_snapshot
from testkit.invented.match_facts import PlannedMap
from testkit.plans import match_of_one_map, plan
from testkit.synced import go_on_from, publish_matches, sync_once, world_in
from testkit.world import World

NEW_YEAR = datetime(2025, 1, 1, 0, 30, tzinfo=UTC)
LAST_YEAR = datetime(2024, 12, 31, 23, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def filled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    plans = [replace(match_of_one_map(0), started_at=LAST_YEAR), plan(1, started_at=NEW_YEAR), match_of_one_map(2)]
    plans.append(plan(3, PlannedMap("Default"), is_deleted=True, forfeit_note="They forfeit", has_vetoes=False))
    with world_in(tmp_path_factory.mktemp("filled")) as world:
        publish_matches(world.site, plans)
        sync_once(world)
        world.query("INSERT INTO lineups (match_id, player_id, player_name) VALUES (1, 2, 'O''Neil, \"the\" Ünknown')")
        yield world


@pytest.fixture
def filled(world: World, filled_once: World) -> World:
    """Matches of three years, one of them without any map, and a line-up of a match that nobody knows."""
    go_on_from(world, filled_once)
    return world


def export(world: World) -> Path:
    """Export the warehouse as it is now, and return the export."""
    assert world.materialize(["warehouse_snapshot", "parquet_export"]).success
    return (parquet_folder(world.data_dir) / CURRENT).resolve()


def manifest_of(folder: Path) -> ExportManifest:
    return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=ExportManifest)


def inodes(folder: Path) -> dict[str, int]:
    return {str(file.relative_to(folder)): file.stat().st_ino for file in folder.rglob("*.parquet")}


def test_duckdb_reads_back_every_row_and_type_of_every_table(filled: World) -> None:
    folder = export(filled)
    with filled.warehouse.connect() as connection:
        for table in DATA_TABLES:
            files = f"read_parquet('{folder}/{table.name}/*/*.parquet', hive_partitioning = true)"
            query = f"SELECT * EXCLUDE (year) FROM {files} ORDER BY ALL"
            assert (
                connection.execute(query).fetchall() == connection.execute(f"FROM {table.name} ORDER BY ALL").fetchall()
            ), table.name
            types = "SELECT column_name, column_type FROM (DESCRIBE {})"
            assert (
                connection.execute(types.format(query)).fetchall()
                == connection.execute(types.format(f"FROM {table.name}")).fetchall()
            )


def test_pyarrow_reads_back_every_row_and_type_of_every_table(filled: World) -> None:
    folder = export(filled)
    with filled.warehouse.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for table in DATA_TABLES:
            read = ds.dataset(folder / table.name, partitioning="hive").to_table().drop_columns("year")
            written = connection.sql(f"FROM {table.name}").to_arrow_table()
            assert read.schema.types == written.schema.types
            order = [(name, "ascending") for name in table.key]
            assert read.sort_by(order).to_pylist() == written.sort_by(order).to_pylist(), table.name


def test_all_rows_of_a_match_are_of_the_year_in_which_it_began(filled: World) -> None:
    folder = export(filled)
    years = {table.name: [file.year for file in table.files] for table in manifest_of(folder).tables}
    assert years["matches"] == years["maps"] == [2024, 2025, 2026]
    # The map of that night was played after midnight, as its page says.
    assert years["round_history"] == [2024, 2025, 2026]
    assert years["lineups"] == [None, 2024, 2025, 2026]
    (row,) = duckdb.sql(f"FROM '{folder}/lineups/year=__HIVE_DEFAULT_PARTITION__/*.parquet'").fetchall()
    assert row[:2] == (1, 2)


def test_the_manifest_names_every_file_with_its_rows_bytes_and_hash(filled: World) -> None:
    folder = export(filled)
    manifest = manifest_of(folder)
    assert manifest.schema_version == SCHEMA_VERSION
    assert manifest.written_at.timestamp() == pytest.approx(Path(filled.settings.warehouse).stat().st_mtime)
    files = {file.path: file for table in manifest.tables for file in table.files}
    assert files.keys() == inodes(folder).keys()
    for path, file in files.items():
        content = (folder / path).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.bytes, file.sha256)
        assert duckdb.sql(f"SELECT count(*) FROM '{folder / path}'").fetchall() == [(file.rows,)]
    with filled.warehouse.connect() as connection:
        for table in manifest.tables:
            assert connection.execute(f"SELECT count(*) FROM {table.name}").fetchone() == (table.rows,)


def test_a_table_without_rows_has_a_file_that_tells_its_columns(world: World) -> None:
    with world.warehouse.connect():
        pass
    folder = export(world)
    for table in DATA_TABLES:
        read = duckdb.sql(f"FROM '{folder}/{table.name}/*/*.parquet'")
        assert (read.columns, read.fetchall()) == ([*table.column_names(), "year"], [])


def test_only_the_years_that_changed_are_written_again(filled: World) -> None:
    first = export(filled)
    filled.query("UPDATE map_stats SET economy_rounds = 1 WHERE match_id = 8000001")
    second = export(filled)
    changed = {path for path, inode in inodes(second).items() if inodes(first)[path] != inode}
    assert changed == {"map_stats/year=2025/map_stats.parquet"}
    rounds = f"SELECT DISTINCT economy_rounds FROM '{second}/map_stats/year=2025/*.parquet'"
    assert duckdb.sql(rounds).fetchall() == [(1,)]


def test_a_file_of_the_export_before_that_is_damaged_or_of_other_columns_is_not_taken(filled: World) -> None:
    first = export(filled)
    (first / "matches/year=2024/matches.parquet").write_bytes(b"short")
    filled.query("ALTER TABLE vetoes RENAME COLUMN action TO deed")
    with duckdb.connect(filled.settings.warehouse) as connection:  # as a later version of the project would
        connection.execute("CHECKPOINT")
    publish_snapshot(filled.warehouse)
    export_parquet(filled.warehouse.snapshot, parquet_folder(filled.data_dir))
    second = (parquet_folder(filled.data_dir) / CURRENT).resolve()
    assert len(duckdb.sql(f"FROM '{second}/matches/year=2024/*.parquet'").fetchall()) == 1
    assert "deed" in duckdb.sql(f"FROM '{second}/vetoes/*/*.parquet'").columns


def test_the_export_before_stays_for_its_readers_and_older_ones_go(filled: World) -> None:
    exports = [export(filled) for _ in range(3)]
    folder = parquet_folder(filled.data_dir)
    assert sorted(path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()) == exports[1:]
    assert (folder / CURRENT).readlink() == Path(exports[2].name)


def test_an_export_needs_a_snapshot(new_warehouse: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="hltv-assets snapshot"):
        export_parquet(new_warehouse.snapshot, tmp_path / "parquet")


@pytest.mark.kill
def test_an_export_that_is_killed_at_any_line_leaves_the_one_before_or_the_new_one(tmp_path: Path) -> None:
    template = tmp_path / "template"
    warehouse = FileWarehouse(str(template / "hltv.duckdb"), wait=60)
    for match_id in (1, 2):
        with warehouse.transaction() as connection:
            connection.execute(
                "INSERT INTO matches (match_id, started_at) VALUES (?, '2024-05-05 12:00:00+00')", [match_id]
            )
        publish_snapshot(warehouse)
        if match_id == 1:
            export_parquet(warehouse.snapshot, template / "parquet")
    command = [sys.executable, "-m", "hltv_assets_tests.warehouse.killed_exporter", str(tmp_path)]
    lines = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert lines > 50
    seen = set()
    for line in range(lines):
        folder = tmp_path / f"{line:03}" / "parquet"
        manifest = manifest_of(folder / CURRENT)
        (rows,) = [table.rows for table in manifest.tables if table.name == "matches"]
        for table in manifest.tables:
            for file in table.files:
                content = (folder / CURRENT / file.path).read_bytes()
                assert hashlib.sha256(content).hexdigest() == file.sha256
        seen.add(rows)
    assert seen == {1, 2}
    export_parquet(tmp_path / f"{lines // 2:03}" / "hltv-snapshot.duckdb", tmp_path / f"{lines // 2:03}" / "parquet")
    assert not (tmp_path / f"{lines // 2:03}" / "parquet" / ".part").exists()
