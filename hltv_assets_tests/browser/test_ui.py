"""What `make ui` shows: batches are added, run and judged with the mouse alone."""

import pytest
from playwright.sync_api import expect

from hltv_assets_tests.browser.watched import Watched
from testkit.loopback_site import Answer
from testkit.world import CHAIN

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1_200)]

DOWNSTREAM_OF_PENDING_MAPS = 'key:"pending_maps"+'


def test_the_graph_shows_the_chain_of_the_map_page(watched: Watched) -> None:
    watched.ui.open_graph(DOWNSTREAM_OF_PENDING_MAPS)
    for asset in CHAIN:
        expect(watched.ui.in_the_graph(asset)).to_be_visible()


def test_a_batch_whose_key_is_typed_is_run_with_the_mouse_and_succeeds(watched: Watched) -> None:
    maps = watched.world.add_maps(3)
    ui = watched.ui
    ui.open_graph(DOWNSTREAM_OF_PENDING_MAPS)
    ui.add_batch("finals")
    ui.keep_picture("batch")
    ui.launch()
    ui.open_newest_run(of="finals")
    ui.see_status("Success")
    ui.keep_picture("run")
    ui.open_graph(DOWNSTREAM_OF_PENDING_MAPS)
    expect(ui.in_the_graph("round_history")).to_be_visible()
    ui.keep_picture("graph")
    written = {row["match_id"] for row in watched.world.rows("player_stats")}
    assert {one.match_id for one in maps} <= written


def test_a_page_that_does_not_arrive_is_seen_as_a_failed_check(watched: Watched) -> None:
    broken = watched.world.add_maps(1)[0]
    watched.world.site.publish(broken.mapstatsid, Answer(b"<html>", status=500))
    ui = watched.ui
    ui.open_graph(DOWNSTREAM_OF_PENDING_MAPS)
    ui.add_batch("broken")
    ui.launch()
    ui.open_newest_run(of="broken")
    ui.see_status("Failure")
    ui.open_check("raw_map_html", "fetch_errors")
    expect(ui.page.get_by_text("Failed", exact=True).first).to_be_visible()
    expect(ui.page.get_by_text("server_error").first).to_be_visible()
    ui.keep_picture("failed-check")


def test_a_sensor_that_is_switched_on_runs_what_is_due(watched: Watched) -> None:
    maps = watched.world.add_maps(2)
    ui = watched.ui
    ui.open_sensor("map_batches_sensor")
    ui.switch().click()
    try:
        ui.see_run_of_sensor("Success")
        ui.keep_picture("sensor")
    finally:
        ui.open_sensor("map_batches_sensor")
        ui.switch().click()
        expect(ui.switch()).not_to_be_checked()
    written = {row["match_id"] for row in watched.world.rows("player_stats")}
    assert {one.match_id for one in maps} <= written
