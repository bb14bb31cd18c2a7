"""Backups and rebuilding: after a loss the tables are what they were, and the site is not asked again."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from hltv_assets.archive.errors import ArchiveError
from hltv_assets.archive.store import PageStore
from hltv_assets.cli.backup import make_backup
from hltv_assets.cli.rebuild import rebuild_warehouse
from hltv_assets.cli.restore import restore_backup
from hltv_assets.components import backup_lock_of, warehouse_of
from hltv_assets.pipeline.backup import Backup, Watch, back_up, restore
from hltv_assets.pipeline.rebuild import rebuild
from hltv_assets.settings import Settings
from hltv_assets.warehouse.errors import WarehouseError, WrongSiteError
from hltv_assets.warehouse.listing import Scope
from hltv_assets.warehouse.schema.tables import DATA_TABLES
from hltv_assets_tests.archive.storing import memory_location
from testkit.world import Row, World

# When a row was written, and when the listing first showed a match: a rebuilt warehouse knows its arrival instead.
WHEN = {"updated_at", "discovered_at"}


@pytest.fixture
def filled(filled_world: World) -> World:
    """The filled world, which no test changes, and whose site was not asked yet."""
    filled_world.site.requested.clear()
    return filled_world


@pytest.fixture
def other(filled: World, tmp_path: Path) -> Iterator[World]:
    """Another machine: nothing is there yet, Dagster's own data neither."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield World(tmp_path / "other", filled.site, instance, filled.knobs, with_rules=False)


def backed_up(settings: Settings, location: str, *, keep: int, watch: Watch) -> Backup:
    return back_up(
        warehouse_of(settings),
        PageStore(settings.archive),
        location,
        lock=backup_lock_of(settings),
        keep=keep,
        watch=watch,
    )


def restored(settings: Settings, location: str, *, watch: Watch) -> Backup:
    return restore(warehouse_of(settings), PageStore(settings.archive), location, watch=watch)


def ignore(done: int, total: int) -> None:
    del done, total


def tables(world: World) -> dict[str, list[Row]]:
    return {
        table.name: [{name: value for name, value in row.items() if name not in WHEN} for row in world.rows(table.name)]
        for table in DATA_TABLES
    }


def pages(world: World) -> dict[str, bytes]:
    store = PageStore(world.settings.archive)
    return {place: store.load(place)[1] for place in store.places()}


def run_batches(world: World) -> None:
    assert world.materialize(["match_batches"]).success
    assert all(world.materialize("pending_matches*", key).success for key in world.keys("match_batches"))
    assert world.materialize(["map_batches"]).success
    assert all(world.materialize("pending_maps*", key).success for key in world.keys("map_batches"))


@pytest.mark.parametrize("kind", ["a folder", "a bucket"])
def test_a_restored_backup_is_what_was_backed_up(filled: World, other: World, tmp_path: Path, kind: str) -> None:
    location = str(tmp_path / "backups") if kind == "a folder" else memory_location()
    made = backed_up(filled.settings, location, keep=7, watch=ignore)
    assert made.copied.new == made.copied.pages == len(pages(filled))
    brought_back = restored(other.settings, location, watch=ignore)
    assert brought_back.note == made.note
    assert tables(other) == tables(filled)
    assert pages(other) == pages(filled)


@pytest.mark.graph
def test_after_a_backup_was_restored_nothing_is_due(filled: World, other: World, tmp_path: Path) -> None:
    backed_up(filled.settings, str(tmp_path / "backups"), keep=7, watch=ignore)
    restored(other.settings, str(tmp_path / "backups"), watch=ignore)
    run_batches(other)
    assert set(other.keys("map_batches")) == set(filled.keys("map_batches"))
    assert filled.site.requested == []
    assert tables(other) == tables(filled)


def test_the_next_backup_copies_no_page_again_and_old_ones_are_removed(filled: World, tmp_path: Path) -> None:
    target = tmp_path / "backups"
    for _ in range(3):
        latest = backed_up(filled.settings, str(target), keep=2, watch=ignore)
    assert latest.copied.new == 0
    folders = [one for one in target.iterdir() if one.name != "pages"]
    assert len(folders) == 2
    assert latest.place == str(max(folders))


def test_the_backup_just_made_is_never_removed_though_another_seems_newer(filled: World, tmp_path: Path) -> None:
    target = tmp_path / "backups"
    old = Path(backed_up(filled.settings, str(target), keep=1, watch=ignore).place)
    old.rename(target / "20990101T000000.000000Z")  # as a clock that was ahead names it
    made = Path(backed_up(filled.settings, str(target), keep=1, watch=ignore).place)
    assert (made / "backup.json").exists()


def test_a_backup_that_was_being_removed_is_passed_over(filled: World, other: World, tmp_path: Path) -> None:
    target = tmp_path / "backups"
    whole = backed_up(filled.settings, str(target), keep=7, watch=ignore)
    half = Path(backed_up(filled.settings, str(target), keep=7, watch=ignore).place)
    (half / "hltv.duckdb").unlink()
    assert restored(other.settings, str(target), watch=ignore).place == whole.place


def test_a_backup_that_was_cut_off_is_passed_over_and_removed_by_the_next(
    filled: World, other: World, tmp_path: Path
) -> None:
    target = tmp_path / "backups"
    made = backed_up(filled.settings, str(target), keep=7, watch=ignore)

    def cut_off(done: int, total: int) -> None:
        del done, total
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backed_up(filled.settings, str(target), keep=7, watch=cut_off)
    assert len(list(target.iterdir())) == 3
    assert restored(other.settings, str(target), watch=ignore).place == made.place
    backed_up(filled.settings, str(target), keep=7, watch=ignore)
    assert len(list(target.iterdir())) == 3
    assert not list(filled.data_dir.glob(".*.copy"))


def test_a_restore_that_was_cut_off_leaves_no_warehouse_and_can_be_begun_again(
    filled: World, other: World, tmp_path: Path
) -> None:
    backed_up(filled.settings, str(tmp_path / "backups"), keep=7, watch=ignore)

    def cut_off(done: int, total: int) -> None:
        del total
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restored(other.settings, str(tmp_path / "backups"), watch=cut_off)
    assert not Path(other.settings.warehouse).exists()
    restored(other.settings, str(tmp_path / "backups"), watch=ignore)
    assert tables(other) == tables(filled)


def test_a_damaged_warehouse_is_not_restored(filled: World, other: World, tmp_path: Path) -> None:
    made = backed_up(filled.settings, str(tmp_path / "backups"), keep=7, watch=ignore)
    with (Path(made.place) / "hltv.duckdb").open("ab") as file:
        file.write(b"damage")
    with pytest.raises(WarehouseError, match="is damaged"):
        restored(other.settings, str(tmp_path / "backups"), watch=ignore)
    assert not Path(other.settings.warehouse).exists()


@pytest.mark.parametrize("kind", ["a folder", "a link", "a bucket"])
def test_an_archive_that_lies_where_its_copy_would_be_is_not_backed_up_there(
    filled: World, tmp_path: Path, kind: str
) -> None:
    location = memory_location() if kind == "a bucket" else str(tmp_path / "backups")
    archive = f"{location}/pages"
    if kind == "a link":
        archive = filled.settings.archive
        Path(location).mkdir()
        Path(location, "pages").symlink_to(archive)
    settings = filled.settings.model_copy(update={"archive": archive})
    with pytest.raises(ArchiveError, match="where its copy would go"):
        backed_up(settings, location, keep=7, watch=ignore)


def test_what_cannot_be_done_is_refused_in_words(filled: World, other: World, tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="there is no warehouse"):
        backed_up(other.settings, str(tmp_path / "backups"), keep=7, watch=ignore)
    with pytest.raises(ArchiveError, match="is inside the archive"):
        backed_up(filled.settings, f"{filled.settings.archive}/backups", keep=7, watch=ignore)
    with pytest.raises(ArchiveError, match="no complete backup"):
        restored(other.settings, str(tmp_path / "nowhere"), watch=ignore)
    with pytest.raises(WarehouseError, match="already exists"):
        restored(filled.settings, str(tmp_path / "nowhere"), watch=ignore)
    with pytest.raises(ArchiveError, match="there are no pages"):
        rebuild(PageStore(other.settings.archive), other.warehouse, Scope(), ignore)
    with pytest.raises(WarehouseError, match="already exists"):
        rebuild_warehouse(filled.settings)


@pytest.mark.graph
def test_a_warehouse_is_rebuilt_from_the_archive_alone_without_a_request(filled: World, other: World) -> None:
    before, keys = tables(filled), set(filled.keys("map_batches"))
    shutil.copytree(filled.settings.archive, other.settings.archive)
    assert rebuild_warehouse(other.settings)
    run_batches(other)
    assert filled.site.requested == []
    assert tables(other) == before
    assert set(other.keys("map_batches")) == keys
    assert other.query("FROM imported_pages") == []


@pytest.mark.graph
def test_pages_of_which_the_listing_tells_nothing_are_found_by_a_rebuilding(filled: World, other: World) -> None:
    shutil.copytree(filled.settings.archive, other.settings.archive)
    shutil.rmtree(Path(other.settings.archive) / "results")
    assert rebuild_warehouse(other.settings)
    run_batches(other)
    assert filled.site.requested == []
    rebuilt, before = tables(other), tables(filled)
    assert rebuilt.pop("discovered_matches") == []
    assert {name: before[name] for name in rebuilt} == rebuilt


@pytest.mark.graph
def test_a_damaged_page_is_told_and_the_others_are_rebuilt(
    filled: World, other: World, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(filled.settings.archive, other.settings.archive)
    damaged = next(place for place in PageStore(other.settings.archive).places() if "/map_economy-" in place)
    (Path(other.settings.archive) / damaged).write_bytes(b"no page")
    assert not rebuild_warehouse(other.settings)
    assert damaged in capsys.readouterr().out
    run_batches(other)
    assert tables(other)["round_history"] == tables(filled)["round_history"]


def test_a_manifest_that_is_none_is_told_and_all_else_is_backed_up_restored_and_rebuilt(
    filled: World, other: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(filled.settings.archive, other.settings.archive)
    (Path(other.settings.archive) / "manifests/raw_map_html/._foreign.json").write_bytes(b"\x00\x05\xff")
    assert not rebuild_warehouse(other.settings)
    assert not make_backup(other.settings, str(tmp_path / "backups"), keep=7)
    assert capsys.readouterr().out.count("._foreign.json") == 2
    before = tables(other)
    Path(other.settings.warehouse).unlink()
    assert restore_backup(other.settings, str(tmp_path / "backups"))
    assert tables(other) == before


def test_an_archive_with_pages_of_two_sites_is_no_warehouse(filled: World, other: World) -> None:
    shutil.copytree(filled.settings.archive, other.settings.archive)
    store = PageStore(other.settings.archive)
    note, body = store.load(store.places()[0])
    store.put(note.page_kind, 999_999, 999_999, url="https://elsewhere.invalid/", body=body, scraped_at=note.scraped_at)
    with pytest.raises(WrongSiteError):
        rebuild_warehouse(other.settings)
    assert not Path(other.settings.warehouse).exists()


def test_the_commands_tell_what_was_done_and_what_to_type_next(
    filled: World, other: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make_backup(filled.settings, str(tmp_path / "backups"), keep=7)
    assert "is complete" in capsys.readouterr().out
    assert restore_backup(other.settings, str(tmp_path / "backups"))
    assert "hltv-assets sync" in capsys.readouterr().out
