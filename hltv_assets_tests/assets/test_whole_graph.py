"""From the listing to every table, on matches that are not in the project, and what becomes of pages that fail."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hltv_assets.pages import PageKind
from hltv_assets.warehouse.failures import release_pages
from testkit.invented.economy_page import render_economy_page
from testkit.invented.expected_match import expected_listed_row
from testkit.invented.facts import Player
from testkit.invented.match_facts import InventedMatch, PlannedMap
from testkit.invented.match_page import render_match_page, render_unfinished_match_page
from testkit.invented.results_page import listed
from testkit.loopback_site import Answer, LoopbackSite, page
from testkit.plans import ENDED, WON, match_of_one_map, plan
from testkit.synced import (
    comparable,
    expected_of,
    expected_of_map,
    publish_listing,
    publish_map,
    publish_matches,
    sync_once,
)
from testkit.world import World, failed_checks

pytestmark = pytest.mark.graph


def sync_matches(world: World) -> bool:
    """Discover, and run the batches of matches that there are then; not those of maps."""
    results = [world.materialize(["discovered_matches"]), world.materialize(["match_batches"])]
    results += [world.materialize("pending_matches*", key) for key in world.keys("match_batches")]
    return all(result.success for result in results)


def assert_tables(world: World, matches: list[InventedMatch]) -> None:
    for table, rows in expected_of(matches).items():
        assert comparable(world.rows(table)) == comparable(rows), table


def test_unknown_matches_fill_every_table_and_each_page_is_asked_for_once(world: World) -> None:
    world.knobs |= {"batch_size": 3}
    world.with_rules = True
    only = PlannedMap("Nuke", None, 700_500, WON)
    plans = [plan(0), match_of_one_map(1), match_of_one_map(2)]
    plans.append(plan(4, PlannedMap("Default"), is_deleted=True, forfeit_note="They forfeit", has_vetoes=False))
    plans.append(plan(5, only, best_of=1, stand_in=Player(899_999, "Bench", "bench"), ranks=(3, None), stars=4))
    matches = publish_matches(world.site, plans)
    results = sync_once(world)
    assert all(result.success for result in results)
    assert {name for result in results for name in failed_checks(result)} == {"players_in_lineup"}  # there is one
    assert (len(world.keys("match_batches")), len(world.keys("map_batches"))) == (2, 2)
    assert_tables(world, matches)
    found = {row["match_id"]: row for row in world.rows("discovered_matches")}
    for one in plans:
        expected = expected_listed_row(one)
        assert {name: found[one.match_id][name] for name in expected} == expected
    assert set(Counter(world.site.requested).values()) == {1}
    assert (
        world.query("SELECT count(*) FROM pending_maps")
        == world.query("SELECT count(*) FROM pending_matches")
        == [(0,)]
    )
    rounds = world.query("SELECT DISTINCT economy_rounds FROM map_stats WHERE team_left_ot_rounds > 0")
    assert rounds == [(24,)]


def test_the_wide_view_has_one_row_per_player_with_rates_teams_and_score(filled_world: World) -> None:
    rows = filled_world.rows("player_map_stats")
    assert len(rows) == 2 * 3 * 10
    assert all(row[name] is not None for row in rows for name in ("kpr", "team_name", "opponent_name", "team_rounds"))
    assert {row["team_name"] for row in rows} == {row["opponent_name"] for row in rows}


@pytest.mark.parametrize("kind", [PageKind.MAP_STATS, PageKind.MAP_PERFORMANCE, PageKind.MAP_ECONOMY])
def test_a_page_that_fails_to_arrive_discards_the_branch_of_its_kind_only(world: World, kind: PageKind) -> None:
    world.knobs |= {"retry_base": 0}
    maps = world.add_maps(2)
    broken = maps[1]
    world.site.publish(broken.mapstatsid, Answer(b"<html>"), kind)
    assert world.plan().success
    assert not world.run_all().success
    heads = {"map_stats": "map_stats", "map_performance": "player_performance", "map_economy": "round_economy"}
    written = {name: world.query(f"SELECT count(*) FROM {table}") != [(0,)] for name, table in heads.items()}
    # Whose money it was is told by the map page, so without that there is no economy either.
    without = {kind.value, PageKind.MAP_ECONOMY.value} if kind is PageKind.MAP_STATS else {kind.value}
    assert {name for name, is_there in written.items() if not is_there} == without
    publish_map(world.site, broken)
    assert world.run_all().success
    expected = [expected_of_map(invented) for invented in maps]
    for table in expected[0]:
        assert comparable(world.rows(table)) == comparable([dict(row) for one in expected for row in one[table]]), table
    asked = Counter(world.site.requested)
    assert {path for path, count in asked.items() if count > 1} == {
        path for path in asked if world.site.requests_by_page(kind)[broken.mapstatsid] == 2 and asked[path] == 2
    }
    assert sum(asked.values()) == len(asked) + 1


def test_a_map_without_economy_is_no_error_and_asked_again_in_a_month(world: World) -> None:
    maps = (PlannedMap("Nuke", None, 700_500, WON, has_economy=False),)
    publish_matches(world.site, [plan(0, *maps, best_of=1)])
    *_, run = sync_once(world)
    assert run.success
    assert failed_checks(run) == []
    assert world.query("SELECT economy_rounds FROM map_stats") == [(0,)]
    assert world.query("SELECT reason, status, attempts FROM page_failures") == [("no_data", "waiting", 0)]
    (due_at,) = world.query("SELECT due_at FROM pending_maps WHERE NOT is_due")[0]
    assert timedelta(days=29) < due_at - datetime.now(UTC) < timedelta(days=31)


def test_a_map_whose_economy_came_later_and_cannot_be_read_is_not_one_without(world: World) -> None:
    world.knobs |= {"retry_base": 0.0}
    (invented,) = world.add_maps(1)
    publish_map(world.site, invented, has_economy=False)
    assert world.plan().success
    assert world.run_all().success
    assert world.query("SELECT economy_rounds FROM map_stats") == [(0,)]
    unreadable = render_economy_page(invented).replace("Equipment value", "Equipment Value")
    world.site.publish(invented.mapstatsid, page(unreadable), PageKind.MAP_ECONOMY)
    with world.warehouse.transaction() as connection:
        release_pages(connection)
    assert world.run_all().success
    assert world.query("SELECT stage FROM page_failures") == [("parse",)]
    assert world.query("SELECT economy_rounds FROM map_stats") == [(None,)]


def test_a_match_that_is_not_over_waits_an_hour_and_yields_no_half_data(world: World) -> None:
    countdowns = ["LIVE", "Match postponed", "16m : 23s", "Match over"]
    matches = publish_matches(world.site, [match_of_one_map(number) for number in range(len(countdowns))])
    for match, countdown in zip(matches, countdowns, strict=True):
        unfinished = render_unfinished_match_page(match.plan, countdown)
        world.site.publish(match.plan.match_id, page(unfinished), PageKind.MATCH)
    assert sync_matches(world)
    assert world.rows("matches") == world.rows("maps") == []
    failures = world.query("SELECT page_id, reason, status, attempts FROM page_failures ORDER BY page_id")
    assert failures == [(match.plan.match_id, "not_ready", "waiting", 0) for match in matches]
    for match in matches:
        world.site.publish(match.plan.match_id, page(render_match_page(match)), PageKind.MATCH)
    world.query("UPDATE page_failures SET retry_after = now()")
    assert all(result.success for result in sync_once(world))
    assert_tables(world, matches)
    assert world.rows("page_failures") == []


def test_a_map_without_stats_is_asked_for_again_after_an_hour_a_day_and_a_week_then_no_more(world: World) -> None:
    before = plan(0, PlannedMap("Nuke", None, None, WON), best_of=1)
    after = replace(before, maps=(PlannedMap("Nuke", None, 700_600, WON),))
    publish_matches(world.site, [before])
    assert sync_matches(world)
    assert world.query("SELECT status FROM maps") == [("no_stats",)]

    def ended_ago(since_end: timedelta, since_page: timedelta) -> bool:
        now = datetime.now(UTC)
        with world.warehouse.connect() as connection:
            connection.execute("UPDATE discovered_matches SET ended_at = ?", [now - since_end])
            connection.execute("UPDATE matches SET scraped_at = ?", [now - since_page])
            return bool(connection.execute("SELECT is_due FROM pending_matches").fetchall())

    moment, minute, hour, day = (timedelta(seconds=count) for count in (0.001, 60, 3600, 86_400))
    assert not ended_ago(hour - minute, hour - 2 * minute)
    assert not ended_ago(day - minute, 2 * hour)
    assert not ended_ago(30 * day, 10 * day)
    assert ended_ago(hour + minute, hour)
    assert ended_ago(day + minute, 2 * hour)
    assert ended_ago(7 * day + minute, 2 * day)
    # The page that is asked for again still has no stats: it counts as looked at.
    assert ended_ago(day, moment)
    world.materialize("pending_matches*", "matches-000001")
    assert world.site.requests_by_page(PageKind.MATCH) == {before.match_id: 2}
    assert world.query("SELECT count(*) FROM pending_matches") == [(0,)]
    assert ended_ago(7 * day, moment)
    (match,) = publish_matches(world.site, [after])
    world.materialize("pending_matches*", "matches-000001")
    world.materialize(["map_batches"])
    assert world.run_all("maps-000001").success
    assert_tables(world, [match])


def test_matches_out_of_scope_are_known_and_not_asked_for(world: World) -> None:
    plans = [match_of_one_map(number) for number in range(3)]
    publish_matches(world.site, plans)
    world.knobs |= {"teams": (plans[1].team1.name.upper(),)}
    assert sync_matches(world)
    assert [row["match_id"] for row in world.rows("matches")] == [plans[1].match_id]
    assert len(world.rows("discovered_matches")) == 3
    world.knobs |= {"teams": ()}
    assert sync_matches(world)
    assert len(world.rows("matches")) == 3
    assert set(Counter(path for path in world.site.requested if "/results" not in path).values()) == {1}


def test_results_of_a_day_are_wanted_by_their_day(world: World) -> None:
    plans = [match_of_one_map(number) for number in range(0, 72, 24)]
    publish_matches(world.site, plans)
    world.knobs |= {"since": plans[1].ended_at.date(), "until": plans[1].ended_at.date()}
    assert sync_matches(world)
    assert [row["match_id"] for row in world.rows("matches")] == [plans[1].match_id]


def test_a_listing_that_cannot_be_had_fails_with_its_reason_and_keeps_what_was_read(
    world: World, site: LoopbackSite
) -> None:
    results = [replace(listed(plan(0)), match_id=1_000 + n, ended_at=ENDED - timedelta(hours=n)) for n in range(250)]
    publish_listing(site, results)
    site.publish(100, Answer(status=500), PageKind.RESULTS)
    run = world.materialize(["discovered_matches"])
    assert not run.success
    assert failed_checks(run) == ["fetch_errors"]
    assert len(world.rows("discovered_matches")) == 100
    publish_listing(site, results)
    world.release_site()
    assert world.materialize(["discovered_matches"]).success
    assert len(world.rows("discovered_matches")) == 250


@pytest.mark.parametrize("change", [30, -30], ids=["grows", "shrinks"])
def test_a_listing_that_changes_with_every_request_loses_nothing(world: World, change: int) -> None:
    results = [replace(listed(plan(0)), match_id=5_000 - n, ended_at=ENDED - timedelta(hours=n)) for n in range(350)]
    publish_listing(world.site, results)
    there = {one.match_id for one in results}

    def move(path: str) -> None:
        if path == "/results?offset=0" and len(world.site.requested) == 1:
            return
        if change > 0:
            newest = results[0]
            later = [timedelta(hours=n) for n in range(change, 0, -1)]
            ids = range(newest.match_id + change, newest.match_id, -1)
            pairs = zip(ids, later, strict=True)
            results[:0] = [replace(newest, match_id=id_, ended_at=newest.ended_at + one) for id_, one in pairs]
        elif len(world.site.requested) == 3:
            del results[:-change]
        publish_listing(world.site, results)

    world.site.before_answer = move
    assert world.materialize(["discovered_matches"]).success
    known = {row["match_id"] for row in world.rows("discovered_matches")}
    assert known >= there & {one.match_id for one in results}
    world.site.before_answer = None
    world.site.requested.clear()
    assert world.materialize(["discovered_matches"]).success
    assert {row["match_id"] for row in world.rows("discovered_matches")} >= {one.match_id for one in results}
    assert len(world.site.requested) <= 3
