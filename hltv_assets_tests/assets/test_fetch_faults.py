"""What the site's faults mean for runs: nothing half-loaded, nothing asked in a cool-down, the same tables after."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from testkit.asking import BLOCKED
from testkit.invented.map_page import render_map_page
from testkit.loopback_site import Answer, page
from testkit.world import BATCH, World, check_metadata


def _blocked(world: World, count: int = 3) -> None:
    """A world whose first batch met a block."""
    maps = world.add_maps(count)
    world.knobs["concurrency"] = 1
    world.plan()
    for invented in maps:
        world.site.publish(invented.mapstatsid, BLOCKED)
    assert not world.run_batch().success


def _recover(world: World) -> None:
    for invented in world.maps:
        world.site.publish(invented.mapstatsid, page(render_map_page(invented)))


def test_a_block_is_copied_to_site_state_with_its_end_and_reason(world: World) -> None:
    before = datetime.now(UTC)
    _blocked(world)
    (state,) = world.rows("site_state")
    assert state["host"] == "127.0.0.1"
    assert not state["is_source"], "no page of it came"
    assert state["blocks_in_a_row"] == 1
    assert "blocked" in state["last_block_reason"]
    assert timedelta(minutes=14) < state["cool_down_until"] - before < timedelta(minutes=16)


def test_in_a_cool_down_a_run_asks_for_nothing_and_says_until_when(world: World) -> None:
    _blocked(world)
    _recover(world)
    asked = len(world.site.requested)
    result = world.run_batch(BATCH)
    assert not result.success
    assert len(world.site.requested) == asked
    pages = check_metadata(result, "fetch_errors")["pages"]
    assert {record.data["outcome"] for record in pages} == {"not_tried"}
    assert all("cooling down until" in record.data["message"] for record in pages)
    assert world.rows("page_failures") == []


def test_after_the_cool_down_was_ended_the_batch_is_fetched_and_the_row_of_blocks_is_over(world: World) -> None:
    _blocked(world)
    _recover(world)
    world.release_site()
    assert world.run_batch().success
    assert world.pending() == set()
    (state,) = world.rows("site_state")
    assert (state["cool_down_until"], state["blocks_in_a_row"]) == (None, 0)


@pytest.mark.graph
def test_what_the_archive_has_needs_no_site_so_a_cool_down_does_not_matter(world: World) -> None:
    world.add_maps(2)
    world.plan()
    assert world.run_batch().success
    added = world.add_maps(1)
    world.site.publish(added[0].mapstatsid, BLOCKED)
    world.plan()
    assert not world.run_batch("maps-000002").success
    assert world.run_batch(BATCH).success


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(status=404), "counts as missing now.*`hltv-assets release map_stats {page_id}`"),
        (Answer(b"<html>"), "The page waits, and the next run"),
        (BLOCKED, "a failure of the whole site"),
    ],
)
def test_the_check_of_a_discarded_batch_says_what_becomes_of_its_page(world: World, answer: Answer, words: str) -> None:
    (broken,) = world.add_maps(1)
    world.plan()
    world.site.publish(broken.mapstatsid, answer)
    checks = world.run_batch().get_asset_check_evaluations()
    (said,) = [check.description for check in checks if check.check_name == "fetch_errors" and not check.passed]
    assert re.search(words.format(page_id=broken.mapstatsid), said or "")


def test_a_page_that_robots_txt_forbids_is_missing_and_the_batch_goes_on(world: World) -> None:
    maps = world.add_maps(3)
    world.plan()
    path = f"/stats/matches/mapstatsid/{maps[1].mapstatsid}/"
    world.site.robots = Answer(f"User-agent: *\nDisallow: {path}\n".encode(), headers={"content-type": "text/plain"})
    result = world.run_batch()
    assert result.success
    assert maps[1].mapstatsid not in world.site.requests_by_page()
    assert world.written() == {maps[0].mapstatsid, maps[2].mapstatsid}
    (failure,) = world.rows("page_failures")
    assert (failure["reason"], failure["status"], failure["attempts"]) == ("disallowed", "missing", 0)


@pytest.mark.parametrize("knobs", [{"live": False}, {"live": True, "user_agent": "somebody"}])
def test_a_live_host_without_leave_or_name_is_not_asked_and_the_message_tells_the_ways_out(
    world: World, knobs: dict[str, object]
) -> None:
    world.add_maps(2)
    world.plan()
    world.knobs |= {"base_url": "https://hltv.example.invalid", "min_delay": 1.0, **knobs}
    result = world.run_batch()
    assert not result.success
    pages = check_metadata(result, "fetch_errors")["pages"]
    assert {record.data["outcome"] for record in pages} == {"not_tried"}
    assert all("2.2" in record.data["message"] and "hltv-assets import" in record.data["message"] for record in pages)


@pytest.mark.graph
def test_an_archive_that_has_all_pages_is_read_without_leave_to_ask_a_live_host(world: World) -> None:
    world.add_maps(2)
    world.plan()
    assert world.run_batch().success
    asked = len(world.site.requested)
    world.knobs |= {"base_url": "https://127.0.0.1.example.invalid", "min_delay": 1.0}
    assert world.run_batch().success
    assert len(world.site.requested) == asked
