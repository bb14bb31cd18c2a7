"""Failures as tables for asset checks: which page, what was wrong, and what becomes of it."""

from collections.abc import Iterable, Mapping

import dagster as dg

from hltv_assets.pages import Outcome
from hltv_assets.pages.outcomes import Fault
from hltv_assets.site.requests import FetchFailure
from hltv_assets.warehouse.batch_members import Member
from hltv_assets.warehouse.failures import OpenFailure, PageFailure

FailureTable = dict[str, dg.TableMetadataValue]


def fetch_failure_table(failures: Iterable[tuple[Member, FetchFailure]]) -> FailureTable:
    """Return the pages that did not arrive, as metadata `pages`; no metadata if there are none.

    Their addresses are in the run's log: a table as wide as an address pushes all else off the screen.
    """
    return _table(
        {
            "page": failure.request.page_id,
            "match": member.match_id,
            "map": member.map_number,
            "reason": failure.outcome.value,
            "whose_fault": failure.fault.value,
            "message": failure.message,
            "then": _then(failure.outcome, failure.fault),
        }
        for member, failure in failures
    )


def page_failure_table(failures: Iterable[PageFailure]) -> FailureTable:
    """Return the pages that could not be read or written, as metadata `pages`; no metadata if there are none."""
    return _table(
        {
            "page": failure.page_id,
            "match": failure.match_id,
            "map": failure.map_number,
            "stage": failure.stage,
            "reason": failure.outcome.value,
            "message": failure.message,
            "then": _then(failure.outcome, failure.outcome.consequence.fault),
        }
        for failure in failures
    )


def open_failure_table(failures: Iterable[OpenFailure]) -> FailureTable:
    """Return pages that are held or missing, as metadata `pages`; no metadata if there are none."""
    return _table(
        {
            "page": failure.page_id,
            "kind": failure.page_kind.value,
            "match": failure.match_id,
            "map": failure.map_number,
            "status": failure.status,
            "attempts": failure.attempts,
            "reason": failure.reason,
            "message": failure.message,
            "release": f"hltv-assets release {failure.page_kind} {failure.page_id}",
        }
        for failure in failures
    )


def _then(outcome: Outcome, fault: Fault) -> str:
    return "due as before" if fault is Fault.SITE else outcome.consequence.then.value


def _table(rows: Iterable[Mapping[str, str | int | None]]) -> FailureTable:
    records = [dg.TableRecord(dict(row)) for row in rows]
    return {"pages": dg.MetadataValue.table(records)} if records else {}
