"""After an upgrade of a parser, one run of `reparse` parses the archived pages again, and nothing is fetched."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from hltv_assets.automation.reparse import reparse_request, stale_parser_sensor
from hltv_assets.automation.run_queries import newest_run_of_job
from hltv_assets.warehouse.schema.page_tables import MAP_STATS_TABLES
from testkit.synced import go_on_from
from testkit.world import World, held_warehouse

pytestmark = pytest.mark.graph

AN_OLDER_PARSER = "UPDATE {} SET parser_version = 0"
ALL_CURRENT = "all pages are parsed by the current version"


def tick(world: World) -> dg.RunRequest | dg.SkipReason:
    context = dg.build_sensor_context(instance=world.instance, resources=world.definitions.resources)
    answer = stale_parser_sensor(world.settings)(context)
    assert isinstance(answer, dg.RunRequest | dg.SkipReason)
    return answer


def reason(answer: dg.RunRequest | dg.SkipReason) -> str:
    assert isinstance(answer, dg.SkipReason)
    return answer.skip_message or ""


def run(world: World, request: dg.RunRequest | dg.SkipReason) -> dg.ExecuteInProcessResult:
    assert isinstance(request, dg.RunRequest)
    job = world.definitions.resolve_job_def(request.job_name or "")
    one_worker = {"ops": {"reparse_archive": {"config": {"workers": 1}}}}
    result = job.execute_in_process(instance=world.instance, run_config=one_worker)
    assert result.success
    return result


@pytest.fixture
def filled(world: World, filled_world: World) -> World:
    """Two matches of three maps, each match's maps in a batch of their own."""
    go_on_from(world, filled_world)
    return world


def test_a_page_that_stays_stale_is_tried_again_after_an_hour_by_a_run_of_its_own(filled: World) -> None:
    now = datetime.now(UTC)
    first = reparse_request(3, None, now)
    assert isinstance(first, dg.RunRequest)
    assert (first.job_name, first.run_key) == ("reparse", "reparse-first")
    result = run(filled, first)
    newest = newest_run_of_job(filled.instance, "reparse")
    assert "3 pages are still of an older parser version" in reason(reparse_request(3, newest, now))
    again = reparse_request(3, newest, now + timedelta(hours=1, minutes=1))
    assert isinstance(again, dg.RunRequest)
    assert again.run_key == f"reparse-{result.run_id}"


def test_a_batch_without_a_manifest_keeps_no_other_from_being_parsed(filled: World) -> None:
    filled.query(AN_OLDER_PARSER.format("map_stats"))
    for manifest in Path(filled.settings.archive).glob("**/maps-000001.json"):
        manifest.unlink()
    run(filled, tick(filled))
    assert sorted(filled.query("SELECT parser_version FROM map_stats")) == [(0,)] * 3 + [(1,)] * 3
    # Its pages are fetched again, so they are not stale any more, but failed.
    assert reason(tick(filled)) == ALL_CURRENT
    assert filled.query("SELECT DISTINCT reason, status FROM page_failures") == [("parse_error", "waiting")]


def test_with_current_parsers_there_is_nothing_to_run(filled: World) -> None:
    assert reason(tick(filled)) == ALL_CURRENT


@pytest.mark.parametrize("table", ["matches", "map_stats", "round_economy"])
def test_pages_of_an_older_parser_are_parsed_again_from_the_archive(filled: World, table: str) -> None:
    before = filled.rows(table)
    filled.query(AN_OLDER_PARSER.format(table))
    run(filled, tick(filled))
    assert filled.site.requested == []
    assert {row["parser_version"] for row in filled.rows(table)} == {row["parser_version"] for row in before}
    assert reason(tick(filled)) == ALL_CURRENT


def test_a_page_that_the_new_parser_refuses_is_not_asked_for_again_and_again(filled: World) -> None:
    filled.query(AN_OLDER_PARSER.format("map_stats"))
    for mapstatsid, match_id, map_number in filled.query("SELECT mapstatsid, match_id, map_number FROM map_stats"):
        filled.query(
            "INSERT INTO page_failures BY NAME SELECT 'map_stats' AS page_kind, 'parse' AS stage,"
            f" {mapstatsid} AS page_id, {match_id} AS match_id, {map_number} AS map_number,"
            " 'parse_error' AS reason, 'waiting' AS status, 1 AS attempts, now() AS last_attempt_at,"
            f" {MAP_STATS_TABLES.parser_version} AS parser_version"
        )
    assert reason(tick(filled)) == ALL_CURRENT


@pytest.mark.parametrize(("stage", "parser_version"), [("fetch", "NULL"), ("fetch", "0"), ("parse", "0")])
def test_a_page_whose_failure_is_not_of_the_new_parser_is_run(filled: World, stage: str, parser_version: str) -> None:
    filled.query(AN_OLDER_PARSER.format("map_stats"))
    filled.query(
        f"INSERT INTO page_failures BY NAME SELECT 'map_stats' AS page_kind, '{stage}' AS stage,"
        " unnest((SELECT list(mapstatsid) FROM map_stats)) AS page_id, 'missing' AS status, 1 AS attempts,"
        f" now() AS last_attempt_at, {parser_version} AS parser_version"
    )
    run(filled, tick(filled))
    assert reason(tick(filled)) == ALL_CURRENT
    # What failed to arrive since then is missing as before.
    assert filled.query("SELECT count(*) FROM page_failures") == [(6 if stage == "fetch" else 0,)]


def test_a_page_that_is_gone_from_the_archive_fails_once_and_the_others_are_run(filled: World) -> None:
    filled.query(AN_OLDER_PARSER.format("map_stats"))
    gone = next(Path(filled.settings.archive).glob("matches/*/map_stats-*/*"))
    gone.unlink()
    run(filled, tick(filled))
    assert reason(tick(filled)) == ALL_CURRENT
    ((message, attempts),) = filled.query("SELECT message, attempts FROM page_failures")
    assert gone.name in message
    assert attempts == 1
    assert sorted(filled.query("SELECT parser_version FROM map_stats"))[:2] == [(0,), (1,)]


def test_a_page_that_even_the_manifest_does_not_name_any_more_fails_once(filled: World) -> None:
    filled.query(AN_OLDER_PARSER.format("map_stats"))
    next(Path(filled.settings.archive).glob("matches/*/map_stats-*/*")).unlink()
    assert filled.materialize("pending_maps+", "maps-000001").success
    assert filled.materialize("pending_maps+", "maps-000002").success
    run(filled, tick(filled))
    assert reason(tick(filled)) == ALL_CURRENT
    assert filled.query("SELECT reason, attempts FROM page_failures") == [("parse_error", 1)]
    run(filled, dg.RunRequest(job_name="reparse"))
    assert filled.query("SELECT attempts FROM page_failures") == [(1,)]


def test_while_another_process_holds_the_warehouse_the_sensor_waits_for_the_next_tick(filled: World) -> None:
    filled.knobs |= {"lock_wait": 0.1}
    with held_warehouse(filled):
        assert "the next tick tries again" in reason(tick(filled))
