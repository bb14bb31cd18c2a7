"""A parser that got better has its pages read again: each batch once, a few at a time, and nothing is fetched."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import dagster as dg
import pytest

from hltv_assets.automation.run_queries import newest_run
from hltv_assets.automation.stale_parsers import batches_to_read_again, reading_job, stale_parser_sensor
from hltv_assets.pages.kinds import PageGroup
from hltv_assets.warehouse.schema.page_tables import MAP_STATS_TABLES
from testkit.synced import go_on_from
from testkit.world import World, held_warehouse

pytestmark = pytest.mark.graph

AN_OLDER_PARSER = "UPDATE {} SET parser_version = 0"


def tick(world: World) -> Sequence[dg.RunRequest] | dg.SkipReason:
    context = dg.build_sensor_context(instance=world.instance, resources=world.definitions.resources)
    answer = stale_parser_sensor([reading_job("match"), reading_job("map")], world.settings)(context)
    assert isinstance(answer, list | dg.SkipReason)
    return answer


def reason(answer: Sequence[dg.RunRequest] | dg.SkipReason) -> str:
    assert isinstance(answer, dg.SkipReason)
    return answer.skip_message or ""


def asked(answer: Sequence[dg.RunRequest] | dg.SkipReason) -> Sequence[dg.RunRequest]:
    assert isinstance(answer, list)
    return answer


def run(world: World, requests: Sequence[dg.RunRequest] | dg.SkipReason) -> None:
    for request in asked(requests):
        job = world.definitions.resolve_job_def(request.job_name or "")
        assert job.execute_in_process(instance=world.instance, partition_key=request.partition_key).success


@pytest.fixture
def filled(world: World, filled_world: World) -> World:
    """Two matches of three maps, each match's maps in a batch of their own."""
    go_on_from(world, filled_world)
    return world


def test_two_batches_are_open_at_the_most_and_each_run_has_a_key_of_its_own() -> None:
    stale: dict[PageGroup, list[str]] = {"match": ["matches-000001"], "map": ["maps-000001", "maps-000002"]}
    now = datetime.now(UTC)
    requests = batches_to_read_again(stale, {"matches-000001"}, lambda _: None, now)
    assert isinstance(requests, list)
    assert [(one.job_name, one.partition_key, one.run_key) for one in requests] == [
        ("read_maps_again", "maps-000001", "maps-000001-again-first")
    ]
    assert "2 batches are open, 3 have" in reason(
        batches_to_read_again(stale, {"tonight", "later"}, lambda _: None, now)
    )


def test_a_batch_that_cannot_be_read_again_waits_an_hour_and_keeps_no_other_from_it(filled: World) -> None:
    filled.query(AN_OLDER_PARSER.format("matches"))
    filled.query(AN_OLDER_PARSER.format("map_stats"))
    for manifest in Path(filled.settings.archive).glob("**/maps-000001.json"):
        manifest.unlink()
    run(filled, [request for request in asked(tick(filled)) if request.partition_key == "matches-000001"])
    first, second = asked(tick(filled))
    assert [first.partition_key, second.partition_key] == ["maps-000001", "maps-000002"]
    failed = filled.definitions.resolve_job_def(first.job_name or "").execute_in_process(
        instance=filled.instance, partition_key=first.partition_key, raise_on_error=False
    )
    assert not failed.success
    assert [request.partition_key for request in asked(tick(filled))] == ["maps-000002"]
    run(filled, [second])
    assert "were read again within the last 60 minutes" in reason(tick(filled))
    later = datetime.now(UTC) + timedelta(hours=1)
    (again,) = asked(
        batches_to_read_again({"map": ["maps-000001"]}, set(), partial(newest_run, filled.instance), later)
    )
    assert again.run_key == f"maps-000001-again-{failed.run_id}"


def test_with_parsers_of_today_there_is_nothing_to_read_again(filled: World) -> None:
    assert reason(tick(filled)) == "every page was read by the parser of today"


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        ("matches", ["matches-000001"]),
        ("map_stats", ["maps-000001", "maps-000002"]),
        ("round_economy", ["maps-000001", "maps-000002"]),
    ],
)
def test_pages_of_an_older_parser_are_read_again_from_the_archive(filled: World, table: str, keys: list[str]) -> None:
    before = filled.rows(table)
    filled.query(AN_OLDER_PARSER.format(table))
    requests = asked(tick(filled))
    assert [request.partition_key for request in requests] == keys
    run(filled, requests)
    assert filled.site.requested == []
    assert {row["parser_version"] for row in filled.rows(table)} == {row["parser_version"] for row in before}
    assert reason(tick(filled)) == "every page was read by the parser of today"


def test_a_page_that_the_new_parser_refuses_is_not_asked_for_again_and_again(filled: World) -> None:
    filled.query(AN_OLDER_PARSER.format("map_stats"))
    for mapstatsid, match_id, map_number in filled.query("SELECT mapstatsid, match_id, map_number FROM map_stats"):
        filled.query(
            "INSERT INTO page_failures BY NAME SELECT 'map_stats' AS page_kind, 'parse' AS stage,"
            f" {mapstatsid} AS page_id, {match_id} AS match_id, {map_number} AS map_number,"
            " 'parse_error' AS reason, 'waiting' AS status, 1 AS attempts, now() AS last_attempt_at,"
            f" {MAP_STATS_TABLES.parser_version} AS parser_version"
        )
    assert reason(tick(filled)) == "every page was read by the parser of today"


@pytest.mark.parametrize(("stage", "parser_version"), [("fetch", "NULL"), ("fetch", "0"), ("parse", "0")])
def test_a_page_whose_failure_is_not_of_the_new_parser_is_read_again(
    filled: World, stage: str, parser_version: str
) -> None:
    filled.query(AN_OLDER_PARSER.format("map_stats"))
    filled.query(
        f"INSERT INTO page_failures BY NAME SELECT 'map_stats' AS page_kind, '{stage}' AS stage,"
        " unnest((SELECT list(mapstatsid) FROM map_stats)) AS page_id, 'missing' AS status, 1 AS attempts,"
        f" now() AS last_attempt_at, {parser_version} AS parser_version"
    )
    run(filled, tick(filled))
    assert reason(tick(filled)) == "every page was read by the parser of today"
    # What failed to arrive since then is missing as before.
    assert filled.query("SELECT count(*) FROM page_failures") == [(6 if stage == "fetch" else 0,)]


def test_a_page_that_is_gone_from_the_archive_fails_once_and_the_others_are_read_again(filled: World) -> None:
    filled.query(AN_OLDER_PARSER.format("map_stats"))
    gone = next(Path(filled.settings.archive).glob("matches/*/map_stats-*/*"))
    gone.unlink()
    run(filled, tick(filled))
    assert reason(tick(filled)) == "every page was read by the parser of today"
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
    assert reason(tick(filled)) == "every page was read by the parser of today"
    assert filled.query("SELECT reason, attempts FROM page_failures") == [("parse_error", 1)]
    run(filled, [dg.RunRequest(job_name="read_maps_again", partition_key=key) for key in filled.keys("map_batches")])
    assert filled.query("SELECT attempts FROM page_failures") == [(1,)]


def test_while_another_process_holds_the_warehouse_the_sensor_waits_for_the_next_tick(filled: World) -> None:
    filled.knobs |= {"lock_wait": 0.1}
    with held_warehouse(filled):
        assert "the next tick tries again" in reason(tick(filled))
