"""Importing saved pages: told by themselves, kept once, readable without a request as soon as the map is known."""

import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from hltv_assets.archive.store import PageStore
from hltv_assets.assets.inbox import inbox_files
from hltv_assets.components import site_of
from hltv_assets.pages import Outcome, PageKind
from hltv_assets.pipeline.import_pages import ImportResult, import_pages
from hltv_assets.site.hosts import SAMPLE_BASE_URL
from hltv_assets.warehouse.errors import WrongSiteError
from hltv_assets.warehouse.imports import imports_waiting
from hltv_assets.warehouse.sites import source_site
from testkit.asking import map_html, tab_html
from testkit.invented.facts import InventedMap
from testkit.invented.map_page import render_map_page
from testkit.loopback_site import Answer, page
from testkit.world import BATCH, World, check_metadata, invented_map

LONG_AGO = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)


def _save(folder: Path, html: str, name: str = "page.html", saved_at: datetime = LONG_AGO) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(html, "utf-8")
    os.utime(file, (saved_at.timestamp(), saved_at.timestamp()))
    return file


def _import(world: World, *files: Path) -> list[ImportResult]:
    settings = world.settings
    return list(
        import_pages(files, archive=PageStore(settings.archive), warehouse=world.warehouse, site=site_of(settings))
    )


def _became(results: Sequence[ImportResult]) -> list[str]:
    return [result.became for result in results]


def _save_all(folder: Path, maps: Sequence[InventedMap]) -> list[Path]:
    return [_save(folder, render_map_page(invented), f"{invented.mapstatsid}.html") for invented in maps]


def test_imported_pages_are_read_without_a_request_and_their_rows_say_when_they_were_saved(
    world: World, tmp_path: Path
) -> None:
    maps = world.add_maps(2)
    assert _became(_import(world, *_save_all(tmp_path / "saved", maps))) == ["taken", "taken"]
    world.plan()
    assert world.run_batch().success
    assert world.site.requested == []
    assert {row["scraped_at"] for row in world.rows("player_stats")} == {LONG_AGO}
    assert world.pending() == set()


@pytest.mark.graph
def test_a_page_whose_map_is_unknown_waits_until_it_is_known(world: World, tmp_path: Path) -> None:
    with world.warehouse.connect() as connection:
        assert imports_waiting(connection).pages == 0
    later = invented_map(0)
    _import(world, _save(tmp_path, render_map_page(later)))
    with world.warehouse.connect() as connection:
        waiting = imports_waiting(connection)
    assert (waiting.pages, waiting.matches) == (1, 1)
    world.add_maps(1)
    with world.warehouse.connect() as connection:
        assert imports_waiting(connection).pages == 0
    world.plan()
    assert world.run_batch().success
    assert (world.written(), world.site.requested) == ({later.mapstatsid}, [])


def test_a_page_that_the_archive_has_is_known_and_stored_once(world: World, tmp_path: Path) -> None:
    first, again = _save(tmp_path, map_html(), "a.html"), _save(tmp_path, map_html(), "b.html", datetime.now(UTC))
    assert _became(_import(world, first, first, again)) == ["taken", "known", "known"]
    assert len(list(Path(world.settings.archive).rglob("*.zst"))) == 1


def test_another_state_of_a_page_is_kept_beside_the_old_one(world: World, tmp_path: Path) -> None:
    old = _save(tmp_path, map_html(), "a.html")
    new = _save(tmp_path, map_html() + "<!-- saved again -->", "b.html", LONG_AGO + timedelta(days=1))
    assert _became(_import(world, old, new)) == ["taken", "taken"]
    assert len(list(Path(world.settings.archive).rglob("*.zst"))) == 2


def test_what_is_no_page_is_refused_and_the_others_are_taken(world: World, tmp_path: Path) -> None:
    files = [
        _save(tmp_path, "<html><body>An advertisement</body></html>", "ad.html"),
        _save(tmp_path, map_html()[:50_000], "cut.html"),
        _save(tmp_path, "<html><title>Just a moment...</title></html>", "challenge.html"),
        _save(tmp_path, map_html(), "good.html"),
    ]
    results = _import(world, *files)
    assert [result.reason for result in results] == [
        Outcome.WRONG_KIND,
        Outcome.TRUNCATED,
        Outcome.BLOCKED,
        None,
    ]
    assert len(list(Path(world.settings.archive).rglob("*.zst"))) == 1


@pytest.mark.graph
def test_a_page_that_failed_to_arrive_is_due_again_when_it_is_brought(world: World, tmp_path: Path) -> None:
    (invented,) = world.add_maps(1)
    world.plan()
    world.site.publish(invented.mapstatsid, Answer(status=404))
    assert not world.run_batch().success
    assert world.due() == set()
    _import(world, _save(tmp_path, render_map_page(invented)))
    asked = len(world.site.requested)
    assert world.run_batch().success
    assert (world.written(), len(world.site.requested)) == ({invented.mapstatsid}, asked)
    assert world.rows("page_failures") == []


@pytest.mark.graph
def test_a_page_that_could_not_be_read_is_read_when_a_newer_copy_is_brought(world: World, tmp_path: Path) -> None:
    (invented,) = world.add_maps(1)
    good = render_map_page(invented)
    world.site.publish(invented.mapstatsid, page(good.replace('<td class="st-mks', '<td class="st-sks')))
    world.plan()
    assert world.run_batch().success
    assert world.written() == set()
    saved_at = datetime.now(UTC) + timedelta(seconds=1)
    _import(world, _save(tmp_path, good, saved_at=saved_at))
    asked = len(world.site.requested)
    assert world.run_batch().success
    assert (world.written(), len(world.site.requested)) == ({invented.mapstatsid}, asked)


def test_a_performance_page_without_its_match_is_refused_until_the_map_page_tells_it(
    world: World, tmp_path: Path
) -> None:
    performance = _save(tmp_path, tab_html("performance").replace("match-page-link", "other"), "performance.html")
    (refused,) = _import(world, performance)
    assert refused.reason is Outcome.INCOMPLETE
    assert "stats page" in refused.message
    taken = _import(world, performance, _save(tmp_path, map_html(), "map.html"))
    assert _became(taken) == ["taken", "taken"]
    pages = {result.page.page_kind: result.page.match_id for result in taken if result.page}
    assert pages == {PageKind.MAP_STATS: 9_500_001, PageKind.MAP_PERFORMANCE: 9_500_001}


def test_the_folder_tells_the_match_of_a_page_that_does_not(world: World, tmp_path: Path) -> None:
    html = tab_html("economy").replace("match-page-link", "other")
    (taken,) = _import(world, _save(tmp_path / "matches" / "77", html))
    assert taken.page is not None
    assert taken.page.match_id == 77


def test_of_several_folders_of_matches_the_nearest_to_the_page_counts(world: World, tmp_path: Path) -> None:
    file = _save(tmp_path / "matches" / "2025" / "matches" / "9500001", tab_html("performance"))
    (result,) = _import(world, file)
    assert result.page is not None
    assert result.page.match_id == 9_500_001


def test_a_page_of_which_the_archive_has_a_damaged_copy_is_taken(world: World, tmp_path: Path) -> None:
    file = _save(tmp_path, map_html())
    _import(world, file)
    archive = PageStore(world.settings.archive)
    (place,) = archive.places()
    (Path(world.settings.archive) / place).write_bytes(b"damaged")
    assert _became(_import(world, file)) == ["taken"]
    assert archive.load(place)[1] == map_html().encode()


def test_a_page_of_another_site_is_refused_by_a_live_sites_warehouse(world: World, tmp_path: Path) -> None:
    world.knobs |= {"base_url": "https://www.hltv.org"}
    saved = map_html().replace('href="/stats/', 'href="https://elsewhere.example/stats/')
    (refused,) = _import(world, _save(tmp_path, saved))
    assert refused.reason is Outcome.WRONG_PAGE
    own = map_html().replace('href="/stats/', 'href="https://www.hltv.org/stats/')
    assert _became(_import(world, _save(tmp_path, own))) == ["taken"]


def test_imported_pages_never_mix_with_the_samples(world: World, tmp_path: Path) -> None:
    world.knobs |= {"base_url": SAMPLE_BASE_URL}
    assert world.materialize(["discovered_matches"]).success
    with pytest.raises(WrongSiteError, match="but these are of"):
        _import(world, _save(tmp_path, map_html()))
    assert not (Path(world.settings.archive) / "matches").exists()


def test_importing_nothing_claims_nothing(world: World) -> None:
    assert _import(world) == []
    with world.warehouse.connect() as connection:
        assert source_site(connection) is None


# The inbox


def test_the_inbox_is_imported_and_keeps_only_what_was_refused(world: World) -> None:
    inbox = world.data_dir / "inbox"
    maps = world.add_maps(2)
    _save_all(inbox / "mine", maps)
    bad = _save(inbox, "<html><body>no page</body></html>", "bad.html")
    result = world.materialize("imported_pages")
    assert result.success
    assert inbox_files(world.data_dir) == [bad]
    assert sorted(file.name for file in (world.data_dir / "inbox-done" / "mine").iterdir()) == sorted(
        f"{invented.mapstatsid}.html" for invented in maps
    )
    (refused,) = check_metadata(result, "refused_pages")["pages"]
    assert refused.data["reason"] == "wrong_kind"
    world.plan()
    assert world.run_batch(BATCH).success
    assert world.site.requested == []


def test_files_of_one_name_are_both_kept_when_they_are_done(world: World) -> None:
    saved = [render_map_page(invented) for invented in world.add_maps(2)]
    for html in saved:
        _save(world.data_dir / "inbox", html)
        assert world.materialize("imported_pages").success
    assert inbox_files(world.data_dir) == []
    done = world.data_dir / "inbox-done"
    assert [(done / name).read_text("utf-8") for name in ("page.html", "2-page.html")] == saved


def test_a_file_that_changes_while_the_inbox_is_read_stays_and_is_read_the_next_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (render_map_page(invented) for invented in world.add_maps(2))
    file = _save(world.data_dir / "inbox", first)

    def replaced_once_read(files: Iterable[Path], **rooms: Any) -> Iterator[ImportResult]:
        yield from import_pages(files, **rooms)
        _save(file.parent, second, saved_at=LONG_AGO + timedelta(seconds=1))

    with monkeypatch.context() as patch:
        patch.setattr("hltv_assets.assets.inbox.import_pages", replaced_once_read)
        assert world.materialize("imported_pages").success
    assert inbox_files(world.data_dir) == [file]
    assert world.materialize("imported_pages").success
    assert inbox_files(world.data_dir) == []
    assert len(PageStore(world.settings.archive).places()) == 2


def test_a_file_leaves_an_inbox_on_another_disk(world: World) -> None:
    memory, (invented,) = Path("/dev/shm"), world.add_maps(1)
    if not memory.is_dir() or memory.stat().st_dev == world.data_dir.stat().st_dev:
        pytest.skip("no other disk on this machine")
    with TemporaryDirectory(dir=memory) as folder:
        (world.data_dir / "inbox").symlink_to(folder)
        file = _save(Path(folder), render_map_page(invented))
        assert world.materialize("imported_pages").success
        assert not file.exists()
    assert (world.data_dir / "inbox-done" / file.name).exists()
