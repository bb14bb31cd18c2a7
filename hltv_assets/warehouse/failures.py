"""Failures of pages, kept until the page succeeds, and the status that a page has after a failure.

A fault of the site is not recorded here: it is not the page's, which stays due as before.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from hltv_assets.pages import Outcome, PageKind
from hltv_assets.pages.failures import PageFailure
from hltv_assets.pages.kinds import PageIds
from hltv_assets.pages.outcomes import NextStep
from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.parameters import IDS, ids_parameter, rows_parameter, rows_query
from hltv_assets.warehouse.schema.state_tables import IMPORTED_PAGES, PAGE_FAILURES
from hltv_assets.warehouse.upserting import put_rows

Status = Literal["waiting", "held", "missing"]

_MAX_WAIT = timedelta(days=7)
_FIXED_WAITS = {NextStep.WAIT_AN_HOUR: timedelta(hours=1), NextStep.WAIT_A_MONTH: timedelta(days=30)}


class RetryPolicy(msgspec.Struct, frozen=True):
    """How long failed pages wait: `base` at first, then twice as long each time, held after `max_attempts`."""

    base: timedelta
    max_attempts: int


def next_status(outcome: Outcome, attempts: int, now: datetime, policy: RetryPolicy) -> tuple[Status, datetime | None]:
    """Return status and time of the next attempt of a page after its `attempts`-th failure in a row."""
    step = outcome.consequence.next_step
    if step is NextStep.MISSING:
        return "missing", None
    if step in _FIXED_WAITS:
        return "waiting", now + _FIXED_WAITS[step]
    if attempts >= policy.max_attempts:
        return "held", None
    max_doublings = 30  # beyond it the wait is at its bound in any case
    return "waiting", now + min(policy.base * 2 ** min(max(attempts - 1, 0), max_doublings), _MAX_WAIT)


def record_failures(
    connection: Connection, failures: Iterable[PageFailure], *, now: datetime, policy: RetryPolicy
) -> None:
    """Record failures of pages, each counted on top of those it had in a row.

    Which content of a page was unreadable stays known when a newer copy of it fails to arrive.
    """
    for failure in failures:
        attempts, sha256, parser_version = _earlier(connection, failure)
        attempts += failure.outcome.consequence.counts_as_attempt
        status, retry_after = next_status(failure.outcome, attempts, now, policy)
        row = {
            "page_kind": failure.page_kind,
            "page_id": failure.page_id,
            "match_id": failure.match_id,
            "map_number": failure.map_number,
            "stage": failure.stage,
            "reason": failure.outcome,
            "message": failure.message,
            "attempts": attempts,
            "last_attempt_at": now,
            "retry_after": retry_after,
            "status": status,
            "page_sha256": sha256 if failure.page_sha256 is None else failure.page_sha256,
            "parser_version": parser_version if failure.parser_version is None else failure.parser_version,
        }
        put_rows(connection, PAGE_FAILURES, [row])
        _reject_rows(connection, failure, now)


def forget_fetch_failures(connection: Connection, kind: PageKind, page_ids: Sequence[int]) -> None:
    """Let pages that arrived leave the table, unless the reading of an earlier copy failed: this one may be no better.

    So reading and arriving that fail in turns are failures in a row.
    """
    connection.execute(
        "DELETE FROM page_failures"
        f" WHERE page_kind = ? AND stage = 'fetch' AND page_sha256 IS NULL AND page_id IN ({IDS})",
        [kind, ids_parameter(page_ids)],
    )


def make_readable(connection: Connection, kind: PageKind, contents: Mapping[int, str]) -> None:
    """Let pages, by id, whose content (SHA-256) came by itself be read at once, unless just that was unreadable."""
    forget_fetch_failures(connection, kind, list(contents))
    came = [{"page_id": page_id, "page_sha256": sha256} for page_id, sha256 in contents.items()]
    columns = [column for column in PAGE_FAILURES.columns if column.name in {"page_id", "page_sha256"}]
    connection.execute(
        "UPDATE page_failures SET status = 'waiting', retry_after = now()"
        f" FROM ({rows_query(columns)}) AS came WHERE page_kind = ? AND page_failures.page_id = came.page_id"
        " AND page_failures.page_sha256 IS DISTINCT FROM came.page_sha256",
        [rows_parameter(came), kind],
    )


def forget_failures(connection: Connection, kind: PageKind, written: Mapping[int, datetime], now: datetime) -> None:
    """Let pages that were written leave the table, and mark the rows they were once refused for as resolved.

    `written` are the arrivals of their copies, by page id. Where a newer copy failed to arrive since, that stays known.
    """
    copies = [{"page_id": page_id, "scraped_at": scraped_at} for page_id, scraped_at in written.items()]
    columns = [column for column in IMPORTED_PAGES.columns if column.name in {"page_id", "scraped_at"}]
    connection.execute(
        "DELETE FROM page_failures WHERE page_kind = ? AND EXISTS ("
        f"FROM ({rows_query(columns)}) AS copies WHERE copies.page_id = page_failures.page_id"
        " AND (stage <> 'fetch' OR last_attempt_at <= copies.scraped_at))",
        [kind, rows_parameter(copies)],
    )
    connection.execute(
        f"UPDATE rejected_rows SET resolved_at = ? WHERE resolved_at IS NULL AND page_kind = ? AND page_id IN ({IDS})",
        [now, kind, ids_parameter(written)],
    )


class OpenFailure(PageIds, frozen=True, kw_only=True):
    """A page that failed and has not succeeded since."""

    page_kind: PageKind
    outcome: Outcome
    message: str
    attempts: int
    status: Status


def pages_to_release(connection: Connection, kinds: Sequence[PageKind]) -> list[OpenFailure]:
    """Return the pages of some kinds that are held or missing: only a release makes them due again."""
    rows = connection.execute(
        "SELECT page_id, match_id, map_number, page_kind, reason, message, attempts, status FROM page_failures"
        " WHERE status IN ('held', 'missing') AND page_kind IN (SELECT unnest(?::VARCHAR[]))"
        " ORDER BY status, page_kind, page_id",
        [[str(kind) for kind in kinds]],
    ).fetchall()
    return [msgspec.convert(dict(zip(OpenFailure.__struct_fields__, row, strict=True)), OpenFailure) for row in rows]


def release_pages(connection: Connection, kind: PageKind | None = None, page_id: int | None = None) -> int:
    """Make failed pages due at once, their attempts forgotten: one page, all of a kind, or all; return how many."""
    row = connection.execute(
        "UPDATE page_failures SET status = 'waiting', attempts = 0, retry_after = now()"
        " WHERE (?::VARCHAR IS NULL OR page_kind = ?) AND (?::INTEGER IS NULL OR page_id = ?)",
        [kind, kind, page_id, page_id],
    ).fetchone()
    return int(row[0]) if row else 0


def _earlier(connection: Connection, failure: PageFailure) -> tuple[int, str | None, int | None]:
    row = connection.execute(
        "SELECT attempts, page_sha256, parser_version FROM page_failures WHERE page_kind = ? AND page_id = ?",
        [failure.page_kind, failure.page_id],
    ).fetchone()
    return row or (0, None, None)


def _reject_rows(connection: Connection, failure: PageFailure, now: datetime) -> None:
    """One entry a table; those of an earlier reading of the same page are replaced."""
    connection.execute(
        "DELETE FROM rejected_rows WHERE resolved_at IS NULL AND page_kind = ? AND page_id = ?",
        [failure.page_kind, failure.page_id],
    )
    for table, rows in failure.rows.items():
        connection.execute(
            "INSERT INTO rejected_rows BY NAME SELECT"
            " ? AS rejected_id, ? AS page_kind, ? AS page_id, ? AS match_id, ? AS map_number, ? AS table_name,"
            " ? AS reason, ? AS message, ? AS raw, ? AS parser_version, ? AS rejected_at",
            [
                uuid.uuid4().hex,
                failure.page_kind,
                failure.page_id,
                failure.match_id,
                failure.map_number,
                table,
                failure.outcome,
                failure.message,
                msgspec.json.encode(rows).decode(),
                failure.parser_version,
                now,
            ],
        )
