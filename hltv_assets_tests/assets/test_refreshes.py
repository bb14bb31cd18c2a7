"""HLTV corrects its pages: a refresh brings newer copies, once, and is owed until their rows are there."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hltv_assets.pages import PageKind
from hltv_assets.warehouse.refreshes import ask_for_refresh, owed_pages
from testkit.invented.match_facts import InventedMatch, PlannedMatch
from testkit.loopback_site import Answer, path_of
from testkit.plans import LOST, OVERTIME, WON, match_of_one_map, plan
from testkit.synced import (
    comparable,
    expected_of,
    go_on_from,
    publish_match,
    publish_matches,
    sync_once,
)
from testkit.world import World

MATCH = plan(0).match_id
ITS_MAPS = "maps-000002"  # the maps of the newer match are in the batch before
PAGES_OF_A_MATCH = 1 + 3 * 3
BLOCK = Answer(b"<html><title>Just a moment...</title></html>", status=403)


def corrected() -> PlannedMatch:
    """The match as HLTV tells it later: other scores, and no overtime, so that fewer rounds were played."""
    match = plan(0)
    scores = (LOST, WON, WON)
    maps = [replace(one, score=score, team1_is_right=False) for one, score in zip(match.maps, scores, strict=True)]
    return replace(match, maps=tuple(maps))


@pytest.fixture
def matches(world: World, filled_world: World) -> list[InventedMatch]:
    """Two matches of three maps whose pages are on the site and written."""
    go_on_from(world, filled_world)
    world.knobs["retry_base"] = 0
    return publish_matches(world.site, [plan(0), plan(1)])


def refresh(world: World, match_id: int = MATCH) -> None:
    with world.warehouse.transaction() as connection:
        ask_for_refresh(connection, match_id, datetime.now(UTC))


def owed(world: World, match_id: int = MATCH) -> int:
    with world.warehouse.connect() as connection:
        return owed_pages(connection, match_id)


def run(world: World) -> list[bool]:
    """Run the batch of both matches, and that of the maps of the first, whatever is due in them."""
    return [world.materialize("pending_matches*", "matches-000001").success, run_maps(world)]


def run_maps(world: World) -> bool:
    return world.run_all(ITS_MAPS).success


def copies(world: World, kind: PageKind, page_id: int) -> int:
    """How many copies of a page the archive has."""
    return len(list(Path(world.settings.archive).glob(f"matches/*/{kind}-{page_id}/*")))


def assert_tables(world: World, matches: list[InventedMatch]) -> None:
    for table, rows in expected_of(matches).items():
        assert comparable(world.rows(table)) == comparable(rows), table


def test_corrected_pages_replace_their_rows_as_a_set_and_lie_beside_the_old_ones(
    world: World, matches: list[InventedMatch]
) -> None:
    after = publish_match(world.site, corrected())
    refresh(world)
    assert owed(world) == PAGES_OF_A_MATCH
    assert run(world) == [True, True]
    assert owed(world) == 0
    assert_tables(world, [after, matches[1]])
    assert set(Counter(world.site.requested).values()) == {1}
    assert len(world.site.requested) == PAGES_OF_A_MATCH
    assert copies(world, PageKind.MATCH, MATCH) == 2
    assert [copies(world, PageKind.MAP_STATS, one.mapstatsid) for one in after.played.values()] == [2, 2, 2]
    assert copies(world, PageKind.MATCH, matches[1].plan.match_id) == 1


@pytest.mark.graph
def test_pages_that_did_not_change_are_asked_for_once_and_bring_no_new_rows(
    world: World, matches: list[InventedMatch]
) -> None:
    refresh(world)
    assert run(world) == [True, True]
    assert_tables(world, matches)
    assert owed(world) == 0
    assert len(world.site.requested) == PAGES_OF_A_MATCH
    assert run(world) == [True, True]
    assert len(world.site.requested) == PAGES_OF_A_MATCH


@pytest.mark.graph
def test_a_page_that_does_not_arrive_stays_owed_and_its_old_rows_stay(
    world: World, matches: list[InventedMatch]
) -> None:
    after = publish_match(world.site, corrected())
    broken = path_of(PageKind.MAP_STATS, after.played[2].mapstatsid)
    whole = world.site.answers[broken]
    world.site.answers[broken] = Answer(b"<html>", status=500)
    before = world.rows("round_history")
    refresh(world)
    assert run(world) == [True, False]
    assert world.rows("round_history") == before
    assert owed(world) >= 3
    world.site.answers[broken] = whole
    assert run(world) == [True, True]
    assert owed(world) == 0
    assert_tables(world, [after, matches[1]])
    assert max(Counter(world.site.requested).values()) == 2  # only what failed was asked for twice


@pytest.mark.graph
def test_a_site_that_blocks_is_left_alone_and_everything_stays_owed(world: World, matches: list[InventedMatch]) -> None:
    world.site.publish(MATCH, BLOCK, PageKind.MATCH)
    refresh(world)
    assert run(world) == [False, False]
    assert [path.rpartition("/")[0] for path in world.site.requested] == [path_of(PageKind.MATCH, MATCH)]
    assert owed(world) == PAGES_OF_A_MATCH
    world.release_site()
    publish_matches(world.site, [plan(0), plan(1)])
    assert run(world) == [True, True]
    assert_tables(world, matches)
    assert owed(world) == 0


@pytest.mark.graph
def test_a_page_that_was_given_up_is_asked_for_again(world: World, matches: list[InventedMatch]) -> None:
    broken = matches[0].played[1].mapstatsid
    world.site.publish(broken, Answer(status=404))
    refresh(world)
    assert run(world) == [True, False]
    assert world.query("SELECT status FROM page_failures") == [("missing",)]
    world.site.requested.clear()
    publish_match(world.site, plan(0))
    refresh(world)
    assert run(world) == [True, True]
    assert_tables(world, matches)
    assert world.site.requests_by_page()[broken] == 1


@pytest.mark.graph
def test_an_economy_page_does_not_wait_for_a_map_page_whose_rows_are_there(
    world: World, matches: list[InventedMatch]
) -> None:
    broken = matches[0].played[1].mapstatsid
    world.site.publish(broken, Answer(status=404))
    world.site.publish(broken, Answer(b"<html>", status=500), PageKind.MAP_ECONOMY)
    refresh(world)
    assert run(world) == [True, False]
    publish_matches(world.site, [plan(0), plan(1)])
    world.site.publish(broken, Answer(status=404))
    assert run(world) == [True, True]
    assert world.site.requests_by_page(PageKind.MAP_ECONOMY)[broken] == 2
    assert owed(world) == 1
    assert_tables(world, matches)


@pytest.mark.graph
def test_maps_that_only_the_corrected_match_page_tells_of_are_wanted(
    world: World, matches: list[InventedMatch]
) -> None:
    match = corrected()
    nuke, mirage, inferno = match.maps
    after = publish_match(world.site, replace(match, maps=(nuke, replace(mirage, mapstatsid=777_777), inferno)))
    refresh(world)
    assert world.materialize("pending_matches*", "matches-000001").success
    assert world.materialize(["map_batches"]).success
    assert world.keys("map_batches") == ["maps-000001", ITS_MAPS, "maps-000003"]
    assert [run_maps(world), world.run_all("maps-000003").success] == [True, True]
    assert_tables(world, [after, matches[1]])


@pytest.mark.graph
def test_a_map_that_took_the_place_of_another_has_no_rows_of_it(world: World, matches: list[InventedMatch]) -> None:
    match = plan(0)
    nuke, mirage, inferno = match.maps
    other = replace(nuke, mapstatsid=777_777, score=OVERTIME, has_economy=False)
    after = publish_match(world.site, replace(match, maps=(other, mirage, inferno)))
    refresh(world)
    assert world.materialize("pending_matches*", "matches-000001").success
    assert world.materialize(["map_batches"]).success
    assert world.keys("map_batches") == ["maps-000001", ITS_MAPS, "maps-000003"]
    assert [run_maps(world), world.run_all("maps-000003").success] == [True, True]
    assert_tables(world, [after, matches[1]])
    assert world.query("SELECT economy_rounds FROM map_stats WHERE mapstatsid = 777777") == [(0,)]


@pytest.mark.graph
def test_a_match_whose_pages_have_not_been_asked_for_yet_is_due_as_it_is(world: World) -> None:
    (match,) = publish_matches(world.site, [match_of_one_map(0)])
    world.materialize(["discovered_matches"])
    refresh(world)
    assert owed(world) == 1
    assert all(result.success for result in sync_once(world))
    assert_tables(world, [match])
    assert set(Counter(world.site.requested[1:]).values()) <= {1}
