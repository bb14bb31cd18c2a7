"""What becomes of pages that failed: they wait, longer each time, are held or missing, and leave when they succeed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hltv_assets.pages import Outcome, PageKind
from hltv_assets.pages.failures import PageFailure, Stage
from hltv_assets.warehouse.batch_members import PageNeed, batch_of
from hltv_assets.warehouse.connection import Connection, Warehouse
from hltv_assets.warehouse.failures import (
    RetryPolicy,
    forget_failures,
    forget_fetch_failures,
    next_status,
    record_failures,
    release_pages,
)
from hltv_assets.warehouse.refreshes import ask_for_refresh
from hltv_assets.warehouse.schema.map_tables import MAP_STATS
from hltv_assets.warehouse.schema.match_tables import MATCHES
from hltv_assets.warehouse.schema.page_tables import MAP_STATS_TABLES, MATCH_TABLES
from hltv_assets.warehouse.schema.state_tables import BATCH_MEMBERS
from hltv_assets.warehouse.upserting import put_rows
from testkit.world import put_maps

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
POLICY = RetryPolicy(timedelta(minutes=15), max_attempts=5)
PAGE = 900_001


def _failure(outcome: Outcome, stage: Stage = "fetch", **more: Any) -> PageFailure:
    facts: dict[str, Any] = {
        "page_kind": PageKind.MAP_STATS,
        "page_id": PAGE,
        "match_id": 1,
        "map_number": 1,
        "message": "so",
    }
    return PageFailure(**{**facts, "stage": stage, "outcome": outcome, **more})


def _record(connection: Connection, outcome: Outcome, stage: Stage = "fetch", **more: Any) -> tuple[object, ...]:
    now = datetime.now(UTC)
    record_failures(connection, [_failure(outcome, stage, **more)], now=now, policy=POLICY)
    row = connection.execute("SELECT status, attempts, retry_after FROM page_failures").fetchone()
    assert row is not None
    return (row[0], row[1], row[2] - now if row[2] else None)


def test_a_failed_page_waits_twice_as_long_each_time_up_to_a_week_and_is_then_held() -> None:
    minutes = [
        (wait - NOW) / timedelta(minutes=1) if wait else None
        for _, wait in (next_status(Outcome.TRUNCATED, attempt, NOW, POLICY) for attempt in range(1, 6))
    ]
    assert minutes == [15, 30, 60, 120, None]
    assert next_status(Outcome.TRUNCATED, 5, NOW, POLICY) == ("held", None)
    patient = RetryPolicy(timedelta(minutes=15), max_attempts=1_000)
    assert next_status(Outcome.TRUNCATED, 999, NOW, patient) == ("waiting", NOW + timedelta(days=7))


@pytest.mark.parametrize("outcome", [Outcome.NOT_FOUND, Outcome.GONE, Outcome.DISALLOWED])
def test_a_page_that_is_not_there_is_missing_at_once(outcome: Outcome) -> None:
    assert next_status(outcome, 1, NOW, POLICY) == ("missing", None)


def test_a_page_that_is_nobodys_fault_waits_its_fixed_time_and_counts_no_attempt(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        assert _record(connection, Outcome.NOT_READY) == ("waiting", 0, timedelta(hours=1))
        assert _record(connection, Outcome.NO_DATA) == ("waiting", 0, timedelta(days=30))


def test_attempts_in_a_row_add_up_over_stages(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        assert _record(connection, Outcome.TRUNCATED)[:2] == ("waiting", 1)
        assert _record(connection, Outcome.PARSE_ERROR, "parse")[:2] == ("waiting", 2)


def test_a_page_that_arrives_leaves_the_failures_unless_it_is_its_reading_that_failed(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        _record(connection, Outcome.TRUNCATED)
        forget_fetch_failures(connection, PageKind.MAP_STATS, [PAGE])
        assert connection.execute("FROM page_failures").fetchall() == []
        _record(connection, Outcome.PARSE_ERROR, "parse")
        forget_fetch_failures(connection, PageKind.MAP_STATS, [PAGE])
        assert len(connection.execute("FROM page_failures").fetchall()) == 1
        forget_failures(connection, PageKind.MAP_STATS, {PAGE: NOW}, NOW)
        assert connection.execute("FROM page_failures").fetchall() == []


def test_a_page_whose_reading_and_arriving_fail_in_turns_is_held_after_so_many_attempts(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        states = []
        for _ in range(3):
            forget_fetch_failures(connection, PageKind.MAP_STATS, [PAGE])
            states.append(_record(connection, Outcome.PARSE_ERROR, "parse", page_sha256="ab", parser_version=1)[:2])
            states.append(_record(connection, Outcome.TRUNCATED)[:2])
        assert states[:5] == [("waiting", 1), ("waiting", 2), ("waiting", 3), ("waiting", 4), ("held", 5)]
        forget_failures(connection, PageKind.MAP_STATS, {PAGE: datetime.now(UTC)}, NOW)
        assert connection.execute("FROM page_failures").fetchall() == []


def test_a_copy_that_arrived_before_a_newer_one_failed_to_does_not_end_that_failure(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        _record(connection, Outcome.NOT_FOUND)
        forget_failures(connection, PageKind.MAP_STATS, {PAGE: NOW}, NOW)
        assert connection.execute("SELECT status FROM page_failures").fetchall() == [("missing",)]
        forget_failures(connection, PageKind.MAP_STATS, {PAGE: datetime.now(UTC)}, NOW)
        assert connection.execute("FROM page_failures").fetchall() == []


def test_rejected_rows_are_marked_as_resolved_when_the_page_is_written_after_all(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        _record(connection, Outcome.WRITE_ERROR, "write", rows={"player_stats": []})
        assert connection.execute("SELECT raw, resolved_at FROM rejected_rows").fetchall() == [("[]", None)]
        forget_failures(connection, PageKind.MAP_STATS, {PAGE: NOW}, NOW)
        assert connection.execute("SELECT resolved_at FROM rejected_rows").fetchall() == [(NOW,)]


def _need(connection: Connection) -> PageNeed:
    row: dict[str, object] = {"match_id": 1, "map_number": 1, "mapstatsid": PAGE, "status": "played"}
    put_maps(connection, [row])
    row = {"page_group": "map", "page_id": PAGE, "batch_key": "tonight", "added_at": NOW}
    put_rows(connection, BATCH_MEMBERS, [row])
    (member,) = batch_of(connection, "map", "tonight").members
    return member.need(PageKind.MAP_STATS)


def test_a_page_without_failures_is_due(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        assert _need(connection).state == "due"


def test_a_waiting_page_is_pending_but_not_due_until_its_wait_is_over(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        _record(connection, Outcome.TRUNCATED)
        need = _need(connection)
        assert need.state == "waiting"
        assert need.due_at is not None
        connection.execute("UPDATE page_failures SET retry_after = now() - INTERVAL 1 SECOND")
        assert _need(connection).state == "due"


def test_a_page_that_could_not_be_read_needs_a_newer_copy_when_its_wait_is_over(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        _record(connection, Outcome.PARSE_ERROR, "parse", page_sha256="ab", parser_version=1)
        connection.execute("UPDATE page_failures SET retry_after = now() - INTERVAL 1 SECOND")
        assert _need(connection).retry_if_newer_than is not None


def test_a_page_that_an_older_parser_could_not_read_is_due_from_the_archive_even_if_it_was_held(
    warehouse: Warehouse,
) -> None:
    with warehouse.connect() as connection:
        _record(connection, Outcome.PARSE_ERROR, "parse", page_sha256="ab", parser_version=0)
        connection.execute("UPDATE page_failures SET parser_version = 0, status = 'held', retry_after = NULL")
        need = _need(connection)
        assert (need.state, need.retry_if_newer_than) == ("due", None)


def test_a_newer_parser_does_not_end_the_wait_of_a_newer_copy_that_failed_to_arrive(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        _record(connection, Outcome.PARSE_ERROR, "parse", page_sha256="ab", parser_version=0)
        _record(connection, Outcome.TRUNCATED)
        assert _need(connection).state == "waiting"
        _record(connection, Outcome.NOT_FOUND)
        assert _need(connection).state == "missing"


def _write_by_an_older_parser(connection: Connection) -> None:
    row = {"match_id": 1, "map_number": 1, "mapstatsid": PAGE, "scraped_at": NOW, "parser_version": 0}
    put_rows(connection, MAP_STATS, [row])


def test_a_written_page_that_the_parser_of_today_cannot_read_is_fetched_again_after_its_wait(
    warehouse: Warehouse,
) -> None:
    with warehouse.connect() as connection:
        _write_by_an_older_parser(connection)
        assert _need(connection).state == "written"
        _record(
            connection,
            Outcome.PARSE_ERROR,
            "parse",
            page_sha256="ab",
            parser_version=MAP_STATS_TABLES.parser_version,
        )
        assert _need(connection).state == "waiting"
        connection.execute("UPDATE page_failures SET retry_after = now() - INTERVAL 1 SECOND")
        assert (_need(connection).state, _need(connection).unreadable_sha256) == ("due", "ab")
        _record(connection, Outcome.NOT_FOUND)
        assert _need(connection).state == "missing"
        release_pages(connection)
        assert _need(connection).state == "due"


def test_a_written_page_is_pending_once_whatever_makes_it_so(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        _write_by_an_older_parser(connection)
        assert _need(connection).state == "written"
        _record(connection, Outcome.PARSE_ERROR, "parse", parser_version=MAP_STATS_TABLES.parser_version)
        ask_for_refresh(connection, 1, datetime.now(UTC))
        of_the_page = "SELECT is_due FROM pending_maps WHERE page_kind = 'map_stats'"
        assert connection.execute(of_the_page).fetchall() == [(True,)]


def test_a_written_match_that_the_parser_of_today_cannot_read_is_due_after_its_wait(warehouse: Warehouse) -> None:
    match = {"page_kind": PageKind.MATCH, "page_id": 1, "map_number": None}
    with warehouse.connect() as connection:
        put_rows(connection, MATCHES, [{"match_id": 1, "scraped_at": NOW, "parser_version": 0}])
        is_due = "SELECT is_due FROM pending_matches"
        assert connection.execute(is_due).fetchall() == []
        _record(connection, Outcome.PARSE_ERROR, "parse", parser_version=MATCH_TABLES.parser_version, **match)
        assert connection.execute(is_due).fetchall() == [(False,)]
        release_pages(connection)
        assert connection.execute(is_due).fetchall() == [(True,)]
