"""What a batch promises, each promise against a real site, a real DuckDB file and a real Dagster instance."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple, TypeVar

import dagster as dg
import msgspec
import pytest

from hltv_assets import definitions
from hltv_assets.archive.manifest import Manifest, read_entry
from hltv_assets.archive.page_file import sha256_of
from hltv_assets.archive.store import PageStore
from hltv_assets.pages import PageKind, parse_map_stats
from hltv_assets.pages.records import MapStatsPage
from hltv_assets.pipeline.chain import CHAINS
from hltv_assets.pipeline.parse import ParsedBatch
from hltv_assets.warehouse.failures import release_pages
from testkit.invented.map_page import render_map_page
from testkit.loopback_site import Answer, page
from testkit.synced import go_on_from, world_in
from testkit.world import (
    BATCH,
    TABLES,
    Row,
    World,
    check_metadata,
    expected_rows,
    failed_checks,
    failure_text,
    table_report,
)

Stored = TypeVar("Stored")

NOTHING_DONE = {"fetched": 0, "parsed": 0, "failed": 0, "fetch_errors": 0}
NOT_FOUND = Answer(status=404)
BLOCKED = Answer(b"<html><title>Just a moment...</title></html>", status=403)


def _in_order(rows: list[Row]) -> list[Row]:
    key = ("match_id", "map_number", "player_id", "side", "round_number")
    return sorted(rows, key=lambda row: [str(row.get(name, "")).zfill(12) for name in key])


def _unreadable(world: World, index: int) -> Answer:
    """The page of a map, whole and the right one, with a cell that cannot be read."""
    html = render_map_page(world.maps[index])
    damaged = html.replace('<td class="st-mks gtSmartphone-only">', '<td class="st-mks gtSmartphone-only">?', 1)
    assert damaged != html
    return page(damaged)


def _stored(world: World, asset: str, stored_type: type[Stored]) -> Stored:
    value = world.definitions.load_asset_value(asset, partition_key=BATCH, instance=world.instance)
    assert isinstance(value, stored_type)
    return value


@pytest.fixture(scope="module")
def planned_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world with a batch of two maps that was never run, for tests to copy."""
    with world_in(tmp_path_factory.mktemp("planned") / "data") as world:
        world.add_maps(2)
        assert world.plan().success
        yield world


@pytest.fixture
def planned(world: World, planned_once: World) -> World:
    """A world with a batch of two maps that was never run."""
    go_on_from(world, planned_once)
    return world


class Finished(NamedTuple):
    """A world whose batch was run once, with all checks, and the result of that run."""

    world: World
    result: dg.ExecuteInProcessResult


@pytest.fixture(scope="module")
def finished_once(planned_once: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    """The batch of two maps after its run, for tests to look at and to copy."""
    with world_in(tmp_path_factory.mktemp("finished") / "data") as world:
        go_on_from(world, planned_once)
        world.with_rules = True
        yield Finished(world, world.run_batch())


@pytest.fixture
def finished(world: World, finished_once: Finished) -> World:
    """A world whose batch of two maps was run, and whose site was not asked for anything since then."""
    go_on_from(world, finished_once.world)
    return world


def test_a_batch_is_fetched_read_and_written_as_the_pages_say(finished_once: Finished) -> None:
    world, result = finished_once
    assert result.success
    assert failed_checks(result) == []
    assert world.site.requests_by_page() == {one.mapstatsid: 1 for one in world.maps}
    for table in TABLES:
        written, expected = _in_order(world.rows(table)), _in_order(expected_rows(world.maps, table))
        assert len(written) == len(expected) > 0, table
        for row, wanted in zip(written, expected, strict=True):
            assert {name: row[name] for name in wanted} == wanted, table


def test_rows_tell_where_they_come_from(finished_once: Finished) -> None:
    for table in TABLES:
        for row in finished_once.world.rows(table):
            base_url = finished_once.world.site.base_url
            assert str(row["source_url"]).startswith(f"{base_url}/stats/matches/mapstatsid/")
            assert len(row["page_sha256"]) == 64
            assert row["parser_version"] == 1
            assert isinstance(row["scraped_at"], datetime)
            assert row["scraped_at"] <= row["updated_at"]


def test_all_five_numbers_are_reported_on_every_final_table(finished_once: Finished) -> None:
    for table in TABLES:
        assert table_report(finished_once.result, table) == {
            "batch_size": 2,
            "fetched": 2,
            "parsed": 2,
            "failed": 0,
            "fetch_errors": 0,
        }


def test_after_success_nothing_is_pending(planned_once: World, finished_once: Finished) -> None:
    assert len(planned_once.pending()) == 2
    assert finished_once.world.pending() == set()


def test_running_a_finished_batch_again_asks_for_nothing_and_changes_nothing_stored_but_updated_at(
    finished: World,
) -> None:
    before = finished.content(without=["updated_at"])
    result = finished.run_batch()
    assert result.success
    assert finished.content(without=["updated_at"]) == before
    assert finished.site.requested == []
    assert table_report(result) == {"batch_size": 2, **NOTHING_DONE}
    assert len(_stored(finished, "raw_map_html", Manifest).pages) == 2
    parsed = _stored(finished, "parsed_map_stats", ParsedBatch)
    assert {read.page_id for read in parsed.pages} == {one.mapstatsid for one in finished.maps}


def test_a_batch_in_which_nothing_is_due_succeeds_without_a_request(world: World) -> None:
    world.instance.add_dynamic_partitions("map_batches", ["empty"])
    result = world.run_batch("empty")
    assert result.success
    assert world.site.requested == []
    assert table_report(result) == {"batch_size": 0, **NOTHING_DONE}


def test_a_fetch_failure_discards_the_batch_and_reports_its_numbers_and_each_page_with_its_reason(
    planned: World,
) -> None:
    broken = planned.maps[0]
    planned.site.publish(broken.mapstatsid, NOT_FOUND)
    result = planned.run_batch()
    assert not result.success
    assert failed_checks(result) == ["fetch_errors"]
    assert planned.pending() == {one.mapstatsid for one in planned.maps}
    assert all(planned.rows(table) == [] for table in TABLES)
    assert [event.asset_key for event in result.get_asset_materialization_events()] == [dg.AssetKey("pending_maps")]
    metadata = check_metadata(result, "fetch_errors")
    report = {name: metadata[name] for name in ("batch_size", "fetched", "parsed", "failed", "fetch_errors")}
    assert report == {"batch_size": 2, "fetched": 1, "parsed": 0, "failed": 0, "fetch_errors": 1}
    assert metadata["bytes"] > 0
    (record,) = metadata["pages"]
    assert record.data["page"] == broken.mapstatsid
    assert (record.data["match"], record.data["map"]) == (broken.match_id, 1)
    assert record.data["outcome"] == "not_found"
    assert record.data["fault"] == "page"
    # Nor does it reach the downstream in a later run.
    later = planned.materialize(["parsed_map_stats", *TABLES], BATCH)
    assert not later.success
    assert "has no manifest" in failure_text(later)
    assert planned.written() == set()


def test_an_earlier_manifest_stays_valid_when_a_later_run_is_discarded(finished: World) -> None:
    finished.query("DELETE FROM map_stats")  # the rows of the head are lost: both maps are pending again
    newcomer = finished.add_maps(1)[0]
    finished.query(f"INSERT INTO batch_members VALUES ('map', {newcomer.mapstatsid}, '{BATCH}', now())")
    finished.site.publish(newcomer.mapstatsid, NOT_FOUND)
    assert not finished.run_batch().success
    assert finished.materialize(["parsed_map_stats", *TABLES], BATCH).success
    assert finished.written() == {one.mapstatsid for one in finished.maps} - {newcomer.mapstatsid}


def test_pages_that_an_earlier_failed_run_brought_are_not_fetched_again(planned: World) -> None:
    good, broken = planned.maps
    planned.knobs["retry_base"] = 0
    planned.site.publish(broken.mapstatsid, Answer(b"<html>", headers={"content-type": "text/html"}))
    assert not planned.run_batch().success
    planned.site.publish(broken.mapstatsid, page(render_map_page(broken)))
    result = planned.run_batch()
    assert result.success
    assert planned.site.requests_by_page() == {good.mapstatsid: 1, broken.mapstatsid: 2}
    assert table_report(result) == {"batch_size": 2, "fetched": 1, "parsed": 2, "failed": 0, "fetch_errors": 0}


def test_a_bad_page_does_not_block_the_rest_for_ever(planned: World) -> None:
    good, broken = planned.maps
    planned.site.publish(broken.mapstatsid, NOT_FOUND)
    assert not planned.run_batch().success
    assert planned.run_batch().success
    assert planned.written() == {good.mapstatsid}
    assert planned.pending() == {broken.mapstatsid}
    assert planned.due() == set()


def test_a_fault_of_the_site_stops_at_once_and_leaves_every_page_due(world: World) -> None:
    maps = world.add_maps(6)
    world.knobs["concurrency"] = 1
    world.plan()
    for invented in maps:
        world.site.publish(invented.mapstatsid, BLOCKED)
    result = world.run_batch()
    assert not result.success
    assert len(world.site.requested) == 1
    metadata = check_metadata(result, "fetch_errors")
    assert metadata["fetch_errors"] == 6
    reasons = [record.data["outcome"] for record in metadata["pages"]]
    assert sorted(reasons) == ["blocked"] + ["not_tried"] * 5
    assert world.due() == {invented.mapstatsid for invented in maps}
    assert world.rows("page_failures") == []


def test_three_server_errors_in_a_row_count_for_no_page(world: World) -> None:
    maps = world.add_maps(4)
    world.knobs["concurrency"] = 1
    world.plan()
    for invented in maps:
        world.site.publish(invented.mapstatsid, Answer(status=500))
    assert not world.run_batch().success
    assert len(world.site.requested) == 3
    assert world.rows("page_failures") == []
    assert len(world.due()) == 4


def test_a_parse_failure_is_recorded_waits_and_leaves_the_other_map_written(planned: World) -> None:
    good, broken = planned.maps
    planned.site.publish(broken.mapstatsid, _unreadable(planned, 1))
    result = planned.run_batch()
    assert result.success
    assert failed_checks(result) == ["parse_failures"]
    assert planned.written() == {good.mapstatsid}
    assert planned.pending() == {broken.mapstatsid}
    assert table_report(result) == {"batch_size": 2, "fetched": 2, "parsed": 1, "failed": 1, "fetch_errors": 0}
    (failure,) = planned.rows("page_failures")
    assert (failure["page_kind"], failure["page_id"]) == ("map_stats", broken.mapstatsid)
    assert (failure["match_id"], failure["map_number"]) == (broken.match_id, broken.map_number)
    assert (failure["stage"], failure["reason"], failure["attempts"]) == ("parse", "parse_error", 1)
    assert failure["status"] == "waiting"
    (record,) = check_metadata(result, "parse_failures")["pages"]
    assert record.data["message"] == failure["message"]
    assert "st-mks" in failure["message"]
    # Before its wait is over, it is neither fetched nor read again.
    result = planned.run_batch()
    assert result.success
    assert table_report(result) == {"batch_size": 2, **NOTHING_DONE}
    assert set(planned.site.requests_by_page().values()) == {1}
    assert planned.rows("page_failures")[0]["attempts"] == 1


def test_a_page_that_the_parser_trips_over_leaves_the_other_map_written(
    planned: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, broken = planned.maps

    def trip(html: bytes, mapstatsid: int) -> MapStatsPage:
        if mapstatsid == broken.mapstatsid:
            raise RecursionError("too deep")
        return parse_map_stats(html, mapstatsid)

    tripping = [
        msgspec.structs.replace(chain, parse=trip) if chain.kind is PageKind.MAP_STATS else chain for chain in CHAINS
    ]
    monkeypatch.setattr(definitions, "CHAINS", tripping)
    result = planned.run_batch()
    assert result.success
    assert failed_checks(result) == ["parse_failures"]
    assert planned.written() == {good.mapstatsid}
    assert "RecursionError('too deep')" in planned.rows("page_failures")[0]["message"]


def test_a_page_that_contradicts_itself_is_kept_with_the_rows_that_were_refused(planned: World) -> None:
    broken = planned.maps[1]
    html = render_map_page(broken).replace("/ct_win.svg", "/t_win.svg", 1)
    planned.site.publish(broken.mapstatsid, page(html))
    assert planned.run_batch().success
    (failure,) = planned.rows("page_failures")
    assert failure["reason"] == "inconsistent"
    (rejected,) = planned.rows("rejected_rows")
    assert (rejected["table_name"], rejected["reason"]) == ("round_history", "inconsistent")
    assert rejected["page_id"] == broken.mapstatsid
    assert "round_number" in rejected["raw"]


def test_a_page_that_was_unreadable_is_fetched_again_after_its_wait_and_then_leaves_the_failures(
    planned: World,
) -> None:
    broken = planned.maps[1]
    planned.knobs["retry_base"] = 0
    planned.site.publish(broken.mapstatsid, _unreadable(planned, 1))
    planned.run_batch()
    planned.site.publish(broken.mapstatsid, page(render_map_page(broken)))
    assert planned.run_batch().success
    assert planned.site.requests_by_page()[broken.mapstatsid] == 2
    assert planned.rows("page_failures") == []
    assert planned.pending() == set()


def test_a_page_that_stays_unreadable_is_held_after_the_last_attempt(planned: World) -> None:
    planned.knobs |= {"retry_base": 0, "max_attempts": 3}
    planned.site.publish(planned.maps[1].mapstatsid, _unreadable(planned, 1))
    for _ in range(4):
        planned.run_batch()
    (failure,) = planned.rows("page_failures")
    assert (failure["status"], failure["attempts"], failure["retry_after"]) == ("held", 3, None)
    assert planned.site.requests_by_page()[planned.maps[1].mapstatsid] == 3


def test_a_page_that_the_tables_refuse_leaves_the_other_map_written(planned: World) -> None:
    good, broken = planned.maps
    too_many = str(2**40)
    html = render_map_page(broken).replace(f'"/stats?event={broken.event.event_id}"', f'"/stats?event={too_many}"')
    planned.site.publish(broken.mapstatsid, page(html))
    result = planned.run_batch()
    assert result.success
    assert failed_checks(result) == ["write_failures"]
    assert planned.written() == {good.mapstatsid}
    (failure,) = planned.rows("page_failures")
    assert (failure["stage"], failure["reason"]) == ("write", "write_error")
    assert {row["table_name"] for row in planned.rows("rejected_rows")} == set(TABLES)
    assert all(row["match_id"] != broken.match_id for table in TABLES for row in planned.rows(table))
    assert table_report(result) == {"batch_size": 2, "fetched": 2, "parsed": 1, "failed": 1, "fetch_errors": 0}


def test_a_page_of_another_match_is_not_written(planned: World) -> None:
    broken = planned.maps[1]
    html = render_map_page(broken).replace(f"/matches/{broken.match_id}/", f"/matches/{broken.match_id + 500}/")
    planned.site.publish(broken.mapstatsid, page(html))
    planned.run_batch()
    (failure,) = planned.rows("page_failures")
    assert failure["reason"] == "inconsistent"
    assert str(broken.match_id + 500) in failure["message"]


def test_raw_pages_are_stored_and_load_as_they_were_sent(finished_once: Finished) -> None:
    store = PageStore(finished_once.world.settings.archive)
    manifest = _stored(finished_once.world, "raw_map_html", Manifest)
    archived = [read_entry(store, entry) for entry in manifest.pages]
    sent = {one.mapstatsid: render_map_page(one).encode() for one in finished_once.world.maps}
    assert {one.note.page_id: one.body for one in archived} == sent
    assert {one.note.sha256 for one in archived} == {sha256_of(body) for body in sent.values()}


def test_a_newer_parser_reads_the_archive_again_without_a_request_and_keeps_only_what_is_of_other_pages(
    finished: World,
) -> None:
    wanted = finished.content(without=["updated_at", "economy_rounds"])
    with finished.warehouse.transaction() as connection:
        # The economy page wrote the rounds with an economy; the older parser read kills wrongly and too many rounds.
        connection.execute("UPDATE map_stats SET economy_rounds = 24, parser_version = 0")
        connection.execute("UPDATE player_stats SET kills = 0, parser_version = 0")
        connection.execute(
            "INSERT INTO round_history SELECT * REPLACE (round_number + 100 AS round_number) FROM round_history LIMIT 5"
        )
    result = finished.run_batch()
    assert table_report(result) == {"batch_size": 2, "fetched": 0, "parsed": 2, "failed": 0, "fetch_errors": 0}
    assert finished.site.requested == []
    assert finished.content(without=["updated_at", "economy_rounds"]) == wanted
    assert [row["economy_rounds"] for row in finished.rows("map_stats")] == [24, 24]


def test_selecting_one_table_writes_all_of_them(planned: World) -> None:
    planned.materialize(["pending_maps", "raw_map_html", "parsed_map_stats"], BATCH)
    result = planned.materialize("player_stats", BATCH)
    assert result.success
    assert [event.asset_key for event in result.get_asset_materialization_events()] == [dg.AssetKey("player_stats")]
    assert all(planned.rows(table) for table in TABLES)


def test_a_corrupt_archive_file_fails_its_map_only_and_is_replaced_after_the_wait(planned: World) -> None:
    good, broken = planned.maps
    planned.knobs["retry_base"] = 0
    planned.materialize(["pending_maps", "raw_map_html"], BATCH)
    (file,) = planned.data_dir.glob(f"raw/matches/{broken.match_id}/*/*.html.zst")
    content = bytearray(file.read_bytes())
    content[-20] ^= 0xFF
    file.write_bytes(content)
    result = planned.materialize(["parsed_map_stats", *TABLES], BATCH)
    assert result.success
    assert planned.written() == {good.mapstatsid}
    assert file.name in planned.rows("page_failures")[0]["message"]
    assert planned.run_batch().success
    assert planned.pending() == set()
    assert planned.site.requests_by_page()[broken.mapstatsid] == 2


def test_held_and_missing_pages_are_listed_by_a_check_with_how_to_release_them(planned: World) -> None:
    broken = planned.maps[0]
    planned.site.publish(broken.mapstatsid, NOT_FOUND)
    planned.run_batch()
    result = planned.plan()
    assert result.success
    assert failed_checks(result) == ["held_pages"]
    (record,) = check_metadata(result, "held_pages")["pages"]
    assert (record.data["page"], record.data["status"]) == (broken.mapstatsid, "missing")
    assert record.data["release"] == f"hltv-assets release map_stats {broken.mapstatsid}"


def test_a_page_that_was_released_is_asked_for_again_and_its_attempts_are_forgotten(planned: World) -> None:
    broken = planned.maps[0]
    planned.site.publish(broken.mapstatsid, NOT_FOUND)
    planned.run_batch()
    planned.run_batch()
    assert planned.due() == set()
    with planned.warehouse.transaction() as connection:
        assert release_pages(connection, PageKind.MAP_STATS, broken.mapstatsid) == 1
    assert planned.rows("page_failures")[0]["attempts"] == 0
    planned.site.publish(broken.mapstatsid, page(render_map_page(broken)))
    assert planned.run_batch().success
    assert planned.pending() == set()


def test_a_batch_whose_open_pages_wait_says_until_when(planned: World, capfd: pytest.CaptureFixture[str]) -> None:
    planned.site.publish(planned.maps[0].mapstatsid, Answer(b"<html>"))
    planned.run_batch()
    capfd.readouterr()  # the economy page waits with the map page
    planned.run_batch()
    assert "2 wait, the first until 20" in capfd.readouterr().err
