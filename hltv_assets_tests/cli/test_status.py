"""What `status` tells of a warehouse, and when it says that a person is needed."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import msgspec
import pytest

from hltv_assets.archive.size import ArchiveSize
from hltv_assets.archive.store import PageStore
from hltv_assets.cli.setup import DEFAULT_DATA
from hltv_assets.cli.status import print_json, show_status
from hltv_assets.cli.status_report import Condition, read_condition, what_needs_action
from hltv_assets.pages import PageKind
from hltv_assets.settings import Settings
from hltv_assets.site.cool_down import CoolDown
from hltv_assets.site.hosts import SAMPLE_HOST
from hltv_assets.warehouse.file_warehouse import FileWarehouse
from hltv_assets.warehouse.overview import Overview, overview, table_sizes
from hltv_assets.warehouse.schema.tables import TABLES

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    return Settings(data_dir=tmp_path, base_url="http://127.0.0.1:9")


@pytest.fixture(scope="module")
def nothing_yet(tmp_path_factory: pytest.TempPathFactory) -> Overview:
    """What is in a warehouse that nothing was written to."""
    warehouse = FileWarehouse(str(tmp_path_factory.mktemp("empty") / "hltv.duckdb"), wait=1)
    with warehouse.connect() as connection:
        return overview(connection)


def hold_a_page(settings: Settings) -> None:
    with FileWarehouse(settings.warehouse, wait=1).connect() as connection:
        connection.execute(
            "INSERT INTO page_failures BY NAME SELECT 'map_stats' AS page_kind, 7 AS page_id, 3 AS match_id,"
            " 'parse' AS stage, 'parse_error' AS reason, 'no score' AS message, 5 AS attempts,"
            " now() AS last_attempt_at, 'held' AS status"
        )


def test_an_empty_warehouse_needs_nobody_and_says_that_there_is_nothing_yet(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with FileWarehouse(settings.warehouse, wait=1).connect():
        pass
    assert show_status(settings)
    printed = capsys.readouterr().out
    assert printed.count("none yet") == 4
    assert "action needed" not in printed


def test_where_there_is_no_warehouse_it_says_so_and_makes_none(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show_status(settings)
    assert f"there is no warehouse {settings.warehouse} yet" in capsys.readouterr().out
    assert print_json(settings)
    condition = msgspec.json.decode(capsys.readouterr().out, type=Condition)
    assert (condition.warehouse_is_there, condition.overview.matches) == (False, 0)
    assert list(settings.data_dir.iterdir()) == []


def test_a_run_that_failed_is_told_also_after_one_that_did_not(
    settings: Settings,
    tmp_path: Path,
    checkout: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    home = tmp_path / "home"
    shutil.copytree(checkout / DEFAULT_DATA / "dagster", home)
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    hold_a_page(settings)

    @dg.op
    def fail() -> None:
        raise dg.Failure

    @dg.job
    def good() -> None:
        pass

    @dg.job
    def bad() -> None:
        fail()

    with dg.DagsterInstance.get() as instance:
        good.execute_in_process(instance=instance)
        show_status(settings)
        assert "last failed run" not in capsys.readouterr().out
        failed = bad.execute_in_process(instance=instance, raise_on_error=False)
        good.execute_in_process(instance=instance)
    condition = read_condition(settings)
    assert condition.last_run
    assert condition.last_run.status == "SUCCESS"
    assert condition.last_failed_run
    assert condition.last_failed_run.run_id == failed.run_id
    show_status(settings)
    assert "last failed run" in capsys.readouterr().out


def test_a_held_page_needs_a_person_and_the_line_tells_what_to_type(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    hold_a_page(settings)
    assert not show_status(settings)
    assert "hltv-assets release" in capsys.readouterr().out


def test_the_json_is_the_condition_and_nothing_else(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    hold_a_page(settings)
    assert not print_json(settings)
    condition = msgspec.json.decode(capsys.readouterr().out, type=Condition)
    assert condition.overview.held == 1
    assert condition.tables["page_failures"].rows == 1
    assert set(condition.tables) == {table.name for table in TABLES}


def test_the_newest_match_and_the_stale_pages_are_told(settings: Settings) -> None:
    with FileWarehouse(settings.warehouse, wait=1).connect() as connection:
        connection.execute(
            """
            INSERT INTO matches BY NAME
            SELECT unnest([1, 2]) AS match_id, unnest([0, 1000]) AS parser_version, 'x' AS page_sha256,
                unnest(['Old', 'New']) AS team1_name, NULL AS team2_name,
                unnest([TIMESTAMPTZ '2026-01-01 10:00:00Z', TIMESTAMPTZ '2026-02-01 10:00:00Z']) AS started_at,
                TIMESTAMPTZ '2026-02-02 10:00:00Z' AS scraped_at
            """
        )
        state = overview(connection)
    assert state.newest_match is not None
    assert (state.newest_match.match_id, state.newest_match.team1, state.newest_match.team2) == (2, "New", None)
    assert state.newest_page_at == datetime(2026, 2, 2, 10, tzinfo=UTC)
    assert state.stale == 1


def test_the_bytes_of_tables_are_a_part_of_the_file_and_grow_with_the_rows(settings: Settings) -> None:
    with FileWarehouse(settings.warehouse, wait=1).connect() as connection:
        connection.execute(
            "INSERT INTO batch_members SELECT 'map', range, 'maps-' || md5(range::VARCHAR), now()"
            " FROM range(1, 100_001)"
        )
    with FileWarehouse(settings.warehouse, wait=1).connect() as connection:
        sizes = table_sizes(connection, TABLES)
    assert sizes["batch_members"].rows == 100_000
    assert sizes["batch_members"].bytes > 1_000_000
    assert sizes["matches"].bytes == 0
    assert sum(size.bytes for size in sizes.values()) <= Path(settings.warehouse).stat().st_size


def test_the_archive_is_counted_in_files_and_bytes(settings: Settings) -> None:
    archive = PageStore(settings.archive)
    assert read_condition(settings).archive_size == ArchiveSize(0, 0)
    place = archive.put(PageKind.MATCH, 1, 1, url="http://127.0.0.1/", body=b"a page", scraped_at=NOW).place
    assert read_condition(settings).archive_size == ArchiveSize(1, (archive.root / place).stat().st_size)


def test_an_archive_in_an_object_store_is_not_counted(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, archive=f"memory://{tmp_path.name}", base_url="http://127.0.0.1:9")
    assert read_condition(settings).archive_size is None


@pytest.mark.parametrize(("blocks", "until", "lines"), [(2, 1, 0), (3, 1, 1), (3, -1, 0)])
def test_a_site_that_goes_on_to_block_needs_a_person(
    nothing_yet: Overview, blocks: int, until: int, lines: int
) -> None:
    cool_down = CoolDown(blocked_at=NOW, until=NOW + timedelta(hours=until), blocks_in_a_row=blocks, reason="blocked")
    assert len(what_needs_action(nothing_yet, cool_down, now=NOW, fresh_within=timedelta(days=3))) == lines


@pytest.mark.parametrize(
    ("source", "age", "lines"), [("www.hltv.org", 4, 1), ("www.hltv.org", 2, 0), (SAMPLE_HOST, 4, 0)]
)
def test_old_data_needs_a_person_but_for_the_sample(nothing_yet: Overview, source: str, age: int, lines: int) -> None:
    state = msgspec.structs.replace(nothing_yet, source=source, newest_page_at=NOW - timedelta(days=age))
    assert len(what_needs_action(state, None, now=NOW, fresh_within=timedelta(days=3))) == lines
