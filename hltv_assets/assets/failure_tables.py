"""Failures as tables for asset checks: which page, what was wrong, and what happens next."""

from collections.abc import Iterable, Mapping

import dagster as dg

from hltv_assets.pages.failures import PageFailure
from hltv_assets.pages.outcomes import Fault, NextStep, Outcome
from hltv_assets.warehouse.failures import OpenFailure

FailureTable = dict[str, dg.TableMetadataValue]


def fetch_failure_table(failures: Iterable[PageFailure]) -> FailureTable:
    """Return the pages that did not arrive, as metadata `pages`; no metadata if there are none.

    Their addresses are in the run's log: a table as wide as an address pushes all else off the screen.
    """
    return _table(
        {
            "page": failure.page_id,
            "match": failure.match_id,
            "map": failure.map_number,
            "outcome": failure.outcome.value,
            "fault": failure.fault.value,
            "message": failure.message,
            "next": _next_step(failure.outcome, failure.fault),
        }
        for failure in failures
    )


def page_failure_table(failures: Iterable[PageFailure]) -> FailureTable:
    """Return the pages that could not be parsed or loaded, as metadata `pages`; no metadata if there are none."""
    return _table(
        {
            "page": failure.page_id,
            "match": failure.match_id,
            "map": failure.map_number,
            "stage": failure.stage,
            "outcome": failure.outcome.value,
            "message": failure.message,
            "next": _next_step(failure.outcome, failure.fault),
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
            "outcome": failure.outcome.value,
            "message": failure.message,
            "release": f"hltv-assets release {failure.page_kind} {failure.page_id}",
        }
        for failure in failures
    )


def _next_step(outcome: Outcome, fault: Fault) -> str:
    return NextStep.DUE.label if fault is Fault.SITE else outcome.consequence.next_step.label


def _table(rows: Iterable[Mapping[str, str | int | None]]) -> FailureTable:
    records = [dg.TableRecord(dict(row)) for row in rows]
    return {"pages": dg.MetadataValue.table(records)} if records else {}
